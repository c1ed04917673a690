using System.Globalization;

namespace Supervisor.Units;

/// <summary>Readers that only one row has.</summary>
public static partial class Syntax
{
    private static readonly string[] DocumentKinds = ["http://", "https://", "file:/", "info:", "man:"];

    public static SettingParser<ServiceType> ServiceTypes() => (current, c) => c.Text switch
    {
        "" => Empty(c, current),
        "simple" => ServiceType.Simple,
        "exec" => ServiceType.Exec,
        "forking" => ServiceType.Forking,
        "oneshot" => ServiceType.Oneshot,
        "notify" => ServiceType.Notify,
        "notify-reload" => ServiceType.NotifyReload,
        "dbus" => ServiceType.Dbus,
        "idle" => ServiceType.Idle,
        _ => Wrong(c, current, "not one of simple, exec, forking, oneshot, notify, notify-reload, dbus, idle"),
    };

    /// <summary>A well-known name of D-Bus: elements with dots between them, not beginning with digits, at most 255 bytes.</summary>
    public static SettingParser<string?> BusName() => (current, c) =>
    {
        var name = c.Expand(c.Text);
        if (name.Length == 0)
            return null;
        var parts = name.Split('.');
        return name.Length <= 255 && parts.Length > 1 && parts.All(p => p.Length > 0 && !char.IsAsciiDigit(p[0]) && p.All(x => char.IsAsciiLetterOrDigit(x) || x is '_' or '-'))
            ? name
            : Wrong(c, current, "not a name on the bus, such as org.example.Name");
    };

    public static SettingParser<SystemAction> SystemActions() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return Empty(c, current);
        var (word, force) = c.Text.EndsWith("-force", StringComparison.Ordinal) ? (c.Text[..^6], 1)
            : c.Text.EndsWith("-immediate", StringComparison.Ordinal) ? (c.Text[..^10], 2)
            : (c.Text, 0);
        return (word, force) switch
        {
            ("none", 0) => SystemAction.None,
            ("exit", < 2) => new(SystemEnd.Exit, force),
            ("poweroff", _) => new(SystemEnd.Poweroff, force),
            ("reboot", _) => new(SystemEnd.Reboot, force),
            ("halt", _) => new(SystemEnd.Halt, force),
            ("kexec" or "soft-reboot", < 2) => Wrong(c, current, "not supported here: none, exit, poweroff, reboot and halt are"),
            _ => Wrong(c, current, "not one of none, exit, poweroff, reboot, halt, those with -force, or poweroff, reboot, halt with -immediate"),
        };
    };

    /// <summary>A boolean, or the controllers that are given away with it.</summary>
    public static SettingParser<bool> Delegation() => (current, c) =>
        c.Text.Length > 0 && c.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(w => w is "cpu" or "cpuacct" or "cpuset" or "io" or "blkio" or "memory" or "devices" or "pids")
            ? true
            : Bool()(current, c);

    /// <summary>Words that are URIs of these kinds; others are passed over with a warning, since they are for people.</summary>
    public static SettingParser<IReadOnlyList<string>> Documents() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var list = new List<string>(current);
        foreach (var word in c.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var uri = c.Expand(word);
            if (DocumentKinds.Any(p => uri.StartsWith(p, StringComparison.Ordinal)))
                list.Add(uri);
            else
                c.Warning($"{word} is no URI of kind http, https, file, info or man, ignored");
        }
        return list;
    };

    /// <summary>A path in /dev, or a driver of /proc/devices with char- or block- before it, then any of r, w and m.</summary>
    public static SettingParser<IReadOnlyList<Sourced<DeviceRule>>> Devices() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        if (WordSplitter.Split(c, c.Text) is not { } words)
            return current;
        var device = c.Expand(words[0]);
        var access = words.Count > 1 ? words[1] : "rwm";
        var known = device.StartsWith("/dev/", StringComparison.Ordinal) || device.StartsWith("/run/systemd/inaccessible/", StringComparison.Ordinal)
            || device.StartsWith("char-", StringComparison.Ordinal) && device.Length > 5 || device.StartsWith("block-", StringComparison.Ordinal) && device.Length > 6;
        if (words.Count > 2 || !known)
            return Wrong(c, current, "not a device (a path in /dev, char-NAME or block-NAME), and what may be done with it (r, w, m)");
        if (access.Length == 0 || access.Any(a => a is not ('r' or 'w' or 'm')))
            return Wrong(c, current, $"{access} is not made of r, w and m");
        return [.. current, new(new DeviceRule(device, access), c.Origin)];
    };

    public static SettingParser<Duration?> OptionalTime() => (current, c) =>
        c.Text.Length == 0 ? null
        : TryDuration(c.Text, out var value) ? value.Microseconds == 0 ? Duration.Infinity : value
        : Wrong(c, current, "not a time span (such as 5min 20s, 500ms, infinity; a bare number is seconds)");

    /// <summary>A relative PID file is below /run.</summary>
    public static SettingParser<string?> PidFile() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        var path = c.Expand(c.Text);
        if (!path.StartsWith('/'))
            path = "/run/" + path;
        path = path.StartsWith("/var/run/", StringComparison.Ordinal) ? path[4..] : path;
        return CheckPath(c, path, null) ? Normal(path) : current;
    };

    public static SettingParser<IReadOnlyList<string>> LogFields() => Each<string>((c, word) =>
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals is > 0 and <= 64 && word[0] != '_' && word.AsSpan(0, equals).IndexOfAnyExcept(FieldCharacters) < 0)
            return (true, word);
        c.Error("not of the form FIELD=value with a field of capital letters, digits and _", word);
        return (false, "");
    });

    private static readonly System.Buffers.SearchValues<char> FieldCharacters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    public static SettingParser<int> LogLevel(int fallback = 7) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return fallback;
        var index = Array.IndexOf(LevelNames, c.Text);
        return index >= 0 ? index : c.Text is [>= '0' and <= '7'] ? c.Text[0] - '0' : Wrong(c, current, "not a log level (emerg to debug, or 0 to 7)");
    };

    private static readonly string[] LevelNames = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

    public static SettingParser<string?> SliceName() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        var name = c.Expand(c.Text);
        return UnitName.IsValid(name) && UnitName.Suffix(name) == ".slice" ? name : Wrong(c, current, "not the name of a slice");
    };

    public static SettingParser<string?> ServiceName() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        var name = c.Expand(c.Text);
        return UnitName.IsValid(name) && UnitName.Suffix(name) == ".service" ? name : Wrong(c, current, "not the name of a service");
    };

    public static SettingParser<uint> Backlog() => (current, c) =>
        uint.TryParse(c.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : Wrong(c, current, "not a number");
}

/// <summary>RuntimeDirectoryPreserve= of systemd.exec(5).</summary>
public enum RuntimeDirectoryPreserve { No, Yes, Restart }
