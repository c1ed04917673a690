using System.Globalization;
using Supervisor.Control;
using Supervisor.Units;

namespace Supervisor.Cli;

/// <summary>systemctl(1): its verbs as far as they are here, in its words and with its exit codes.</summary>
internal static class SystemctlFace
{
    private const int NotFound = 5, NotActive = 3, UnknownUnit = 4;

    public static int Run(Session session, IReadOnlyList<string> words)
    {
        var verb = words.Count > 0 ? words[0] : "list-units";
        List<string> units = [.. words.Skip(1)];
        if (UnitVerbs.IsOne(verb))
            return Jobs(session, verb, units);
        return verb switch
        {
            "status" => Status(session, units),
            "is-active" => Is(session, units, u => u.ActiveState, s => s is "active" or "reloading", NotActive),
            "is-failed" => Is(session, units, u => u.ActiveState, s => s == "failed", 1),
            _ when UnitFileVerbs.IsOne(verb) => UnitFileVerbs.Run(session, verb, units),
            "show" => Show(session, units),
            "cat" => OtherVerbs.Cat(session, units),
            "list-units" => ListUnits(session, units),
            "list-timers" => ListTimers.Run(session, units),
            "list-paths" => ListTimers.Paths(session, units),
            "list-sockets" => ListTimers.Sockets(session, units),
            "kill" => OtherVerbs.Kill(session, units),
            "daemon-reload" => session.Do(ManagerInterface.Reload) ? 0 : 1,
            "daemon-reexec" => session.Do(ManagerInterface.Reexecute) ? 0 : 1,
            "reset-failed" => OtherVerbs.ResetFailed(session, units),
            "poweroff" or "reboot" or "halt" or "exit" => OtherVerbs.End(session, verb),
            _ => Unknown(verb),
        };
    }

    private static int Status(Session session, List<string> units)
    {
        if (units.Count == 0)
            return StatusVerb.Run(session, units);
        var result = 0;
        foreach (var name in units.Select(Session.UnitNameOf))
        {
            if (session.Unit(name, out _) is not { } u)
                return 1;
            result = Math.Max(result, StatusVerb.ExitCode(u));
            if (u.LoadState == "not-found")
            {
                Terminal.Error($"Unit {name} could not be found.");
                continue;
            }
            Terminal.Line($"{(u.ActiveState == "active" ? "●" : u.ActiveState == "failed" ? "×" : "○")} {Terminal.Safe(u.Name)} - {Terminal.Safe(u.Description)}");
            Terminal.Line($"     Loaded: {u.LoadState} ({Terminal.Safe(u.FragmentPath ?? "n/a")})");
            Terminal.Line($"     Active: {u.ActiveState} ({(u.ActiveState == "failed" ? $"Result: {u.Result}" : u.SubState)}){(u.StateChangedAt > 0 ? $" since {Times.Full(u.StateChangedAt)}" : "")}");
            if (u.Name.EndsWith(".timer", StringComparison.Ordinal))
                Terminal.Line($"    Trigger: {(u.NextElapseAt == 0 ? "n/a" : $"{Times.Local(u.NextElapseAt)}; {DurationText.Relative((long)u.NextElapseAt, (long)Linux.Sys.Now(0))}")}");
            if (u.Triggers is { } triggers)
                Terminal.Line($"   Triggers: ● {Terminal.Safe(triggers)}");
            if (u.TriggeredBy.Count > 0)
                Terminal.Line($"TriggeredBy: {string.Join("\n             ", u.TriggeredBy.Select(t => $"● {Terminal.Safe(t)}"))}");
            if (u.MainPid > 0)
                Terminal.Line($"   Main PID: {u.MainPid.ToString(CultureInfo.InvariantCulture)} ({Terminal.Safe(u.Processes.FirstOrDefault(p => p.Pid == u.MainPid)?.Command.Split(' ')[0].Split('/')[^1].TrimEnd(':'))})");
            if (u.StatusText is { Length: > 0 } text)
                Terminal.Line($"     Status: \"{Terminal.Safe(text)}\"");
            if (u.Tasks > 0)
                Terminal.Line($"      Tasks: {u.Tasks}");
            if (u.MemoryBytes is { } memory)
                Terminal.Line($"     Memory: {Times.Size(memory)}");
            foreach (var process in u.Processes)
                Terminal.Line($"             {process.Pid} {Terminal.Safe(process.Command)}");
        }
        return result;
    }

    private static int Unknown(string verb)
    {
        Terminal.Error($"Unknown command verb {verb}.");
        return 1;
    }

    private static int Jobs(Session session, string verb, List<string> units)
    {
        if (units.Count == 0)
        {
            Terminal.Error("Too few arguments.");
            return 1;
        }
        var status = 0;
        foreach (var word in units)
        {
            var name = Session.UnitNameOf(word);
            var reply = UnitVerbs.Request(session, verb, name, out var error, report: false);
            if (reply is null && error!.Name == "io.supervisor.NoSuchUnit")
            {
                Terminal.Error($"Failed to {verb} {name}: Unit {name} not found.");
                status = NotFound;
            }
            else if (reply is null)
            {
                Terminal.Error($"Failed to {verb} {name}: {Terminal.Safe(error!.Text)}");
                status = Math.Max(status, 1);
            }
            else if (reply.Result is not ("done" or "skipped"))
            {
                Terminal.Error(reply.Result == "failed"
                    ? $"Job for {name} failed because {Terminal.Safe(reply.Text ?? "the control process exited with error code")}.\nSee \"systemctl status {name}\" and \"journalctl -u {name}\" for details."
                    : $"Job for {name} failed with result '{reply.Result}'{(reply.Text is null ? "" : $": {Terminal.Safe(reply.Text)}")}.");
                status = Math.Max(status, 1);
            }
        }
        return status;
    }

