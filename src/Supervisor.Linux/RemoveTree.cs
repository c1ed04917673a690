using System.Text;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>
/// Removes a tree, with one descriptor and no stack whatever its depth. Links are removed, never followed; what another file system covers is an error (EBUSY), not
/// entered.
/// </summary>
public static class RemoveTree
{
    private const int DirectoryFlags = 0x10000, RemoveDirectory = 0x200;

    /// <summary>Removes what is at an absolute path of ours, a link itself when it is one.</summary>
    public static OsResult Run(string path)
    {
        if (!Sys.Open(Path.GetDirectoryName(path) ?? "/", LibC.O_PATH | DirectoryFlags).TryGet(out var parent, out var error))
            return error;
        var result = Run(parent, [.. Encoding.UTF8.GetBytes(Path.GetFileName(path)), 0]);
        parent.Close();
        return result.Failed(out error) ? error with { Path = path } : result;
    }

    /// <summary>Removes <paramref name="name"/> (ended by a zero byte) below an open directory; what is not there is no error.</summary>
    public static OsResult Run(Fd parent, ReadOnlySpan<byte> name)
    {
        var removed = Sys.UnlinkEntry(parent, name, 0);
        if (!removed.Failed(out var error) || error.Errno == Errno.ENOENT)
            return OsResult.Success;
        if (error.Errno is not (Errno.EISDIR or Errno.EPERM))
            return error;
        if (!Sys.OpenEntry(parent, name, LibC.O_RDONLY | DirectoryFlags).TryGet(out var here, out error))
            return error.Errno == Errno.ENOENT ? OsResult.Success : error;
        var result = Empty(ref here);
        here.Close();
        return result.Ok ? Sys.UnlinkEntry(parent, name, RemoveDirectory) : result;
    }

    /// <summary>Removes everything in a directory. The way down is remembered as names and identities, one each a level.</summary>
    private static OsResult Empty(ref Fd here)
    {
        var above = new List<(ulong Device, ulong Inode, byte[] Name)>();
        var buffer = new byte[32 * 1024];
        if (!Sys.Stat(here).TryGet(out var stat, out var error))
            return error;
        var current = (Device: (ulong)stat.st_dev, Inode: (ulong)stat.st_ino);
        var device = current.Device;
        while (true)
        {
            if (!Sweep(here, buffer).TryGet(out var directory, out error))
                return error;
            if (directory.Length > 0)
            {
                if (!Sys.OpenEntry(here, directory, LibC.O_RDONLY | DirectoryFlags).TryGet(out var child, out error))
                    return error;
                if (!Sys.Stat(child).TryGet(out stat, out error) || (ulong)stat.st_dev != device)
                {
                    child.Close();
                    return error.Errno == Errno.None ? new OsError(Errno.EBUSY, "unlinkat", "a directory where something is mounted") : error;
                }
                above.Add((current.Device, current.Inode, directory));
                here.Close();
                here = child;
                current = ((ulong)stat.st_dev, (ulong)stat.st_ino);
                continue;
            }
            if (above.Count == 0)
                return OsResult.Success;
            var (parentDevice, parentInode, name) = above[^1];
            above.RemoveAt(above.Count - 1);
            if (!Sys.OpenEntry(here, "..\0"u8, LibC.O_RDONLY | DirectoryFlags).TryGet(out var parent, out error))
                return error;
            here.Close();
            here = parent;
            if (!Sys.Stat(parent).TryGet(out stat, out error))
                return error;
            if ((ulong)stat.st_dev != parentDevice || (ulong)stat.st_ino != parentInode)
                return new OsError(Errno.EAGAIN, "openat", "a directory that was moved meanwhile");
            current = (parentDevice, parentInode);
            var removed = Sys.UnlinkEntry(here, name, RemoveDirectory);
            if (removed.Failed(out error) && error.Errno != Errno.ENOENT)
                return error;
        }
    }

    /// <summary>Removes all but directories from one directory; the name of a directory that is left, or nothing.</summary>
    private static OsResult<byte[]> Sweep(Fd directory, byte[] buffer)
    {
        while (true)
        {
            byte[] found = [];
            var removedAny = false;
            if (Sys.RewindDirectory(directory).Failed(out var error))
                return error;
            while (true)
            {
                if (!Sys.ReadDirectory(directory, buffer).TryGet(out var length, out error))
                    return error;
                if (length == 0)
                    break;
                for (var at = 0; at < length;)
                {
                    var name = Sys.EntryName(buffer.AsSpan(0, length), at, out at);
                    if (name.SequenceEqual(".\0"u8) || name.SequenceEqual("..\0"u8))
                        continue;
                    var removed = Sys.UnlinkEntry(directory, name, 0);
                    if (!removed.Failed(out error) || error.Errno == Errno.ENOENT)
                        removedAny = true;
                    else if (error.Errno is not (Errno.EISDIR or Errno.EPERM))
                        return error;
                    else if (Sys.UnlinkEntry(directory, name, RemoveDirectory).Failed(out error))
                    {
                        if (error.Errno is not (Errno.ENOTEMPTY or Errno.EEXIST or Errno.ENOENT))
                            return error;
                        found = name.ToArray();
                    }
                }
                if (found.Length > 0)
                    return found;
            }
            // What was removed while reading may have hidden names from the reader (readdir(3)): look again until nothing is left.
            if (!removedAny)
                return found;
        }
    }
}
