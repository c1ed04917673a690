using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>
/// A timer with a calendar of minutes and its service, in a world whose clock is set at random and whose manager dies between any two effects. What is expected is counted by
/// the clock itself, not by the engine: each minute that passes has the service started, once. <c>SIMULATION_SEED=n</c> runs one seed alone.
/// </summary>
public sealed class TimerWorldTests
{
    private const ulong Second = 1_000_000, Minute = 60 * Second;

    [Fact]
    public void No_minute_is_lost_and_none_comes_twice()
    {
        int starts = 0, crashes = 0, sets = 0;
        var only = int.TryParse(Environment.GetEnvironmentVariable("SIMULATION_SEED"), out var seed);
        for (var i = only ? seed : 1; i <= (only ? seed : 400); i++)
        {
            var world = new TimerWorld(i);
            world.Run(20 * Minute);
            (starts, crashes, sets) = (starts + world.Starts, crashes + world.Crashes, sets + world.Sets);
        }
        Assert.True(only || (starts > 4000 && crashes > 400 && sets > 400), $"{starts} starts, {crashes} crashes, {sets} times the clock was set");
    }

    private sealed class TimerWorld : IUnitSource
    {
        /// <summary>AccuracySec=, and the longest that there is no manager and that the loop is late.</summary>
        private const ulong Accuracy = 5 * Second, Downtime = 3 * Second, Late = 10_000, Slack = Accuracy + (4 * Late);

        private readonly int _seed;
        private readonly Random _random;
        private readonly PriorityQueue<(Action Action, int Manager), (ulong, long)> _agenda = new();
        private readonly Dictionary<string, UnitSnapshot> _saved = [];
        private readonly Dictionary<string, Unit> _units;
        private readonly WallClock _wall;
        private readonly List<Action> _unseen = [];
        private UnitEngine _engine;
        private ulong _now = 10 * Second;
        private long _sequence;
        private int _manager, _nextPid = 100, _pid;
        private bool _dead;
        private ulong _stamp;
        private TriggerDetails? _lastStart;
        private int _epoch, _lastEpoch;

        /// <summary>Minutes up to here are not counted on: before the timer was, or of another setting of the clock.</summary>
        private ulong _since;

        /// <summary>The time of the timer for which the service was last started.</summary>
        private ulong _startedFor;

        /// <summary>When the service ran last, or there was no manager.</summary>
        private ulong _busy;

        public TimerWorld(int seed)
        {
            (_seed, _random) = (seed, new(seed));
            var delay = _random.Next(3) == 0 ? "Persistent=yes\n" : "";
            _units = new()
            {
                ["t.timer"] = UnitParser.FromText("t.timer", $"[Unit]\nDefaultDependencies=no\n[Timer]\nOnCalendar=minutely UTC\nAccuracySec=5s\n{delay}"),
                ["t.service"] = UnitParser.FromText("t.service", "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart=/x\n"),
            };
            _wall = new() { RealtimeOffset = (long)Rig.Noon + _random.Next(60_000_000), Machine = (ulong)_random.Next(), Zone = TimeZoneInfo.Utc };
            _engine = new(this) { Clock = _wall };
        }

        public int Starts { get; private set; }

        public int Crashes { get; private set; }

        public int Sets { get; private set; }

        private ulong Realtime => (ulong)((long)_now + _wall.RealtimeOffset);

        public Unit Find(string name) => _units.TryGetValue(name, out var unit) ? unit : Rig.NoFiles.Load(name);

        private void Demand(bool holds, string what)
        {
            if (!holds)
                throw new InvalidOperationException($"seed {_seed}: {what}, at {_now} µs, clock {Realtime - Rig.Noon}");
        }

        private void At(ulong delay, Action action, bool ofManager = false) => _agenda.Enqueue((action, ofManager ? _manager : -1), (_now + delay, _sequence++));

        private ulong Soon(ulong most) => (ulong)_random.NextInt64((long)most + 1);

        public void Run(ulong span)
        {
            var end = _now + span;
            _since = Realtime;
            At(0, () => Tell(new Event.JobRequest("t.timer", JobType.Start, JobMode.Replace, 1, "a test")));
            for (var i = 0; i < 6; i++)
                At(Soon(span), SetClock);
            while (_agenda.TryDequeue(out var next, out var when) && when.Item1 <= end)
            {
                _now = Math.Max(_now, when.Item1);
                if (next.Manager < 0 || next.Manager == _manager)
                    next.Action();
                CheckMinutes();
            }
        }

