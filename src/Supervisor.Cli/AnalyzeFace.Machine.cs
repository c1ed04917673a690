using System.Globalization;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Cli;

/// <summary>What is asked of this machine: its time, whether conditions hold on it, its configuration files.</summary>
internal static partial class AnalyzeFace
{
    private static int PointInTime(string text)
    {
        var now = (long)Sys.Now(0);
        if (Timestamp.Parse(text, now) is not { } at)
        {
            Terminal.Error($"Failed to parse \"{Terminal.Safe(text)}\": Invalid argument");
            return 1;
        }
        Terminal.Line($"  Original form: {Terminal.Safe(text)}");
        Terminal.Line($"Normalized form: {(at == 0 ? "-" : Times.Local((ulong)at))}");
        if (at != 0 && !TimeZoneInfo.Local.BaseUtcOffset.Equals(TimeSpan.Zero))
            Terminal.Line($"       (in UTC): {Times.Full((ulong)at)}");
        var fraction = at % 1_000_000;
        Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"   UNIX seconds: @{at / 1_000_000}{(fraction == 0 ? "" : "." + fraction.ToString("000000", CultureInfo.InvariantCulture))}"));
        Terminal.Line($"       From now: {DurationText.Relative(at, now)}");
        return 0;
    }

    /// <summary>Asserts first, each with how it came out, as systemd-analyze prints them; 0 when a unit with them would start.</summary>
    private static int Conditions(List<string> texts)
    {
        if (texts.Count == 0)
        {
            Terminal.Error("Too few arguments for condition");
            return 1;
        }
        foreach (var text in texts)
        {
            if (!text.StartsWith("Condition", StringComparison.Ordinal) && !text.StartsWith("Assert", StringComparison.Ordinal))
            {
                Terminal.Error($"Cannot parse \"{Terminal.Safe(text)}\".");
                return 1;
            }
        }
        var unit = UnitParser.FromText("test.target", $"[Unit]\n{string.Join('\n', texts.Select(t => t.ReplaceLineEndings(" ")))}\n");
        if (unit.Diagnostics.Count > 0)
        {
            foreach (var problem in unit.Diagnostics)
                Terminal.Error($"{Terminal.Safe(texts[Math.Clamp(problem.Origin.Line - 2, 0, texts.Count - 1)])}: {Terminal.Safe(problem.Message)}");
            return 1;
        }
        foreach (var assert in new[] { true, false })
        {
            var tested = unit.Get(Directives.Conditions).Value.Where(c => c.Assert == assert).ToList();
            foreach (var c in tested)
            {
                var holds = Units.Conditions.Holds(c.Kind, c.Argument) != c.Negate;
                Terminal.Line($"{(assert ? "Assert" : "Condition")}{c.Kind}={(c.Trigger ? "|" : "")}{(c.Negate ? "!" : "")}{Terminal.Safe(c.Argument)} {(holds ? "succeeded" : "failed")}.");
            }
            var outcome = Units.Conditions.Check(unit).Outcome;
            var failed = assert ? outcome == ConditionOutcome.AssertFailed : outcome == ConditionOutcome.Unmet;
            if (tested.Count > 0)
                Terminal.Line($"{(assert ? "Asserts" : "Conditions")} {(failed ? "failed" : "succeeded")}.");
            if (failed)
                return 1;
        }
        return 0;
    }

    private static readonly string[] ConfigDirectories = ["/etc", "/run", "/usr/local/lib", "/usr/lib"];

    /// <summary>A file of configuration and its drop-ins, in the order in which they are applied: of one name, that of /etc goes before /run's and /usr's.</summary>
    private static int CatConfig(Session session, List<string> names)
    {
        if (names.Count == 0)
        {
            Terminal.Error("Too few arguments.");
            return 1;
        }
        var folder = session.Arguments.Value("--root") ?? "/";
        if (!Sys.Open(folder, LibC.O_PATH | LibC.O_DIRECTORY).TryGet(out var root, out var error))
        {
            Terminal.Error($"cannot open {Terminal.Safe(folder)}: {error}");
            return 1;
        }
        for (var i = 0; i < names.Count; i++)
        {
            if (i > 0)
                Terminal.Line();
            var name = names[i];
            foreach (var directory in ConfigDirectories)
            {
                if (name.StartsWith($"{directory}/", StringComparison.Ordinal))
                    name = name[(directory.Length + 1)..];
            }
            if (name.StartsWith('/') || name.Split('/').Any(p => p is "" or "." or ".."))
            {
                Terminal.Error($"{Terminal.Safe(names[i])} is not below {string.Join(", ", ConfigDirectories)}");
                return 1;
            }
            if (ConfigDirectories.FirstOrDefault(d => RootedPath.ReadFile(root, $"{d}/{name}", UnitLexer.FileMax).Ok) is { } found)
                OtherVerbs.PrintFile($"{found}/{name}", root);
            else
                Terminal.Line($"# Main configuration file {Terminal.Safe(name)} not found");
            var dropIns = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var directory in ConfigDirectories.Select(d => $"{d}/{name}.d"))
            {
                if (!RootedPath.Open(root, directory, LibC.O_RDONLY | LibC.O_DIRECTORY).TryGet(out var fd, out _))
                    continue;
                foreach (var entry in Sys.ListDirectory(fd).TryGet(out var entries, out _) ? entries : [])
                {
                    if (entry.EndsWith(".conf", StringComparison.Ordinal))
                        dropIns.TryAdd(entry, $"{directory}/{entry}");
                }
                fd.Close();
            }
            foreach (var file in dropIns.Values)
            {
                Terminal.Line();
                OtherVerbs.PrintFile(file, root);
            }
        }
        root.Close();
        return 0;
    }
}
