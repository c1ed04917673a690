using System.Diagnostics;
using Supervisor.Units;

namespace Supervisor.Engine;

// The life of a path unit
// =======================
//
//   dead ─► preparing ─► waiting ─► running ─► preparing …
//              └────────────┴───────► failed
//
// `preparing`: watches are set up, and only then what there is is looked at, so that nothing can come between the two unseen. `waiting`: nothing holds, and the first thing
// that does has the unit started. `running`: the unit is up, or on its way; nothing is watched, for what it does to its own files is not to start it again. When it is down,
// everything is watched and looked at anew: a path that is still there starts it once more. A unit that will not start would make a loop: its own start limit, or
// TriggerLimitBurst=, make the path unit `failed`.

/// <summary>Sub-states of a path unit, in systemd's words; `preparing` is ours.</summary>
internal enum PathState { Dead, Preparing, Waiting, Running, Failed }

/// <summary>What can happen to a path unit: the columns of its grid.</summary>
internal enum PathInput { JobStart, JobStop, JobReload, Quiet, Found, Failed, UnitUp, UnitDown, UnitStartLimit, Redefined }

internal enum PathAction { Ignore, Already, Underway, Refuse, Begin, Stop, Wait, Trigger, Fail, Yield, WatchAgain, GiveUp }

/// <summary>The table of a path unit.</summary>
internal static class PathGrid
{
    public static PathAction Decide(PathState state, PathInput input) => (input, state) switch
    {
        (PathInput.JobStart, PathState.Dead or PathState.Failed) => PathAction.Begin,
        (PathInput.JobStart, PathState.Preparing) => PathAction.Underway,
        (PathInput.JobStart, PathState.Waiting or PathState.Running) => PathAction.Already,
        (PathInput.JobStop, PathState.Dead or PathState.Failed) => PathAction.Already,
        (PathInput.JobStop, PathState.Preparing or PathState.Waiting or PathState.Running) => PathAction.Stop,
        (PathInput.JobReload, _) => PathAction.Refuse,
        (PathInput.Quiet, PathState.Preparing) => PathAction.Wait,
        (PathInput.Quiet, _) => PathAction.Ignore,
        (PathInput.Found, PathState.Preparing or PathState.Waiting) => PathAction.Trigger,
        (PathInput.Found, _) => PathAction.Ignore,
        (PathInput.Failed, PathState.Preparing or PathState.Waiting) => PathAction.Fail,
        (PathInput.Failed, _) => PathAction.Ignore,
        (PathInput.UnitUp, PathState.Waiting) => PathAction.Yield,
        (PathInput.UnitUp, _) => PathAction.Ignore,
        (PathInput.UnitDown, PathState.Running) => PathAction.WatchAgain,
        (PathInput.UnitDown, _) => PathAction.Ignore,
        (PathInput.UnitStartLimit, PathState.Preparing or PathState.Waiting or PathState.Running) => PathAction.GiveUp,
        (PathInput.UnitStartLimit, _) => PathAction.Ignore,
        (PathInput.Redefined, PathState.Waiting) => PathAction.WatchAgain,
        (PathInput.Redefined, _) => PathAction.Ignore,
        _ => throw new UnreachableException($"{input} in {state}"),
    };
}

/// <summary>One path unit.</summary>
internal sealed class PathMachine(UnitEngine engine, UnitRuntime unit) : UnitMachine(engine, unit)
{
    private static readonly string[] StateWords = ["dead", "preparing", "waiting", "running", "failed"];

    private PathState _state;
    private RateLimit _triggers;
    private Verdict _verdict;

    internal PathState State => _state;

    public override string? Triggers => DefaultDependencyRules.TriggeredBy(Unit.Unit);

    /// <summary>What it starts must be written down first: see <see cref="UnitEngine"/>.</summary>
    public override bool SavedLast => true;

    public override Verdict Probe(JobType type) => PathGrid.Decide(_state, Input(type)) switch
    {
        PathAction.Already => Verdict.Already,
        PathAction.Underway => Verdict.Underway,
        PathAction.Refuse => Verdict.Refused,
        _ => Verdict.Go,
    };

    public override Verdict Start() => Ask(PathInput.JobStart);

    public override Verdict Stop() => Ask(PathInput.JobStop);

    private static PathInput Input(JobType type) => type switch
    {
        JobType.Start => PathInput.JobStart,
        JobType.Stop => PathInput.JobStop,
        _ => PathInput.JobReload,
    };

    private Verdict Ask(PathInput input)
    {
        _verdict = Verdict.Underway;
        On(input);
        return _verdict;
    }

    public void OnFailed(Failure failure)
    {
        Engine.Log(Unit, LogPriority.Error, failure.ToString());
        On(PathInput.Failed);
    }

    /// <param name="path">What exists, or has changed.</param>
    public void OnFound(string path) => On(PathInput.Found, path);

    public override void TriggeredChanged(UnitRuntime triggered)
    {
        if (triggered.Result == UnitResult.StartLimitHit && triggered.Active == ActiveState.Failed)
            On(PathInput.UnitStartLimit);
        else
            On(UnitEngine.IsDown(triggered.Active) ? PathInput.UnitDown : PathInput.UnitUp);
    }

