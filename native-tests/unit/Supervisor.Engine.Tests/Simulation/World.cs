using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>A process of the simulated world.</summary>
internal sealed class FakeProcess(int pid, string unit, ProcessRole? role, bool ignoresTerm)
{
    public int Pid { get; } = pid;

    public string Unit { get; } = unit;

    /// <summary>Null for a process that another one of the unit made.</summary>
    public ProcessRole? Role { get; } = role;

    public bool IgnoresTerm { get; } = ignoresTerm;

    public bool Alive { get; set; } = true;

    public bool IsMain { get; init; }

    /// <summary>A reload command whose PID no manager has written down.</summary>
    public bool IsLostReload => Role is ProcessRole.Reload or ProcessRole.ReloadPost && !Told;

    public bool Told { get; set; }
}

/// <summary>
/// The other side of the engine: fake processes, timers and a manager that may die between any two effects, all from one seed. Time jumps from one thing that
/// happens to the next.
/// </summary>
internal sealed partial class World
{
    private readonly Random _random;
    private readonly RandomUnits _units;
    private readonly PriorityQueue<Action, (ulong Time, long Sequence)> _agenda = new();
    private readonly Dictionary<string, UnitSnapshot> _saved = [];
    private readonly List<FakeProcess> _processes = [];
    private readonly Dictionary<(string, UnitTimer), ulong> _timers = [];
    private readonly HashSet<string> _held = [];
    private readonly bool _mayCrash;
    private UnitEngine _engine;
    private ulong _now = 1_000_000;
    private long _sequence;
    private int _nextPid = 10;
    private ulong _nextRequest = 1;

    /// <summary>Goes up when a manager dies: what one waited for in its own memory the next knows nothing of.</summary>
    private int _manager;
    private bool _dead;
    private ulong _hash = 14695981039346656037;

    /// <param name="texts">Units in place of those that the seed draws: what chance does besides stays the same.</param>
    public World(int seed, bool mayCrash, IReadOnlyDictionary<string, string>? texts = null)
    {
        (Seed, _mayCrash, _random) = (seed, mayCrash, new(seed));
        _units = new(_random);
        if (texts is not null)
            _units.Replace(texts);
        _engine = new(_units);
    }

    public int Seed { get; }

    public int Crashes { get; private set; }

    public int Events { get; private set; }

    public int Spawns { get; private set; }

    public RandomUnits Units => _units;

    /// <summary>Told everything that happens, when someone wants to read it.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>A sum of everything that came out, to compare two runs.</summary>
    public ulong Hash => _hash;

    private ulong Soon(int most) => (ulong)_random.Next(most + 1);

    private bool OneIn(int odds) => _random.Next(odds) == 0;

    /// <summary>Something that happens in the world, manager or not.</summary>
    private void At(ulong delay, Action action) => _agenda.Enqueue(action, (_now + delay, _sequence++));

    /// <summary>Something that the present manager waits for.</summary>
    private void Later(ulong delay, Action action)
    {
        var manager = _manager;
        At(delay, () =>
        {
            if (manager == _manager)
                action();
        });
    }

    /// <summary>Runs until the condition holds. False when nothing more can happen before.</summary>
    private bool RunUntil(Func<bool> done, ulong limit)
    {
        while (!done())
        {
            if (!_agenda.TryPeek(out _, out var when) || when.Time > limit)
                return false;
            var action = _agenda.Dequeue();
            _now = Math.Max(_now, when.Time);
            action();
        }
        return true;
    }

    private void Tell(Event happened)
    {
        if (_dead)
            return;
        Events++;
        Trace?.Invoke($"{_now,12} > {happened}");
        var before = Watch();
        _engine.Handle(happened, _now);
        var effects = _engine.TakeEffects();
        CheckStep(before, happened, effects);
        CheckEffects(happened, effects);
        CheckBooks(happened);
        foreach (var effect in effects)
        {
            // The manager may die between any two effects.
            if (_mayCrash && OneIn(150))
            {
                Crash();
                return;
            }
            Note(effect);
            CarryOut(effect);
        }
    }

    private void Note(Effect effect)
    {
        Trace?.Invoke($"{_now,12}     {Name(effect)}");
        foreach (var c in $"{_now} {Name(effect)}")
            _hash = (_hash ^ c) * 1099511628211;
    }

    /// <summary>Without the lists, whose text is that of their type.</summary>
    private static string Name(Effect effect) => effect switch
    {
        Effect.Spawn spawn => $"Spawn {spawn.Unit} {spawn.Role} {spawn.Index} {spawn.MainPid}",
        Effect.JobAccepted accepted => $"JobAccepted {accepted.Unit} {accepted.Job} {string.Join(';', accepted.Notes)}",
        Effect.AllStopped stopped => $"AllStopped {string.Join(';', stopped.Left)}",
        _ => effect.ToString(),
    };

