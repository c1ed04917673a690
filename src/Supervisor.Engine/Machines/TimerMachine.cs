using System.Diagnostics;
using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>One timer unit; <see cref="TimerGrid"/> says which action an event means, <see cref="TimerSchedule"/> when it elapses.</summary>
internal sealed class TimerMachine(UnitEngine engine, UnitRuntime unit) : UnitMachine(engine, unit)
{
    private const ulong TriggerInterval = 2_000_000;
    private const int TriggerBurst = 200;

    /// <summary>Two clocks cannot be read at the same instant: a difference smaller than this, in µs, is no clock that was set.</summary>
    private const long ClockTolerance = 100_000;

    private static readonly string[] StateWords = ["dead", "preparing", "waiting", "running", "elapsed", "failed"];

    private TimerState _state;
    private TimerTimes _times = new();
    private RateLimit _triggers;
    private Verdict _verdict;

    internal TimerState State => _state;

    internal TimerTimes Times => _times;

    public override string? Triggers => DefaultDependencyRules.TriggeredBy(Unit.Unit);

    /// <summary>What it starts must be written down first: see <see cref="UnitEngine"/>.</summary>
    public override bool SavedLast => true;

    private bool IsPersistent => Unit.Unit.Get(Directives.Persistent).Value && Unit.Unit.Get(Directives.Timers).Value.Any(t => t.Base == TimerBase.Calendar);

    private bool Wakes => Unit.Unit.Get(Directives.WakeSystem).Value;

    private ulong Realtime => TimerSchedule.Shift(Engine.Now, Engine.Clock.RealtimeOffset);

    private TimerSchedule Schedule => new(Unit.Unit, Engine.Clock, Engine.Now);

    public override Verdict Probe(JobType type) => TimerGrid.Decide(_state, Input(type)) switch
    {
        TimerAction.Already => Verdict.Already,
        TimerAction.Underway => Verdict.Underway,
        TimerAction.Refuse => Verdict.Refused,
        _ => Verdict.Go,
    };

    public override Verdict Start() => Ask(TimerInput.JobStart);

    public override Verdict Stop() => Ask(TimerInput.JobStop);

    private static TimerInput Input(JobType type) => type switch
    {
        JobType.Start => TimerInput.JobStart,
        JobType.Stop => TimerInput.JobStop,
        _ => TimerInput.JobReload,
    };

    private Verdict Ask(TimerInput input)
    {
        _verdict = Verdict.Underway;
        On(input);
        return _verdict;
    }

    public override void TimerElapsed(UnitTimer timer) => On(TimerInput.Due);

    public void OnStamp(ulong realtime)
    {
        if (_state != TimerState.Preparing)
            return;
        if (realtime > Realtime)
            Engine.Log(Unit, LogPriority.Warning, "the time at which it last elapsed is in the future, and not used");
        else
            _times = _times with { Last = realtime };
        if (realtime == 0 || realtime > Realtime)
            Engine.Emit(new Effect.WriteStamp(Unit.Name, Realtime)); // what comes from now on can be missed
        On(TimerInput.StampRead);
    }

    public void OnWakeFailed(Failure failure)
    {
        Engine.Log(Unit, LogPriority.Error, failure.ToString());
        On(TimerInput.WakeFailed);
    }

    public override void TriggeredChanged(UnitRuntime triggered) => On(UnitEngine.IsDown(triggered.Active) ? TimerInput.UnitDown : TimerInput.UnitUp);

    public override void Redefined() => On(TimerInput.Redefined);

    public override void RequestRefused(string why)
    {
        Engine.Log(Unit, LogPriority.Error, why);
        Close(TimerState.Failed, UnitResult.Resources);
    }

