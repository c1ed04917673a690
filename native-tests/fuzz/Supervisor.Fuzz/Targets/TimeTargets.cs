using System.Text;
using Supervisor.Units;
using static Supervisor.Fuzz.BrokenProperty;

namespace Supervisor.Fuzz;

/// <summary>Times and sizes: what is printed of them reads back as the same.</summary>
internal static class TimeTargets
{
    public static Target Calendar { get; } = new("calendar", CheckCalendar)
    {
        LengthMax = 200,
        Words = Target.Texts("Mon", "..", "*-", "*:", "~", "/", ",", "UTC", " Europe/Berlin", "daily", "hourly", "@", "00:00", "2024-02-29", ".5", "weekly", "-", "*-*~1 "),
        Seeds = Target.Texts("daily", "Mon..Fri *-*-* 10:00,30", "*-*~3/2", "2024-02-29 12:00:00.5 UTC", "@86400", "Sat,Sun 2000..2100/4-*-01..07 */2:0/15:30"),
    };

    public static Target Span { get; } = new("span", CheckSpan)
    {
        LengthMax = 200, Words = Target.Texts("min", "s", "ms", "us", "h", "d", "w", "month", "M", "y", "infinity", "µs", ".", " ", "sec"),
        Seeds = Target.Texts("5min 20s", "1.5h", "infinity", "2 weeks 3days", "0.000001", "µs"),
    };

    public static Target Size { get; } = new("size", CheckSize)
    {
        LengthMax = 200, Words = Target.Texts("K", "M", "E", "%", "infinity", "-", ",", ":", "SIGRTMIN+1", "SIG"),
        Seeds = Target.Texts("10M", "18446744073709551615", "0-3,5 7", "SIGRTMIN+3", "16E", "5:10"),
    };

    private static void CheckCalendar(byte[] input)
    {
        if (CalendarExpression.Parse(Encoding.UTF8.GetString(input)) is not { } expression)
            return;
        var normal = expression.ToString();
        var again = CalendarExpression.Parse(normal) ?? throw new BrokenProperty($"the normal form is no expression: {normal}");
        UnlessEqual(normal, again.ToString(), "the normal form of the normal form");
        var now = 1_700_000_000_000_000L;
        for (var i = 0; i < 3; i++)
        {
            var next = expression.Next(now, TimeZoneInfo.Utc);
            UnlessEqual(next, again.Next(now, TimeZoneInfo.Utc), $"the next time of {normal}");
            if (next is not { } time)
                return;
            Unless(time > now, $"the next time is not later: {time}");
            now = time;
        }
    }

    private static void CheckSpan(byte[] input)
    {
        if (!Syntax.TryDuration(Encoding.UTF8.GetString(input), out var span))
            return;
        var text = DurationText.Format(span.Microseconds);
        Unless(Syntax.TryDuration(text, out var again), $"what is printed is no span: {text}");
        UnlessEqual(span, again, $"printed as {text}");
        foreach (var accuracy in (ReadOnlySpan<ulong>)[1000, 1_000_000, 60_000_000])
            Unless(Syntax.TryDuration(DurationText.Format(span.Microseconds, accuracy), out _), $"what is printed is no span: {DurationText.Format(span.Microseconds, accuracy)}");
        if (span.Microseconds <= long.MaxValue)
            _ = DurationText.Relative((long)span.Microseconds, 1_700_000_000_000_000) + DurationText.Relative(0, (long)span.Microseconds);
    }

    private static void CheckSize(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (Syntax.TrySize(text, out var size))
            Unless(Syntax.TrySize($"{size}", out var same) && same == size, $"a size: {size}");
        if (NumberSet.Parse(text) is { } set)
        {
            UnlessEqual(set, NumberSet.Parse(set.ToString()), "a set of numbers");
            UnlessEqual(set.Count, set.Mask().Sum(w => System.Numerics.BitOperations.PopCount(w)), "bits of a set");
        }
        if (Signals.TryParse(text, out var signal))
            Unless(signal is >= 0 and <= 64, $"a signal: {signal}");
    }
}
