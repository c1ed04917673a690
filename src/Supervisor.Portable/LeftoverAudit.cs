using System.Globalization;
using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Portable;

/// <summary>What a service owned and what must be gone once it is detached.</summary>
/// <param name="Namespaces">Inode numbers of its namespaces (/proc/PID/ns).</param>
/// <param name="Paths">Files and directories that must not be there any more.</param>
/// <param name="Searched">Directories in which no file may belong to one of <paramref name="Users"/>.</param>
/// <param name="Kept">Paths below these that stay by intention (its state, its log).</param>
public sealed record Owned(
    IReadOnlyList<uint> Users, IReadOnlyList<string> Cgroups, IReadOnlyList<int> LoopDevices, string? Image, IReadOnlyList<ulong> Namespaces,
    IReadOnlyList<string> Paths, IReadOnlyList<string> Searched, IReadOnlyList<string> Kept);

/// <summary>Looks for what a detached service may have left, by the kernel's own words and not by the manager's: /proc, mount tables, /sys/block, IPC tables, files.</summary>
public static class LeftoverAudit
{
    private const int FilesMax = 200_000;
    private static readonly string[] NamespaceKinds = ["mnt", "user", "ipc", "net", "pid", "uts", "cgroup"];

    /// <summary>A sentence for each leftover; none is the proof.</summary>
    public static IReadOnlyList<string> Look(Owned owned)
    {
        var found = new List<string>();
        Processes(owned, found);
        foreach (var cgroup in owned.Cgroups.Where(Sys.Exists))
            found.Add($"the cgroup {cgroup}");
        foreach (var path in owned.Paths.Where(p => Sys.StatAt(Fd.Cwd, p, LibC.AT_SYMLINK_NOFOLLOW).Ok))
            found.Add($"the file {path}");
        LoopDevices(owned, found);
        SysVIpc(owned, found);
        foreach (var directory in owned.Searched.Concat(["/dev/shm", "/dev/mqueue"]))
            Files(directory, owned, found);
        return found;
    }

    private static void Processes(Owned owned, List<string> found)
    {
        if (!Sys.ListDirectory("/proc").TryGet(out var names, out _))
            return;
        foreach (var name in names.Where(n => char.IsAsciiDigit(n[0])))
        {
            var who = Text($"/proc/{name}/comm").TrimEnd('\n');
            if (Uid(name) is { } uid && owned.Users.Contains(uid))
                found.Add($"process {name} ({who}) of uid {uid}");
            foreach (var kind in NamespaceKinds)
            {
                if (Sys.ReadlinkAt(Fd.Cwd, $"/proc/{name}/ns/{kind}").TryGet(out var link, out _) && owned.Namespaces.Contains(Inode(link)))
                    found.Add($"the {kind} namespace {link}, held by process {name} ({who})");
            }
            if (owned.Image is { } image && Text($"/proc/{name}/mountinfo").Contains($" {Escaped(image)} ", StringComparison.Ordinal))
                found.Add($"a mount of {image}, seen by process {name} ({who})");
        }
    }

    private static void LoopDevices(Owned owned, List<string> found)
    {
        if (owned.Image is null || !Sys.ListDirectory("/sys/block").TryGet(out var names, out _))
            return;
        foreach (var name in names.Where(n => n.StartsWith("loop", StringComparison.Ordinal)))
        {
            if (Text($"/sys/block/{name}/loop/backing_file").TrimEnd('\n') == owned.Image
                && int.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && owned.LoopDevices.Contains(number))
                found.Add($"the loop device /dev/{name} of {owned.Image}");
        }
    }

    /// <summary>/proc/sysvipc/*: the columns uid and cuid, by the header's names.</summary>
    private static void SysVIpc(Owned owned, List<string> found)
    {
        foreach (var kind in new[] { "shm", "sem", "msg" })
        {
            var lines = Text($"/proc/sysvipc/{kind}").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (lines.Length < 2)
                continue;
            var header = lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var column = Array.IndexOf(header, "uid");
            foreach (var line in lines.Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (column >= 0 && fields.Length > column && uint.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out var uid) && owned.Users.Contains(uid))
                    found.Add($"the {kind} object {fields[1]} of uid {uid}");
            }
        }
    }

    private static void Files(string directory, Owned owned, List<string> found)
    {
        var queue = new Queue<string>([directory]);
        for (var n = 0; n < FilesMax && queue.TryDequeue(out var path); n++)
        {
            if (owned.Kept.Any(k => path == k || path.StartsWith(k + "/", StringComparison.Ordinal)) || !Sys.StatAt(Fd.Cwd, path, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out _))
                continue;
            if (owned.Users.Contains((uint)stat.st_uid))
                found.Add($"{path}, which belongs to uid {(uint)stat.st_uid}");
            if (((uint)stat.st_mode & 0xF000) == 0x4000 && Sys.ListDirectory(path).TryGet(out var names, out _))
                names.ForEach(name => queue.Enqueue($"{path}/{name}"));
        }
    }

    private static uint? Uid(string pid)
    {
        foreach (var line in Text($"/proc/{pid}/status").Split('\n'))
        {
            if (line.StartsWith("Uid:", StringComparison.Ordinal) && uint.TryParse(line.Split('\t')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var uid))
                return uid;
        }
        return null;
    }

    /// <summary>"mnt:[4026531840]" → the number.</summary>
    public static ulong Inode(string link) =>
        link.IndexOf('[', StringComparison.Ordinal) is > 0 and var open && ulong.TryParse(link.AsSpan(open + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var inode)
            ? inode
            : 0;

    /// <summary>As mountinfo has it (proc_pid_mountinfo(5)).</summary>
    private static string Escaped(string path) =>
        path.Replace("\\", @"\134", StringComparison.Ordinal).Replace(" ", @"\040", StringComparison.Ordinal)
            .Replace("\t", @"\011", StringComparison.Ordinal).Replace("\n", @"\012", StringComparison.Ordinal);

    private static string Text(string path) => Sys.ReadFile(path, 8 << 20).TryGet(out var bytes, out _) ? Encoding.UTF8.GetString(bytes) : "";
}
