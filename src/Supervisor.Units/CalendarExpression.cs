namespace Supervisor.Units;

/// <summary>
/// A set of points in time, as OnCalendar= says it (systemd.time(7)): weekdays, years, months, days, hours, minutes, seconds in microseconds. A part without components is any.
/// </summary>
public sealed partial class CalendarExpression
{
    public const int FirstYear = 1970, LastYear = 2199;
    private const long Second = 1_000_000;

    /// <summary>Bit 0 is Monday; all or none is every day.</summary>
    private int _weekdays;

    private bool _endOfMonth, _utc;
    private string? _timeZone;
    private List<Component>? _years, _months, _days, _hours, _minutes, _seconds;

    private CalendarExpression()
    {
    }

    /// <summary>START[..STOP][/REPEAT].</summary>
    /// <param name="Stop">-1 when there is none.</param>
    /// <param name="Repeat">0 when there is none.</param>
    private readonly record struct Component(long Start, long Stop, long Repeat);

    /// <summary>The first point strictly after <paramref name="microseconds"/> since 1970; null when there is none.</summary>
    /// <param name="localZone">The zone of an expression that names none; null for the machine's.</param>
    /// <exception cref="TimeZoneNotFoundException">The expression's time zone is not on this machine.</exception>
    public long? Next(long microseconds, TimeZoneInfo? localZone = null)
    {
        var zone = _utc ? TimeZoneInfo.Utc : _timeZone is null ? localZone ?? TimeZoneInfo.Local : TimeZoneInfo.FindSystemTimeZoneById(_timeZone);
        var after = DateTime.UnixEpoch.AddTicks((microseconds + 1) * TimeSpan.TicksPerMicrosecond);
        var local = TimeZoneInfo.ConvertTimeFromUtc(after, zone);
        var day = local.Date;
        var from = (local - day).Ticks / TimeSpan.TicksPerMicrosecond;
        while (day.Year <= LastYear)
        {
            if (!Matches(_years, day.Year))
                (day, from) = (new DateTime(day.Year + 1, 1, 1, 0, 0, 0, DateTimeKind.Unspecified), 0);
            else if (!Matches(_months, day.Month))
                (day, from) = (new DateTime(day.Year, day.Month, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMonths(1), 0);
            else if (!IsDay(day) || TimeOfDay(from) is not { } time)
                (day, from) = (day.AddDays(1), 0);
            else
            {
                var found = DateTime.SpecifyKind(day.AddTicks(time * TimeSpan.TicksPerMicrosecond), DateTimeKind.Unspecified);
                // an hour that the clocks leave out is not there that day, and one that they go through twice is meant the first time
                var utc = zone.IsInvalidTime(found) ? default : zone.IsAmbiguousTime(found)
                    ? DateTime.SpecifyKind(found - zone.GetAmbiguousTimeOffsets(found).Max(), DateTimeKind.Utc)
                    : TimeZoneInfo.ConvertTimeToUtc(found, zone);
                if (utc >= after)
                    return (utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
                from = time + 1;
            }
        }
        return null;
    }

    private bool IsDay(DateTime day)
    {
        if (_weekdays is > 0 and < 127 && (_weekdays >> ((int)day.DayOfWeek + 6) % 7 & 1) == 0)
            return false;
        return Matches(_days, _endOfMonth ? DateTime.DaysInMonth(day.Year, day.Month) - day.Day + 1 : day.Day, _endOfMonth);
    }

    /// <summary>The first time of a day that is not before <paramref name="from"/>, in microseconds since midnight.</summary>
    private long? TimeOfDay(long from)
    {
        for (var hour = from / (3600 * Second); hour < 24; hour++, from = hour * 3600 * Second)
        {
            if (!Matches(_hours, hour))
                continue;
            for (var minute = from / (60 * Second) % 60; minute < 60; minute++, from = (hour * 60 + minute) * 60 * Second)
            {
                if (Matches(_minutes, minute) && FirstFrom(_seconds, from % (60 * Second)) is { } second && second < 60 * Second)
                    return (hour * 60 + minute) * 60 * Second + second;
            }
        }
        return null;
    }

    private static bool Matches(List<Component>? components, long value, bool fromTheEnd = false)
    {
        if (components is null)
            return true;
        foreach (var c in components)
        {
            if (c.Repeat == 0 ? value == c.Start
                : fromTheEnd ? value <= (c.Stop < 0 ? c.Start : c.Stop) && (c.Stop < 0 ? value <= c.Start && (c.Start - value) % c.Repeat == 0 : value >= c.Start && (value - c.Start) % c.Repeat == 0)
                : value >= c.Start && (c.Stop < 0 || value <= c.Stop) && (value - c.Start) % c.Repeat == 0)
                return true;
        }
        return false;
    }

    private static long? FirstFrom(List<Component>? components, long value)
    {
        if (components is null)
            return value;
        long? best = null;
        foreach (var c in components)
        {
            var first = value <= c.Start ? c.Start : c.Repeat == 0 ? -1 : c.Start + (value - c.Start + c.Repeat - 1) / c.Repeat * c.Repeat;
            if (first >= 0 && (c.Stop < 0 || first <= c.Stop) && (best is null || first < best))
                best = first;
        }
        return best;
    }
}
