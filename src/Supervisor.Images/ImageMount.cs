using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Images;

/// <summary>An image as a mount that is attached nowhere: nothing shows in a mount table, and it is gone when the last descriptor is closed.</summary>
/// <param name="Mount">The caller's.</param>
/// <param name="LoopNumber">N of /dev/loopN, -1 for a directory.</param>
public readonly record struct ImageMount(Fd Mount, int LoopNumber)
{
    private const ulong Attributes = Sys.MOUNT_ATTR_RDONLY | Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV;

    /// <summary>Opens a directory or a squashfs file, read-only, without set-user-ID programs and devices. On failure nothing is left.</summary>
    public static OsResult<ImageMount> Open(string path)
    {
        // O_NONBLOCK: a FIFO in its place must not hold us up
        if (!Sys.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY).TryGet(out var file, out var error))
            return error;
        var result = Sys.Stat(file, path).TryGet(out var stat, out error)
            ? ((uint)stat.st_mode & 0xF000) switch
            {
                0x4000 => OpenDirectory(file, path),
                0x8000 => OpenFile(file, path),
                _ => new OsError(Errno.EINVAL, "open (neither a directory nor a regular file)", path),
            }
            : error;
        file.Close();
        return result;
    }

    private static OsResult<ImageMount> OpenDirectory(Fd directory, string path)
    {
        if (!Sys.CloneTree(directory, path).TryGet(out var tree, out var error))
            return error;
        if (!Sys.SetMountAttributes(tree, Attributes, path).Failed(out error))
            return new ImageMount(tree, -1);
        tree.Close();
        return error;
    }

    private static OsResult<ImageMount> OpenFile(Fd file, string path)
    {
        if (!Sys.LoopAttach(file, path).TryGet(out var loop, out var error))
            return error;
        var result = Sys.MountDevice("squashfs", $"/dev/loop{loop.Number}", Attributes);
        loop.Device.Close(); // the mount holds it now; without one it clears itself
        return result.TryGet(out var mount, out error) ? new ImageMount(mount, loop.Number) : error with { Path = path };
    }
}
