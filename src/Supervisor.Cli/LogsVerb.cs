using System.Text;
using Supervisor.Journal;
using Supervisor.Linux;

namespace Supervisor.Cli;

/// <summary>logs [-f] [-n N] [UNIT…]: what services wrote, read from the journal's files.</summary>
internal static class LogsVerb
{
    private const uint IN_MODIFY = 2, IN_CREATE = 0x100;

    /// <summary>"12:04:07 nginx[2143] text", with the message made safe.</summary>
    public static string Format(JournalRecord record, string today)
    {
        var text = SafeText.Of(record.Message);
        var who = record.Pid > 0 ? $"{Terminal.Safe(record.Identifier)}[{record.Pid}]" : Terminal.Safe(record.Identifier);
        var line = $"{Times.Clock(record.Realtime, today)} {who} {text}";
        return record.Priority <= 3 ? Terminal.Red(line) : line;
    }

    public static int Run(Session session, IReadOnlyList<string> units, string output = "short")
    {
        var count = int.MaxValue;
        if (session.Arguments.Value("-n") is { } number && number != "all" && (!int.TryParse(number, out count) || count < 0))
        {
            Terminal.Error($"-n needs a number, and {number} is none");
            return Session.Usage;
        }
        var follow = session.Arguments.Has("-f");
        if (follow && session.Arguments.Value("-n") is null)
            count = 10;
        var level = 7;
        if (session.Arguments.Value("--priority") is { } priority && (!int.TryParse(priority, out level) || level is < 0 or > 7))
        {
            level = Array.IndexOf(["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"], priority);
            if (level < 0)
            {
                Terminal.Error($"{priority} is not a priority (0 to 7, emerg to debug)");
                return Session.Usage;
            }
        }
        var names = units.Select(Session.UnitNameOf).ToHashSet(StringComparer.Ordinal);
        var directory = session.JournalDirectory;
        if (session.Arguments.Has("--json"))
            output = "json";
        var today = Times.Today;
        var reader = new JournalReader(directory, r => (names.Count == 0 || names.Contains(r.Unit)) && r.Priority <= level);
        foreach (var record in reader.Last(count))
            Print(record, today, output);
        Terminal.Flush();
        if (!follow)
            return 0;
        if (!Sys.InotifyCreate().TryGet(out var inotify, out var error) || !Sys.InotifyAdd(inotify, directory, IN_MODIFY | IN_CREATE).TryGet(out _, out error))
        {
            Terminal.Error($"cannot follow {directory}: {error}");
            return Session.Failed;
        }
        var events = new byte[4096];
        while (true)
        {
            foreach (var record in reader.Next())
                Print(record, today, output);
            Terminal.Flush();
            if (!Sys.PollWhileRead(inotify, new Fd(1)).TryGet(out var isRead, out error))
            {
                Terminal.Error($"cannot follow {directory}: {error}");
                return Session.Failed;
            }
            if (!isRead)
                return 0;
            _ = Sys.Read(inotify, events); // which file it was does not matter: the reader looks itself
        }
    }

    private static void Print(JournalRecord record, string today, string output)
    {
        if (output == "cat")
            Terminal.Line(SafeText.Of(record.Message));
        else if (output == "json")
            Terminal.Line(Json(record));
        else
            Terminal.Line(Format(record, today));
    }

    private static string Json(JournalRecord record)
    {
        using var stream = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("__REALTIME_TIMESTAMP", record.Realtime.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("__MONOTONIC_TIMESTAMP", record.Monotonic.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("_SYSTEMD_UNIT", record.Unit);
            json.WriteString("_SYSTEMD_INVOCATION_ID", record.InvocationId);
            json.WriteString("_PID", record.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("_UID", record.Uid.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("_COMM", record.Comm);
            json.WriteString("PRIORITY", record.Priority.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("SYSLOG_IDENTIFIER", record.Identifier);
            json.WriteString("MESSAGE", Encoding.UTF8.GetString(record.Message));
            foreach (var extra in record.Extra)
            {
                if (extra.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                    json.WriteString(extra[..equals], extra[(equals + 1)..]);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
