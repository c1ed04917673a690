namespace Supervisor.Engine;

/// <summary>
/// A unit's run-time state as plain values, so that a new manager can go on where another one ended. Words are systemd's; times are µs of the clock that events
/// carry, which must be one that goes on across managers (CLOCK_BOOTTIME or CLOCK_MONOTONIC of the same boot).
/// </summary>
public sealed record UnitSnapshot
{
    public required string Unit { get; init; }
    public required string Active { get; init; }
    public required string Sub { get; init; }
    public string Result { get; init; } = "success";
    public ulong Cause { get; init; }
    public ulong StateChangedAt { get; init; }
    public ulong ActiveEnter { get; init; }
    public ulong ActiveExit { get; init; }
    public ulong InactiveEnter { get; init; }
    public ulong InactiveExit { get; init; }
    public int Restarts { get; init; }
    public string InvocationId { get; init; } = "";
    public string? StatusText { get; init; }
    public int StatusErrno { get; init; }
    public string? StatusBusError { get; init; }
    public string? StatusVarlinkError { get; init; }
    public int NotifyAccess { get; init; } = -1;

    public int MainPid { get; init; }
    public bool MainSpawning { get; init; }
    public bool MainKnown { get; init; }
    public ulong MainStarted { get; init; }
    public ulong MainExited { get; init; }
    public int MainExitKind { get; init; } = -1;
    public int MainExitStatus { get; init; }
    public int ControlPid { get; init; }
    public bool ControlSpawning { get; init; }
    public string? Role { get; init; }
    public int CommandIndex { get; init; }
    public bool AwaitingPid { get; init; }
    public bool Populated { get; init; }
    public bool NoRestart { get; init; }
    public bool ReloadFailed { get; init; }
    public bool OomKilled { get; init; }
    public bool KillAll { get; init; }
    public string? Notified { get; init; }
    public ulong? WatchdogOverride { get; init; }
    public bool BusNameTaken { get; init; }
    public bool AwaitingIdle { get; init; }
    public ulong ReloadBegan { get; init; }

    /// <summary>When each timer is due, by <see cref="UnitTimer"/>; 0 when it is not armed.</summary>
    public IReadOnlyList<ulong> Timers { get; init; } = [];

    /// <summary>Of a timer unit.</summary>
    public TimerTimes? Times { get; init; }

    /// <summary>What triggered the present or last run, and what the job at hand.</summary>
    public TriggerDetails? Trigger { get; init; }

    public TriggerDetails? JobTrigger { get; init; }

    /// <summary>Of a service that was made for a connection.</summary>
    public ConnectionDetails? Connection { get; init; }

    /// <summary>Of a socket: resources for its commands are held; connections so far, refused ones, and services that have one ("SERVICE" or "SERVICE SOURCE").</summary>
    public bool Acquired { get; init; }

    public ulong StartLimitBegin { get; init; }
    public int StartLimitCount { get; init; }
    public uint Accepted { get; init; }

    public uint Refused { get; init; }

    public IReadOnlyList<string> Connections { get; init; } = [];

    public ulong LimitBegin { get; init; }
    public int LimitCount { get; init; }

    public string? JobType { get; init; }
    public uint JobId { get; init; }
    public bool JobRunning { get; init; }
    public ulong JobCreated { get; init; }
    public ulong JobCause { get; init; }
    public bool JobIgnoresOrder { get; init; }
    public bool JobIrreversible { get; init; }
}

/// <summary>What the kernel and the keeper know of a unit's processes when a new manager takes over.</summary>
/// <param name="MainAlive">The main process of the snapshot has not ended, or its exit will be reported as an event.</param>
/// <param name="ControlAlive">The same of the control process.</param>
/// <param name="Populated">There are processes in the cgroup.</param>
public readonly record struct AdoptFacts(bool MainAlive, bool ControlAlive, bool Populated);
