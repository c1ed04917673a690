using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>
/// One line of a path unit: an inotify instance with a watch on each directory that the path leads through, links followed, and one on what the path names once that is
/// there. Whenever something on the way comes, goes or is another, the way is walked anew. Each directory is watched before its entry is looked at, so nothing slips through.
/// </summary>
internal sealed class PathWatch(PathSpec spec, Fd inotify, bool adopted)
{
    /// <summary>More than this is a pattern that matches half the machine.</summary>
    private const int WatchMax = 4096;

    private const int LinkMax = 40;

    private const uint OnTheWay = Sys.IN_CREATE | Sys.IN_DELETE | Sys.IN_MOVED_FROM | Sys.IN_MOVED_TO | Sys.IN_DELETE_SELF | Sys.IN_MOVE_SELF;
    private const uint Lost = Sys.IN_DELETE_SELF | Sys.IN_MOVE_SELF | Sys.IN_UNMOUNT | Sys.IN_IGNORED;

    private Dictionary<int, Place> _places = [];
    private bool _existed;
    private OsError? _failure;

    public Fd Inotify => inotify;

    public string Path => spec.Path;

    private bool IsChange => spec.Kind is PathKind.Changed or PathKind.Modified;

    /// <summary>What of the named object itself is looked for.</summary>
    private uint OfItself => Sys.IN_DELETE_SELF | Sys.IN_MOVE_SELF | Sys.IN_ATTRIB | spec.Kind switch
    {
        PathKind.Changed => Sys.IN_CLOSE_WRITE | Sys.IN_CREATE | Sys.IN_DELETE | Sys.IN_MOVED_FROM | Sys.IN_MOVED_TO,
        PathKind.Modified => Sys.IN_MODIFY | Sys.IN_CLOSE_WRITE | Sys.IN_CREATE | Sys.IN_DELETE | Sys.IN_MOVED_FROM | Sys.IN_MOVED_TO,
        PathKind.DirectoryNotEmpty => Sys.IN_CREATE | Sys.IN_MOVED_TO,
        _ => 0,
    };

    /// <summary>An inode that is watched, and what for.</summary>
    private sealed class Place
    {
        /// <summary>Entries, or patterns of entries, that the way leads through; true for the last of the way.</summary>
        public Dictionary<string, bool> Entries { get; } = new(StringComparer.Ordinal);

        /// <summary>It is what the path names.</summary>
        public bool IsNamed { get; set; }

        public bool LeadsThrough(string name, out bool last)
        {
            last = false;
            foreach (var (entry, isLast) in Entries)
            {
                if (entry != name && !(Glob.IsPattern(entry) && Glob.Matches(entry, name)))
                    continue;
                last |= isLast;
                if (isLast)
                    return true;
            }
            return last || Entries.Keys.Any(e => e == name || (Glob.IsPattern(e) && Glob.Matches(e, name)));
        }
    }

    /// <summary>Sets up all watches. What an earlier manager's watches saw in the meantime is read afterwards.</summary>
    public OsResult Begin()
    {
        var result = Walk();
        _existed = Sys.Exists(spec.Path);
        return result;
    }

    /// <summary>What holds now; of PathChanged= and PathModified= nothing does, they wait for a change.</summary>
    public bool Holds() => spec.Kind switch
    {
        PathKind.Exists => Sys.Exists(spec.Path),
        PathKind.ExistsGlob => Glob.Exists(spec.Path),
        PathKind.DirectoryNotEmpty => Sys.ListDirectory(spec.Path).TryGet(out var names, out _) && names.Exists(IsContent),
        _ => false,
    };

    /// <summary>Hidden files, and copies that editors and package managers leave, are no content.</summary>
    private static bool IsContent(string name) =>
        name[0] != '.' && name[^1] != '~' && name is not ("lost+found" or "aquota.user" or "aquota.group")
        && (name.LastIndexOf('.') is var dot && (dot < 0 || !Leftovers.Contains(name[(dot + 1)..], StringComparer.Ordinal)));

    private static readonly string[] Leftovers =
        ["rpmnew", "rpmsave", "rpmorig", "dpkg-old", "dpkg-new", "dpkg-tmp", "dpkg-dist", "dpkg-bak", "dpkg-backup", "dpkg-remove", "ucf-new", "ucf-old", "ucf-dist", "swp", "bak", "old", "new"];