    internal void On(TimerInput input)
    {
        switch (TimerGrid.Decide(_state, input))
        {
            case TimerAction.Ignore: break;
            case TimerAction.Already: _verdict = Verdict.Already; break;
            case TimerAction.Underway: _verdict = Verdict.Underway; break;
            case TimerAction.Refuse: _verdict = Verdict.Refused; break;
            case TimerAction.Begin: Begin(); break;
            case TimerAction.BeginWaiting: Wait(_times.LastMonotonic); break;
            case TimerAction.Stop: Close(TimerState.Dead, UnitResult.Success); break;
            case TimerAction.Elapse: Due(); break;
            case TimerAction.Fail: Close(TimerState.Failed, UnitResult.Resources); break;
            case TimerAction.FollowClock: FollowClock(); break;
            case TimerAction.FollowZone: FollowZone(); break;
            case TimerAction.Recalculate: Wait(_times.LastMonotonic); break;
            case TimerAction.WaitAgain: Wait(Engine.Now); break; // spans that ended while the unit ran found it running
            default: throw new UnreachableException();
        }
    }

    private void Begin()
    {
        if (UnitEngine.LoadText(Engine.Load(Triggers!).Unit) is { } fault)
        {
            Engine.Log(Unit, LogPriority.Error, $"cannot start what it is for: {fault}");
            Unit.Result = UnitResult.Resources;
            Enter(TimerState.Failed);
            return;
        }
        Unit.Result = UnitResult.Success;
        Engine.Emit(new Effect.WatchClocks());
        _times = new() { Activated = Realtime, ActivatedMonotonic = Engine.Now, Offset = Engine.Clock.RealtimeOffset };
        if (!IsPersistent)
        {
            Wait(0);
            return;
        }
        Enter(TimerState.Preparing);
        Engine.Emit(new Effect.ReadStamp(Unit.Name));
    }

    /// <summary>Works out the next times anew and waits for them.</summary>
    private void Wait(ulong until)
    {
        var schedule = Schedule;
        var triggered = Triggered;
        if (!TryNextRealtime(schedule, triggered, out var next))
            return;
        _times = _times with
        {
            Next = schedule.Delayed(next),
            NextMonotonic = schedule.Delayed(schedule.NextMonotonic(_times, triggered, until)),
            Offset = Engine.Clock.RealtimeOffset,
        };
        Rest();
    }

    private bool TryNextRealtime(TimerSchedule schedule, TriggeredTimes triggered, out ulong next)
    {
        try
        {
            next = schedule.NextRealtime(_times, triggered);
            return true;
        }
        catch (Exception gone) when (gone is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            Engine.Log(Unit, LogPriority.Error, $"cannot work out when it elapses: {gone.Message}");
            next = 0;
            Close(TimerState.Failed, UnitResult.Resources);
            return false;
        }
    }

    /// <summary>The state that the next times mean, and what wakes it.</summary>
    private void Rest()
    {
        var settings = Unit.Unit;
        if (_times.Next != 0 || _times.NextMonotonic != 0 || settings.Get(Directives.OnClockChange).Value || settings.Get(Directives.OnTimezoneChange).Value)
        {
            if (_state == TimerState.Waiting)
                Engine.Touch(Unit);
            else
                Enter(TimerState.Waiting);
            Arm();
            return;
        }
        Disarm();
        Enter(settings.Get(Directives.RemainAfterElapse).Value || Schedule.MayReturn ? TimerState.Elapsed : TimerState.Dead);
    }

    private void Arm()
    {
        var wake = Schedule.WakeUp(_times);
        Engine.ArmTimerAt(Unit, UnitTimer.Trigger, wake);
        if (Wakes && wake != 0)
            Engine.Emit(new Effect.ArmWake(Unit.Name, wake + Engine.Clock.BoottimeOffset));
        else if (Wakes)
            Engine.Emit(new Effect.CancelWake(Unit.Name));
    }

    private void Disarm()
    {
        Engine.CancelTimer(Unit, UnitTimer.Trigger);
        if (Wakes)
            Engine.Emit(new Effect.CancelWake(Unit.Name));
    }

    /// <summary>Its wake-up has come; whether its time has, the clocks say.</summary>
    private void Due()
    {
        if (Schedule.IsDue(_times))
            Elapse("it elapsed");
        else
            Arm();
    }