    private static int Is(Session session, List<string> units, Func<UnitStatus, string> word, Func<string, bool> good, int otherwise)
    {
        var any = false;
        foreach (var name in units.Select(Session.UnitNameOf))
        {
            var unit = session.Unit(name, out _, report: false);
            var state = unit is null ? "unknown" : word(unit);
            any |= good(state);
            if (!session.Quiet)
                Terminal.Line(state);
        }
        return any ? 0 : otherwise;
    }

    private static int ListUnits(Session session, List<string> patterns)
    {
        var units = session.Units().Where(u => session.Arguments.Has("--all") || u.ActiveState != "inactive").ToList();
        if (patterns.Count > 0)
            units = [.. units.Where(u => patterns.Any(p => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(p, u.Name)))];
        if (session.Arguments.Value("--type") is { } type)
            units = [.. units.Where(u => u.Name.EndsWith("." + type, StringComparison.Ordinal))];
        var width = units.Select(u => u.Name.Length).DefaultIfEmpty(4).Max();
        var legend = !session.Arguments.Has("--no-legend");
        var mark = session.Arguments.Has("--plain") ? "" : "  ";
        if (legend)
            Terminal.Line($"{mark}{"UNIT".PadRight(width)} LOAD      ACTIVE   SUB     DESCRIPTION");
        foreach (var u in units)
            Terminal.Line($"{mark}{Terminal.Safe(u.Name).PadRight(width)} {u.LoadState,-9} {u.ActiveState,-8} {u.SubState,-7} {Terminal.Safe(u.Description)}");
        if (legend)
            Terminal.Line($"\n{units.Count} loaded units listed.");
        return 0;
    }

    private static int Show(Session session, List<string> units)
    {
        foreach (var name in units.Select(Session.UnitNameOf))
        {
            if (session.Unit(name, out _) is not { } unit)
                return 1;
            var wanted = session.Arguments.Values("--property").SelectMany(p => p.Split(',')).ToList();
            foreach (var (property, value) in Properties(unit))
            {
                if (wanted.Count > 0 && !wanted.Contains(property))
                    continue;
                Terminal.Line(session.Arguments.Has("--value") ? Terminal.Safe(value) : $"{property}={Terminal.Safe(value)}");
            }
        }
        return 0;
    }

    private static IEnumerable<(string Name, string Value)> Properties(UnitStatus u)
    {
        static string N(long n) => n.ToString(CultureInfo.InvariantCulture);
        yield return ("Id", u.Name);
        yield return ("Names", u.Name);
        yield return ("Description", u.Description);
        yield return ("LoadState", u.LoadState);
        yield return ("ActiveState", u.ActiveState);
        yield return ("SubState", u.SubState);
        yield return ("FragmentPath", u.FragmentPath ?? "");
        yield return ("DropInPaths", string.Join(' ', u.DropIns));
        yield return ("Result", u.Result);
        if (u.Type is { } type)
        {
            yield return ("Type", type);
            yield return ("MainPID", N(u.MainPid));
            yield return ("ControlPID", N(u.ControlPid));
            yield return ("NRestarts", N(u.Restarts));
            yield return ("StatusText", u.StatusText ?? "");
            yield return ("ExecMainPID", N(u.MainPid));
            yield return ("ExecMainCode", N(u.MainExitCode));
            yield return ("ExecMainStatus", N(u.MainExitStatus));
            yield return ("ExecMainStartTimestamp", Times.Full(u.MainStartedAt));
            yield return ("ExecMainExitTimestamp", Times.Full(u.MainExitedAt));
            yield return ("CanReload", u.CanReload ? "yes" : "no");
            yield return ("RootImage", u.Image ?? "");
            yield return ("UID", u.Uid is { } uid ? N(uid) : "[not set]");
            yield return ("ControlGroup", u.Cgroup ?? "");
            yield return ("MemoryCurrent", u.MemoryBytes is { } memory ? memory.ToString(CultureInfo.InvariantCulture) : "[not set]");
            yield return ("CPUUsageNSec", (u.CpuMicroseconds * 1000).ToString(CultureInfo.InvariantCulture));
            yield return ("TasksCurrent", N(u.Tasks));
        }
        yield return ("Triggers", u.Triggers ?? "");
        yield return ("TriggeredBy", string.Join(' ', u.TriggeredBy));
        foreach (var property in u.Properties)
            yield return (property[..property.IndexOf('=', StringComparison.Ordinal)], property[(property.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        yield return ("InvocationID", u.InvocationId ?? "");
        yield return ("ActiveEnterTimestamp", Times.Full(u.ActiveEnterAt));
        yield return ("StateChangeTimestamp", Times.Full(u.StateChangedAt));
        yield return ("ConditionResult", u.UnmetCondition is null ? "yes" : "no");
        yield return ("NeedDaemonReload", "no");
    }
}
