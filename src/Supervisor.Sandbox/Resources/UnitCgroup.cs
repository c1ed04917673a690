using System.Globalization;
using System.Text;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// The control group of a unit: a directory in the version 2 tree, in which its processes are born (CLONE_INTO_CGROUP), and where a limit is only to be had in a version 1
/// tree, one there as well. Both are named by the unit, so a manager that takes over finds them again by the same call.
/// </summary>
public sealed class UnitCgroup
{
    private const int AT_REMOVEDIR = 0x200;

    private readonly List<string> _version1 = [];
    private readonly List<DegradedSetting> _missing = [];

    private UnitCgroup(string? path, IEnumerable<string> version1)
    {
        Path = path;
        _version1.AddRange(version1);
    }

    /// <summary>Its directory in the version 2 tree; null on a machine without one.</summary>
    public string? Path { get; }

    /// <summary>Version 1 directories for <see cref="LaunchContext.EnterCgroups"/>.</summary>
    public IReadOnlyList<string> EnterPaths => _version1;

    /// <summary>Where the cgroups of all units are: below the manager's own. The manager itself moves into a leaf of it, for a version 2 group with controllers has no processes.</summary>
    /// <param name="facts">As read before anybody moved.</param>
    /// <param name="unit">Such as web.service.</param>
    /// <param name="slice">Such as system.slice; its dashes are levels (systemd.slice(5)).</param>
    public static string? PathOf(HostFacts facts, string unit, string? slice) =>
        facts.Cgroups.OwnDirectory is { } own ? $"{own}/{SlicePath(slice)}{unit}" : null;

    /// <summary>Makes it with its limits; null and the failure when a limit cannot be had. To be called again is no error.</summary>
    public static UnitCgroup? Create(Unit unit, HostFacts facts, IReadOnlyList<DegradedSetting> leaveOut, out Failure? failure)
    {
        failure = null;
        var slice = unit.Get(Directives.Slice).Value;
        var path = PathOf(facts, unit.Name, slice);
        var origin = unit.Get(Directives.Slice).Origin;
        // Anew when an empty one was left behind: what once was killed as a whole kills what is born in it (Linux 6.14). Mostly there is none, and one in use stays.
        if (path is not null)
            _ = Sys.UnlinkAt(Fd.Cwd, path, AT_REMOVEDIR);
        if (path is not null && Sys.MakeDirectories(path).Failed(out var error))
        {
            failure = new Failure("cannot make a control group", error, origin, Launch.ExitStatus.Cgroup);
            return null;
        }
        var settings = CgroupSettings.Of(unit, leaveOut.Select(l => l.Origin.Directive ?? "").ToHashSet(), out failure);
        if (failure is not null)
            return null;
        var group = new UnitCgroup(path, []) { Subgroup = unit.Get(Directives.Delegate).Value ? unit.Get(Directives.DelegateSubgroup).Value : null };
        foreach (var setting in settings)
        {
            if (!group.Apply(setting, facts, $"{SlicePath(slice)}{unit.Name}").Failed(out error))
                continue;
            if (setting.IsLimit)
            {
                failure = new Failure($"cannot {setting.What}", error, setting.Origin, Launch.ExitStatus.Cgroup);
                return null;
            }
            group._missing.Add(new DegradedSetting(setting.Origin, $"cannot {setting.What}: {error}"));
        }
        if (group.Subgroup is { } sub && path is not null && Sys.MakeDirectories($"{path}/{sub}").Failed(out error))
        {
            failure = new Failure("cannot make a control group below its own", error, unit.Get(Directives.DelegateSubgroup).Origin, Launch.ExitStatus.Cgroup);
            return null;
        }
        return group;
    }

    /// <summary>Shares and protections that this machine's control groups cannot give, in words for <c>status</c>.</summary>
    public IReadOnlyList<DegradedSetting> Missing => _missing;

    /// <summary>DelegateSubgroup=: where its processes begin.</summary>
    private string? Subgroup { get; init; }

    private OsResult Apply(CgroupSetting setting, HostFacts facts, string name)
    {
        if (Path is not null && facts.Cgroups.Controllers.Contains(setting.Controller))
        {
            var enabled = Enable(facts, Path, setting.Controller);
            return enabled.Ok ? Sys.WriteControl($"{Path}/{setting.File}", Encoding.ASCII.GetBytes(setting.Text)) : enabled;
        }
        if (setting.Version1.Length == 0 || !facts.Cgroups.Version1.TryGetValue(setting.Version1[0].Controller, out var tree))
            return new OsError(Errno.EOPNOTSUPP, $"cgroup controller {setting.Controller}");
        var directory = $"{tree}/{name}";
        var made = Sys.MakeDirectories(directory);
        if (!made.Ok)
            return made;
        if (!_version1.Contains(directory))
            _version1.Add(directory);
        foreach (var (_, file, text) in setting.Version1)
        {
            var written = Sys.WriteControl($"{directory}/{file}", Encoding.ASCII.GetBytes(text));
            if (!written.Ok)
                return written;
        }
        return OsResult.Success;
    }

