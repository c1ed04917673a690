using System.Diagnostics;
using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>
/// The run-time state of all units. Events go in with <see cref="Handle"/>, what is to be done comes out of <see cref="TakeEffects"/>. No clock, no kernel, no
/// randomness: the same events in the same order give the same effects.
/// </summary>
/// <remarks>
/// An event settles in steps, each from a queue, none inside another: the machine of its unit acts; each change of state is looked at (its job, those who depend
/// on it); jobs whose turn it is begin; what was asked for on the way is made into transactions. That goes on until nothing is left to do.
/// </remarks>
public sealed partial class UnitEngine
{
    private readonly IUnitSource _source;
    private readonly SortedDictionary<string, UnitRuntime> _units = new(StringComparer.Ordinal);
    private readonly NameGraph _graph = new();
    private readonly List<UnitMachine> _triggers = [];
    private readonly List<Effect> _effects = [];
    private readonly List<UnitRuntime> _touched = [];
    private int _order;

    /// <summary>Where the effects of the event at hand begin.</summary>
    private int _batch;

    private Event? _event;
    private CauseId _parent;
    private CauseId _current;

    /// <param name="source">Where units are looked up.</param>
    /// <param name="firstCause">Where cause ids begin: above those that an earlier manager gave out.</param>
    /// <param name="causes">How many causes are remembered.</param>
    public UnitEngine(IUnitSource source, ulong firstCause = 1, int causes = 4096) =>
        (_source, Causes) = (source, new(causes, firstCause));

    public CauseRing Causes { get; }

    /// <summary>Every unit that is known, by name.</summary>
    public IReadOnlyCollection<UnitRuntime> Units => _units.Values;

    /// <summary>Every job, by number.</summary>
    public IReadOnlyCollection<Job> Jobs => _jobs.Values;

    public bool IsShuttingDown => _shutdown is not null;

    /// <summary>The other clocks, and chance.</summary>
    public WallClock Clock { get; init; } = new();

    /// <summary>µs, of the event that is being handled.</summary>
    internal ulong Now { get; private set; }

    /// <summary>The cause of whatever is done now. An event becomes a cause when it first changes something.</summary>
    internal CauseId Current
    {
        get
        {
            if (_current == CauseId.None && _event is { } happened)
                _current = Causes.Add(_parent, Now, EventText.UnitOf(happened), EventText.Describe(happened));
            return _current;
        }
    }

    /// <summary>A unit that is known by that name or alias.</summary>
    public UnitRuntime? Find(string name) => _graph.Find(name)?.Unit;

    /// <summary>The unit of that name or alias, looked up when it is not known yet.</summary>
    public UnitRuntime Load(string name)
    {
        if (Find(name) is { } known)
            return known;
        var unit = _source.Find(name);
        if (Find(unit.Name) is { } same)
        {
            Name(same, name); // another name of a unit that is known
            return same;
        }
        var runtime = new UnitRuntime(unit, _order++);
        runtime.Machine = unit.Type switch
        {
            UnitType.Service => new ServiceMachine(this, runtime),
            UnitType.Socket => new SocketMachine(this, runtime),
            UnitType.Timer => new TimerMachine(this, runtime),
            UnitType.Path => new PathMachine(this, runtime),
            _ => new TargetMachine(this, runtime),
        };
        if (unit.Type is UnitType.Socket or UnitType.Timer or UnitType.Path or UnitType.Automount)
            _triggers.Add(runtime.Machine);
        _units.Add(unit.Name, runtime);
        Name(runtime, unit.Name);
        Name(runtime, name);
        foreach (var alias in unit.Aliases)
            Name(runtime, alias);
        Connect(runtime);
        return runtime;
    }

    /// <summary>Takes in an event and everything that follows from it.</summary>
    /// <param name="now">µs. Goes on across managers; a step back is taken as no time.</param>
    /// <param name="cause">What caused the event, when the caller knows better than the engine.</param>
    public void Handle(Event happened, ulong now, CauseId cause = default)
    {
        Now = Math.Max(Now, now);
        _batch = _effects.Count;
        _event = happened;
        _current = CauseId.None;
        _parent = cause == CauseId.None ? Expected(happened) : cause;
        _source.BeginQuestions();
        Dispatch(happened);
        Settle();
        Flush();
        _source.EndQuestions();
        _event = null;
    }

