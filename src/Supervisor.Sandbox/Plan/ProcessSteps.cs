using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>What comes first: cgroups of version 1, signals, the session, and what is written into the host's /proc.</summary>
internal static class ProcessSteps
{
    private const int SIGPIPE = 13, DefaultIOPriority = 4;

    public static void Begin(PlanScope s)
    {
        foreach (var directory in s.Context.EnterCgroups)
            s.Step($"enter the control group {directory}", s.Get(Directives.Slice).Origin, ExitStatus.Cgroup, directory).WriteFile(PlanBuilder.Cwd, $"{directory}/cgroup.procs", "0");

        s.Step("begin a session of its own", s.Command.Origin, ExitStatus.Setsid).Setsid();
        if (s.Get(Directives.IgnoreSIGPIPE) is { Value: true } pipe)
            s.Step("ignore SIGPIPE", pipe.Origin, ExitStatus.SignalMask).IgnoreSignal(SIGPIPE);

        if (s.Get(Directives.OOMScoreAdjust) is { Value: { } score } oom)
            s.Step($"set its OOM score adjustment to {score}", oom.Origin, ExitStatus.OomAdjust).WriteFile(PlanBuilder.Cwd, "/proc/self/oom_score_adj", $"{score}");
        if (s.Get(Directives.Nice) is { Value: { } nice } priority)
            s.Step($"set its nice level to {nice}", priority.Origin, ExitStatus.Nice).SetPriority(nice);
        var io = s.Get(Directives.IOSchedulingClass);
        var level = s.Get(Directives.IOSchedulingPriority);
        if (io.IsSet || level.IsSet)
        {
            var type = io.IsSet ? io.Value : IOSchedulingClass.BestEffort;
            var number = type is IOSchedulingClass.Idle or IOSchedulingClass.None ? 0 : level.Value ?? DefaultIOPriority;
            s.Step($"set its input and output priority to {type}, {number}", io.IsSet ? io.Origin : level.Origin, ExitStatus.IoPriority)
                .Call("ioprio_set", null, Nr.ioprio_set, default, 1, 0, (int)type << 13 | number);
        }
        KernelSteps.Write(s);
        LabelSteps.Write(s);
    }

    /// <summary>
    /// As the service's user, who then owns it: what the manager's keyring holds is not the service's. A kernel or container without keyrings has none to keep from it, so by
    /// default that is no failure.
    /// </summary>
    public static void Keyring(PlanScope s)
    {
        const int joinSession = 1, link = 8, userKeyring = -4, sessionKeyring = -3;
        var mode = s.Get(Directives.KeyringMode);
        if (mode.Value == KeyringMode.Inherit)
            return;
        s.Step("give it a keyring of its own", mode.Origin, ExitStatus.Keyring)
            .Call("keyctl (join session)", null, Nr.keyctl, mode.IsSet ? OnError.Fail : OnError.IgnoreAll, joinSession, 0);
        if (mode.Value == KeyringMode.Shared)
            s.Builder.Call("keyctl (link)", null, Nr.keyctl, default, link, userKeyring, sessionKeyring);
    }
}
