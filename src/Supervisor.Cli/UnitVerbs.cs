using System.Globalization;
using Supervisor.Control;
using Json = Supervisor.Control.ControlJson;

namespace Supervisor.Cli;

/// <summary>start, stop, restart, reload and their kin.</summary>
internal static class UnitVerbs
{
    private static readonly Dictionary<string, (string Method, string Past)> Methods = new()
    {
        ["start"] = (ManagerInterface.StartUnit, "started"), ["stop"] = (ManagerInterface.StopUnit, "stopped"), ["restart"] = (ManagerInterface.RestartUnit, "restarted"),
        ["reload"] = (ManagerInterface.ReloadUnit, "reloaded"), ["try-restart"] = (ManagerInterface.TryRestartUnit, "restarted"),
        ["reload-or-restart"] = (ManagerInterface.ReloadOrRestartUnit, "reloaded"),
    };

    public static bool IsOne(string verb) => Methods.ContainsKey(verb);

    public static int Run(Session session, string verb, IReadOnlyList<string> units)
    {
        if (units.Count == 0)
        {
            Terminal.Error($"supervisor {verb} needs the name of a unit");
            return Session.Usage;
        }
        var status = 0;
        foreach (var unit in units)
            status = Math.Max(status, One(session, verb, Session.UnitNameOf(unit)));
        return status;
    }

    public static JobReply? Request(Session session, string verb, string unit, out ControlError? error, bool report = true)
    {
        var request = new UnitRequest(unit, session.Arguments.Value("--job-mode") ?? "replace", !session.Arguments.Has("--no-block"));
        return session.Call(Methods[verb].Method, request, Json.Default.UnitRequest, Json.Default.JobReply, out error, report);
    }

    private static int One(Session session, string verb, string unit)
    {
        var reply = Request(session, verb, unit, out var error);
        if (reply is null)
            return error?.Name == ControlError.Unreachable ? Session.NoManager : Session.Failed;
        foreach (var note in reply.Notes)
            Terminal.Error(Terminal.Safe(note));
        if (reply.Result is "done" or "skipped")
        {
            if (!session.Quiet)
                Terminal.Line(Success(verb, reply));
            return 0;
        }
        Terminal.Error(Failure(verb, reply));
        return Session.Failed;
    }

    private static string Success(string verb, JobReply reply)
    {
        var took = Times.Short(reply.TookMicroseconds);
        if (reply.Result == "skipped")
            return $"{reply.Unit} was not {Methods[verb].Past}: {Terminal.Safe(reply.Text ?? reply.Status?.UnmetCondition ?? "a condition does not hold")}";
        if (verb == "stop")
            return $"stopped {reply.Unit} in {took}";
        if (reply.Status is not { } status || verb is "reload")
            return $"{reply.Unit} {Methods[verb].Past} after {took}";
        if (status.SubState == "running" && status.MainPid > 0)
            return $"{reply.Unit} running, main PID {status.MainPid.ToString(CultureInfo.InvariantCulture)}, ready after {took}";
        return $"{reply.Unit} {status.SubState} after {took}";
    }

    private static string Failure(string verb, JobReply reply)
    {
        var did = verb switch { "stop" => "did not stop", "reload" => "was not reloaded", _ => "did not start" };
        var text = reply.Text ?? reply.Result;
        var lines = text.Split('\n');
        var head = reply.Result == "failed" ? $"{reply.Unit} {did}" : $"{reply.Unit} {did} ({reply.Result})";
        return $"{head}: {Terminal.Safe(lines[0])}" + string.Concat(lines.Skip(1).Select(l => $"\n  {Terminal.Safe(l)}"))
            + $"\nIts log: supervisor logs {reply.Unit}";
    }
}

/// <summary>Times as people read them.</summary>
internal static class Times
{
    /// <summary>"41 ms", "1.2 s", "3 min 4 s".</summary>
    public static string Short(ulong microseconds) => microseconds switch
    {
        < 1_000 => $"{microseconds} µs",
        < 1_000_000 => $"{microseconds / 1000} ms",
        < 60_000_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 100_000 / 10.0:0.0} s"),
        < 3_600_000_000 => $"{microseconds / 60_000_000} min {microseconds / 1_000_000 % 60} s",
        < 86_400_000_000 => $"{microseconds / 3_600_000_000} h {microseconds / 60_000_000 % 60} min",
        _ => $"{microseconds / 86_400_000_000} d {microseconds / 3_600_000_000 % 24} h",
    };

    /// <summary>"12:04:07", with the day when it is another one; UTC, as a machine without time zones has it.</summary>
    public static string Clock(ulong realtime, string today = "")
    {
        var time = Moment(realtime);
        return time.ToString(time.ToString("yyyyMMdd", CultureInfo.InvariantCulture) == today ? "HH:mm:ss" : "MMM dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    public static string Today => DateTimeOffset.UtcNow.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    /// <summary>As systemctl show prints one: "Mon 2026-11-23 09:15:31 UTC".</summary>
    public static string Full(ulong realtime) =>
        realtime == 0 ? "" : Moment(realtime).ToString("ddd yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The same in the machine's own zone: "Mon 2026-11-23 10:15:31 +01:00".</summary>
    public static string Local(ulong realtime)
    {
        var zone = TimeZoneInfo.Local;
        var local = TimeZoneInfo.ConvertTime(Moment(realtime), zone);
        var name = zone.BaseUtcOffset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime ? "UTC" : local.ToString("zzz", CultureInfo.InvariantCulture);
        return local.ToString("ddd yyyy-MM-dd HH:mm:ss ", CultureInfo.InvariantCulture) + name;
    }

    /// <summary>A time after the year 9999, which only a damaged record has, is its end.</summary>
    private static DateTimeOffset Moment(ulong realtime) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)Math.Min(realtime, (ulong)(DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / 10) * 10);

    public static string Size(ulong bytes) => bytes switch
    {
        < 10_240 => $"{bytes} bytes",
        < 1 << 20 => $"{bytes >> 10} kB",
        < 10 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MB"),
        < 1ul << 30 => $"{bytes >> 20} MB",
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.0} GB"),
    };
}
