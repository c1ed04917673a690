using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Launch;

/// <summary>Says what failed: "cannot mount a private /tmp: mount tmpfs on /tmp: EPERM, operation not permitted — PrivateTmp=, web.service:14".</summary>
public static class PlanFailure
{
    public static Failure Describe(CompiledPlan plan, LaunchOutcome outcome)
    {
        if (outcome.Call < 0)
            return new Failure("cannot start a process", new OsError(outcome.Errno, outcome.Call == -1 ? "clone3" : "prepare", plan.Plan.Unit));
        var (step, call) = plan.CallAt(outcome.Call);
        var attempt = $"cannot {step?.Title ?? "prepare the process"}";
        if (call.Nr == Nr.execve && Hint(outcome) is { } hint)
            attempt = $"{attempt}: {hint}";
        return new Failure(attempt, new OsError(outcome.Errno, call.Name, call.Path ?? step?.Path), step?.Origin ?? default, step?.ExitStatus ?? 0);
    }

    private static string? Hint(LaunchOutcome outcome) => outcome.Errno switch
    {
        Errno.ENOENT when outcome.LoaderMissing => "the file is there, but its interpreter or loader is missing",
        Errno.ENOENT => "there is no such file in the service's root",
        Errno.ENOEXEC => "it is neither a program for this machine nor a script that begins with #!",
        Errno.EACCES => "it is not executable, or lies on a file system mounted noexec",
        Errno.ELIBBAD => "its interpreter or loader is damaged",
        _ => null,
    };
}
