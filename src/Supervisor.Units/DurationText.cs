using System.Globalization;

namespace Supervisor.Units;

/// <summary>Spans of time as systemd writes them: "1h 5min", "55.500000s", "2 days 3h".</summary>
public static class DurationText
{
    private const ulong Second = 1_000_000;

    private static readonly (string Unit, ulong Microseconds)[] Units =
    [
        ("y", 31_557_600 * Second), ("month", 2_629_800 * Second), ("w", 604_800 * Second), ("d", 86_400 * Second), ("h", 3600 * Second), ("min", 60 * Second), ("s", Second),
        ("ms", 1000), ("us", 1),
    ];

    /// <summary>With everything below <paramref name="accuracy"/> µs left out.</summary>
    public static string Format(ulong microseconds, ulong accuracy = 1)
    {
        if (microseconds == ulong.MaxValue)
            return "infinity";
        if (microseconds == 0)
            return "0";
        var parts = new List<string>();
        var left = microseconds;
        for (var i = 0; i < Units.Length && left > 0; i++)
        {
            var (unit, size) = Units[i];
            if (left < size)
                continue;
            // whole units are shown below the accuracy only when nothing else is
            if (left < accuracy && parts.Count > 0)
                break;
            var (whole, rest) = (left / size, left % size);
            // below a minute, what is left is one number with a fraction
            if (left < 60 * Second && rest > 0 && accuracy < size)
            {
                var digits = 0;
                for (var scale = size; scale > 1; scale /= 10)
                    digits++;
                for (var step = accuracy; step > 1; step /= 10)
                {
                    rest /= 10;
                    digits--;
                }
                if (digits > 0)
                {
                    parts.Add($"{whole.ToString(CultureInfo.InvariantCulture)}.{rest.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0')}{unit}");
                    break;
                }
            }
            parts.Add(whole.ToString(CultureInfo.InvariantCulture) + unit);
            left = rest;
        }
        return string.Join(' ', parts);
    }

    /// <summary>"3 days left", "5min 20s ago": the largest two parts of the way from <paramref name="now"/>, in µs since 1970.</summary>
    public static string Relative(long time, long now)
    {
        var ago = time <= now;
        var span = (ulong)Math.Abs(time - now) / Second;
        static string Count(ulong n, string unit) => $"{n.ToString(CultureInfo.InvariantCulture)} {unit}{(n == 1 ? "" : "s")}";
        static string Short(ulong n, string unit) => $"{n.ToString(CultureInfo.InvariantCulture)}{unit}";
        const ulong day = 86_400, month = 2_629_800, year = 31_557_600, week = 604_800;
        var text = span switch
        {
            >= year when span % year / month > 0 => $"{Count(span / year, "year")} {Count(span % year / month, "month")}",
            >= year => Count(span / year, "year"),
            >= month when span % month / day > 0 => $"{Count(span / month, "month")} {Count(span % month / day, "day")}",
            >= month => Count(span / month, "month"),
            >= 2 * week => Count(span / week, "week"),
            >= 2 * day => Count(span / day, "day"),
            >= 25 * 3600 => $"1 day {Short((span - day) / 3600, "h")}",
            >= 6 * 3600 => Short(span / 3600, "h"),
            >= 3600 => $"{Short(span / 3600, "h")} {Short(span % 3600 / 60, "min")}",
            >= 5 * 60 => Short(span / 60, "min"),
            >= 60 => $"{Short(span / 60, "min")} {Short(span % 60, "s")}",
            _ => Short(span, "s"),
        };
        return $"{text} {(ago ? "ago" : "left")}";
    }
}
