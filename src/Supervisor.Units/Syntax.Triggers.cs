namespace Supervisor.Units;

/// <summary>Readers of timer and path units.</summary>
public static partial class Syntax
{
    /// <summary>The directive's name: OnBootSec, OnCalendar.</summary>
    public static string TimerName(TimerBase kind) => kind == TimerBase.Calendar ? "OnCalendar" : $"On{kind}Sec";

    public static string PathName(PathKind kind) => kind == PathKind.DirectoryNotEmpty ? "DirectoryNotEmpty" : $"Path{kind}";

    /// <summary>An empty value takes back what all of these directives have said, the calendar's and the spans'.</summary>
    public static SettingParser<IReadOnlyList<TimerSpec>> Timer(TimerBase kind) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var text = c.Expand(c.Text);
        if (kind == TimerBase.Calendar)
        {
            return CalendarExpression.Parse(text) is { } calendar
                ? [.. current, new TimerSpec(kind, default, calendar, text, c.Origin)]
                : Wrong(c, current, "not a calendar expression (systemd.time(7))");
        }
        return TryDuration(text, out var span) && !span.IsInfinite
            ? [.. current, new TimerSpec(kind, span, null, text, c.Origin)]
            : Wrong(c, current, "not a time span (such as 5min 20s, 500ms; a bare number is seconds)");
    };

    public static SettingParser<IReadOnlyList<PathSpec>> WatchedPath(PathKind kind) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var path = c.Expand(c.Text);
        return CheckPath(c, path, null) ? [.. current, new PathSpec(kind, Normal(path), c.Origin)] : current;
    };

    /// <summary>A unit of any type but the one that triggers.</summary>
    public static SettingParser<string?> TriggeredUnit(string own) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        var name = c.Expand(c.Text);
        return UnitName.IsValid(name) && !UnitName.IsTemplate(name) && UnitName.TypeOf(name) is not null && UnitName.Suffix(name) != own
            ? name
            : Wrong(c, current, $"not the name of a unit other than a {own[1..]}");
    };
}
