using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Sandbox;

/// <summary>Making one directory.</summary>
public static partial class ServiceDirectories
{
    private static OsResult Make(PreparedDirectory wanted, uint mode, ServiceIdentity identity, List<string>? refused)
    {
        if (Sys.MakeDirectories(wanted.Base).Failed(out var error))
            return error;
        if (!Sys.Open(wanted.Base, LibC.O_RDONLY | DirectoryFlags).TryGet(out var above, out error))
            return error;
        var result = Move(above, wanted);
        if (result.Ok)
            result = MakeBelow(above, wanted, mode, identity, refused);
        foreach (var link in Links(wanted))
        {
            if (result.Ok)
                result = PutLink(above, link.Name, link.Target);
        }
        above.Close();
        return result;
    }

    /// <summary>A unit that begins or ceases to have a dynamic user takes its directory along, into the private one or out of it.</summary>
    private static OsResult Move(Fd above, PreparedDirectory wanted)
    {
        var isPrivate = wanted.Path != wanted.Name;
        var open = $"{wanted.Name}";
        var hidden = $"private/{wanted.Name}";
        var visible = KindOf(above, open);
        if (isPrivate)
        {
            var made = MakePrivate(above);
            if (made.Ok)
                made = MakeParents(above, hidden);
            if (!made.Ok || visible != EntryKind.Directory || KindOf(above, hidden) != EntryKind.None)
                return made;
            return Rename(above, open, hidden);
        }
        if (visible != EntryKind.Link || KindOf(above, hidden) != EntryKind.Directory || !IsLinkTo(above, open, hidden))
            return OsResult.Success;
        var removed = Unlink(above, open);
        return removed.Ok ? Rename(above, hidden, open) : removed;
    }

    private static OsResult MakePrivate(Fd above)
    {
        var made = Sys.MkdirAt(above, "private", Mode0700);
        if (made.Failed(out var error) && error.Errno != Errno.EEXIST)
            return error;
        if (!RootedPath.Open(above, "private", LibC.O_RDONLY | DirectoryFlags, 0, Strict).TryGet(out var directory, out error))
            return error;
        var result = Sys.ChownSelf(directory, 0, 0);
        if (result.Ok)
            result = Sys.Chmod(directory, Mode0700);
        directory.Close();
        return result;
    }

    /// <summary>Everything above the last name: root's, open to all.</summary>
    private static OsResult MakeParents(Fd above, string path)
    {
        for (var slash = path.IndexOf('/', 0); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            var made = MakeOne(above, path[..slash], Mode0755);
            if (made.Failed(out var error) && error.Errno != Errno.EEXIST)
                return error;
        }
        return OsResult.Success;
    }

    private static OsResult MakeBelow(Fd above, PreparedDirectory wanted, uint mode, ServiceIdentity identity, List<string>? refused)
    {
        var result = MakeParents(above, wanted.Path);
        if (!result.Ok)
            return result;
        result = MakeOne(above, wanted.Path, Mode0700);
        if (result.Failed(out var error) && error.Errno != Errno.EEXIST)
            return error;
        if (!RootedPath.Open(above, wanted.Path, LibC.O_RDONLY | DirectoryFlags, 0, Strict).TryGet(out var directory, out error))
            return error;
        result = Own(directory, wanted, mode, identity, refused);
        directory.Close();
        return result.Failed(out error) ? error with { Path = error.Path ?? $"{wanted.Base}/{wanted.Path}" } : result;
    }

    /// <summary>Mode last, since a change of owner takes set-id bits away. Configuration stays root's.</summary>
    private static OsResult Own(Fd directory, PreparedDirectory wanted, uint mode, ServiceIdentity identity, List<string>? refused)
    {
        if (!Sys.Stat(directory).TryGet(out var stat, out var error))
            return error;
        if (wanted.Kind != DirectoryKind.Configuration && ((uint)stat.st_uid != identity.Uid || (uint)stat.st_gid != identity.Gid))
        {
            var chown = new TreeChown(identity.Uid, identity.Gid, (uint)stat.st_uid);
            var result = chown.Run(directory);
            if (!result.Ok)
                return result;
            foreach (var name in chown.Refused)
                refused?.Add($"{wanted.Base}/{wanted.Path}: {Encoding.UTF8.GetString(name)} has other names and belongs to somebody else, left as it is");
        }
        return ((uint)stat.st_mode & 0xFFF) == mode && (uint)stat.st_uid == identity.Uid ? OsResult.Success : Sys.Chmod(directory, mode);
    }

