using System.Text.Json;
using Supervisor.Control;
using Supervisor.Linux;
using Supervisor.Units;
using Json = Supervisor.Control.ControlJson;

namespace Supervisor.Cli;

/// <summary>Everything that needs a line or two: list-units, cat, kill, verify, explain, the ends of the machine.</summary>
internal static class OtherVerbs
{
    public static int ListUnits(Session session)
    {
        var info = session.Info();
        if (info is null)
            return Session.NoManager;
        var units = session.Units().Where(u => session.Arguments.Has("--all") || u.ActiveState != "inactive" || u.Job is not null).ToList();
        if (session.Arguments.Has("--json"))
        {
            Terminal.Line(JsonSerializer.Serialize(new UnitList(units), Json.Default.UnitList));
            return 0;
        }
        var width = units.Select(u => u.Name.Length).DefaultIfEmpty(4).Max();
        foreach (var u in units)
            Terminal.Line($"{Terminal.Safe(u.Name).PadRight(width)}  {u.ActiveState,-12} {u.SubState,-12} {Terminal.Safe(u.Description)}");
        return 0;
    }

    public static int Cat(Session session, IReadOnlyList<string> units)
    {
        foreach (var word in units)
        {
            var unit = session.Unit(Session.UnitNameOf(word), out _);
            if (unit is null)
                return Session.Failed;
            if (unit.FragmentPath is null && unit.DropIns.Count == 0)
            {
                Terminal.Error($"No files found for {unit.Name}.");
                return Session.Failed;
            }
            foreach (var file in unit.DropIns.Prepend(unit.FragmentPath).Where(f => f is not null))
            {
                PrintFile(file!, Fd.Cwd);
                Terminal.Line();
            }
        }
        return 0;
    }

    /// <summary>A file's text below a comment with its name; <paramref name="root"/> is where its path begins.</summary>
    public static void PrintFile(string file, Fd root)
    {
        Terminal.Line($"# {Terminal.Safe(file)}");
        if ((root.Number == Fd.Cwd.Number ? Sys.ReadFile(file) : RootedPath.ReadFile(root, file)).TryGet(out var bytes, out var error))
        {
            foreach (var line in System.Text.Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n'))
                Terminal.Line(Terminal.Safe(line));
        }
        else
            Terminal.Line($"# cannot be read: {error}");
    }

    public static int Kill(Session session, IReadOnlyList<string> units)
    {
        var signal = 15;
        if (session.Arguments.Value("--signal") is { } name && !Signals.TryParse(name, out signal))
        {
            Terminal.Error($"{name} is no signal");
            return Session.Usage;
        }
        foreach (var word in units)
        {
            var request = new KillRequest(Session.UnitNameOf(word), session.Arguments.Value("--kill-whom") ?? "all", signal);
            if (session.Call(ManagerInterface.KillUnit, request, Json.Default.KillRequest, Json.Default.Nothing, out _) is null)
                return Session.Failed;
        }
        return 0;
    }

    public static int ResetFailed(Session session, IReadOnlyList<string> units)
    {
        IEnumerable<string> names = units.Count > 0 ? units.Select(Session.UnitNameOf) : session.Units().Where(u => u.ActiveState == "failed").Select(u => u.Name);
        foreach (var name in names.ToList())
        {
            if (session.Call(ManagerInterface.ResetFailed, new UnitRequest(name), Json.Default.UnitRequest, Json.Default.Nothing, out _) is null)
                return Session.Failed;
        }
        return 0;
    }

    public static int Explain(Session session, IReadOnlyList<string> units)
    {
        if (units.Count != 1)
        {
            Terminal.Error("explain needs one unit");
            return Session.Usage;
        }
        var name = Session.UnitNameOf(units[0]);
        if (session.Arguments.Has("--sandbox"))
        {
            var lines = session.Call(ManagerInterface.ExplainSandbox, new UnitRequest(name), Json.Default.UnitRequest, Json.Default.Lines, out _);
            foreach (var line in lines?.Text ?? [])
                Terminal.Line(Terminal.Safe(line));
            return lines is null ? Session.Failed : 0;
        }
        if (session.Unit(name, out _) is not { } unit)
            return Session.Failed;
        Terminal.Line($"{unit.Name} is {unit.ActiveState} ({unit.SubState})");
        foreach (var cause in unit.Causes)
            Terminal.Line($"  ← {Terminal.Safe(cause)}");
        return 0;
    }

    /// <summary>verify FILE…: every problem with its line, the text, a caret, and what may have been meant; exit 1 when there is one.</summary>
    public static int Verify(IReadOnlyList<string> files)
    {
        if (files.Count == 0)
        {
            Terminal.Error("verify needs a unit file");
            return Session.Usage;
        }
        var count = 0;
        foreach (var file in files)
        {
            if (!Sys.ReadFile(file).TryGet(out var bytes, out var error))
            {
                Terminal.Error($"cannot read {file}: {error}");
                return Session.Failed;
            }
            var text = System.Text.Encoding.UTF8.GetString(bytes);
            var lines = text.Split('\n');
            // a template is looked at as one of its instances
            var unit = UnitParser.FromText(Path.GetFileName(file).Replace("@.", "@i.", StringComparison.Ordinal), text, Path.GetFullPath(file));
            foreach (var problem in unit.Diagnostics)
            {
                count += problem.Severity > Severity.Note ? 1 : 0;
                Terminal.Line($"{Terminal.Safe(file)}:{problem.Origin.Line}:{Math.Max(problem.Column, 1)}  {(problem.Origin.Line > 0 && problem.Origin.Line <= lines.Length ? Terminal.Safe(lines[problem.Origin.Line - 1]) : "")}");
                if (problem.Column > 0)
                    Terminal.Line(new string(' ', $"{file}:{problem.Origin.Line}:{problem.Column}  ".Length + problem.Column - 1) + new string('^', Math.Clamp(problem.Length, 1, 200)));
                Terminal.Line($"    {Terminal.Safe(problem.Origin.Directive is { } d ? $"{d}=: {problem.Message}" : problem.Message)}{(problem.Hint is null ? "" : $"; {problem.Hint}")}");
            }
        }
        if (count > 0)
            Terminal.Line($"{count} problem{(count == 1 ? "" : "s")}");
        return count > 0 ? 1 : 0;
    }

    public static int End(Session session, string verb)
    {
        if (verb == "exit")
            return session.Call(ManagerInterface.Exit, new ExitRequest(), Json.Default.ExitRequest, Json.Default.Nothing, out _) is null ? Session.Failed : 0;
        return session.Do(verb switch { "poweroff" => ManagerInterface.PowerOff, "reboot" => ManagerInterface.Reboot, _ => ManagerInterface.Halt }) ? 0 : Session.Failed;
    }
}