    /// <summary>What is to be done, in this order. Each effect is given out once.</summary>
    public IReadOnlyList<Effect> TakeEffects()
    {
        var effects = _effects.ToArray();
        _effects.Clear();
        return effects;
    }

    /// <summary>The units have changed on disk: every definition is looked up again. What runs goes on under the new one.</summary>
    public void Reload(ulong now)
    {
        Now = Math.Max(Now, now);
        _batch = _effects.Count;
        (_event, _current) = (null, NoteReload());
        _source.BeginQuestions();
        foreach (var runtime in _units.Values.ToArray())
        {
            var unit = _source.Find(runtime.Name);
            // One that has run is remembered, with its start limit, as long as it has a file.
            if (IsUnused(runtime) && (runtime.InactiveExit == 0 || unit.LoadState == LoadState.NotFound))
            {
                Forget(runtime);
                continue;
            }
            _graph.Disconnect(runtime);
            // A name that has become another unit's alias keeps its run until it ends.
            if (unit.Name == runtime.Name && unit.Type == runtime.Unit.Type)
                runtime.Unit = unit;
            Connect(runtime);
        }
        foreach (var runtime in _units.Values)
            _graph.Unname(runtime);
        foreach (var runtime in _units.Values)
            Name(runtime, runtime.Name);
        foreach (var runtime in _units.Values)
            foreach (var alias in runtime.Unit.Aliases)
                Name(runtime, alias);
        foreach (var runtime in _units.Values.ToArray())
            runtime.Machine.Redefined();
        BreakInstalledCycles();
        Settle();
        Flush();
        _source.EndQuestions();
    }

    /// <summary>Forgets a unit that is inactive and has no job. False when it is in use; true too when it was not known.</summary>
    public bool Remove(string name)
    {
        if (Find(name) is not { } runtime)
            return true;
        if (runtime.Active is not (ActiveState.Inactive or ActiveState.Failed) || runtime.Job is not null)
            return false;
        Forget(runtime);
        return true;
    }

    /// <summary>The socket units that hand their sockets to this service, in order of name: those that start it, and those that it names (Sockets=).</summary>
    public IReadOnlyList<string> SocketsOf(string service)
    {
        var sockets = new List<string>();
        var own = Find(service);
        var named = own?.Unit.Get(Directives.SocketsOfService).Value ?? [];
        foreach (var runtime in _units.Values)
            if (runtime.Machine is SocketMachine && own is not null && !runtime.Unit.Get(Directives.Accept).Value
                && (Find(runtime.Triggers!) == own || named.Any(s => Find(s.Value) == runtime)))
                sockets.Add(runtime.Name);
        return sockets;
    }

    /// <summary>The socket, timer and path units that start this unit, in order of name.</summary>
    public IReadOnlyList<string> TriggersOf(UnitRuntime unit)
    {
        var triggers = new List<string>();
        foreach (var runtime in _units.Values)
            if ((runtime.Machine.Triggers is { } triggered && Find(triggered) == unit) || unit.Connection?.Socket == runtime.Name)
                triggers.Add(runtime.Name);
        return triggers;
    }

    /// <summary>A number for a walk through the graph: no other has marked a unit with it.</summary>
    internal ulong NextMark() => ++_mark;

    private ulong _mark;

    /// <summary>The first unit that has a name keeps it.</summary>
    private void Name(UnitRuntime unit, string name)
    {
        var node = _graph.Get(name);
        if (node.Unit is not null)
            return;
        node.Unit = unit;
        unit.Names = [.. unit.Names, node];
    }

    private static bool IsUnused(UnitRuntime unit) => unit is { Active: ActiveState.Inactive, Job: null, Result: UnitResult.Success };

    private void Connect(UnitRuntime runtime)
    {
        runtime.Dependencies = Dependencies.Of(runtime.Unit, _graph);
        NameGraph.Connect(runtime);
    }

    private void Forget(UnitRuntime runtime)
    {
        _graph.Disconnect(runtime);
        _triggers.Remove(runtime.Machine);
        _units.Remove(runtime.Name);
        _graph.Unname(runtime);
    }