        /// <summary>Of the minutes that are over, and not just now, the last has been acted on, unless the service still runs.</summary>
        private void CheckMinutes()
        {
            // what comes while the service runs, or while there is no manager, is made up for after it
            if (_dead || _pid != 0 || _engine.Find("t.service") is { Active: not ActiveState.Inactive })
                _busy = _now;
            var minute = (Realtime - Slack) / Minute * Minute;
            if (minute <= _since || _now - _busy <= Slack)
                return;
            // by what was written down of the service: what the timer itself believes proves nothing
            Demand(_startedFor >= minute, $"the minute {(minute - Rig.Noon) / Minute} was lost, {_engine.Find("t.timer")!.Sub}");
        }

        private void SetClock()
        {
            Sets++;
            _epoch++;
            _wall.RealtimeOffset += _random.NextInt64(-5 * (long)Minute, 5 * (long)Minute);
            _since = Realtime;
            if (_dead)
                return; // the next manager sees how the clocks stand
            At(Soon(Late), () => Tell(new Event.ClockSet()), ofManager: true);
        }

        private void Tell(Event happened)
        {
            if (_dead)
                return;
            _engine.Handle(happened, _now);
            Carry();
        }

        private void Carry()
        {
            foreach (var effect in _engine.TakeEffects())
            {
                if (_random.Next(60) == 0)
                {
                    Crash();
                    return;
                }
                CarryOut(effect);
            }
        }

        private void Crash()
        {
            Crashes++;
            _manager++;
            _dead = true;
            At(Soon(Downtime), () =>
            {
                _dead = false;
                _engine = new(this, _engine.Causes.Next.Value) { Clock = _wall };
                foreach (var snapshot in _saved.Values)
                    _engine.Adopt(snapshot, new(snapshot.MainPid != 0, snapshot.ControlPid != 0, _pid != 0));
                _engine.FinishAdoption(_now);
                Carry();
                if (_dead)
                    return;
                foreach (var unseen in _unseen.ToArray())
                    At(0, unseen, ofManager: true);
                At(Late, () => Tell(new Event.CgroupEmpty("t.service")), ofManager: true);
            });
        }

        private void CarryOut(Effect effect)
        {
            switch (effect)
            {
                case Effect.Persist e when _engine.Snapshot(e.Unit) is { } snapshot:
                    _saved[e.Unit] = snapshot;
                    if (e.Unit == "t.service" && snapshot is { Sub: "preparing", Trigger: { } trigger })
                        _startedFor = trigger.Realtime;
                    break;
                case Effect.Persist e: _saved.Remove(e.Unit); break;
                case Effect.ReadStamp e: At(0, () => Tell(new Event.StampRead(e.Unit, _stamp)), ofManager: true); break;
                case Effect.WriteStamp e: _stamp = e.Realtime; break;
                case Effect.AcquireResources e: At(Soon(Late), () => Tell(new Event.ResourcesReady(e.Unit, Guid.Empty)), ofManager: true); break;
                case Effect.Spawn e: Spawn(e); break;
                case Effect.KillCgroup: _pid = 0; break;
                case Effect.StateChanged { Unit: "t.service", NewSub: "preparing", Old: ActiveState.Inactive or ActiveState.Failed }: CheckStart(); break;
                case Effect.ArmTimer e:
                    At((e.At > _now ? e.At - _now : 0) + Soon(Late), () => Tell(new Event.TimerElapsed(e.Unit, e.Timer)), ofManager: true);
                    break;
            }
        }

        private void CheckStart()
        {
            Starts++;
            var trigger = _engine.Find("t.service")!.Trigger;
            Demand(trigger is not null, "the service was started by nobody");
            Demand(_lastStart is null || _epoch != _lastEpoch || trigger!.Realtime / Minute != _lastStart.Realtime / Minute, "a minute came twice");
            (_lastStart, _lastEpoch) = (trigger, _epoch);
        }

        private void Spawn(Effect.Spawn e)
        {
            var pid = _pid = _nextPid++;
            Answer(new Event.SpawnSucceeded(e.Unit, e.Role, pid));
            At(Soon(_random.Next(8) == 0 ? 2 * Minute : Second), () =>
            {
                if (_pid == pid)
                    _pid = 0;
                void Report()
                {
                    _unseen.Remove(Report);
                    Tell(new Event.ProcessExited(e.Unit, pid, new(ExitKind.Exited, 0)));
                    Tell(new Event.CgroupEmpty(e.Unit));
                }
                _unseen.Add(Report);
                At(Soon(Late), Report, ofManager: true);
            });
        }

        /// <summary>An answer is taken in when the effects at hand are done.</summary>
        private void Answer(Event happened) => At(0, () => Tell(happened), ofManager: true);
    }
}
