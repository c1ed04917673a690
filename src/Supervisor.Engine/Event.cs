using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>What the machine does when everything has stopped.</summary>
public enum ShutdownKind { Exit, Poweroff, Reboot, Halt }

/// <summary>Something that happened. What names a unit that the engine does not know is ignored.</summary>
public abstract record Event
{
    private Event()
    {
    }

    /// <summary>Someone wants something of a unit. Answered by <see cref="Effect.JobAccepted"/> or <see cref="Effect.JobRefused"/> with the same number.</summary>
    /// <param name="Request">The caller's own number for this request.</param>
    /// <param name="Requester">Who asked, as it is to appear in "why": "supervisor start, uid 0".</param>
    /// <param name="Manual">A person asked: RefuseManualStart= and RefuseManualStop= apply.</param>
    public sealed record JobRequest(string Unit, JobType Type, JobMode Mode, ulong Request, string Requester, bool Manual = true) : Event;

    /// <summary>Forget a job; what it began goes on.</summary>
    public sealed record CancelJob(uint Job) : Event;

    /// <summary>The answer to <see cref="Effect.CheckConditions"/>.</summary>
    /// <param name="Text">What does not hold: "ConditionPathExists=/etc/x"; null when all do.</param>
    public sealed record ConditionResult(string Unit, ConditionOutcome Outcome, string? Text) : Event;

    /// <summary>The answer to <see cref="Effect.AcquireResources"/>: commands can be spawned.</summary>
    /// <param name="InvocationId">Drawn by the caller, for this run.</param>
    public sealed record ResourcesReady(string Unit, Guid InvocationId) : Event;

    public sealed record ResourcesFailed(string Unit, Failure Failure) : Event;

    /// <summary>The command runs: its execve succeeded.</summary>
    public sealed record SpawnSucceeded(string Unit, ProcessRole Role, int Pid) : Event;

    /// <summary>No process, or one that ended before execve. <see cref="Failure.ExitStatus"/> is taken as the command's exit status unless it is 0.</summary>
    public sealed record SpawnFailed(string Unit, ProcessRole Role, Failure Failure) : Event;

    /// <summary>A process ended. One that is neither main nor control process is ignored.</summary>
    public sealed record ProcessExited(string Unit, int Pid, ProcessExit Exit) : Event;

    /// <summary>The kernel killed a process of the unit for lack of memory. Given before that process's exit.</summary>
    public sealed record OutOfMemory(string Unit) : Event;

    /// <summary>The answer to <see cref="Effect.ReadPidFile"/>.</summary>
    /// <param name="Pid">A process of this unit, or null when there is none that is known to be the one.</param>
    public sealed record MainPidKnown(string Unit, int? Pid) : Event;

    /// <summary>
    /// What a process of the unit said by sd_notify(3). <paramref name="ReloadingSince"/>: MONOTONIC_USEC=, on the clock of the events. The caller has decided by NotifyAccess= that it may, and that <paramref name="MainPid"/> is a process of the unit.
    /// </summary>
    public sealed record Notify(
        string Unit,
        bool Ready = false,
        bool Reloading = false,
        bool Stopping = false,
        string? Status = null,
        int? Errno = null,
        int? MainPid = null,
        bool Watchdog = false,
        bool WatchdogTrigger = false,
        ulong? WatchdogMicroseconds = null,
        ulong? ExtendTimeoutMicroseconds = null,
        ulong? ReloadingSince = null,
        bool RestartReset = false,
        NotifyAccess? Access = null,
        string? BusError = null,
        string? VarlinkError = null) : Event;

    /// <summary>The name of a Type=dbus service has got an owner, or has none any more.</summary>
    public sealed record BusName(string Unit, bool Taken) : Event;

    /// <summary>There is no bus to look for the name on.</summary>
    public sealed record BusFailed(string Unit, Failure Failure) : Event;

    /// <summary>No process is left in the unit's cgroup, read after every effect so far was carried out. Where there are no cgroups: when the last known process ended.</summary>
    public sealed record CgroupEmpty(string Unit) : Event;

    /// <summary>A timer's time has come. Too early or not armed any more is ignored.</summary>
    public sealed record TimerElapsed(string Unit, UnitTimer Timer) : Event;

    /// <summary>The answer to <see cref="Effect.OpenSockets"/>.</summary>
    public sealed record SocketsReady(string Unit) : Event;

    public sealed record SocketsFailed(string Unit, Failure Failure) : Event;

    /// <summary>Someone connects to, or sends to, a socket that is watched.</summary>
    public sealed record SocketReadable(string Unit) : Event;

    /// <summary>Somebody has connected to a socket with Accept=.</summary>
    /// <param name="Connection">The caller's own number for it.</param>
    public sealed record Connected(string Unit, int Connection, ConnectionDetails Details) : Event;

    /// <summary>The answer to <see cref="Effect.ReadStamp"/>.</summary>
    /// <param name="Realtime">µs since 1970; 0 when it never elapsed.</param>
    public sealed record StampRead(string Unit, ulong Realtime) : Event;

    /// <summary><see cref="Effect.ArmWake"/> cannot be.</summary>
    public sealed record WakeFailed(string Unit, Failure Failure) : Event;

    /// <summary>The clock was set, or the machine has slept: <see cref="UnitEngine.Clock"/> says how the clocks stand now.</summary>
    public sealed record ClockSet : Event;

    /// <summary>The machine has another time zone.</summary>
    public sealed record ZoneChanged : Event;

    /// <summary>The answer to <see cref="Effect.WatchPaths"/> when nothing holds yet.</summary>
    public sealed record PathsQuiet(string Unit) : Event;

    /// <summary>Something that a path unit watches exists, or has changed.</summary>
    public sealed record PathFound(string Unit, string Path) : Event;

    public sealed record PathsFailed(string Unit, Failure Failure) : Event;

    /// <summary>Stop everything except <paramref name="Keep"/>, then <see cref="Effect.AllStopped"/>. Nothing can be started after that.</summary>
    public sealed record Shutdown(ShutdownKind Kind, IReadOnlyList<string> Keep) : Event;
}