    /// <summary>What the event was waited for by, when it is an answer.</summary>
    private CauseId Expected(Event happened)
    {
        if (EventText.UnitOf(happened) is not { } name || Find(name) is not { } unit)
            return CauseId.None;
        return happened switch
        {
            Event.TimerElapsed timer => unit.TimerCauses[(int)timer.Timer],
            Event.ConditionResult or Event.ResourcesReady or Event.ResourcesFailed or Event.SpawnSucceeded or Event.SpawnFailed => unit.Job?.Cause ?? unit.Cause,
            Event.SocketsReady or Event.SocketsFailed or Event.MainPidKnown or Event.StampRead or Event.WakeFailed or Event.PathsQuiet => unit.Cause,
            Event.JobRequest or Event.OutOfMemory or Event.SocketReadable or Event.Connected or Event.PathFound => CauseId.None,
            // The end of what runs has no cause that is known; that of what is being started or stopped has.
            _ => unit.Active is ActiveState.Activating or ActiveState.Deactivating or ActiveState.Reloading ? unit.Cause : CauseId.None,
        };
    }

    private void Dispatch(Event happened)
    {
        switch (happened)
        {
            case Event.JobRequest request:
                Accept(request);
                return;
            case Event.CancelJob cancel:
                if (_jobs.TryGetValue(cancel.Job, out var job))
                    Finish(job, JobResult.Canceled, "cancelled on request");
                return;
            case Event.Shutdown shutdown:
                BeginShutdown(shutdown);
                return;
            case Event.ClockSet:
                TellTimers(TimerInput.ClockSet);
                return;
            case Event.ZoneChanged:
                TellTimers(TimerInput.ZoneChanged);
                return;
        }
        if (EventText.UnitOf(happened) is not { } name || Find(name) is not { } unit)
            return;
        switch (happened, unit.Machine)
        {
            case (Event.TimerElapsed elapsed, _): OnTimer(unit, elapsed.Timer); break;
            case (Event.ConditionResult result, _): OnConditions(unit, result); break;

            case (Event.ResourcesReady ready, ServiceMachine service): service.OnResources(ready.InvocationId); break;
            case (Event.ResourcesFailed failed, ServiceMachine service): service.OnResourcesFailed(failed.Failure); break;
            case (Event.SpawnSucceeded spawned, ServiceMachine service): service.OnSpawned(spawned.Role, spawned.Pid); break;
            case (Event.SpawnFailed failed, ServiceMachine service): service.OnSpawnFailed(failed.Role, failed.Failure); break;
            case (Event.ProcessExited exited, ServiceMachine service): service.OnExited(exited.Pid, exited.Exit); break;
            case (Event.OutOfMemory, ServiceMachine service): service.OnOutOfMemory(); break;
            case (Event.MainPidKnown known, ServiceMachine service): service.OnMainPid(known.Pid); break;
            case (Event.Notify message, ServiceMachine service): service.OnNotify(message); break;
            case (Event.BusName bus, ServiceMachine service): service.OnBusName(bus.Taken); break;
            case (Event.BusFailed failed, ServiceMachine service): service.OnBusFailed(failed.Failure); break;
            case (Event.CgroupEmpty, ServiceMachine service): service.OnCgroupEmpty(); break;

            case (_, SocketMachine socket): OnSocket(socket, happened); break;

            case (Event.StampRead stamp, TimerMachine timer): timer.OnStamp(stamp.Realtime); break;
            case (Event.WakeFailed failed, TimerMachine timer): timer.OnWakeFailed(failed.Failure); break;
            case (Event.PathsQuiet, PathMachine paths): paths.On(PathInput.Quiet); break;
            case (Event.PathFound found, PathMachine paths): paths.OnFound(found.Path); break;
            case (Event.PathsFailed failed, PathMachine paths): paths.OnFailed(failed.Failure); break;
            default: break; // an event that units of this type have no use for
        }
    }

    private void TellTimers(TimerInput input)
    {
        foreach (var unit in _units.Values.ToArray())
            (unit.Machine as TimerMachine)?.On(input);
    }

    private void OnTimer(UnitRuntime unit, UnitTimer timer)
    {
        var due = unit.Timers[(int)timer];
        unit.TimersTold[(int)timer] = 0; // whoever told of it has it armed no more
        if (due == 0 || due > Now)
        {
            TouchTimers(unit); // too early: it is armed again when the effects are collected
            return;
        }
        SetTimer(unit, timer, 0);
        if (timer == UnitTimer.Uphold)
            _upheld.Enqueue(unit);
        else if (timer == UnitTimer.Job)
        {
            if (unit.Job is not { } job)
                return;
            Finish(job, JobResult.Timeout, "took too long (JobTimeoutSec=)");
            ActOn(unit, Directives.JobTimeoutAction, null, "had a job that took too long");
        }
        else
            unit.Machine.TimerElapsed(timer);
    }
}
