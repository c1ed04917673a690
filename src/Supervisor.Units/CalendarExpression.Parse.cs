using System.Globalization;

namespace Supervisor.Units;

public sealed partial class CalendarExpression
{
    private const int ComponentsMax = 240;

    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    /// <summary>The expression, null when it is none.</summary>
    public static CalendarExpression? Parse(string text)
    {
        text = text.Trim();
        if (text.Length is 0 or > 4096)
            return null;
        var e = new CalendarExpression();
        var space = text.LastIndexOf(' ');
        var last = text[(space + 1)..];
        if (string.Equals(last, "UTC", StringComparison.OrdinalIgnoreCase) && space > 0)
            (e._utc, text) = (true, text[..space].TrimEnd());
        else if (space > 0 && char.IsAsciiLetter(last[0]) && DayOf(last, out _) == 0 && IsZone(last))
            (e._timeZone, text) = (last, text[..space].TrimEnd());
        text = Named(text);
        var at = 0;
        if (!e.ReadWeekdays(text, ref at) || !e.ReadDate(text, ref at) || !e.ReadTime(text, ref at) || at != text.Length)
            return null;
        e.Normalize();
        return e.IsValid() ? e : null;
    }

    private static bool IsZone(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+') && !name.Contains("//", StringComparison.Ordinal) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out _);

    private static string Named(string text) => text.ToLowerInvariant() switch
    {
        "minutely" => "*-*-* *:*:00",
        "hourly" => "*-*-* *:00:00",
        "daily" => "*-*-* 00:00:00",
        "monthly" => "*-*-01 00:00:00",
        "annually" or "yearly" or "anually" => "*-01-01 00:00:00",
        "weekly" => "Mon *-*-* 00:00:00",
        "quarterly" => "*-01,04,07,10-01 00:00:00",
        "biannually" or "bi-annually" or "semiannually" or "semi-annually" => "*-01,07-01 00:00:00",
        _ => text,
    };

    /// <summary>The length of a weekday's name at the beginning, 0 when there is none.</summary>
    private static int DayOf(ReadOnlySpan<char> text, out int day)
    {
        for (day = 0; day < Days.Length; day++)
        {
            if (text.StartsWith(Days[day], StringComparison.OrdinalIgnoreCase))
                return Days[day].Length;
        }
        for (day = 0; day < Days.Length; day++)
        {
            if (text.StartsWith(Days[day].AsSpan(0, 3), StringComparison.OrdinalIgnoreCase))
                return 3;
        }
        return 0;
    }

    private bool ReadWeekdays(string text, ref int at)
    {
        if (DayOf(text.AsSpan(at), out _) == 0)
            return true;
        while (true)
        {
            var length = DayOf(text.AsSpan(at), out var first);
            if (length == 0)
                return false;
            at += length;
            var range = text.AsSpan(at) is ['.', '.', ..] ? 2 : text.AsSpan(at) is ['-', ..] ? 1 : 0;
            var to = first;
            if (range > 0)
            {
                at += range;
                length = DayOf(text.AsSpan(at), out to);
                if (length == 0 || to < first)
                    return false;
                at += length;
            }
            for (var day = first; day <= to; day++)
                _weekdays |= 1 << day;
            if (at == text.Length)
                return true;
            if (text[at] == ' ')
            {
                at += text.AsSpan(at).IndexOfAnyExcept(' ');
                return true;
            }
            if (text[at++] != ',')
                return false;
            if (at < text.Length && text[at] == ' ')
                return (at += text.AsSpan(at).IndexOfAnyExcept(' ')) > 0;
        }
    }

    private bool ReadDate(string text, ref int at)
    {
        if (at == text.Length)
            return true;
        if (text[at] == '@')
            return ReadEpoch(text, ref at);
        var begin = at;
        if (!ReadChain(text, ref at, false, out var first))
            return false;
        if (at == text.Length || text[at] == ':')
        {
            at = begin; // this was the time
            return true;
        }
        if (text[at] is not ('-' or '~'))
            return false;
        _endOfMonth = text[at++] == '~';
        if (!ReadChain(text, ref at, false, out var second))
            return false;
        if (at == text.Length || text[at] == ' ')
        {
            (_months, _days) = (first, second);
            SkipBlanks(text, ref at);
            return true;
        }
        if (_endOfMonth || text[at] is not ('-' or '~'))
            return false;
        _endOfMonth = text[at++] == '~';
        if (!ReadChain(text, ref at, false, out var third) || at < text.Length && text[at] != ' ')
            return false;
        (_years, _months, _days) = (first, second, third);
        SkipBlanks(text, ref at);
        return true;
    }

    private bool ReadEpoch(string text, ref int at)
    {
        if (!long.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 7_258_118_399)
            return false;
        var time = DateTime.UnixEpoch.AddSeconds(seconds);
        (_years, _months, _days) = (One(time.Year), One(time.Month), One(time.Day));
        (_hours, _minutes, _seconds) = (One(time.Hour), One(time.Minute), One(time.Second * Second));
        _utc = true;
        at = text.Length;
        return true;
    }

    private bool ReadTime(string text, ref int at)
    {
        if (_hours is not null)
            return true; // @SECONDS said it
        if (at == text.Length)
        {
            (_hours, _minutes, _seconds) = (One(0), One(0), One(0));
            return true;
        }
        if (!ReadChain(text, ref at, false, out _hours) || at == text.Length || text[at++] != ':' || !ReadChain(text, ref at, false, out _minutes))
            return false;
        if (at == text.Length)
        {
            _seconds = One(0);
            return true;
        }
        return text[at++] == ':' && ReadChain(text, ref at, true, out _seconds) && at == text.Length;
    }

    /// <summary>"*" (null, or any second), or components with commas between them.</summary>
    private static bool ReadChain(string text, ref int at, bool seconds, out List<Component>? chain)
    {
        chain = null;
        if (at < text.Length && text[at] == '*')
        {
            at++;
            if (seconds)
                chain = [new Component(0, -1, Second)];
            return true;
        }
        chain = [];
        while (chain.Count < ComponentsMax)
        {
            if (!ReadNumber(text, ref at, seconds, out var start))
                return false;
            long stop = -1, repeat = 0;
            if (text.AsSpan(at) is ['.', '.', ..])
            {
                at += 2;
                if (!ReadNumber(text, ref at, seconds, out stop))
                    return false;
                repeat = seconds ? Second : 1;
            }
            if (at < text.Length && text[at] == '/')
            {
                at++;
                if (!ReadNumber(text, ref at, seconds, out repeat) || repeat == 0)
                    return false;
            }
            chain.Add(new Component(start, stop, repeat));
            if (at == text.Length || text[at] is ' ' or '-' or '~' or ':')
                return true;
            if (text[at++] != ',')
                return false;
        }
        return false;
    }

    private static bool ReadNumber(string text, ref int at, bool seconds, out long value)
    {
        value = 0;
        var begin = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            value = value * 10 + (text[at++] - '0');
            if (value > int.MaxValue)
                return false;
        }
        if (at == begin)
            return false;
        if (!seconds)
            return true;
        value *= Second;
        if (at + 1 < text.Length && text[at] == '.' && text[at + 1] != '.')
        {
            var unit = Second / 10;
            begin = ++at;
            for (; at < text.Length && char.IsAsciiDigit(text[at]); at++, unit /= 10)
            {
                value += (text[at] - '0') * unit;
                if (unit == 0 && at == begin + 6 && text[at] >= '5')
                    value++; // rounded to microseconds
            }
            return at > begin;
        }
        return true;
    }

