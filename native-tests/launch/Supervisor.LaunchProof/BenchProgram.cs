using System.Buffers.Binary;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Sandbox;
using Tmds.Linux;

namespace Supervisor.LaunchProof;

/// <summary>The C program (native-tests/bench/launch.c) with a plan: it starts that once for each byte it is sent and answers with two times.</summary>
internal sealed unsafe class BenchProgram : IDisposable
{
    private readonly string _file = $"/tmp/launch-plan-{Environment.ProcessId}";
    private readonly Fd _ask, _answer, _pidfd;

    /// <summary>
    /// Starts it with the descriptors of <paramref name="descriptors"/>, as 3, 4 … Which registers of the plan they are for is in its arguments; after "--" and in
    /// its environment is what it makes argv and envp of.
    /// </summary>
    public BenchProgram(string program, LaunchPlan measured, in LaunchParameters descriptors, StartArguments? arguments)
    {
        Dump(measured, _file);
        int* ask = stackalloc int[2], answer = stackalloc int[2];
        if (Raw.Call(Nr.pipe2, (nint)ask, LibC.O_CLOEXEC) < 0 || Raw.Call(Nr.pipe2, (nint)answer, LibC.O_CLOEXEC) < 0)
            throw new InvalidOperationException("pipe2");
        var (passed, line) = (new List<long> { ask[0], answer[1], 2 }, new List<string> { "launch", _file });
        for (var register = 0; register < PlanRegister.Presets; register++)
        {
            if (descriptors.Get(register) is var fd and >= 0)
                Pass(register.ToString(), fd);
        }
        if (descriptors.Cgroup is { } cgroup)
            Pass("cgroup", cgroup.Number);
        line.AddRange(["--", .. arguments?.Arguments ?? []]);

        var plan = new PlanBuilder("launch.c");
        plan.Step("streams", default, 1).PlaceDescriptors([.. Enumerable.Range(0, passed.Count).Select(i => new PlanRegister(i))]);
        plan.Step($"execve {program}", default, ExitStatus.Exec).Execve(program, line, arguments?.Environment.Select(e => $"{e.Key}={e.Value}") ?? []);
        using var compiled = Run.Compile(plan.Build());
        var parameters = new LaunchParameters();
        for (var i = 0; i < passed.Count; i++)
            parameters.Set(new PlanRegister(i), passed[i]);
        var result = Launcher.Start(compiled, parameters);
        if (result.Failed)
            throw new InvalidOperationException(PlanFailure.Describe(compiled, result.Outcome).ToString());
        new Fd(ask[0]).Close();
        new Fd(answer[1]).Close();
        (_ask, _answer, _pidfd) = (new Fd(ask[1]), new Fd(answer[0]), result.Pidfd);

        void Pass(string name, long fd)
        {
            line.Add($"{name}={passed.Count}");
            passed.Add(fd);
        }
    }

    /// <summary>One start, in nanoseconds: until the program runs, and until it has ended.</summary>
    public (ulong Started, ulong Ended) Start()
    {
        Span<byte> times = stackalloc byte[16];
        if (Sys.WriteAll(_ask, "x"u8).Failed(out _) || !Sys.Read(_answer, times).TryGet(out var n, out _) || n != times.Length)
            throw new InvalidOperationException("the C program has ended");
        return (BinaryPrimitives.ReadUInt64LittleEndian(times), BinaryPrimitives.ReadUInt64LittleEndian(times[8..]));
    }

    public void Dispose()
    {
        _ask.Close();
        _answer.Close();
        _ = Run.Wait(_pidfd);
        _ = Sys.UnlinkAt(Fd.Cwd, _file);
    }

    /// <summary>Size of the block, number of pointers, the pointers' places, the block.</summary>
    private static void Dump(LaunchPlan plan, string file)
    {
        var image = PlanImage.Create(plan, ChildSignals.Reset, out _)!;
        var bytes = new byte[8 + 4 * image.Pointers.Count + image.Bytes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, image.Bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), image.Pointers.Count);
        for (var i = 0; i < image.Pointers.Count; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8 + 4 * i), image.Pointers[i]);
        image.Bytes.CopyTo(bytes.AsSpan(8 + 4 * image.Pointers.Count));
        if (Sys.WriteFileAtomically(file, bytes).Failed(out var error))
            throw new InvalidOperationException(error.ToString());
    }
}
