using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>An engine with units from text, whose simple questions are answered at once: conditions hold, resources are there, commands run.</summary>
internal sealed class Rig : IUnitSource
{
    private readonly Dictionary<string, Unit> _source = [];
    private int _nextPid = 100;
    private ulong _request;

    public Rig(params (string Name, string Text)[] units)
    {
        foreach (var (name, text) in units)
            Define(name, text);
        Engine = new(this) { Clock = Wall };
    }

    /// <summary>CLOCK_REALTIME is 2026-06-01 12:00:00 UTC when the first event comes.</summary>
    public WallClock Wall { get; } = new() { RealtimeOffset = (long)Noon - 1_000_000, Zone = TimeZoneInfo.Utc, Machine = 7, Chance = 11 };

    /// <summary>2026-06-01 12:00:00 UTC, a Monday, in µs.</summary>
    public const ulong Noon = 1_780_315_200_000_000;

    public ulong Realtime => (ulong)((long)Now + Wall.RealtimeOffset);

    /// <summary>When Persistent= timers last elapsed.</summary>
    public Dictionary<string, ulong> Stamps { get; } = [];

    /// <summary>What the next look at a path unit's paths finds.</summary>
    public string? Found { get; set; }

    public UnitEngine Engine { get; private set; }

    public ulong Now { get; set; } = 1_000_000;

    /// <summary>Everything that came out, in order.</summary>
    public List<Effect> Effects { get; } = [];

    public Dictionary<string, UnitSnapshot> Saved { get; } = [];

    public bool AnswerSpawn { get; set; } = true;

    public bool AnswerResources { get; set; } = true;

    public bool AnswerConditions { get; set; } = true;

    public Unit Find(string name) => _source.TryGetValue(name, out var unit)
        ? unit
        : NoFiles.Load(name);

    /// <summary>Finds no file: only the targets that are built in, and what there is not.</summary>
    internal static UnitLoader NoFiles { get; } = new(new([]), SpecifierContext.SystemFacts);

    public void Define(string name, string text) => _source[name] = UnitParser.FromText(name, text);

    public Rig Do(Event happened)
    {
        Engine.Handle(happened, Now);
        return Pump();
    }

    public Rig Pump()
    {
        while (Engine.TakeEffects() is { Count: > 0 } effects)
            foreach (var effect in effects)
            {
                Effects.Add(effect);
                switch (effect)
                {
                    case Effect.Persist persist when Engine.Snapshot(persist.Unit) is { } snapshot: Saved[persist.Unit] = snapshot; break;
                    case Effect.Persist persist: Saved.Remove(persist.Unit); break;
                    case Effect.AcquireResources acquire when AnswerResources: Handle(new Event.ResourcesReady(acquire.Unit, Guid.NewGuid())); break;
                    case Effect.CheckConditions check when AnswerConditions: Handle(new Event.ConditionResult(check.Unit, ConditionOutcome.Met, null)); break;
                    case Effect.Spawn spawn when AnswerSpawn: Handle(new Event.SpawnSucceeded(spawn.Unit, spawn.Role, _nextPid++)); break;
                    case Effect.ReadStamp read: Handle(new Event.StampRead(read.Unit, Stamps.GetValueOrDefault(read.Unit))); break;
                    case Effect.WriteStamp write: Stamps[write.Unit] = write.Realtime; break;
                    case Effect.WatchPaths watch: Handle(Found is { } path ? new Event.PathFound(watch.Unit, path) : new Event.PathsQuiet(watch.Unit)); break;
                    case Effect.Collect collect when Engine.Remove(collect.Unit): Saved.Remove(collect.Unit); break;
                    case Effect.OpenSockets open: Handle(new Event.SocketsReady(open.Unit)); break;
                }
            }
        return this;
    }

    private void Handle(Event happened) => Engine.Handle(happened, Now);

    public Rig Request(string unit, JobType type, JobMode mode = JobMode.Replace, bool manual = true) =>
        Do(new Event.JobRequest(unit, type, mode, ++_request, "a test", manual));

    public Rig Start(string unit) => Request(unit, JobType.Start);

    public Rig Stop(string unit) => Request(unit, JobType.Stop);

    public Rig Exit(string unit, int status = 0) => Exit(unit, new ProcessExit(ExitKind.Exited, status));

    public Rig Kill(string unit, int signal, bool dumped = false) => Exit(unit, new ProcessExit(dumped ? ExitKind.Dumped : ExitKind.Killed, signal));

    /// <summary>The control process ends, or the main one when there is no control process.</summary>
    public Rig Exit(string unit, ProcessExit exit)
    {
        var runtime = this[unit];
        var pid = runtime.ControlPid != 0 ? runtime.ControlPid : runtime.MainPid;
        Assert.NotEqual(0, pid);
        return Do(new Event.ProcessExited(unit, pid, exit));
    }

    public Rig ExitMain(string unit, int status = 0)
    {
        Assert.NotEqual(0, this[unit].MainPid);
        return Do(new Event.ProcessExited(unit, this[unit].MainPid, new(ExitKind.Exited, status)));
    }

    public Rig Empty(string unit) => Do(new Event.CgroupEmpty(unit));

    /// <summary>The last process ends and the cgroup is empty.</summary>
    public Rig Gone(string unit, int status = 0) => Exit(unit, status).Empty(unit);

    /// <summary>Time goes on until the unit's timer is due.</summary>
    public Rig Elapse(string unit, UnitTimer timer = UnitTimer.State)
    {
        var armed = Effects.OfType<Effect.ArmTimer>().Last(a => a.Unit == unit && a.Timer == timer);
        Now = Math.Max(Now, armed.At);
        return Do(new Event.TimerElapsed(unit, timer));
    }

    public UnitRuntime this[string unit] => Engine.Find(unit) ?? throw new InvalidOperationException($"{unit} is not known");

    public string Sub(string unit) => Engine.Find(unit)?.Sub ?? "unknown";

    public IEnumerable<T> All<T>() where T : Effect => Effects.OfType<T>();

    public IReadOnlyList<string> Spawned(string unit) =>
        [.. All<Effect.Spawn>().Where(s => s.Unit == unit).Select(s => s.Command.Path)];

    public IReadOnlyList<string> Subs(string unit) =>
        [.. All<Effect.StateChanged>().Where(s => s.Unit == unit).Select(s => s.NewSub)];

    public JobResult? LastJob(string unit) => All<Effect.JobFinished>().LastOrDefault(j => j.Unit == unit)?.Result;

    public string? Refusal => All<Effect.JobRefused>().LastOrDefault()?.Failure.Attempt;

    public int Index(Func<Effect, bool> match) => Effects.FindIndex(e => match(e));

    /// <summary>When the unit entered this sub-state, counted in effects.</summary>
    public int When(string unit, string sub)
    {
        var index = Index(e => e is Effect.StateChanged c && c.Unit == unit && c.NewSub == sub);
        Assert.True(index >= 0, $"{unit} never was {sub}: {string.Join(' ', Subs(unit))}");
        return index;
    }

    /// <summary>The manager dies and another one takes over from what was saved.</summary>
    public Rig Takeover(AdoptFacts? facts = null)
    {
        Engine = new(this, Engine.Causes.Next.Value) { Clock = Wall };
        foreach (var snapshot in Saved.Values.ToArray())
            Engine.Adopt(snapshot, facts ?? new(true, true, snapshot.MainPid != 0 || snapshot.ControlPid != 0));
        Engine.FinishAdoption(Now);
        return Pump();
    }
}