    /// <summary>Takes in what has happened. True when the unit is to be started for it.</summary>
    public OsResult<bool> OnEvents()
    {
        if (!Sys.InotifyRead(inotify).TryGet(out var events, out var error))
            return error;
        bool changed = false, walk = false;
        foreach (var e in events)
        {
            if ((e.Mask & Sys.IN_Q_OVERFLOW) != 0)
                (walk, changed) = (true, true); // what was lost may have been a change
            else if (!_places.TryGetValue(e.Watch, out var place))
            {
                // of an earlier manager's watch on something that is elsewhere now
                walk |= adopted && (e.Mask & Sys.IN_IGNORED) == 0;
                changed |= adopted && (e.Mask & Sys.IN_IGNORED) == 0;
            }
            else
            {
                if (place.IsNamed && (e.Mask & OfItself) != 0)
                    (changed, walk) = (true, walk || !IsChange);
                if (e.Name.Length > 0 && place.LeadsThrough(e.Name, out var last) && (e.Mask & OnTheWay) != 0)
                    (walk, changed) = (true, changed || last);
                walk |= (e.Mask & Lost) != 0;
            }
        }
        if (walk)
        {
            if (Walk().Failed(out error))
                return error;
            var exists = Sys.Exists(spec.Path);
            changed |= exists != _existed;
            _existed = exists;
        }
        return IsChange ? changed : walk && Holds();
    }

    /// <summary>Walks the path and watches what it leads through; watches that are of no use any more are given up.</summary>
    private OsResult Walk()
    {
        var before = _places;
        _places = [];
        _failure = null;
        var parts = new Stack<string>(spec.Path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        Walk("/", parts, 0);
        foreach (var watch in before.Keys)
        {
            if (!_places.ContainsKey(watch))
                _ = Sys.InotifyRemove(inotify, watch); // gone with its inode is as good
        }
        return _failure is { } failure ? failure : OsResult.Success;
    }

    private void Walk(string at, Stack<string> parts, int links)
    {
        while (parts.TryPop(out var part) && _failure is null)
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                at = System.IO.Path.GetDirectoryName(at) ?? "/"; // no part of it is a link
                continue;
            }
            if (Watch(at, OnTheWay | Sys.IN_ONLYDIR) is not { } place)
                return;
            place.Entries[part] = parts.Count == 0 || place.Entries.GetValueOrDefault(part);
            if (spec.Kind == PathKind.ExistsGlob && Glob.IsPattern(part))
            {
                if (Sys.ListDirectory(at).TryGet(out var names, out _))
                {
                    foreach (var name in names.Where(n => Glob.Matches(part, n)))
                        Follow(Join(at, name), new Stack<string>(parts.Reverse()), links);
                }
                return;
            }
            if (!Step(ref at, part, parts, ref links))
                return;
        }
        Named(at);
    }

    private void Follow(string at, Stack<string> parts, int links)
    {
        var name = System.IO.Path.GetFileName(at);
        at = System.IO.Path.GetDirectoryName(at)!;
        if (Step(ref at, name, parts, ref links))
            Walk(at, parts, links);
    }

    /// <summary>One entry further; false when it is not there.</summary>
    private static bool Step(ref string at, string part, Stack<string> parts, ref int links)
    {
        var next = Join(at, part);
        if (!Sys.StatAt(Fd.Cwd, next, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out _))
            return false;
        if (((uint)stat.st_mode & 0xF000) != 0xA000)
        {
            at = next;
            return true;
        }
        if (++links > LinkMax || !Sys.ReadlinkAt(Fd.Cwd, next).TryGet(out var target, out _))
            return false;
        foreach (var step in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            parts.Push(step);
        if (target.StartsWith('/'))
            at = "/";
        return true;
    }

    private void Named(string at)
    {
        if (_failure is null && Watch(at, OfItself) is { } place)
            place.IsNamed = true;
    }

    /// <summary>Null when it is gone by now, which its directory's watch tells, or cannot be watched.</summary>
    private Place? Watch(string path, uint mask)
    {
        if (_places.Count >= WatchMax)
            _failure = new OsError(Errno.E2BIG, "inotify_add_watch", path);
        else if (Sys.InotifyAdd(inotify, path, mask | Sys.IN_MASK_ADD | Sys.IN_DONT_FOLLOW).TryGet(out var watch, out var error))
        {
            if (!_places.TryGetValue(watch, out var place))
                _places.Add(watch, place = new Place());
            return place;
        }
        else if (error.Errno is not (Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP))
            _failure = error;
        return null;
    }

    private static string Join(string directory, string name) => directory == "/" ? $"/{name}" : $"{directory}/{name}";
}
