using System.Globalization;
using System.Text;
using Mono.Unix.Native;

namespace Supervisor.Binary.Tests;

/// <summary>A process, as /proc tells.</summary>
internal sealed record ProcessFacts(int Pid, int Parent, string Name, IReadOnlyList<string> Arguments, string State);

/// <summary>Looks at the machine by other means than supervisor's own: /proc, /sys, find and a second C library binding.</summary>
internal static class Witness
{
    /// <summary>Every process in the PID namespace, zombies included; supervisor's own and the namespace's shell too.</summary>
    public static IReadOnlyList<ProcessFacts> Processes(Nested host)
    {
        var found = new List<ProcessFacts>();
        foreach (var directory in Directory.GetDirectories(host.At("/proc")))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid))
                continue;
            try
            {
                var arguments = File.ReadAllText(directory + "/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
                var status = Status(directory + "/status");
                found.Add(new ProcessFacts(pid, int.Parse(status["PPid"], CultureInfo.InvariantCulture), status["Name"], arguments, status["State"][..1]));
            }
            catch (IOException)
            {
                // it ended while it was being read: then it is not there
            }
        }
        return found;
    }

    /// <summary>The fields of /proc/PID/status of a process in there.</summary>
    public static IReadOnlyDictionary<string, string> Status(Nested host, int pid) => Status(host.At($"/proc/{pid}/status"));

    /// <summary>The mount table that a process in there sees.</summary>
    public static IReadOnlyList<Mount> Mounts(Nested host, int pid) => [.. File.ReadLines(host.At($"/proc/{pid}/mountinfo")).Select(Mount.Parse)];

    /// <summary>A namespace of a process, such as "mnt:[4026531841]".</summary>
    public static string Namespace(Nested host, int pid, string kind) => Link(host.At($"/proc/{pid}/ns/{kind}"));

    /// <summary>Files behind this machine's loop devices that have the given name. A loop device is told by its name only inside other mount namespaces.</summary>
    public static IReadOnlyList<string> LoopDevices(string fileName) =>
    [
        .. Directory.GetDirectories("/sys/block", "loop*").Select(d => d + "/loop/backing_file").Where(File.Exists)
            .Select(f => File.ReadAllText(f).TrimEnd()).Where(f => f.Contains(fileName, StringComparison.Ordinal)),
    ];

    /// <summary>What the open descriptors of a process point to.</summary>
    public static IReadOnlyList<string> Descriptors(Nested host, int pid) =>
        [.. Directory.GetFileSystemEntries(host.At($"/proc/{pid}/fd")).Select(Link).Where(l => l.Length > 0)];

    /// <summary>Every path below a folder with its kind, mode, owner and size: "d 755 0:0 /a". Sizes of directories and of logs say nothing and are left out.</summary>
    public static SortedSet<string> Tree(string root)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var waiting = new Stack<string>([""]);
        while (waiting.TryPop(out var path))
        {
            foreach (var entry in Directory.GetFileSystemEntries(root + path + "/").Select(e => path + "/" + Path.GetFileName(e)))
            {
                if (Syscall.lstat(root + entry, out var stat) != 0)
                    continue;
                var directory = (stat.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFDIR;
                var permissions = Convert.ToString((uint)(stat.st_mode & (FilePermissions)0xfff), 8);
                found.Add($"{(directory ? "d" : "f")} {permissions} {stat.st_uid}:{stat.st_gid} {entry}");
                if (directory)
                    waiting.Push(entry);
            }
        }
        return found;
    }

    /// <summary>SysV and POSIX IPC objects of the namespace, as the kernel lists them.</summary>
    public static string Ipc(Nested host) => host.Enter("cat", "/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg").Succeeded().Out;

    private static Dictionary<string, string> Status(string file)
    {
        var fields = new Dictionary<string, string>();
        foreach (var line in File.ReadLines(file))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                fields[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return fields;
    }

    private static string Link(string path)
    {
        var buffer = new StringBuilder(4096);
        return Syscall.readlink(path, buffer) < 0 ? "" : buffer.ToString();
    }
}

/// <summary>A line of mountinfo (proc(5)).</summary>
internal sealed record Mount(string Root, string Point, string Options, string Type, string Source)
{
    public bool ReadOnly => Options.Split(',').Contains("ro");

    public static Mount Parse(string line)
    {
        var halves = line.Split(" - ", 2);
        var left = halves[0].Split(' ');
        var right = halves[1].Split(' ');
        return new Mount(left[3], left[4], left[5], right[0], right[1]);
    }
}
