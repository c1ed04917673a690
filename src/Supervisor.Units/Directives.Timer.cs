namespace Supervisor.Units;

/// <summary>When a timer unit starts another one (systemd.timer(5)).</summary>
public static partial class Directives
{
    /// <summary>All On…Sec= and OnCalendar= lines, in the order in which they stand.</summary>
    public static readonly Directive<IReadOnlyList<TimerSpec>> Timers =
        new() { Section = "Timer", Name = "On", Default = [], Parse = static (current, _) => current, Since = 1, Help = "When it elapses" };

    public static readonly Directive<bool> OnClockChange =
        new() { Section = "Timer", Name = "OnClockChange", Default = false, Parse = Syntax.Bool(), Since = 242, Help = "Elapse when the clock is set" };

    public static readonly Directive<bool> OnTimezoneChange =
        new() { Section = "Timer", Name = "OnTimezoneChange", Default = false, Parse = Syntax.Bool(), Since = 242, Help = "Elapse when the time zone is changed" };

    public static readonly Directive<Duration> AccuracySec =
        new() { Section = "Timer", Name = "AccuracySec", Default = Duration.Seconds(60), Parse = Syntax.Time(), Since = 209, Help = "How late it may be, so that timers elapse together" };

    public static readonly Directive<Duration> RandomizedDelaySec =
        new() { Section = "Timer", Name = "RandomizedDelaySec", Default = default, Parse = Syntax.Time(), Since = 229, Help = "A random delay" };

    public static readonly Directive<bool> FixedRandomDelay =
        new() { Section = "Timer", Name = "FixedRandomDelay", Default = false, Parse = Syntax.Bool(), Since = 247, Help = "The same random delay each time" };

    public static readonly Directive<Duration> RandomizedOffsetSec =
        new() { Section = "Timer", Name = "RandomizedOffsetSec", Default = default, Parse = Syntax.Time(), Since = 258, Help = "A random part of this span, the same each time, by which its calendar is shifted" };

    public static readonly Directive<bool> DeferReactivation =
        new() { Section = "Timer", Name = "DeferReactivation", Default = false, Parse = Syntax.Bool(), Since = 257, Help = "Times of the calendar that come while the unit runs are passed over" };

    public static readonly Directive<bool> Persistent =
        new() { Section = "Timer", Name = "Persistent", Default = false, Parse = Syntax.Bool(), Since = 212, Help = "Make up for times of the calendar that were missed" };

    public static readonly Directive<bool> WakeSystem =
        new() { Section = "Timer", Name = "WakeSystem", Default = false, Parse = Syntax.Bool(), Since = 212, Ceiling = Ceiling.Withheld, Help = "Wake the machine" };

    public static readonly Directive<bool> RemainAfterElapse =
        new() { Section = "Timer", Name = "RemainAfterElapse", Default = true, Parse = Syntax.Bool(), Since = 229, Help = "Stay active when it cannot elapse again" };

    public static readonly Directive<string?> TimerUnit =
        new() { Section = "Timer", Name = "Unit", Default = null, Parse = Syntax.TriggeredUnit(".timer"), Since = 1, Help = "The unit that is started" };

    private static void RegisterTimer()
    {
        DirectiveTable.Number(Timers); // assigned to by the names of its kinds
        foreach (var kind in Enum.GetValues<TimerBase>())
            DirectiveTable.AddVariant(Timers, Syntax.TimerName(kind), Syntax.Timer(kind));
        DirectiveTable.Add(OnClockChange);
        DirectiveTable.Add(OnTimezoneChange);
        DirectiveTable.Add(AccuracySec);
        DirectiveTable.Add(RandomizedDelaySec);
        DirectiveTable.Add(FixedRandomDelay);
        DirectiveTable.Add(RandomizedOffsetSec);
        DirectiveTable.Add(DeferReactivation);
        DirectiveTable.Add(Persistent);
        DirectiveTable.Add(WakeSystem);
        DirectiveTable.Add(RemainAfterElapse);
        DirectiveTable.Add(TimerUnit);
    }
}

/// <summary>What a timer counts from.</summary>
public enum TimerBase { Active, Boot, Startup, UnitActive, UnitInactive, Calendar }

/// <summary>One On…= line of a timer unit.</summary>
/// <param name="Span">After the base; not of a calendar.</param>
/// <param name="Text">As it was written.</param>
public sealed record TimerSpec(TimerBase Base, Duration Span, CalendarExpression? Calendar, string Text, Origin Origin);