    private void Elapse(string why)
    {
        Engine.Touch(Unit);
        if (!_triggers.Allow(Engine.Now, TriggerInterval, TriggerBurst))
        {
            Engine.Log(Unit, LogPriority.Error, $"elapsed more than {TriggerBurst} times in {TriggerInterval / 1_000_000} s");
            Close(TimerState.Failed, UnitResult.TriggerLimitHit);
            return;
        }
        Disarm();
        _times = _times with { Last = Math.Max(Realtime, 1), LastMonotonic = Math.Max(Engine.Now, 1), Next = 0, NextMonotonic = 0 };
        Enter(TimerState.Running, why);
        if (IsPersistent)
            Engine.Emit(new Effect.WriteStamp(Unit.Name, _times.Last));
        Engine.Request(Triggers!, JobType.Start, $"{Unit.Name} elapsed", Unit, new TriggerDetails(Unit.Name, _times.Last, _times.LastMonotonic, null));
    }

    private void FollowClock()
    {
        // a clock that was set back has not been where the timer remembers it: what comes is to come again
        var now = Realtime;
        _times = _times with { Last = Math.Min(_times.Last, now), Activated = Math.Min(_times.Activated, now), Offset = Engine.Clock.RealtimeOffset };
        if (Unit.Unit.Get(Directives.OnClockChange).Value)
        {
            Elapse("the clock was set");
            return;
        }
        // spans do not care for that clock, and stay
        var schedule = Schedule;
        if (!TryNextRealtime(schedule, Triggered, out var next))
            return;
        _times = _times with { Next = schedule.Delayed(next) };
        Rest();
    }

    private void FollowZone()
    {
        if (Unit.Unit.Get(Directives.OnTimezoneChange).Value)
            Elapse("the time zone was changed");
        else
            Wait(_times.LastMonotonic);
    }

    private TriggeredTimes Triggered => Engine.Find(Triggers!) is { } triggered ? new(triggered.InactiveExit, triggered.InactiveEnter) : default;

    private void Close(TimerState next, UnitResult result)
    {
        Unit.Result = result;
        Disarm();
        _times = _times with { Next = 0, NextMonotonic = 0 };
        Enter(next);
    }

    private void Enter(TimerState next, string? text = null)
    {
        _state = next;
        Engine.ChangeState(Unit, Active(next), StateWords[(int)next], text, false);
    }

    private static ActiveState Active(TimerState state) => state switch
    {
        TimerState.Dead => ActiveState.Inactive,
        TimerState.Preparing => ActiveState.Activating,
        TimerState.Failed => ActiveState.Failed,
        _ => ActiveState.Active,
    };

    public override UnitSnapshot Save(UnitSnapshot snapshot) => snapshot with { Times = _times, LimitBegin = _triggers.Begin, LimitCount = _triggers.Count };

    public override void Restore(UnitSnapshot snapshot, AdoptFacts facts)
    {
        _state = (TimerState)Math.Max(Array.IndexOf(StateWords, snapshot.Sub), 0);
        _times = snapshot.Times ?? new();
        _triggers = new() { Begin = snapshot.LimitBegin, Count = snapshot.LimitCount };
        (Unit.Active, Unit.Sub) = (Active(_state), StateWords[(int)_state]);
    }

    public override void Resume()
    {
        if (UnitEngine.IsUp(Unit.Active))
            Engine.Emit(new Effect.WatchClocks());
        switch (_state)
        {
            case TimerState.Preparing:
                Engine.Emit(new Effect.ReadStamp(Unit.Name));
                break;
            case TimerState.Waiting when Math.Abs(Engine.Clock.RealtimeOffset - _times.Offset) > ClockTolerance:
                On(TimerInput.ClockSet); // while nobody looked
                break;
            case TimerState.Waiting:
                Arm();
                break;
            case TimerState.Running when Engine.Find(Triggers!) is null or { Job: null, Active: ActiveState.Inactive or ActiveState.Failed }:
                On(TimerInput.UnitDown);
                break;
        }
        if (IsPersistent && _times.LastMonotonic != 0)
            Engine.Emit(new Effect.WriteStamp(Unit.Name, _times.Last)); // maybe the last one was not written
    }
}
