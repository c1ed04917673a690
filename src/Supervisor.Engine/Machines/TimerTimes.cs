using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>What a timer remembers of time. Realtime is CLOCK_REALTIME; the others are CLOCK_MONOTONIC unless WakeSystem= says otherwise; all µs, 0 for never.</summary>
public sealed record TimerTimes
{
    /// <summary>When it was activated.</summary>
    public ulong Activated { get; init; }

    public ulong ActivatedMonotonic { get; init; }

    /// <summary>When it last elapsed; of a Persistent= timer maybe before this boot.</summary>
    public ulong Last { get; init; }

    /// <summary>When it last elapsed since it was activated.</summary>
    public ulong LastMonotonic { get; init; }

    /// <summary>When it elapses next by its calendars, with random delays.</summary>
    public ulong Next { get; init; }

    /// <summary>When it elapses next by its spans; of CLOCK_BOOTTIME with WakeSystem=.</summary>
    public ulong NextMonotonic { get; init; }

    /// <summary><see cref="WallClock.RealtimeOffset"/> when this was saved: another one later says that the clock was set in between.</summary>
    public long Offset { get; init; }
}

/// <summary>What the unit that a timer starts has been through, µs of CLOCK_MONOTONIC.</summary>
internal readonly record struct TriggeredTimes(ulong WentUp, ulong WentDown);

/// <summary>The arithmetic of a timer unit: settings and what is remembered in, the next times out.</summary>
internal sealed class TimerSchedule(Unit unit, WallClock clock, ulong now)
{
    private ulong Realtime => Shift(now, clock.RealtimeOffset);

    private bool Wakes => unit.Get(Directives.WakeSystem).Value;

    /// <summary>It may elapse again when the unit goes up or down, though no time is known now.</summary>
    public bool MayReturn => unit.Get(Directives.Timers).Value.Any(t => t.Base is TimerBase.UnitActive or TimerBase.UnitInactive);

    /// <summary>The next time of the calendars without any delay, 0 when there is none.</summary>
    /// <exception cref="TimeZoneNotFoundException">A calendar's zone is not on this machine any more.</exception>
    public ulong NextRealtime(TimerTimes times, TriggeredTimes triggered)
    {
        ulong next = 0;
        var offset = unit.Get(Directives.RandomizedOffsetSec).Value.Microseconds;
        var shift = offset == 0 ? 0 : clock.Fixed(unit.Name, "RandomizedOffsetSec") % offset;
        var after = times.Last != 0 ? times.Last : times.Activated;
        // what came while the unit ran is passed over
        if (unit.Get(Directives.DeferReactivation).Value && triggered.WentDown != 0)
            after = Math.Max(after, Shift(triggered.WentDown, clock.RealtimeOffset));
        foreach (var spec in unit.Get(Directives.Timers).Value)
        {
            if (spec.Calendar?.Next((long)(after > shift ? after - shift : 0), clock.Zone) is not { } found)
                continue;
            var at = (ulong)found + shift;
            // one that was missed before this start of the manager counts from there, so that its random delay spreads it
            if (times.LastMonotonic == 0)
                at = Math.Max(at, Shift(clock.Startup, clock.RealtimeOffset));
            next = next == 0 ? at : Math.Min(next, at);
        }
        return next;
    }

    /// <summary>The next time of the spans without any delay, 0 when there is none; CLOCK_BOOTTIME with WakeSystem=.</summary>
    /// <param name="until">Spans that are there once only and ended up to then have been acted on.</param>
    public ulong NextMonotonic(TimerTimes times, TriggeredTimes triggered, ulong until)
    {
        ulong next = 0;
        foreach (var spec in unit.Get(Directives.Timers).Value)
        {
            var start = spec.Base switch
            {
                TimerBase.Active => times.ActivatedMonotonic,
                TimerBase.Boot => clock.Boot,
                TimerBase.Startup => clock.Startup,
                TimerBase.UnitActive => Math.Max(triggered.WentUp, times.LastMonotonic),
                TimerBase.UnitInactive => Math.Max(triggered.WentDown, times.LastMonotonic),
                _ => 0ul,
            };
            if (spec.Base == TimerBase.Calendar || (spec.Base is TimerBase.UnitActive or TimerBase.UnitInactive && start == 0))
                continue;
            var at = Add(start, spec.Span.Microseconds);
            if (spec.Base is TimerBase.Active or TimerBase.Boot or TimerBase.Startup && times.LastMonotonic != 0 && at <= until)
                continue;
            at = Math.Max(Wakes ? Add(at, clock.BoottimeOffset) : at, 1);
            next = next == 0 ? at : Math.Min(next, at);
        }
        return next;
    }

    /// <summary>RandomizedDelaySec= on top.</summary>
    public ulong Delayed(ulong at)
    {
        var span = unit.Get(Directives.RandomizedDelaySec).Value.Microseconds;
        if (at == 0 || span == 0)
            return at;
        return Add(at, (unit.Get(Directives.FixedRandomDelay).Value ? clock.Fixed(unit.Name, "RandomizedDelaySec") : clock.Draw()) % span);
    }

    public bool IsDue(TimerTimes times) =>
        (times.Next != 0 && times.Next <= Realtime) || (times.NextMonotonic != 0 && times.NextMonotonic <= (Wakes ? now + clock.BoottimeOffset : now));

    /// <summary>When to look, µs of CLOCK_MONOTONIC (as long as no clock is set); 0 when there is nothing to wait for.</summary>
    public ulong WakeUp(TimerTimes times)
    {
        var accuracy = unit.Get(Directives.AccuracySec).Value.Microseconds;
        ulong wake = 0;
        if (times.NextMonotonic != 0)
            wake = Math.Max(Shift(WakeWindow.Pick(times.NextMonotonic, accuracy, clock.Machine), Wakes ? -(long)clock.BoottimeOffset : 0), 1);
        if (times.Next != 0)
        {
            var at = Math.Max(Shift(WakeWindow.Pick(times.Next, accuracy, clock.Machine), -clock.RealtimeOffset), 1);
            wake = wake == 0 ? at : Math.Min(wake, at);
        }
        return wake;
    }

    private static ulong Add(ulong a, ulong b) => a > ulong.MaxValue - b ? ulong.MaxValue : a + b;

    /// <summary>A time of one clock as one of another; before its beginning is its beginning.</summary>
    internal static ulong Shift(ulong time, long by) => by >= 0 ? Add(time, (ulong)by) : time > (ulong)-by ? time - (ulong)-by : 0;
}