    private void Crash()
    {
        Crashes++;
        Trace?.Invoke($"{_now,12} the manager dies");
        _manager++;
        _dead = true;
        ForgetContinuity();
        _timers.Clear();
        _watchedNames.Clear();
        _watchedSockets.Clear();
        _fresh.Clear(); // who nobody has yet goes with the manager
        At(Soon(200_000), Adopt);
    }

    private void Adopt()
    {
        _dead = false;
        _engine = new(_units, _engine.Causes.Next.Value);
        foreach (var snapshot in _saved.Values.OrderBy(s => s.Unit, StringComparer.Ordinal))
        {
            bool Known(int pid) => pid != 0 && (_processes.Exists(p => p.Pid == pid && p.Alive) || _unreported.Exists(e => e.Pid == pid));
            _engine.Adopt(snapshot, new(Known(snapshot.MainPid), Known(snapshot.ControlPid), Populated(snapshot.Unit)));
        }
        _openJobs.RemoveWhere(id => !_engine.Jobs.Any(job => job.Id == id));
        _engine.FinishAdoption(_now);
        foreach (var effect in _engine.TakeEffects())
        {
            Note(effect);
            CarryOut(effect);
        }
        foreach (var exit in _unreported.ToArray())
            Later(0, () => Report(exit));
        foreach (var name in _units.Services.Concat(_processes.Select(p => p.Unit)).Distinct().ToArray())
            EmptyLater(name);
        if (_shutdownBegun && !_allStopped)
            Later(0, () => Tell(new Event.Shutdown(ShutdownKind.Exit, [])));
    }

    private void CarryOut(Effect effect)
    {
        switch (effect)
        {
            case Effect.Persist e when _engine.Snapshot(e.Unit) is { } snapshot:
                _saved[e.Unit] = snapshot;
                foreach (var process in _processes)
                    process.Told |= process.Pid == snapshot.ControlPid;
                break;
            case Effect.Persist e: _saved.Remove(e.Unit); break;
            case Effect.CheckConditions e:
                Later(Soon(5000), () => Tell(new Event.ConditionResult(e.Unit, OneIn(4) ? ConditionOutcome.Unmet : ConditionOutcome.Met, "ConditionPathExists=/x")));
                break;
            case Effect.AcquireResources e:
                CheckAcquire(e.Unit);
                _held.Add(e.Unit);
                Later(Soon(50_000), () => Tell(OneIn(25) ? new Event.ResourcesFailed(e.Unit, new("cannot mount")) : new Event.ResourcesReady(e.Unit, new(_nextPid++, 0, 0, new byte[8]))));
                break;
            case Effect.ReleaseResources e: _held.Remove(e.Unit); break;
            case Effect.Spawn e: Spawn(e); break;
            case Effect.Signal e: Signal(e.Unit, e.Target, e.Number); break;
            case Effect.KillCgroup e: Signal(e.Unit, SignalTarget.Cgroup, 9); break;
            case Effect.ReadPidFile e: ReadPidFile(e); break;
            case Effect.WatchBusName { Name: null } e: _watchedNames.Remove(e.Unit); break;
            case Effect.WatchBusName e when OneIn(30): Later(0, () => Tell(new Event.BusFailed(e.Unit, new("cannot reach the bus")))); break;
            case Effect.WatchBusName e:
                _watchedNames.Add(e.Unit);
                Later(Soon(1000), () => TellName(e.Unit));
                break;
            case Effect.ArmTimer e: Arm(e); break;
            case Effect.CancelTimer e: _timers.Remove((e.Unit, e.Timer)); break;
            case Effect.StateChanged e: CheckState(e); CheckSocketState(e); break;
            case Effect.JobAccepted e: _openJobs.Add(e.Job); break;
            case Effect.JobFinished e: _openJobs.Remove(e.Job); break;
            case Effect.OpenSockets e:
                OpenSockets(e.Unit);
                break;
            case Effect.WatchSockets e: WatchSockets(e); break;
            case Effect.HandConnection e: HandConnection(e); break;
            case Effect.RefuseConnection e: _fresh.Remove(e.Connection); break;
            case Effect.CloseConnection e: _connected.Remove(e.Unit); break;
            case Effect.CloseSockets e: _openSockets.Remove(e.Unit); break;
            case Effect.Collect e when _engine.Remove(e.Unit): _saved.Remove(e.Unit); break;
            case Effect.AllStopped: _allStopped = true; break;
        }
    }

    private void Arm(Effect.ArmTimer armed)
    {
        var key = (armed.Unit, armed.Timer);
        _timers[key] = armed.At;
        var delay = armed.At > _now ? armed.At - _now : 0;
        Later(delay + (OneIn(10) ? Soon(300_000) : 0), () =>
        {
            if (_timers.TryGetValue(key, out var due) && due == armed.At)
                Tell(new Event.TimerElapsed(armed.Unit, armed.Timer));
        });
        if (OneIn(50))
            Later(delay / 2, () => Tell(new Event.TimerElapsed(armed.Unit, armed.Timer))); // a clock that is wrong
    }
}
