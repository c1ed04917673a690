using System.Globalization;

namespace Supervisor.Units;

/// <summary>Points in time as people write them (systemd.time(7), "Parsing timestamps"), and RFC 3339 as systemd 255 reads it.</summary>
public static class Timestamp
{
    private const long Second = 1_000_000;

    /// <summary>Timestamps end with 9999, as systemd's do.</summary>
    private const long Max = 253_402_214_399 * Second;

    /// <returns>Microseconds since 1970; null for what is none.</returns>
    public static long? Parse(string text, long now, TimeZoneInfo? localZone = null)
    {
        text = text.Trim();
        var at = Relative(text, now) ?? Absolute(text, now, localZone ?? TimeZoneInfo.Local);
        return at is >= 0 and <= Max ? at : null;
    }

    private static long? Relative(string text, long now)
    {
        if (text == "now")
            return now;
        if (text.StartsWith('@'))
            return Span(text[1..]);
        if (text.StartsWith('+'))
            return now + Span(text[1..]);
        if (text.StartsWith('-'))
            return now - Span(text[1..]);
        if (text.EndsWith(" ago", StringComparison.Ordinal))
            return now - Span(text[..^4]);
        return text.EndsWith(" left", StringComparison.Ordinal) ? now + Span(text[..^5]) : null;
    }

    private static long? Span(string text) =>
        Syntax.TryDuration(text, out var span) && span.Microseconds <= (ulong)Max ? (long)span.Microseconds : null;

    private static long? Absolute(string text, long now, TimeZoneInfo zone)
    {
        if (text.EndsWith('Z') && text.Contains('T', StringComparison.Ordinal))
            (text, zone) = (text[..^1], TimeZoneInfo.Utc);
        else if (text.LastIndexOf(' ') is var blank && blank > 0 && Zone(text[(blank + 1)..]) is { } named)
            (text, zone) = (text[..blank].TrimEnd(), named);
        else if (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':' && text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParseExact(text.AsSpan(text.Length - 5), "hh\\:mm", CultureInfo.InvariantCulture, out var offset))
            (text, zone) = (text[..^6].TrimEnd(), TimeZoneInfo.CreateCustomTimeZone(text[^6..], text[^6] == '-' ? -offset : offset, null, null));

        var today = TimeZoneInfo.ConvertTimeFromUtc(DateTime.UnixEpoch.AddMicroseconds(now), zone).Date;
        if (text is "today" or "yesterday" or "tomorrow")
            return InUtc(today.AddDays(text == "today" ? 0 : text == "tomorrow" ? 1 : -1), zone);

        var words = text.Split(text.Contains(' ', StringComparison.Ordinal) ? ' ' : 'T', StringSplitOptions.RemoveEmptyEntries).AsSpan();
        var weekday = words.Length > 0 ? Weekday(words[0]) : null;
        if (weekday is not null)
            words = words[1..];
        if (words.Length is not (1 or 2))
            return null;
        DateTime? date = today;
        long? time = 0;
        if (words.Length == 2 || words[0].Contains('-', StringComparison.Ordinal))
            date = Date(words[0]);
        if (words.Length == 2 || !words[0].Contains('-', StringComparison.Ordinal))
            time = TimeOfDay(words[^1]);
        if (date is null || time is null || weekday is { } wanted && date.Value.DayOfWeek != wanted)
            return null;
        return InUtc(date.Value.AddMicroseconds(time.Value), zone);
    }

    private static TimeZoneInfo? Zone(string name) =>
        name == "UTC" ? TimeZoneInfo.Utc : name.Contains('/', StringComparison.Ordinal) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;

    /// <summary>A time that the clock leaps over is the one an hour later.</summary>
    private static long InUtc(DateTime local, TimeZoneInfo zone)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        var utc = TimeZoneInfo.ConvertTimeToUtc(zone.IsInvalidTime(local) ? local.AddHours(1) : local, zone);
        return (utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    private static DayOfWeek? Weekday(string word)
    {
        for (var day = DayOfWeek.Sunday; day <= DayOfWeek.Saturday; day++)
        {
            var name = CultureInfo.InvariantCulture.DateTimeFormat.GetDayName(day);
            if (word.Equals(name, StringComparison.OrdinalIgnoreCase) || word.Equals(name[..3], StringComparison.OrdinalIgnoreCase))
                return day;
        }
        return null;
    }

    /// <summary>YYYY-MM-DD or YY-MM-DD; a day that the month has not is one of the next.</summary>
    private static DateTime? Date(string text)
    {
        if (text.Split('-') is not [var y, var m, var d] || !Number(y, 4, out var year) || !Number(m, 2, out var month) || !Number(d, 2, out var day))
            return null;
        if (y.Length <= 2)
            year += year < 69 ? 2000 : 1900;
        return year is >= 1900 and <= 9999 && month is >= 1 and <= 12 && day is >= 1 and <= 31 && (year < 9999 || month < 12) ? new DateTime(year, month, 1).AddDays(day - 1) : null;
    }

    /// <summary>HH:MM, HH:MM:SS or HH:MM:SS.ffffff.</summary>
    private static long? TimeOfDay(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var parts = (point < 0 ? text : text[..point]).Split(':');
        var second = 0;
        if (parts.Length is not (2 or 3) || !Number(parts[0], 2, out var hour) || !Number(parts[1], 2, out var minute) || parts.Length == 3 && !Number(parts[2], 2, out second)
            || hour > 23 || minute > 59 || second > 61)
            return null;
        var fraction = 0L;
        if (point >= 0)
        {
            var digits = text[(point + 1)..];
            if (parts.Length == 2 || digits.Length is 0 or > 18 || !digits.All(char.IsAsciiDigit))
                return null;
            fraction = (long)Math.Round(decimal.Parse("0." + digits, CultureInfo.InvariantCulture) * Second, MidpointRounding.AwayFromZero);
        }
        return ((hour * 60L + minute) * 60 + second) * Second + fraction;
    }

    private static bool Number(string text, int digits, out int value)
    {
        value = 0;
        return text.Length <= digits && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