    /// <summary>Other names: those of the unit, and for a private directory its public one.</summary>
    private static IEnumerable<(string Name, string Target)> Links(PreparedDirectory wanted)
    {
        if (wanted.Path != wanted.Name)
            yield return (wanted.Name, wanted.Path);
        foreach (var link in wanted.Links)
            yield return (link, wanted.Path);
    }

    /// <summary>A link from one path below the base to another, relative, so that it holds wherever the base is seen.</summary>
    private static OsResult PutLink(Fd above, string name, string target)
    {
        var result = MakeParents(above, name);
        if (!result.Ok)
            return result;
        var relative = string.Concat(Enumerable.Repeat("../", name.Count(c => c == '/'))) + target;
        switch (KindOf(above, name))
        {
            case EntryKind.Link when IsLinkTo(above, name, target):
                return OsResult.Success;
            case EntryKind.Link:
                result = Unlink(above, name);
                if (!result.Ok)
                    return result;
                break;
            case not EntryKind.None:
                return new OsError(Errno.EEXIST, "symlinkat", name);
        }
        return At(above, name, (directory, last) => Sys.SymlinkAt(relative, directory, last));
    }

    private static bool IsLinkTo(Fd above, string name, string target) =>
        At(above, name, (directory, last) => Sys.ReadlinkAt(directory, last).TryGet(out var points, out var error)
            && points == string.Concat(Enumerable.Repeat("../", name.Count(c => c == '/'))) + target ? OsResult.Success : new OsError(error.Errno == Errno.None ? Errno.EINVAL : error.Errno, "readlinkat")).Ok;

    private enum EntryKind { None, Directory, Link, Other }

    private static EntryKind KindOf(Fd above, string path)
    {
        var kind = EntryKind.None;
        _ = At(above, path, (directory, last) =>
        {
            if (!Sys.StatAt(directory, last, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out var error))
                return error;
            kind = ((uint)stat.st_mode & 0xF000) switch { 0x4000 => EntryKind.Directory, 0xA000 => EntryKind.Link, _ => EntryKind.Other };
            return OsResult.Success;
        });
        return kind;
    }

    private static OsResult MakeOne(Fd above, string path, uint mode) => At(above, path, (directory, last) =>
    {
        var made = Sys.MkdirAt(directory, last, mode);
        if (!made.Ok)
            return made;
        // mkdir obeys the umask of the manager, the mode is what was asked for
        if (!Sys.OpenEntry(directory, [.. Encoding.UTF8.GetBytes(last), 0], LibC.O_RDONLY | DirectoryFlags).TryGet(out var fd, out var error))
            return error;
        var result = Sys.Chmod(fd, mode);
        fd.Close();
        return result;
    });

    private static OsResult Unlink(Fd above, string path) => At(above, path, (directory, last) => Sys.UnlinkAt(directory, last));

    private static OsResult Rename(Fd above, string from, string to) =>
        At(above, from, (fromDirectory, fromName) => At(above, to, (toDirectory, toName) => Sys.Rename(fromDirectory, fromName, toDirectory, toName, 1)));

    /// <summary>Does something with the last name of a path, in the directory that it is in.</summary>
    private static OsResult At(Fd above, string path, Func<Fd, string, OsResult> act)
    {
        var slash = path.LastIndexOf('/');
        if (!RootedPath.Open(above, slash < 0 ? "." : path[..slash], O_PATH | DirectoryFlags, 0, Strict).TryGet(out var directory, out var error))
            return error;
        var result = act(directory, path[(slash + 1)..]);
        directory.Close();
        return result;
    }
}
