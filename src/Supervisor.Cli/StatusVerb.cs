using System.Globalization;
using System.Text.Json;
using Supervisor.Control;
using Supervisor.Journal;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Cli;

/// <summary>status UNIT: state, image, user, processes, use, the last lines.</summary>
internal static class StatusVerb
{
    private const int LogLines = 5;

    public static int Run(Session session, IReadOnlyList<string> units)
    {
        if (units.Count == 0)
            return Manager(session);
        var result = 0;
        foreach (var word in units)
        {
            var unit = session.Unit(Session.UnitNameOf(word), out var error);
            if (unit is null)
                return error?.Name == ControlError.Unreachable ? Session.NoManager : Session.Failed;
            if (session.Arguments.Has("--json"))
                Terminal.Line(JsonSerializer.Serialize(unit, ControlJson.Default.UnitStatus));
            else
                Show(session, unit);
            result = Math.Max(result, ExitCode(unit));
        }
        return result;
    }

    /// <summary>systemctl's: 0 for active, 3 for not active, 4 for a unit that there is not.</summary>
    public static int ExitCode(UnitStatus unit) => unit.LoadState == "not-found" ? 4 : unit.ActiveState is "active" or "reloading" ? 0 : 3;

    private static int Manager(Session session)
    {
        if (session.Info() is not { } info)
            return Session.NoManager;
        var units = session.Units();
        Terminal.Line($"supervisor {info.Version}, {info.Mode}, manager PID {info.ManagerPid} (generation {info.Generation}), keeper PID {info.KeeperPid}");
        Terminal.Line($"    units  {units.Count} loaded, {units.Count(u => u.ActiveState == "active")} active, {units.Count(u => u.ActiveState == "failed")} failed");
        foreach (var unit in units.Where(u => u.ActiveState == "failed"))
            Terminal.Line($"           {Terminal.Red(unit.Name)} failed: {unit.Result}");
        foreach (var note in info.Notes)
            Terminal.Line($"    note   {Terminal.Safe(note)}");
        return 0;
    }

    private static void Show(Session session, UnitStatus u)
    {
        var now = Sys.Now(0);
        var today = Times.Today;
        var dot = u.ActiveState switch { "active" or "reloading" => Terminal.Green("●"), "failed" => Terminal.Red("●"), _ => "○" };
        Terminal.Line($"{dot} {Terminal.Bold(u.Name)} — {Terminal.Safe(u.Description)}");
        Field("state", State(u, now, today));
        if (u.LoadState != "loaded")
            Field("load", u.LoadState);
        foreach (var problem in u.Problems.Take(3))
            Field("file", Terminal.Safe(problem));
        if (u.UnmetCondition is { } condition)
            Field("unmet", Terminal.Safe(condition));
        if (u.Image is { } image)
            Field("image", $"{Path.GetFileName(Terminal.Safe(image))}, read-only, profile {Terminal.Safe(u.Profile)}");
        else if (u.FragmentPath is { } file)
            Field("file", Terminal.Safe(file));
        if (u.Uid is { } uid && (u.User is not null || uid != 0))
            Field("user", $"{Terminal.Safe(u.User ?? "")} ({(u.DynamicUser ? "dynamic " : "")}{uid.ToString(CultureInfo.InvariantCulture)})".Trim());
        if (u.Withheld.Count > 0)
            Field("asks", $"{string.Join(", ", u.Withheld.Select(Terminal.Safe))} (not given: the profile is a ceiling)");
        foreach (var degraded in u.Degraded)
            Field("without", Terminal.Safe(degraded));
        if (u.StatusText is { Length: > 0 } text)
            Field("says", Terminal.Safe(text));
        if (u.Listen.Count > 0)
            Field("listen", string.Join(", ", u.Listen.Select(Terminal.Safe)));
        if (u.NextElapseAt > 0)
            Field("next", $"{Times.Local(u.NextElapseAt)}, {DurationText.Relative((long)u.NextElapseAt, (long)now)}");
        if (u.LastTriggerAt > 0)
            Field("last", $"{Times.Local(u.LastTriggerAt)}, {DurationText.Relative((long)u.LastTriggerAt, (long)now)}");
        if (u.Triggers is { } triggers)
            Field("starts", Terminal.Safe(triggers));
        if (u.TriggeredBy.Count > 0)
            Field("by", string.Join(", ", u.TriggeredBy.Select(Terminal.Safe)));
        Processes(u);
        if (u.Tasks > 0)
            Field("use", $"{(u.MemoryBytes is { } memory ? $"{Times.Size(memory)} of memory, " : "")}{Cpu(u.CpuMicroseconds)} of CPU, {u.Tasks} {(u.Tasks == 1 ? "task" : "tasks")}");
        if (u.ActiveState == "failed" && u.Failure is { } failure)
            Field("failed", Terminal.Safe(failure.Split('\n')[0]));
        foreach (var record in new JournalReader(session.JournalDirectory, r => r.Unit == u.Name).Last(LogLines))
            Terminal.Line($"    {LogsVerb.Format(record, today)}");
    }