    /// <summary>The one that a unit has already, without making anything.</summary>
    public static UnitCgroup Find(Unit unit, HostFacts facts)
    {
        var slice = unit.Get(Directives.Slice).Value;
        return new UnitCgroup(PathOf(facts, unit.Name, slice), facts.Cgroups.Version1.Values.Distinct().Select(tree => $"{tree}/{SlicePath(slice)}{unit.Name}").Where(Sys.Exists));
    }

    /// <summary>Its directory as a descriptor, for <see cref="Launch.LaunchParameters.Cgroup"/>; the caller closes it.</summary>
    public OsResult<Fd> Open() => Path is null ? new OsError(Errno.EOPNOTSUPP, "cgroup") : Sys.Open(Subgroup is { } sub ? $"{Path}/{sub}" : Path, 0x10000);

    /// <summary>SIGKILL to every process in it and below, at once (cgroup.kill, Linux 5.14).</summary>
    public OsResult Kill() => Path is null ? OsResult.Success : Gone(Sys.WriteControl($"{Path}/cgroup.kill", "1"u8));

    /// <summary>Processes in it and in groups that the service made below.</summary>
    public OsResult<List<int>> Processes()
    {
        var pids = new List<int>();
        if (Path is null)
            return pids;
        foreach (var directory in Tree(Path))
        {
            if (!Sys.ReadFile($"{directory}/cgroup.procs", 16 << 20).TryGet(out var bytes, out var error))
            {
                if (error.Errno is Errno.ENOENT or Errno.ENODEV or Errno.EOPNOTSUPP)
                    continue;
                return error;
            }
            foreach (var line in Encoding.ASCII.GetString(bytes).Split('\n'))
            {
                if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 0)
                    pids.Add(pid);
            }
        }
        return pids;
    }

    /// <summary>True when no process is left in it or below; also when it is gone.</summary>
    public bool IsEmpty() =>
        Path is null || !Sys.ReadFile($"{Path}/cgroup.events").TryGet(out var events, out _) || Encoding.ASCII.GetString(events).Contains("populated 0", StringComparison.Ordinal);

    /// <summary>Bytes of memory in use; null when no controller counts them.</summary>
    public ulong? Memory() =>
        Path is not null && Sys.ReadFile($"{Path}/memory.current").TryGet(out var bytes, out _)
            && ulong.TryParse(Encoding.ASCII.GetString(bytes).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Removes it, with groups that the service left below it. EBUSY while a process is in it.</summary>
    public OsResult Remove()
    {
        foreach (var path in _version1.Append(Path))
        {
            if (path is null)
                continue;
            foreach (var directory in Tree(path).Reverse())
            {
                var removed = Gone(Sys.UnlinkAt(Fd.Cwd, directory, 0x200));
                if (!removed.Ok)
                    return removed;
            }
        }
        return OsResult.Success;
    }

    /// <summary>A directory and those below, each after the one it is in. A service cannot make links here, and depth is bounded by the kernel (cgroup.max.depth) or by us.</summary>
    private static IEnumerable<string> Tree(string path)
    {
        const int maxGroups = 10_000;
        var found = new List<string> { path };
        for (var i = 0; i < found.Count && found.Count < maxGroups; i++)
        {
            if (!Sys.ListDirectory(found[i]).TryGet(out var names, out _))
                continue;
            found.AddRange(names.Select(n => $"{found[i]}/{n}").Where(IsDirectory));
        }
        return found;
    }

    private static bool IsDirectory(string path) => Sys.StatAt(Fd.Cwd, path, 0x100) is { Ok: true } stat && ((uint)stat.Value.st_mode & 0xF000) == 0x4000;

    /// <summary>Each group above has to let the controller through (cgroup.subtree_control).</summary>
    private static OsResult Enable(HostFacts facts, string path, string controller)
    {
        var own = facts.Cgroups.OwnDirectory!;
        for (var slash = own.Length; slash > 0 && slash < path.Length; slash = path.IndexOf('/', slash + 1))
        {
            var enabled = Sys.WriteControl($"{path[..slash]}/cgroup.subtree_control", Encoding.ASCII.GetBytes($"+{controller}"));
            if (!enabled.Ok)
                return enabled;
        }
        return OsResult.Success;
    }

    private static OsResult Gone(OsResult result) => result.Failed(out var error) && error.Errno is Errno.ENOENT or Errno.ENODEV ? OsResult.Success : result;

    /// <summary>"a-b.slice" is in "a.slice".</summary>
    private static string SlicePath(string? slice)
    {
        if (slice is null or "-.slice")
            return "";
        var parts = slice[..^".slice".Length].Split('-');
        return string.Concat(Enumerable.Range(1, parts.Length).Select(n => $"{string.Join('-', parts.Take(n))}.slice/"));
    }
}
