using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Sandbox;

/// <summary>
/// Gives a tree to a user. Whoever filled the tree may still be at work in it, so each thing is opened without following a link, looked at and given away by that one
/// descriptor. Depth costs no stack and one descriptor; going up is checked against what the directory above was on the way down. Other file systems are left alone.
/// </summary>
internal sealed class TreeChown(uint uid, uint gid, uint formerOwner)
{
    private const int MaxPending = 200_000, DirectoryFlags = 0x10000, O_PATH = 0x200000;

    private readonly List<(ulong Device, ulong Inode, int Pending)> _above = [];
    private readonly List<byte[]> _pending = [];
    private readonly byte[] _buffer = new byte[32 * 1024];

    /// <summary>Things that were not given away, because they are linked from elsewhere and belong to somebody else. In bytes as they are named.</summary>
    public List<byte[]> Refused { get; } = [];

    /// <summary>Works below <paramref name="root"/>, which stays open and is given away last: until then its owner says that there is work left.</summary>
    public OsResult Run(Fd root)
    {
        if (!Sys.Stat(root).TryGet(out var top, out var error))
            return error;
        if (!Sys.OpenEntry(root, ".\0"u8, LibC.O_RDONLY | DirectoryFlags).TryGet(out var here, out error))
            return error;
        var device = (ulong)top.st_dev;
        var current = ((ulong)top.st_dev, (ulong)top.st_ino);
        var result = Scan(here, device);
        while (result.Ok)
        {
            var floor = _above.Count == 0 ? 0 : _above[^1].Pending;
            if (_pending.Count > floor)
            {
                var name = _pending[^1];
                _pending.RemoveAt(_pending.Count - 1);
                if (!Sys.OpenEntry(here, name, LibC.O_RDONLY | DirectoryFlags).TryGet(out var child, out error))
                {
                    // gone, or something else by now: it was a directory a moment ago, and was given away then
                    if (error.Errno is Errno.ENOENT or Errno.ELOOP or Errno.ENOTDIR)
                        continue;
                    result = error;
                    break;
                }
                var stat = Sys.Stat(child);
                if (!stat.Ok || (ulong)stat.Value.st_dev != device)
                {
                    child.Close();
                    continue;
                }
                _above.Add((current.Item1, current.Item2, _pending.Count));
                here.Close();
                here = child;
                current = ((ulong)stat.Value.st_dev, (ulong)stat.Value.st_ino);
                result = Scan(here, device);
                continue;
            }
            if (_above.Count == 0)
                break;
            var above = _above[^1];
            _above.RemoveAt(_above.Count - 1);
            if (!Sys.OpenEntry(here, "..\0"u8, LibC.O_RDONLY | DirectoryFlags).TryGet(out var parent, out error))
            {
                result = error;
                break;
            }
            here.Close();
            here = parent;
            current = (above.Device, above.Inode);
            if (!Sys.Stat(parent).TryGet(out var seen, out error))
                result = error;
            else if ((ulong)seen.st_dev != above.Device || (ulong)seen.st_ino != above.Inode)
                result = new OsError(Errno.EAGAIN, "openat", "a directory that was moved meanwhile");
            // The pending names of this level are those above its own floor again.
        }
        here.Close();
        return result.Ok ? Give(root, top) : result;
    }

    /// <summary>Gives away all that is in one directory, and notes the directories among it.</summary>
    private OsResult Scan(Fd directory, ulong device)
    {
        while (true)
        {
            if (!Sys.ReadDirectory(directory, _buffer).TryGet(out var length, out var error))
                return error;
            if (length == 0)
                return OsResult.Success;
            for (var at = 0; at < length;)
            {
                var name = Sys.EntryName(_buffer.AsSpan(0, length), at, out at);
                if (name.SequenceEqual(".\0"u8) || name.SequenceEqual("..\0"u8))
                    continue;
                if (!Sys.OpenEntry(directory, name, O_PATH).TryGet(out var entry, out error))
                {
                    if (error.Errno == Errno.ENOENT)
                        continue;
                    return error;
                }
                var result = One(entry, name, device);
                entry.Close();
                if (!result.Ok)
                    return result;
            }
        }
    }

    private OsResult One(Fd entry, ReadOnlySpan<byte> name, ulong device)
    {
        if (!Sys.Stat(entry).TryGet(out var stat, out var error))
            return error;
        if ((ulong)stat.st_dev != device)
            return OsResult.Success;
        if (((uint)stat.st_mode & 0xF000) == 0x4000)
        {
            if (_pending.Count >= MaxPending)
                return new OsError(Errno.E2BIG, "chown", "a directory with too many directories");
            _pending.Add(name.ToArray());
        }
        else if ((ulong)stat.st_nlink > 1 && (uint)stat.st_uid != uid && ((uint)stat.st_uid != formerOwner || formerOwner == 0))
        {
            // A second name for somebody else's file: taking it over would take over that file.
            Refused.Add(name[..^1].ToArray());
            return OsResult.Success;
        }
        return Give(entry, stat);
    }

    private OsResult Give(Fd fd, stat stat) =>
        (uint)stat.st_uid == uid && (uint)stat.st_gid == gid ? OsResult.Success : Sys.ChownSelf(fd, uid, gid);
}
