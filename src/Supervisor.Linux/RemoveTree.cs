using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>
/// rm -r by descriptors: links are removed and never followed, depth costs memory and not stack, and another file system is not entered. The names of the
/// directories on the way are all that is trusted; each is opened below the one before with O_NOFOLLOW.
/// </summary>
public static class RemoveTree
{
    private const int AT_REMOVEDIR = 0x200;

    /// <summary>Removes what is at an absolute path of ours, a link itself when it is one.</summary>
    public static OsResult Remove(string path)
    {
        var parentPath = Path.GetDirectoryName(path) ?? "/";
        if (!Sys.Open(parentPath, LibC.O_PATH | LibC.O_DIRECTORY).TryGet(out var parent, out var error))
            return error;
        var result = Remove(parent, Path.GetFileName(path));
        parent.Close();
        return result.Failed(out error) ? error with { Path = path } : result;
    }

    private static OsResult Remove(Fd parent, string name)
    {
        if (Sys.UnlinkAt(parent, name) is { Ok: true } || !IsDirectory(parent, name))
            return Sys.StatAt(parent, name, LibC.AT_SYMLINK_NOFOLLOW).Ok ? Sys.UnlinkAt(parent, name) : OsResult.Success;
        if (!Open(parent, name).TryGet(out var top, out var error))
            return error;
        // each level: its descriptor, its name in the one above, and what is left to do in it
        var levels = new Stack<(Fd Directory, string Name, Queue<string> Left)>();
        levels.Push((top, name, Names(top)));
        var result = OsResult.Success;
        while (levels.Count > 0 && result.Ok)
        {
            var (directory, own, left) = levels.Peek();
            if (left.TryDequeue(out var next))
            {
                if (Sys.UnlinkAt(directory, next).Ok || !IsDirectory(directory, next))
                    continue;
                if (Open(directory, next).TryGet(out var child, out error))
                    levels.Push((child, next, Names(child)));
                else
                    result = error;
                continue;
            }
            levels.Pop();
            directory.Close();
            result = Sys.UnlinkAt(levels.TryPeek(out var above) ? above.Directory : parent, own, AT_REMOVEDIR);
        }
        foreach (var (directory, _, _) in levels)
            directory.Close();
        return result;
    }

    private static OsResult<Fd> Open(Fd parent, string name) => Sys.OpenAt(parent, name, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW);

    private static bool IsDirectory(Fd parent, string name) =>
        Sys.StatAt(parent, name, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out _) && ((uint)stat.st_mode & 0xF000) == 0x4000;

    private static Queue<string> Names(Fd directory) => new(Sys.ListDirectory(directory).TryGet(out var names, out _) ? names : []);
}
