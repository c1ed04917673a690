using System.Globalization;
using System.Text;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// The variables of one start, by systemd.exec(5)'s order: what the manager says, PassEnvironment=, Environment=, EnvironmentFile=; a later one wins; UnsetEnvironment=
/// takes away at the end.
/// </summary>
internal static class EnvironmentBlock
{
    private const int MaxFile = 1 << 20;

    /// <summary>Null and the failure when a file that must be there cannot be read.</summary>
    public static Dictionary<string, string>? Compose(StartTemplate template, StartValues values, out Failure? failure)
    {
        failure = null;
        var unit = template.Unit;
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in template.Defaults)
            result[item.Name] = item.Value;
        FromManager(result, template, values);

        foreach (var name in unit.Get(Directives.PassEnvironment).Value)
        {
            var value = values.ManagerEnvironment is { } given ? given.GetValueOrDefault(name) : Environment.GetEnvironmentVariable(name);
            if (value is not null)
                result[name] = value;
        }
        foreach (var item in unit.Get(Directives.Environment).Value)
            result[item.Value.Name] = item.Value.Value;
        foreach (var file in unit.Get(Directives.EnvironmentFile).Value)
        {
            var items = Read(file, out failure);
            if (failure is not null)
                return null;
            foreach (var item in items)
                result[item.Name] = item.Value;
        }
        foreach (var unset in unit.Get(Directives.UnsetEnvironment).Value)
        {
            var equals = unset.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                result.Remove(unset);
            else if (result.TryGetValue(unset[..equals], out var value) && value == unset[(equals + 1)..])
                result.Remove(unset[..equals]);
        }
        return result;
    }

    private static void FromManager(Dictionary<string, string> result, StartTemplate template, StartValues values)
    {
        Set("INVOCATION_ID", values.InvocationId);
        Set("JOURNAL_STREAM", values.JournalStream);
        Set("NOTIFY_SOCKET", template.NotifySocket);
        Set("WATCHDOG_USEC", values.WatchdogMicroseconds is 0 or ulong.MaxValue ? null : values.WatchdogMicroseconds.ToString(CultureInfo.InvariantCulture));
        Set("MAINPID", values.MainPid == 0 ? null : values.MainPid.ToString(CultureInfo.InvariantCulture));
        Set("SERVICE_RESULT", values.ServiceResult);
        Set("EXIT_CODE", values.ExitCode);
        Set("EXIT_STATUS", values.ExitStatus);
        foreach (var item in values.Trigger)
            Set(item.Name, item.Value);
        Set("FDSTORE", values.StoreMax == 0 ? null : values.StoreMax.ToString(CultureInfo.InvariantCulture));
        Set("DEBUG_INVOCATION", values.DebugInvocation ? "1" : null);
        if (template.Sockets > 0)
        {
            Set("LISTEN_FDS", template.Sockets.ToString(CultureInfo.InvariantCulture));
            Set("LISTEN_FDNAMES", string.Join(':', Enumerable.Range(0, template.Sockets).Select(i => i < values.SocketNames.Count ? values.SocketNames[i] : "unknown")));
        }

        void Set(string name, string? value)
        {
            if (value is not null)
                result[name] = value;
        }
    }

    private static List<EnvironmentItem> Read(Sourced<PathItem> file, out Failure? failure)
    {
        failure = null;
        if (file.Value.Path.AsSpan().IndexOfAny('*', '?', '[') >= 0)
        {
            failure = new Failure($"cannot read environment file {file.Value.Path}: patterns are not supported", null, file.Origin, 0);
            return [];
        }
        if (Sys.ReadFile(file.Value.Path, MaxFile).TryGet(out var bytes, out var error))
            return EnvironmentFile.Parse(bytes);
        if (!file.Value.Optional)
            failure = new Failure("cannot read an environment file", error, file.Origin);
        return [];
    }
}
