using System.Diagnostics;

namespace Supervisor.Engine;

// The life of a timer unit
// ========================
//
//   dead ─► preparing ─► waiting ◄─► running
//                          │ ▲
//                          ▼ │
//                        elapsed            failed: from any of them
//
// `preparing`: reads when a Persistent= timer last elapsed. `waiting`: the next time is known, or the clock or the zone may change. `running`: it has elapsed and the unit
// was asked to start; it stays so until that unit is down again. `elapsed`: no time is left, and RemainAfterElapse=yes or a time that may come again when the unit runs
// once more (OnUnitActiveSec=) keeps it active.
//
// The next time is worked out anew whenever the unit goes up or down, the clock is set, the zone changes, or the files are read again; never from the moment at which
// it is worked out, but from what is remembered: when the timer was activated, when it last elapsed, when the unit last went up and down. So nothing that is due gets
// lost on the way, not even between two managers.
//
// More than 200 times in 2 s is a loop (OnUnitInactiveSec=0), and makes the timer `failed`.

/// <summary>Sub-states of a timer unit, in systemd's words; `preparing` is ours.</summary>
internal enum TimerState { Dead, Preparing, Waiting, Running, Elapsed, Failed }

/// <summary>What can happen to a timer unit: the columns of its grid.</summary>
internal enum TimerInput { JobStart, JobStop, JobReload, StampRead, Due, WakeFailed, ClockSet, ZoneChanged, UnitUp, UnitDown, Redefined }

internal enum TimerAction { Ignore, Already, Underway, Refuse, Begin, BeginWaiting, Stop, Elapse, Fail, FollowClock, FollowZone, Recalculate, WaitAgain }

/// <summary>The table of a timer unit.</summary>
internal static class TimerGrid
{
    public static TimerAction Decide(TimerState state, TimerInput input) => (input, state) switch
    {
        (TimerInput.JobStart, TimerState.Dead or TimerState.Failed) => TimerAction.Begin,
        (TimerInput.JobStart, TimerState.Preparing) => TimerAction.Underway,
        (TimerInput.JobStart, TimerState.Waiting or TimerState.Running or TimerState.Elapsed) => TimerAction.Already,
        (TimerInput.JobStop, TimerState.Dead or TimerState.Failed) => TimerAction.Already,
        (TimerInput.JobStop, TimerState.Preparing or TimerState.Waiting or TimerState.Running or TimerState.Elapsed) => TimerAction.Stop,
        (TimerInput.JobReload, _) => TimerAction.Refuse,
        (TimerInput.StampRead, TimerState.Preparing) => TimerAction.BeginWaiting,
        (TimerInput.StampRead, _) => TimerAction.Ignore,
        (TimerInput.Due, TimerState.Waiting) => TimerAction.Elapse,
        (TimerInput.Due, _) => TimerAction.Ignore,
        (TimerInput.WakeFailed, TimerState.Waiting) => TimerAction.Fail,
        (TimerInput.WakeFailed, _) => TimerAction.Ignore,
        (TimerInput.ClockSet, TimerState.Waiting) => TimerAction.FollowClock,
        (TimerInput.ClockSet, _) => TimerAction.Ignore,
        (TimerInput.ZoneChanged, TimerState.Waiting) => TimerAction.FollowZone,
        (TimerInput.ZoneChanged, _) => TimerAction.Ignore,
        (TimerInput.UnitUp or TimerInput.UnitDown, TimerState.Waiting or TimerState.Elapsed) => TimerAction.Recalculate,
        (TimerInput.UnitUp, _) => TimerAction.Ignore,
        (TimerInput.UnitDown, TimerState.Running) => TimerAction.WaitAgain,
        (TimerInput.UnitDown, _) => TimerAction.Ignore,
        (TimerInput.Redefined, TimerState.Waiting or TimerState.Elapsed) => TimerAction.Recalculate,
        (TimerInput.Redefined, _) => TimerAction.Ignore,
        _ => throw new UnreachableException($"{input} in {state}"),
    };
}
