using System.Runtime.CompilerServices;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>
/// The one way to a path that an image, a service or a profile controls: openat2(2) below a directory held as a descriptor. Links are followed as if that
/// directory were "/", magic links never; what comes back is a descriptor, and callers act on that, not on the name.
/// </summary>
[SkipLocalsInit]
public static unsafe class RootedPath
{
    /// <summary>RESOLVE_NO_MAGICLINKS of openat2(2).</summary>
    public const ulong RESOLVE_NO_MAGICLINKS = 0x02;

    /// <summary>RESOLVE_NO_SYMLINKS: a link anywhere in the path is ELOOP.</summary>
    public const ulong RESOLVE_NO_SYMLINKS = 0x04;

    /// <summary>RESOLVE_BENEATH: leaving the directory is EXDEV.</summary>
    public const ulong RESOLVE_BENEATH = 0x08;

    /// <summary>RESOLVE_IN_ROOT: the directory is the root of the walk.</summary>
    public const ulong RESOLVE_IN_ROOT = 0x10;

    /// <summary>Opens <paramref name="path"/> as seen by a process whose root is <paramref name="root"/>. O_CLOEXEC is always added.</summary>
    public static OsResult<Fd> Open(Fd root, string path, int flags, uint mode = 0, ulong resolve = RESOLVE_IN_ROOT)
    {
        byte* p = stackalloc byte[CText.Max];
        if (CText.Write(path, new(p, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, "openat2", path);
        // struct open_how: u64 flags, u64 mode, u64 resolve
        ulong* how = stackalloc ulong[3];
        how[0] = (uint)(flags | LibC.O_CLOEXEC);
        how[1] = mode;
        how[2] = resolve | RESOLVE_NO_MAGICLINKS;
        while (true)
        {
            var fd = Raw.Retry(Nr.openat2, root.Number, (nint)p, (nint)how, 24);
            // EAGAIN: a rename raced with the walk and the kernel could not tell whether it got out (openat2(2))
            if (fd == -(nint)Errno.EAGAIN)
                continue;
            return fd < 0 ? new OsError((Errno)(-fd), "openat2", path) : new Fd((int)fd);
        }
    }

    /// <summary>A regular file's bytes, at most <paramref name="limit"/>; never blocks on a FIFO or device.</summary>
    public static OsResult<byte[]> ReadFile(Fd root, string path, int limit = 1 << 20)
    {
        if (!Open(root, path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY).TryGet(out var fd, out var error))
            return error;
        var result = Sys.ReadRegular(fd, limit, path);
        fd.Close();
        return result;
    }
}