    private static void SkipBlanks(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ')
            at++;
    }

    private static List<Component> One(long value) => [new(value, -1, 0)];

    private void Normalize()
    {
        if (_weekdays == 127)
            _weekdays = 0;
        for (var i = 0; i < _years?.Count; i++)
        {
            var c = _years[i];
            _years[i] = new(FullYear(c.Start), c.Stop < 0 ? -1 : FullYear(c.Stop), c.Repeat);
        }
        foreach (var chain in (ReadOnlySpan<List<Component>?>)[_years, _months, _days, _hours, _minutes, _seconds])
        {
            for (var i = 0; i < chain?.Count; i++)
            {
                var c = chain[i];
                if (c.Stop > c.Start && c.Repeat > 0)
                    chain[i] = c with { Stop = c.Stop - (c.Stop - c.Start) % c.Repeat };
            }
            if (chain is null)
                continue;
            var sorted = chain.Distinct().OrderBy(c => c.Start).ThenBy(c => c.Stop).ThenBy(c => c.Repeat).ToList();
            chain.Clear();
            chain.AddRange(sorted);
        }
    }

    private static long FullYear(long year) => year switch { < 70 => year + 2000, < 100 => year + 1900, _ => year };

    private bool IsValid() =>
        IsValid(_years, FirstYear, LastYear, false) && IsValid(_months, 1, 12, false) && IsValid(_days, 1, 31, _endOfMonth)
        && IsValid(_hours, 0, 23, false) && IsValid(_minutes, 0, 59, false) && IsValid(_seconds, 0, 60 * Second - 1, false);

    private static bool IsValid(List<Component>? chain, long from, long to, bool fromTheEnd)
    {
        if (fromTheEnd)
            to -= 3; // not more than 28 days before the end of a month
        foreach (var c in chain ?? [])
        {
            if (c.Start < from || c.Start > to || c.Repeat > to - from)
                return false;
            if (c.Stop >= 0 ? c.Stop < from || c.Stop > to || c.Start + c.Repeat > c.Stop : fromTheEnd ? c.Start - c.Repeat < from : c.Start + c.Repeat > to)
                return false;
        }
        return true;
    }
}
