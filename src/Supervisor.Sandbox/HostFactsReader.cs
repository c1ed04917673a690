using System.Globalization;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Sandbox;

/// <summary>Reads <see cref="HostFacts"/> from /proc, /sys and /etc.</summary>
public static class HostFactsReader
{
    /// <summary>The facts of this process. What cannot be read is left as a machine without it has it.</summary>
    public static HostFacts Read(bool nested, DirectoryBases directories, string runtimeDirectory)
    {
        var status = Text("/proc/self/status");
        return new HostFacts
        {
            Kernel = ParseVersion(Text("/proc/sys/kernel/osrelease")),
            Cgroups = ReadCgroups(Text("/proc/self/mountinfo"), Text("/proc/self/cgroup")),
            MachineId = Text("/etc/machine-id").Trim() is { Length: 32 } id && id.All(char.IsAsciiHexDigitLower) ? id : null,
            HostName = Text("/proc/sys/kernel/hostname").Trim(),
            Nested = nested,
            Directories = directories,
            RuntimeDirectory = runtimeDirectory,
            NotifySocket = $"{runtimeDirectory}/notify",
            LogSockets = nested ? $"{runtimeDirectory}/journal" : "/run/systemd/journal",
            Capabilities = ulong.TryParse(Field(status, "CapEff:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var caps) ? caps : 0,
            LastCapability = int.TryParse(Text("/proc/sys/kernel/cap_last_cap").Trim(), CultureInfo.InvariantCulture, out var last) ? last : Units.Capabilities.Count - 1,
            HardLimits = [.. Enumerable.Range(0, 16).Select(r => Sys.GetLimit(r).TryGet(out var limit, out _) ? limit.Hard : ulong.MaxValue)],
            CanPivot = RootHasParent(Text("/proc/self/mountinfo")),
            BinaryPath = Sys.ReadlinkAt(Fd.Cwd, "/proc/self/exe").TryGet(out var exe, out _) ? exe : "/proc/self/exe",
            Language = Environment.GetEnvironmentVariable("LANG"),
        };
    }

    /// <summary>"6.1.0-56-cloud-amd64" → 6.1.</summary>
    internal static Version ParseVersion(string release)
    {
        var parts = release.Split('.', 3);
        return parts.Length >= 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(new string([.. parts[1].TakeWhile(char.IsAsciiDigit)]), NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            ? new Version(major, minor)
            : new Version(0, 0);
    }

    /// <summary>The trees, from /proc/self/mountinfo (proc(5)) and /proc/self/cgroup (cgroups(7)).</summary>
    internal static CgroupLayout ReadCgroups(string mountinfo, string cgroup)
    {
        string? unified = null;
        var mounts = new List<(string MountPoint, string Root, string[] Options)>();
        foreach (var line in mountinfo.Split('\n'))
        {
            // 41 31 0:38 ROOT MOUNTPOINT options optional-fields - TYPE source SUPER-OPTIONS
            var halves = line.Split(" - ", 2);
            if (halves.Length < 2)
                continue;
            var mount = halves[0].Split(' ');
            var type = halves[1].Split(' ');
            if (mount.Length < 5 || type.Length < 3)
                continue;
            if (type[0] == "cgroup2" && mount[3] == "/")
                unified ??= Unescape(mount[4]);
            else if (type[0] == "cgroup")
                mounts.Add((Unescape(mount[4]), Unescape(mount[3]), type[2].Split(',')));
        }
        var own = "/";
        var version1 = new Dictionary<string, string>();
        foreach (var line in cgroup.Split('\n'))
        {
            var parts = line.Split(':', 3);
            if (parts.Length < 3)
                continue;
            if (parts[1].Length == 0)
                own = parts[2];
            foreach (var controller in parts[1].Split(',').Where(c => c.Length > 0 && !c.StartsWith("name=", StringComparison.Ordinal)))
            {
                var mount = mounts.Find(m => m.Options.Contains(controller) && (m.Root == "/" || parts[2].StartsWith(m.Root, StringComparison.Ordinal)));
                if (mount.MountPoint is not null)
                    version1[controller] = (mount.MountPoint + (mount.Root == "/" ? parts[2] : parts[2][mount.Root.Length..])).TrimEnd('/');
            }
        }
        var controllers = unified is null ? [] : Text($"{unified}/cgroup.controllers").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        return new CgroupLayout(unified, own, controllers, version1);
    }

    /// <summary>The mount at "/" that nothing else is mounted over: false when it is its own parent.</summary>
    internal static bool RootHasParent(string mountinfo)
    {
        var has = true;
        foreach (var line in mountinfo.Split('\n'))
        {
            var parts = line.Split(' ', 6);
            if (parts.Length == 6 && parts[4] == "/")
                has = parts[0] != parts[1] && !parts[5].Contains(" - rootfs ", StringComparison.Ordinal);
        }
        return has;
    }

    private static string Field(string status, string name)
    {
        foreach (var line in status.Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
                return line[name.Length..].Trim();
        }
        return "";
    }

    /// <summary>mountinfo writes space, tab, newline and backslash as three octal digits.</summary>
    private static string Unescape(string text) =>
        text.Replace("\\040", " ").Replace("\\011", "\t").Replace("\\012", "\n").Replace("\\134", "\\");

    private static string Text(string path) => Sys.ReadFile(path).TryGet(out var bytes, out _) ? Encoding.UTF8.GetString(bytes) : "";
}