    public override void Redefined() => On(PathInput.Redefined);

    public override void RequestRefused(string why)
    {
        Engine.Log(Unit, LogPriority.Error, why);
        Close(PathState.Failed, UnitResult.Resources);
    }

    internal void On(PathInput input, string path = "")
    {
        switch (PathGrid.Decide(_state, input))
        {
            case PathAction.Ignore: break;
            case PathAction.Already: _verdict = Verdict.Already; break;
            case PathAction.Underway: _verdict = Verdict.Underway; break;
            case PathAction.Refuse: _verdict = Verdict.Refused; break;
            case PathAction.Begin: Begin(); break;
            case PathAction.Stop: Close(PathState.Dead, UnitResult.Success); break;
            case PathAction.Wait: Quiet(); break;
            case PathAction.Trigger: Trigger(path); break;
            case PathAction.Fail: Close(PathState.Failed, UnitResult.Resources); break;
            case PathAction.Yield: Yield(); break;
            case PathAction.WatchAgain: Watch(); break;
            case PathAction.GiveUp: Close(PathState.Failed, UnitResult.UnitStartLimitHit); break;
            default: throw new UnreachableException();
        }
    }

    private bool IsTriggeredUp => Engine.Find(Triggers!) is { } triggered && !UnitEngine.IsDown(triggered.Active);

    private void Begin()
    {
        Unit.Result = UnitResult.Success;
        if (UnitEngine.LoadText(Engine.Load(Triggers!).Unit) is { } fault)
        {
            Engine.Log(Unit, LogPriority.Error, $"cannot start what it is for: {fault}");
            Unit.Result = UnitResult.Resources;
            Enter(PathState.Failed);
            return;
        }
        Watch();
    }

    /// <summary>A unit that runs already is left alone; its end is waited for.</summary>
    private void Watch()
    {
        // a unit that was active stays so while it looks again: nobody is to think that it went down
        if (IsTriggeredUp)
            Enter(PathState.Running);
        else
        {
            Enter(PathState.Preparing);
            Engine.Emit(new Effect.WatchPaths(Unit.Name));
        }
    }

    private void Quiet()
    {
        Enter(PathState.Waiting);
        if (IsTriggeredUp)
            Yield(); // while everything was being looked at
    }

    private void Yield()
    {
        Engine.Emit(new Effect.UnwatchPaths(Unit.Name));
        Enter(PathState.Running);
    }

    private void Trigger(string path)
    {
        Engine.Touch(Unit);
        var settings = Unit.Unit;
        Engine.Emit(new Effect.UnwatchPaths(Unit.Name));
        if (!_triggers.Allow(Engine.Now, settings.Get(Directives.PathTriggerLimitIntervalSec).Value.Microseconds, settings.Get(Directives.PathTriggerLimitBurst).Value))
        {
            Engine.Log(Unit, LogPriority.Error, "triggered more often than TriggerLimitBurst= allows");
            Close(PathState.Failed, UnitResult.TriggerLimitHit);
            return;
        }
        Enter(PathState.Running, $"{path} is there or has changed");
        Engine.Request(Triggers!, JobType.Start, $"{path}, which {Unit.Name} watches", Unit, new TriggerDetails(Unit.Name, 0, 0, path));
    }

    private void Close(PathState next, UnitResult result)
    {
        Unit.Result = result;
        Engine.Emit(new Effect.UnwatchPaths(Unit.Name));
        Enter(next);
    }

    private void Enter(PathState next, string? text = null)
    {
        _state = next;
        Engine.ChangeState(Unit, Active(next), StateWords[(int)next], text, false);
    }

    private ActiveState Active(PathState state) => state switch
    {
        PathState.Dead => ActiveState.Inactive,
        PathState.Preparing => Unit.Active is ActiveState.Active ? ActiveState.Active : ActiveState.Activating,
        PathState.Failed => ActiveState.Failed,
        _ => ActiveState.Active,
    };

    public override UnitSnapshot Save(UnitSnapshot snapshot) => snapshot with { LimitBegin = _triggers.Begin, LimitCount = _triggers.Count };

    public override void Restore(UnitSnapshot snapshot, AdoptFacts facts)
    {
        _state = (PathState)Math.Max(Array.IndexOf(StateWords, snapshot.Sub), 0);
        _triggers = new() { Begin = snapshot.LimitBegin, Count = snapshot.LimitCount };
        Unit.Active = Words.TryParse(snapshot.Active, out ActiveState active) ? active : ActiveState.Inactive;
        (Unit.Active, Unit.Sub) = (Active(_state), StateWords[(int)_state]);
    }

    /// <summary>What was watched was kept for the new manager, and what happened in between with it.</summary>
    public override void Resume()
    {
        switch (_state)
        {
            case PathState.Preparing:
            case PathState.Waiting:
                if (IsTriggeredUp)
                    On(PathInput.UnitUp);
                else
                    Engine.Emit(new Effect.WatchPaths(Unit.Name));
                break;
            case PathState.Running when Engine.Find(Triggers!) is null or { Job: null, Active: ActiveState.Inactive or ActiveState.Failed }:
                On(PathInput.UnitDown);
                break;
        }
    }
}
