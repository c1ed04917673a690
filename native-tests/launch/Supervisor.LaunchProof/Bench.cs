using System.Buffers.Binary;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.LaunchProof;

/// <summary>
/// The same plan started by this launcher and by a C program (native-tests/bench/launch.c) that reads the very memory the child works from, in turns, so that
/// a busy moment of the machine hits both. Times are from before the clone until the program runs, and until it has ended.
/// </summary>
internal static unsafe class Bench
{
    public static int Run(string program, int count)
    {
        if (!Supervisor.Launch.UserNamespace.Create("0 0 65536", "0 0 65536").TryGet(out var user, out var error))
        {
            Say.Line($"cannot make a user namespace: {error}");
            return 1;
        }
        Measure("/bin/true bare", BarePlan(), program, count, user);
        Measure("default sandbox", SandboxPlan.Create(), program, count, user);
        return 0;
    }

    private static LaunchPlan BarePlan()
    {
        var plan = new PlanBuilder("true.service");
        plan.Step("execve /bin/true", default, ExitStatus.Exec).Execve("/bin/true", ["true"], []);
        return plan.Build();
    }

    private static void Measure(string title, LaunchPlan plan, string program, int count, Fd user)
    {
        using var compiled = Supervisor.LaunchProof.Run.Compile(plan);
        var file = $"/tmp/launch-plan-{Environment.ProcessId}";
        Dump(plan, file);
        var (ask, answer, pidfd) = Other(program, file, user);
        var parameters = new LaunchParameters();
        parameters.Set(Supervisor.LaunchProof.Run.UserNamespace, user);
        ulong[] ours = new ulong[count], oursAll = new ulong[count], theirs = new ulong[count], theirsAll = new ulong[count];
        Span<byte> times = stackalloc byte[16];
        for (var i = -20; i < count; i++)
        {
            var begin = Nanoseconds();
            var result = Launcher.Start(compiled, parameters);
            var started = Nanoseconds();
            if (result.Failed)
                throw new InvalidOperationException(PlanFailure.Describe(compiled, result.Outcome).ToString());
            _ = Sys.Reap(result.Pidfd);
            var ended = Nanoseconds();
            result.Pidfd.Close();
            if (Sys.WriteAll(ask, "x"u8).Failed(out _) || !Sys.Read(answer, times).TryGet(out var n, out _) || n != 16)
                throw new InvalidOperationException("the C program has ended");
            // the first ones warm both up
            if (i < 0)
                continue;
            (ours[i], oursAll[i]) = (started - begin, ended - begin);
            (theirs[i], theirsAll[i]) = (BinaryPrimitives.ReadUInt64LittleEndian(times), BinaryPrimitives.ReadUInt64LittleEndian(times[8..]));
        }
        ask.Close();
        answer.Close();
        _ = Supervisor.LaunchProof.Run.Wait(pidfd);
        _ = Sys.UnlinkAt(Fd.Cwd, file);
        var calls = plan.Steps.Sum(s => s.Calls.Count);
        Row($"{title}, {calls} calls, until it runs: C", Median(theirs));
        Row("the same by the launcher", Median(ours), Median(theirs));
        Row("until it has ended: C", Median(theirsAll));
        Row("the same by the launcher", Median(oursAll), Median(theirsAll));
    }

    /// <summary>The C program, which starts once for each byte it is sent and answers with two times.</summary>
    private static (Fd Ask, Fd Answer, Fd Pidfd) Other(string program, string file, Fd user)
    {
        int* ask = stackalloc int[2], answer = stackalloc int[2];
        if (Raw.Call(Nr.pipe2, (nint)ask, LibC.O_CLOEXEC) < 0 || Raw.Call(Nr.pipe2, (nint)answer, LibC.O_CLOEXEC) < 0)
            throw new InvalidOperationException("pipe2");
        var plan = new PlanBuilder("launch.c");
        plan.Step("streams", default, 1).PlaceDescriptors(new PlanRegister(0), new PlanRegister(1), new PlanRegister(2), new PlanRegister(3));
        plan.Step($"execve {program}", default, ExitStatus.Exec).Execve(program, ["launch", file, $"{Supervisor.LaunchProof.Run.UserNamespace.Number}=3"], []);
        using var compiled = Supervisor.LaunchProof.Run.Compile(plan.Build());
        var parameters = new LaunchParameters();
        parameters.Set(new PlanRegister(0), ask[0]);
        parameters.Set(new PlanRegister(1), answer[1]);
        parameters.Set(new PlanRegister(2), 2);
        parameters.Set(new PlanRegister(3), user);
        var result = Launcher.Start(compiled, parameters);
        if (result.Failed)
            throw new InvalidOperationException(PlanFailure.Describe(compiled, result.Outcome).ToString());
        new Fd(ask[0]).Close();
        new Fd(answer[1]).Close();
        return (new Fd(ask[1]), new Fd(answer[0]), result.Pidfd);
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

    private static ulong Nanoseconds()
    {
        long* time = stackalloc long[2];
        _ = Raw.CallFast(Nr.clock_gettime, 1, (nint)time);
        return (ulong)time[0] * 1_000_000_000 + (ulong)time[1];
    }

    private static ulong Median(ulong[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static void Row(string what, ulong nanoseconds, ulong? other = null)
    {
        var ratio = other is { } o ? $" {(nanoseconds * 100 / o) / 100}.{nanoseconds * 100 / o % 100:00} x" : "";
        Say.Line($"| {what,-58} | {$"{nanoseconds / 1000} us{ratio}",12} |");
    }
}
