namespace Supervisor.Engine;

/// <summary>What is asked of a unit. The first five can be installed; the others turn into one of them, or into nothing, by the unit's state.</summary>
public enum JobType
{
    Start,

    /// <summary>Succeeds if the unit is active, starts nothing (Requisite=).</summary>
    VerifyActive,
    Stop,
    Reload,
    Restart,

    /// <summary>Restart if it runs.</summary>
    TryRestart,

    /// <summary>Reload if it can, else restart; start if it does not run.</summary>
    ReloadOrRestart,
}

public enum JobState
{
    /// <summary>Waits for its turn: for jobs that are ordered before it, or for a stop that is going on.</summary>
    Waiting,

    /// <summary>A start whose conditions are being checked.</summary>
    Checking,
    Running,
}

/// <summary>How a job ended (systemd's words in lower case: done, canceled, timeout, failed, dependency, skipped, invalid, assert).</summary>
public enum JobResult
{
    Done,
    Canceled,
    Timeout,
    Failed,

    /// <summary>A unit that it requires could not be started.</summary>
    Dependency,

    /// <summary>A condition of the unit does not hold: nothing was done, and that is no failure.</summary>
    Skipped,

    /// <summary>The unit cannot do that.</summary>
    Invalid,

    /// <summary>An assertion of the unit does not hold.</summary>
    Assert,
}

/// <summary>Something that a unit is to do. A unit has at most one.</summary>
public sealed class Job
{
    internal Job(uint id, UnitRuntime unit, JobType type, CauseId cause, ulong created) =>
        (Id, Unit, Type, Cause, Created) = (id, unit, type, cause, created);

    public uint Id { get; }

    public UnitRuntime Unit { get; }

    public JobType Type { get; internal set; }

    public JobState State { get; internal set; }

    public CauseId Cause { get; internal set; }

    /// <summary>µs.</summary>
    public ulong Created { get; }

    /// <summary>Orders are not waited for (JobMode ignore-dependencies).</summary>
    internal bool IgnoreOrder { get; set; }

    /// <summary>The timer or path unit that asked for it, or for one that it took in.</summary>
    internal TriggerDetails? Trigger { get; set; }

    /// <summary>No other request may replace it.</summary>
    internal bool Irreversible { get; set; }

    /// <summary>It stands in the queue of jobs to look at.</summary>
    internal bool Queued { get; set; }

    public override string ToString() => $"{Unit.Name}/{Words.Of(Type)}";
}
