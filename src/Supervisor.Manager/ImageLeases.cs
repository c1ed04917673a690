using Supervisor.Images;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>Images that units use, each mounted once however many units do; the keeper holds the mount, so that a new manager need not open the image again.</summary>
internal sealed class ImageLeases(KeeperLink keeper)
{
    private const string Kind = "image";
    private const int LoopMajor = 7;

    private readonly Dictionary<string, (ImageMount Mount, HashSet<string> Users)> _images = [];

    /// <summary>The image's mount for a unit, opened if nobody has it open.</summary>
    public OsResult<ImageMount> Acquire(string path, string unit)
    {
        if (!_images.TryGetValue(path, out var entry))
        {
            if (!ImageMount.Open(path).TryGet(out var mount, out var error))
                return error;
            keeper.Store(KeeperNames.Of(Kind, path), mount.Mount);
            _images[path] = entry = (mount, []);
        }
        entry.Users.Add(unit);
        return entry.Mount;
    }

    /// <summary>Takes back what the keeper held; which loop device it is is read off the mount itself.</summary>
    public void Adopt(string path, Fd mount)
    {
        var loop = Sys.Stat(mount, path).TryGet(out var stat, out _) && ((ulong)stat.st_dev >> 8 & 0xFFF) == LoopMajor ? (int)((ulong)stat.st_dev & 0xFF) : -1;
        _images[path] = (new ImageMount(mount, loop), []);
    }

    public static string NameOf(string path) => KeeperNames.Of(Kind, path);

    /// <summary>The unit needs it no more; the last one closes it.</summary>
    public void Release(string path, string unit)
    {
        if (_images.TryGetValue(path, out var entry) && entry.Users.Remove(unit) && entry.Users.Count == 0)
            Close(path);
    }

    /// <summary>Gives up a mount that no unit uses.</summary>
    public void ReleaseUnused(string path)
    {
        if (_images.TryGetValue(path, out var entry) && entry.Users.Count == 0)
            Close(path);
    }

    private void Close(string path)
    {
        if (!_images.Remove(path, out var entry))
            return;
        keeper.Drop(KeeperNames.Of(Kind, path));
        entry.Mount.Mount.Close();
    }
}
