using System.Globalization;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Cli;

/// <summary>systemd-analyze: what expressions mean, and what is wrong with units.</summary>
internal static partial class AnalyzeFace
{
    public static int Run(Session session, List<string> words)
    {
        if (words.Count == 0)
        {
            Terminal.Error("systemd-analyze needs a verb: verify, calendar, timestamp, timespan, condition, cat-config, compare-versions, syscall-filter, unit-paths");
            return 1;
        }
        List<string> rest = [.. words.Skip(1)];
        return words[0] switch
        {
            "verify" => OtherVerbs.Verify(rest),
            "calendar" => Each(rest, text => Calendar(session, text)),
            "timestamp" => Each(rest, PointInTime),
            "condition" => Conditions(rest),
            "cat-config" => CatConfig(session, rest),
            "timespan" => Each(rest, Timespan),
            "compare-versions" => CompareVersions(rest),
            "syscall-filter" => SyscallFilter(rest),
            "unit-paths" => UnitPaths(session),
            _ => Unknown(words[0]),
        };
    }

    private static int Unknown(string verb)
    {
        Terminal.Error($"Unknown command verb {verb}.");
        return 1;
    }

    private static int Each(List<string> texts, Func<string, int> run)
    {
        if (texts.Count == 0)
        {
            Terminal.Error("Too few arguments.");
            return 1;
        }
        var status = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            if (i > 0)
                Terminal.Line();
            status = Math.Max(status, run(texts[i]));
        }
        return status;
    }

    private static int Calendar(Session session, string text)
    {
        if (CalendarExpression.Parse(text) is not { } expression)
        {
            Terminal.Error($"Failed to parse calendar specification '{Terminal.Safe(text)}': Invalid argument");
            return 1;
        }
        var normal = expression.ToString();
        if (normal != text)
            Terminal.Line($"  Original form: {Terminal.Safe(text)}");
        Terminal.Line($"Normalized form: {normal}");
        var now = (long)Sys.Now(0);
        var at = now;
        var count = session.Arguments.Value("--iterations") is { } n && int.TryParse(n, CultureInfo.InvariantCulture, out var wanted) ? wanted : 1;
        for (var i = 1; i <= count; i++)
        {
            if (expression.Next(at) is not { } next)
            {
                if (i == 1)
                    Terminal.Line("    Next elapse: never");
                break;
            }
            at = next;
            Terminal.Line($"{(i == 1 ? "    Next elapse" : $"       Iter. #{i.ToString(CultureInfo.InvariantCulture)}")}: {Times.Local((ulong)next)}");
            if (!TimeZoneInfo.Local.BaseUtcOffset.Equals(TimeSpan.Zero))
                Terminal.Line($"       (in UTC): {Times.Full((ulong)next)}");
            Terminal.Line($"       From now: {DurationText.Relative(next, now)}");
        }
        return 0;
    }

    private static int Timespan(string text)
    {
        if (!Syntax.TryDuration(text, out var span))
        {
            Terminal.Error($"Failed to parse time span '{Terminal.Safe(text)}': Invalid argument");
            return 1;
        }
        Terminal.Line($"Original: {Terminal.Safe(text)}");
        Terminal.Line($"      μs: {span.Microseconds.ToString(CultureInfo.InvariantCulture)}");
        Terminal.Line($"   Human: {DurationText.Format(span.Microseconds)}");
        return 0;
    }

    private static int CompareVersions(List<string> words)
    {
        if (words.Count is not (2 or 3))
        {
            Terminal.Error(words.Count < 2 ? "Too few arguments." : "Too many arguments.");
            return 1;
        }
        var difference = VersionText.Compare(words[0], words[^1]);
        if (words.Count == 2)
        {
            Terminal.Line($"{Terminal.Safe(words[0])} {(difference < 0 ? "<" : difference > 0 ? ">" : "==")} {Terminal.Safe(words[1])}");
            return difference < 0 ? 12 : difference > 0 ? 11 : 0;
        }
        bool? holds = words[1] switch
        {
            "lt" or "<" => difference < 0,
            "le" or "<=" => difference <= 0,
            "eq" or "==" or "=" => difference == 0,
            "ne" or "!=" => difference != 0,
            "ge" or ">=" => difference >= 0,
            "gt" or ">" => difference > 0,
            _ => null,
        };
        if (holds is null)
            Terminal.Error($"Unknown operator \"{Terminal.Safe(words[1])}\".");
        return holds == true ? 0 : 1;
    }

    private static int SyscallFilter(List<string> sets)
    {
        foreach (var set in sets.Count > 0 ? sets : [.. SyscallSets.Names])
        {
            if (!SyscallSets.Names.Contains(set))
            {
                Terminal.Error($"Filter set \"{Terminal.Safe(set)}\" not found.");
                return 1;
            }
            Terminal.Line(set);
            foreach (var item in SyscallSets.MembersOf(set))
                Terminal.Line($"    {item}");
        }
        return 0;
    }

    private static int UnitPaths(Session session)
    {
        if (session.Info() is not { } info)
            return Session.NoManager;
        foreach (var directory in info.UnitPath)
            Terminal.Line(directory.Path);
        return 0;
    }
}
