using System.Globalization;
using System.IO.Enumeration;
using Supervisor.Control;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Cli;

/// <summary>list-timers, list-paths and list-sockets: what starts which unit, and when.</summary>
internal static class ListTimers
{
    public static int Run(Session session, IReadOnlyList<string> patterns)
    {
        var now = (long)Sys.Now(0);
        var timers = Units(session, ".timer", patterns).OrderBy(u => u.NextElapseAt == 0 ? ulong.MaxValue : u.NextElapseAt).ThenBy(u => u.Name, StringComparer.Ordinal).ToList();
        var rows = timers.Select(u => new[]
        {
            Moment(u.NextElapseAt), Relative(u.NextElapseAt, now), Moment(u.LastTriggerAt), Relative(u.LastTriggerAt, now), Terminal.Safe(u.Name), Terminal.Safe(u.Triggers ?? "-"),
        });
        Table(session, ["NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES"], [.. rows], "timers");
        return 0;
    }

    public static int Paths(Session session, IReadOnlyList<string> patterns)
    {
        var rows = new List<string[]>();
        foreach (var unit in Units(session, ".path", patterns))
        {
            foreach (var property in session.Unit(unit.Name, out _)?.Properties ?? [])
            {
                // Paths=/run/x (PathExists)
                if (property.StartsWith("Paths=", StringComparison.Ordinal) && property.LastIndexOf(" (", StringComparison.Ordinal) is var kind and > 0)
                    rows.Add([Terminal.Safe(property[6..kind]), property[(kind + 2)..^1], Terminal.Safe(unit.Name), Terminal.Safe(unit.Triggers ?? "-")]);
            }
        }
        Table(session, ["PATH", "CONDITION", "UNIT", "ACTIVATES"], rows, "paths");
        return 0;
    }

    public static int Sockets(Session session, IReadOnlyList<string> patterns)
    {
        var types = session.Arguments.Has("--show-types");
        var rows = new List<string[]>();
        foreach (var unit in Units(session, ".socket", patterns))
        {
            foreach (var property in session.Unit(unit.Name, out _)?.Properties ?? [])
            {
                // Listen=/run/x (Stream)
                if (!property.StartsWith("Listen=", StringComparison.Ordinal) || property.LastIndexOf(" (", StringComparison.Ordinal) is not (var kind and > 0))
                    continue;
                var (where, type, activates) = (Terminal.Safe(property[7..kind]), property[(kind + 2)..^1], Terminal.Safe(unit.Triggers ?? "-"));
                rows.Add(types ? [where, type, Terminal.Safe(unit.Name), activates] : [where, Terminal.Safe(unit.Name), activates]);
            }
        }
        rows.Sort(static (a, b) => string.CompareOrdinal(a[0], b[0]) is var order and not 0 ? order : string.CompareOrdinal(a[1], b[1]));
        Table(session, types ? ["LISTEN", "TYPE", "UNIT", "ACTIVATES"] : ["LISTEN", "UNIT", "ACTIVATES"], rows, "sockets");
        return 0;
    }

    private static IEnumerable<UnitStatus> Units(Session session, string suffix, IReadOnlyList<string> patterns) =>
        session.Units().Where(u => u.Name.EndsWith(suffix, StringComparison.Ordinal) && (session.Arguments.Has("--all") || u.ActiveState != "inactive")
            && (patterns.Count == 0 || patterns.Any(p => FileSystemName.MatchesSimpleExpression(p, u.Name, ignoreCase: false))));

    private static void Table(Session session, string[] head, List<string[]> rows, string what)
    {
        var legend = !session.Arguments.Has("--no-legend");
        List<string[]> all = legend ? [head, .. rows] : rows;
        if (all.Count > (legend ? 1 : 0))
        {
            var widths = head.Select((_, column) => all.Max(r => r[column].Length)).ToArray();
            foreach (var row in all)
                Terminal.Line(string.Join(' ', row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
            if (legend)
                Terminal.Line("");
        }
        if (legend)
            Terminal.Line($"{rows.Count.ToString(CultureInfo.InvariantCulture)} {what} listed.{(session.Arguments.Has("--all") ? "" : $"\nPass --all to see loaded but inactive {what}, too.")}");
    }

    private static string Moment(ulong time) => time == 0 ? "-" : Times.Local(time);

    private static string Relative(ulong time, long now) => time == 0 ? "-" : DurationText.Relative((long)time, now);
}
