using Supervisor.Linux;

namespace Supervisor.Launch;

/// <summary>A start that was tried.</summary>
/// <param name="Pid">The process; 0 when not even that came to be. After a failure it is gone or going.</param>
/// <param name="Pidfd">Its pidfd, the caller's to close; none after a failure.</param>
/// <param name="Report">For a plan that may block: where the outcome will be read (<see cref="Launcher.ReadReport"/>) once it is readable; the caller's to close. Else none.</param>
/// <param name="Outcome">How it went; for a plan that may block, only whether the process came to be.</param>
public readonly record struct LaunchResult(int Pid, Fd Pidfd, Fd Report, LaunchOutcome Outcome)
{
    public bool Failed => Outcome.Failed;
}

/// <summary>The first call that failed.</summary>
/// <param name="Call">Its index in the compiled plan; -1 for the clone itself, -2 for what comes before it.</param>
/// <param name="Step">The index of its step in the plan; -1 when it belongs to none.</param>
/// <param name="LoaderMissing">execve said ENOENT of a file that exists.</param>
public readonly record struct LaunchOutcome(int Call, int Step, Errno Errno, bool LoaderMissing)
{
    public static LaunchOutcome Started => new(-1, -1, Errno.None, false);

    public bool Failed => Errno != Errno.None;
}
