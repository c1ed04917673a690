using System.Text;
using Supervisor.Launch;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.LaunchProof;

/// <summary>Starting things, for all the verbs.</summary>
internal static unsafe class Run
{
    public static readonly PlanRegister In = new(0), Out = new(1), Err = new(2);

    public static CompiledPlan Compile(LaunchPlan plan) =>
        CompiledPlan.Create(plan, out var failure) ?? throw new InvalidOperationException(failure?.ToString());

    /// <summary>Waits for the end, at most ten seconds; null when it does not come.</summary>
    public static ProcessEnd? Wait(Fd pidfd)
    {
        if (!Sys.PollOne(pidfd, 1, 10_000).TryGet(out var ended, out _) || !ended)
            return null;
        var end = Sys.Reap(pidfd).Value;
        pidfd.Close();
        return end;
    }

    /// <summary>What a plan writes to its standard output.</summary>
    public static string Output(LaunchPlan plan)
    {
        using var compiled = Compile(plan);
        int* pair = stackalloc int[2];
        if (Raw.Call(Nr.pipe2, (nint)pair, LibC.O_CLOEXEC) < 0)
            throw new InvalidOperationException("pipe2");
        var nothing = Sys.Open("/dev/null", LibC.O_RDWR).Value;
        var parameters = new LaunchParameters();
        parameters.Set(In, nothing);
        parameters.Set(Out, pair[1]);
        parameters.Set(Err, new Fd(2));
        var result = Launcher.Start(compiled, parameters);
        nothing.Close();
        new Fd(pair[1]).Close();
        if (result.Failed)
            throw new InvalidOperationException(PlanFailure.Describe(compiled, result.Outcome).ToString());
        var text = new StringBuilder();
        Span<byte> buffer = stackalloc byte[4096];
        while (Sys.Read(new Fd(pair[0]), buffer).Value is var n and > 0)
            text.Append(Encoding.UTF8.GetString(buffer[..n]));
        new Fd(pair[0]).Close();
        _ = Wait(result.Pidfd);
        return text.ToString();
    }
}
