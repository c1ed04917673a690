using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>What the machines use of the engine: effects, timers, changes of state, requests of their own.</summary>
public sealed partial class UnitEngine
{
    /// <summary>A change of state that others have yet to be told of.</summary>
    /// <param name="Expected">A stop or restart job was carrying it out.</param>
    private readonly record struct Change(
        UnitRuntime Unit, ActiveState Old, ActiveState New, bool WillRestart, bool Expected, CauseId Cause);

    private readonly Queue<Change> _changes = new();

    internal void Emit(Effect effect) => _effects.Add(effect);

    internal void Log(UnitRuntime unit, LogPriority priority, string text) => Emit(new Effect.Log(unit.Name, priority, text));

    /// <summary>The unit's snapshot has changed.</summary>
    internal void Touch(UnitRuntime unit)
    {
        unit.Unsaved = true;
        TouchTimers(unit);
    }

    /// <summary>Its timers have, in a way that the next manager need not know of.</summary>
    private void TouchTimers(UnitRuntime unit)
    {
        if (unit.Touched)
            return;
        unit.Touched = true;
        _touched.Add(unit);
    }

    internal void ChangeState(UnitRuntime unit, ActiveState active, string sub, string? text, bool willRestart)
    {
        Touch(unit);
        var (old, oldSub) = (unit.Active, unit.Sub);
        (unit.Active, unit.Sub, unit.Cause, unit.StateChangedAt) = (active, sub, Current, Now);
        if (IsDown(old) && !IsDown(active))
            unit.InactiveExit = Now;
        if (!IsUp(old) && IsUp(active))
            unit.ActiveEnter = Now;
        if (IsUp(old) && !IsUp(active))
            unit.ActiveExit = Now;
        if (!IsDown(old) && IsDown(active))
            unit.InactiveEnter = Now;
        Emit(new Effect.StateChanged(unit.Name, old, active, oldSub, sub, unit.Result, Current, text));
        var expected = unit.Job is { State: JobState.Running, Type: JobType.Stop or JobType.Restart };
        _changes.Enqueue(new(unit, old, active, willRestart, expected, Current));
    }

    internal static bool IsUp(ActiveState state) => state is ActiveState.Active or ActiveState.Reloading;

    internal static bool IsDown(ActiveState state) => state is ActiveState.Inactive or ActiveState.Failed;

    /// <summary>From now on; an infinite span disarms it.</summary>
    internal void ArmTimer(UnitRuntime unit, UnitTimer timer, Duration span)
    {
        // 0 is "not armed", so the first microsecond of time is taken for the second.
        var due = span.IsInfinite || span.Microseconds > ulong.MaxValue - Now ? 0 : Math.Max(Now + span.Microseconds, 1);
        SetTimer(unit, timer, due);
    }

    /// <param name="at">µs; 0 disarms it.</param>
    internal void ArmTimerAt(UnitRuntime unit, UnitTimer timer, ulong at) => SetTimer(unit, timer, at);

    /// <summary>Unless it runs already.</summary>
    internal void ArmTimerOnce(UnitRuntime unit, UnitTimer timer, Duration span)
    {
        if (!IsArmed(unit, timer) && span.Microseconds != 0)
            ArmTimer(unit, timer, span);
    }

    internal void CancelTimer(UnitRuntime unit, UnitTimer timer) => SetTimer(unit, timer, 0);

    internal bool IsArmed(UnitRuntime unit, UnitTimer timer) => unit.Timers[(int)timer] != 0;

    /// <summary>Not before so much time has passed from now on.</summary>
    internal void ExtendTimer(UnitRuntime unit, UnitTimer timer, ulong microseconds)
    {
        var due = unit.Timers[(int)timer];
        if (due == 0)
            return;
        var wanted = microseconds > ulong.MaxValue - Now ? ulong.MaxValue : Now + microseconds;
        if (wanted > due)
            SetTimer(unit, timer, wanted);
    }

    private void SetTimer(UnitRuntime unit, UnitTimer timer, ulong due)
    {
        if (unit.Timers[(int)timer] == due)
            return;
        unit.Timers[(int)timer] = due;
        if (due != 0)
            unit.TimerCauses[(int)timer] = Current;
        // A watchdog is wound up often, and anew by a new manager.
        if (timer == UnitTimer.Watchdog)
            TouchTimers(unit);
        else
            Touch(unit);
    }

    /// <summary>A machine or the engine itself asks for a job; made into a transaction when its turn comes.</summary>
    internal void Request(string unit, JobType type, string why, UnitRuntime? by, TriggerDetails? trigger = null, JobMode mode = JobMode.Replace) =>
        _requests.Enqueue(new(unit, type, mode, why, Current, by, trigger));

    internal CauseId NoteCause(CauseId parent, UnitRuntime unit, string text) => Causes.Add(parent, Now, unit.Name, text);

    /// <summary>Tells of timers and snapshots that have changed: snapshots first, so that what is begun is written down before it is begun.</summary>
    private void Flush()
    {
        if (_touched.Count == 0)
            return;
        var first = new List<Effect>(_touched.Count);
        var last = new List<Effect>();
        foreach (var unit in _touched)
        {
            if (unit.Unsaved)
                (unit.Machine.SavedLast ? last : first).Add(new Effect.Persist(unit.Name));
            (unit.Touched, unit.Unsaved) = (false, false);
            for (var timer = 0; timer < UnitRuntime.TimerCount; timer++)
            {
                var due = unit.Timers[timer];
                if (unit.TimersTold[timer] == due)
                    continue;
                unit.TimersTold[timer] = due;
                Emit(due == 0 ? new Effect.CancelTimer(unit.Name, (UnitTimer)timer) : new Effect.ArmTimer(unit.Name, (UnitTimer)timer, due));
            }
        }
        first.AddRange(last);
        _effects.InsertRange(_batch, first);
        _touched.Clear();
    }
}