    private static string State(UnitStatus u, ulong now, string today)
    {
        var since = u.StateChangedAt > 0 && now > u.StateChangedAt ? $" for {Times.Short(now - u.StateChangedAt)}" : "";
        var word = u.ActiveState == "active" ? u.SubState : u.ActiveState == "inactive" ? "inactive" : u.ActiveState is "failed" ? "failed" : $"{u.ActiveState} ({u.SubState})";
        if (u.ActiveState == "active" && u.SubState == "running" && u.ActiveEnterAt > 0 && now > u.ActiveEnterAt)
            since = $" for {Times.Short(now - u.ActiveEnterAt)}";
        var text = $"{word}{since}";
        if (u.ActiveState == "failed")
            text += $" ({u.Result}{(u.MainExit is null ? "" : $", {u.MainExit}")})";
        if (u.Restarts > 0)
            text += $" · {u.Restarts} {(u.Restarts == 1 ? "restart" : "restarts")}{(u.LastRestartReason is { } reason ? $" ({Times.Clock(u.LastRestartAt, today)}, {Terminal.Safe(reason)})" : "")}";
        return text;
    }

    private static void Processes(UnitStatus u)
    {
        if (u.MainPid == 0 && u.Processes.Count == 0)
            return;
        var main = u.Processes.FirstOrDefault(p => p.Pid == u.MainPid);
        if (u.MainPid > 0)
            Field("main", $"{u.MainPid.ToString(CultureInfo.InvariantCulture)} {Terminal.Safe(main?.Command)}".TrimEnd());
        var shown = new HashSet<int> { u.MainPid };
        Children(u, u.MainPid, "", shown);
        var rest = u.Processes.Where(p => !shown.Contains(p.Pid)).ToList();
        for (var i = 0; i < rest.Count; i++)
            Terminal.Line($"           {(i == rest.Count - 1 ? "└─" : "├─")} {rest[i].Pid} {Terminal.Safe(rest[i].Command)}");
    }

    private static void Children(UnitStatus u, int parent, string indent, HashSet<int> shown)
    {
        if (parent == 0 || indent.Length > 40)
            return;
        var children = u.Processes.Where(p => p.ParentPid == parent && !shown.Contains(p.Pid)).OrderBy(p => p.Pid).ToList();
        for (var i = 0; i < children.Count; i++)
        {
            shown.Add(children[i].Pid);
            var last = i == children.Count - 1;
            Terminal.Line($"           {indent}{(last ? "└─" : "├─")} {children[i].Pid} {Terminal.Safe(children[i].Command)}");
            Children(u, children[i].Pid, indent + (last ? "   " : "│  "), shown);
        }
    }

    private static string Cpu(ulong microseconds) => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000_000.0:0.00} s");

    private static void Field(string name, string text) => Terminal.Line($"    {name,-6} {text}");
}
