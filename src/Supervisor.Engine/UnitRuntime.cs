using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>ActiveState= of systemd: the same few words for every type of unit.</summary>
public enum ActiveState { Inactive, Active, Reloading, Failed, Activating, Deactivating }

/// <summary>Result= of systemd: why a unit is as it is.</summary>
public enum UnitResult
{
    Success,
    Resources,
    Protocol,
    Timeout,
    ExitCode,
    Signal,
    CoreDump,
    Watchdog,
    StartLimitHit,
    OomKill,
    ExecCondition,

    /// <summary>Of a socket: its service could not be started for too many starts.</summary>
    ServiceStartLimitHit,

    /// <summary>What it triggers was triggered too often.</summary>
    TriggerLimitHit,

    /// <summary>Of a path unit: what it triggers could not be started for too many starts.</summary>
    UnitStartLimitHit,
}

/// <summary>The clocks that a unit can have running, at most one of each.</summary>
public enum UnitTimer
{
    /// <summary>The time that the present sub-state may take; in auto-restart, the time until the restart.</summary>
    State,

    /// <summary>RuntimeMaxSec=.</summary>
    Runtime,

    /// <summary>WatchdogSec=.</summary>
    Watchdog,

    /// <summary>JobTimeoutSec=, JobRunningTimeoutSec=.</summary>
    Job,

    /// <summary>Of a timer unit: its next time.</summary>
    Trigger,

    /// <summary>Until it is started again for a unit that upholds it, after too many starts.</summary>
    Uphold,
}

/// <summary>What a process of a service is there for.</summary>
public enum ProcessRole { Condition, StartPre, Start, StartPost, Reload, Stop, StopPost, ReloadPost, StopPre }

/// <summary>How a process ended, as waitid(2) says it.</summary>
public enum ExitKind { Exited, Killed, Dumped }

/// <param name="Status">The exit status, or the number of the signal.</param>
public readonly record struct ProcessExit(ExitKind Kind, int Status)
{
    public override string ToString() => Kind switch
    {
        ExitKind.Exited => $"exited with status {Status}",
        ExitKind.Killed => $"was killed by signal {Status}",
        _ => $"was killed by signal {Status} and dumped core",
    };
}

/// <summary>What made a timer or path unit start another one: what that one's processes are told (systemd.exec(5), TRIGGER_UNIT).</summary>
/// <param name="Realtime">When the timer elapsed, µs since 1970; 0 of a path unit.</param>
/// <param name="Monotonic">The same of CLOCK_MONOTONIC.</param>
/// <param name="Path">What was found; null of a timer.</param>
public sealed record TriggerDetails(string Unit, ulong Realtime, ulong Monotonic, string? Path);

/// <summary>One value for each <see cref="UnitTimer"/>, inside of the unit itself: most units never have any.</summary>
[System.Runtime.CompilerServices.InlineArray(UnitRuntime.TimerCount)]
internal struct PerTimer<T>
{
    private T _first;
}

/// <summary>A connection that a service was made for.</summary>
/// <param name="Socket">The socket unit.</param>
/// <param name="Peer">Both ends, as they stand in the service's name.</param>
/// <param name="Source">Who counts as one (MaxConnectionsPerSource=): an address or a user; null when nobody does.</param>
/// <param name="RemoteAddress">Null when it has none.</param>
/// <param name="Cookie">The kernel's number of the socket (SO_COOKIE).</param>
public sealed record ConnectionDetails(string Socket, string Peer, string? Source, string? RemoteAddress, string? RemotePort, ulong Cookie);

/// <summary>Everything that changes about a unit while the manager runs. Read by anyone, written by the engine only.</summary>
public sealed class UnitRuntime
{
    internal const int TimerCount = 6;

    internal UnitRuntime(Unit unit, int order) => (Unit, Order, Machine) = (unit, order, null!);

    /// <summary>Its place in the order in which units became known.</summary>
    internal int Order { get; }

    internal UnitMachine Machine { get; set; }

    /// <summary>When each timer is due, 0 when it is not armed; what was last told about it; what armed it.</summary>
    internal PerTimer<ulong> Timers;

