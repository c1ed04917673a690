using System.Globalization;
using System.Text;

namespace Supervisor.Units;

public sealed partial class CalendarExpression
{
    /// <summary>The normal form, as <c>systemd-analyze calendar</c> prints it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (_weekdays is > 0 and < 127)
            AppendWeekdays(text).Append(' ');
        Append(text, _years, "0000").Append('-');
        Append(text, _months, "00").Append(_endOfMonth ? '~' : '-');
        Append(text, _days, "00").Append(' ');
        Append(text, _hours, "00").Append(':');
        Append(text, _minutes, "00").Append(':');
        AppendSeconds(text);
        if (_utc)
            text.Append(" UTC");
        else if (_timeZone is not null)
            text.Append(' ').Append(_timeZone);
        return text.ToString();
    }

    private StringBuilder AppendWeekdays(StringBuilder text)
    {
        var comma = false;
        for (var day = 0; day < Days.Length; day++)
        {
            if ((_weekdays >> day & 1) == 0)
                continue;
            var last = day;
            while (last + 1 < Days.Length && (_weekdays >> (last + 1) & 1) != 0)
                last++;
            text.Append(comma ? "," : "").Append(Days[day].AsSpan(0, 3));
            if (last > day)
                text.Append(last - day > 1 ? ".." : ",").Append(Days[last].AsSpan(0, 3));
            comma = true;
            day = last;
        }
        return text;
    }

    private static StringBuilder Append(StringBuilder text, List<Component>? chain, string digits)
    {
        if (chain is null)
            return text.Append('*');
        for (var i = 0; i < chain.Count; i++)
        {
            var c = chain[i];
            text.Append(i > 0 ? "," : "").Append(c.Start.ToString(digits, CultureInfo.InvariantCulture));
            if (c.Stop > 0)
                text.Append("..").Append(c.Stop.ToString(digits, CultureInfo.InvariantCulture));
            if (c.Repeat > 0 && !(c.Stop > 0 && c.Repeat == 1))
                text.Append('/').Append(c.Repeat.ToString(CultureInfo.InvariantCulture));
        }
        return text;
    }

    private void AppendSeconds(StringBuilder text)
    {
        if (_seconds is [{ Start: 0, Stop: < 0, Repeat: Second }])
        {
            text.Append('*');
            return;
        }
        for (var i = 0; i < _seconds!.Count; i++)
        {
            var c = _seconds[i];
            text.Append(i > 0 ? "," : "").Append(Seconds(c.Start, "00"));
            if (c.Stop > 0)
                text.Append("..").Append(Seconds(c.Stop, "00"));
            if (c.Repeat > 0 && !(c.Stop > 0 && c.Repeat == Second))
                text.Append('/').Append(Seconds(c.Repeat, "0"));
        }
    }

    private static string Seconds(long value, string digits) =>
        (value / Second).ToString(digits, CultureInfo.InvariantCulture)
        + (value % Second == 0 ? "" : "." + (value % Second).ToString("000000", CultureInfo.InvariantCulture));
}
