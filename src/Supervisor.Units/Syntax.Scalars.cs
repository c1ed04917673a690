using System.Globalization;

namespace Supervisor.Units;

/// <summary>Readers of single values. An empty value goes back to the row's default where systemd does so; where it does not, it is passed over with a warning.</summary>
public static partial class Syntax
{
    public static SettingParser<bool> Bool() => (current, c) =>
        c.Text.Length == 0 ? Empty(c, current) : TryBool(c.Text, out var value) ? value : Wrong(c, current, "not a boolean (yes, no, true, false, on, off, 1, 0)");

    /// <summary>Nothing is no value of these: what was said before stays, and what a drop-in would reset by it is not weaker than it reads.</summary>
    private static T Empty<T>(ParseContext c, T current)
    {
        c.Ignore("is empty, ignored");
        return current;
    }

    public static bool TryBool(string text, out bool value)
    {
        value = text.ToLowerInvariant() is "yes" or "y" or "true" or "t" or "on" or "1";
        return value || text.ToLowerInvariant() is "no" or "n" or "false" or "f" or "off" or "0";
    }

    public static SettingParser<string?> Text() => (_, c) => c.Text.Length == 0 ? null : c.Expand(c.Text);

    public static SettingParser<T> Words<T>(params (string Word, T Value)[] words) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return Empty(c, current);
        foreach (var (word, value) in words)
        {
            if (word == c.Text)
                return value;
        }
        return Wrong(c, current, $"not one of {string.Join(", ", words.Select(w => w.Word))}");
    };

    public static SettingParser<T?> OptionalWords<T>(params (string Word, T Value)[] words)
        where T : struct
    {
        var one = Words(words);
        return (current, c) => c.Text.Length == 0 ? null : one(current ?? default, c) is var value && c.HasError ? current : value;
    }

    /// <summary>An enum that also takes a boolean (ProtectSystem=yes).</summary>
    public static SettingParser<T> BoolOrWords<T>(T no, T yes, params (string Word, T Value)[] words) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return Empty(c, current);
        if (TryBool(c.Text, out var value))
            return value ? yes : no;
        foreach (var (word, other) in words)
        {
            if (word == c.Text)
                return other;
        }
        return Wrong(c, current, $"not a boolean and not one of {string.Join(", ", words.Select(w => w.Word))}");
    };

    public static SettingParser<int> Int(int min, int max) => (current, c) =>
        int.TryParse(c.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n >= min && n <= max
            ? n
            : Wrong(c, current, $"not a number from {min} to {max}");

    public static SettingParser<int?> OptionalInt(int min, int max) => (current, c) =>
        c.Text.Length == 0 ? null
        : int.TryParse(c.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n >= min && n <= max ? n
        : Wrong(c, current, $"not a number from {min} to {max}");

    public static SettingParser<uint> Mode(uint fallback) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return fallback;
        uint mode = 0;
        foreach (var digit in c.Text)
        {
            if (digit is < '0' or > '7' || (mode = mode * 8 + (uint)(digit - '0')) > 0xFFF)
                return Wrong(c, current, "not an octal mode up to 7777");
        }
        return mode;
    };

    public static SettingParser<Duration> Time(bool zeroIsInfinite = false) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return Empty(c, current);
        if (!TryDuration(c.Text, out var value))
            return Wrong(c, current, "not a time span (such as 5min 20s, 500ms, infinity; a bare number is seconds)");
        return zeroIsInfinite && value.Microseconds == 0 ? Duration.Infinity : value;
    };

    /// <summary>systemd.time(7): numbers with units that add up; a bare number is seconds.</summary>
    public static bool TryDuration(ReadOnlySpan<char> text, out Duration value)
    {
        value = default;
        text = text.Trim();
        if (text is "infinity")
        {
            value = Duration.Infinity;
            return true;
        }
        if (text.IsEmpty)
            return false;
        var total = 0m;
        while (!text.IsEmpty)
        {
            var digits = 0;
            while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
                digits++;
            if (digits == 0 || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            text = text[digits..].TrimStart();
            var letters = 0;
            while (letters < text.Length && (char.IsAsciiLetter(text[letters]) || text[letters] == 'µ' || text[letters] == 'μ'))
                letters++;
            decimal scale = text[..letters] switch
            {
                "" or "s" or "sec" or "second" or "seconds" => 1_000_000m,
                "us" or "usec" or "µs" or "μs" => 1m,
                "ms" or "msec" => 1000m,
                "m" or "min" or "minute" or "minutes" => 60_000_000m,
                "h" or "hr" or "hour" or "hours" => 3_600_000_000m,
                "d" or "day" or "days" => 86_400_000_000m,
                "w" or "week" or "weeks" => 604_800_000_000m,
                "M" or "month" or "months" => 2_629_800_000_000m,
                "y" or "year" or "years" => 31_557_600_000_000m,
                _ => -1m,
            };
            if (scale < 0 || number > 1_000_000_000_000m)
                return false;
            total += number * scale;
            if (total > 9_000_000_000_000_000_000m)
                return false;
            text = text[letters..].TrimStart();
        }
        value = new Duration((ulong)total);
        return true;
    }

    /// <summary>Bytes or a count with K, M, G, T, P, E to the base of 1024.</summary>
    public static bool TrySize(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty)
            return false;
        var shift = text[^1] switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, 'P' => 50, 'E' => 60, _ => 0 };
        if (!ulong.TryParse(shift > 0 ? text[..^1].TrimEnd() : text, NumberStyles.None, CultureInfo.InvariantCulture, out value) || value > ulong.MaxValue >> shift)
            return false;
        value <<= shift;
        return true;
    }

    public static SettingParser<ulong?> OptionalCount() => (current, c) =>
        c.Text is "" or "infinity" ? null : TrySize(c.Text, out var n) ? n : Wrong(c, current, "not a number and not infinity");

    /// <summary>A number of tasks, or a percentage of those that the kernel can have.</summary>
    public static SettingParser<ulong?> Tasks() => (current, c) =>
    {
        if (!c.Text.EndsWith('%'))
            return OptionalCount()(current, c);
        if (!decimal.TryParse(c.Text.AsSpan(0, c.Text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) || percent is < 0 or > 100)
            return Wrong(c, current, "not a percentage up to 100%");
        var most = Linux.Sys.ReadFile("/proc/sys/kernel/pid_max").TryGet(out var text, out _) && ulong.TryParse(text.AsSpan().TrimEnd((byte)'\n'), CultureInfo.InvariantCulture, out var n) ? n : 32768;
        return (ulong)(most * percent / 100);
    };

    public static SettingParser<int?> OptionalSignal() => (current, c) => c.Text.Length == 0 ? null : Signals.TryParse(c.Text, out var n) ? n : Wrong(c, current, "no such signal");

    public static SettingParser<int> Signal() => (current, c) => Signals.TryParse(c.Text, out var n) ? n : Wrong(c, current, "no such signal");

    /// <summary>LimitX=: "soft:hard" or one for both, with a unit's own suffixes.</summary>
    public static SettingParser<ResourceLimit?> Limit(LimitUnit unit = LimitUnit.Number) => (current, c) =>
    {
        var colon = c.Text.IndexOf(':', StringComparison.Ordinal);
        var (soft, hard) = colon < 0 ? (c.Text, c.Text) : (c.Text[..colon], c.Text[(colon + 1)..]);
        if (!TryLimit(soft, unit, out var s) || !TryLimit(hard, unit, out var h))
            return Wrong(c, current, "not a limit (a number, soft:hard, or infinity)");
        return s > h ? Wrong(c, current, "the soft limit is above the hard one") : new ResourceLimit(s, h);
    };

    private static bool TryLimit(string text, LimitUnit unit, out ulong value)
    {
        value = ulong.MaxValue;
        if (text == "infinity")
            return true;
        if (unit is LimitUnit.Seconds or LimitUnit.Microseconds)
        {
            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value))
                return true;
            if (!TryDuration(text, out var time))
                return false;
            value = unit == LimitUnit.Microseconds ? time.Microseconds : (time.Microseconds + 999_999) / 1_000_000;
            return true;
        }
        if (unit == LimitUnit.Nice && text is ['+' or '-', ..] && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var nice) && nice is >= -20 and <= 19)
        {
            value = (ulong)(20 - nice);
            return true;
        }
        return unit == LimitUnit.Bytes ? TrySize(text, out value) : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static T Wrong<T>(ParseContext context, T current, string message)
    {
        context.Error(message);
        return current;
    }
}

/// <summary>What a resource limit counts, which decides the suffixes that it takes.</summary>
public enum LimitUnit { Number, Bytes, Seconds, Microseconds, Nice }