    internal PerTimer<ulong> TimersTold;

    internal PerTimer<CauseId> TimerCauses;

    /// <summary>It stands in the list of units to tell of after this event; and a snapshot of it is to be saved.</summary>
    internal bool Touched { get; set; }

    internal bool Unsaved { get; set; }

    /// <summary>How often its failure started others.</summary>
    internal RateLimit FailureLimit;

    /// <summary>How often it was started because another unit upholds it.</summary>
    internal RateLimit UpholdLimit;

    /// <summary>Every name that it is known by.</summary>
    internal NameNode[] Names { get; set; } = [];

    /// <summary>Where a walk through the graph has been: see <see cref="UnitEngine.NextMark"/>.</summary>
    internal ulong Mark { get; set; }

    internal Dependencies Dependencies { get; set; } = Dependencies.None;

    /// <summary>The unit as its files say it; replaced by a reload.</summary>
    public Unit Unit { get; internal set; }

    public string Name => Unit.Name;

    public ActiveState Active { get; internal set; }

    /// <summary>systemd's word for the sub-state: dead, running, stop-sigterm …</summary>
    public string Sub { get; internal set; } = "dead";

    public UnitResult Result { get; internal set; }

    public Job? Job { get; internal set; }

    /// <summary>What caused the last change of state.</summary>
    public CauseId Cause { get; internal set; }

    /// <summary>When the sub-state was entered, µs; 0 for never.</summary>
    public ulong StateChangedAt { get; internal set; }

    public ulong ActiveEnter { get; internal set; }

    public ulong ActiveExit { get; internal set; }

    public ulong InactiveEnter { get; internal set; }

    public ulong InactiveExit { get; internal set; }

    /// <summary>Times in a row that Restart= started it again.</summary>
    public int Restarts { get; internal set; }

    /// <summary>Of the present or last run, as ResourcesReady gave it.</summary>
    public Guid InvocationId { get; internal set; }

    /// <summary>The timer or path unit that started the present or last run; null when it was another start.</summary>
    public TriggerDetails? Trigger { get; internal set; }

    /// <summary>Of a service that was made for a connection.</summary>
    public ConnectionDetails? Connection { get; internal set; }

    /// <summary>Of a socket unit with Accept=: connections so far, those of now, and those that were closed at once because there were too many.</summary>
    public (uint Accepted, int Now, uint Refused) Connections => (Machine as SocketMachine)?.Counts ?? default;

    /// <summary>What a timer unit remembers and waits for; null for other types.</summary>
    public TimerTimes? Times => (Machine as TimerMachine)?.Times;

    /// <summary>The unit that a socket, timer or path unit starts; null for other types.</summary>
    public string? Triggers => Machine.Triggers;

    /// <summary>STATUS= of sd_notify(3).</summary>
    public string? StatusText { get; internal set; }

    /// <summary>ERRNO= of sd_notify(3).</summary>
    public int StatusErrno { get; internal set; }

    /// <summary>BUSERROR= and VARLINKERROR= of sd_notify(3).</summary>
    public string? StatusBusError { get; internal set; }

    public string? StatusVarlinkError { get; internal set; }

    /// <summary>NOTIFYACCESS= of sd_notify(3), in place of the setting until the run ends.</summary>
    public NotifyAccess? NotifyAccess { get; internal set; }

    /// <summary>0 when there is none, or none that is known.</summary>
    public int MainPid { get; internal set; }

    /// <summary>The process of an ExecStartPre=, ExecReload= …; 0 when there is none.</summary>
    public int ControlPid { get; internal set; }

    /// <summary>When the main process was started, µs.</summary>
    public ulong MainStarted { get; internal set; }

    /// <summary>How the last main process ended; null while it runs and before the first.</summary>
    public ProcessExit? MainExit { get; internal set; }

    /// <summary>When it ended, µs.</summary>
    public ulong MainExited { get; internal set; }

    /// <summary>How conditions came out last: null when they hold, else what does not.</summary>
    public string? UnmetCondition { get; internal set; }
}
