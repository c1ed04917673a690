using Supervisor.Launch;
using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>What comes first: cgroups of version 1, signals, the session, and what is written into the host's /proc.</summary>
internal static class ProcessSteps
{
    private const int SIGPIPE = 13;

    public static void Begin(PlanScope s)
    {
        foreach (var directory in s.Context.EnterCgroups)
            s.Step($"enter the control group {directory}", s.Get(Directives.TasksMax).Origin, ExitStatus.Cgroup, directory).WriteFile(PlanBuilder.Cwd, $"{directory}/cgroup.procs", "0");

        s.Step("begin a session of its own", s.Command.Origin, ExitStatus.Setsid).Setsid();
        if (s.Get(Directives.IgnoreSIGPIPE) is { Value: true } pipe)
            s.Step("ignore SIGPIPE", pipe.Origin, ExitStatus.SignalMask).IgnoreSignal(SIGPIPE);

        if (s.Get(Directives.OOMScoreAdjust) is { Value: { } score } oom)
            s.Step($"set its OOM score adjustment to {score}", oom.Origin, ExitStatus.OomAdjust).WriteFile(PlanBuilder.Cwd, "/proc/self/oom_score_adj", $"{score}");
        if (s.Get(Directives.Nice) is { Value: { } nice } priority)
            s.Step($"set its nice level to {nice}", priority.Origin, ExitStatus.Nice).SetPriority(nice);
    }
}
