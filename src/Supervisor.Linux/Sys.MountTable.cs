namespace Supervisor.Linux;

/// <summary>The old mount interface, for the file systems of a boot: mount(2), umount2(2), and the table of what is mounted.</summary>
public static unsafe partial class Sys
{
    /// <summary>
    /// mount(2). EBUSY when the same file system is there already. Only for our own paths: what an image or a service controls is mounted by descriptor.
    /// </summary>
    public static OsResult Mount(string source, string target, string? type, ulong flags, string? data)
    {
        byte* a = stackalloc byte[CText.Max], b = stackalloc byte[CText.Max], c = stackalloc byte[64], d = stackalloc byte[CText.Max];
        if (CText.Write(source, new(a, CText.Max)) is not Errno.None and var e1)
            return new OsError(e1, "mount", source);
        if (CText.Write(target, new(b, CText.Max)) is not Errno.None and var e2)
            return new OsError(e2, "mount", target);
        if (CText.Write(type ?? "", new(c, 64)) is not Errno.None and var e3)
            return new OsError(e3, "mount", target);
        if (CText.Write(data ?? "", new(d, CText.Max)) is not Errno.None and var e4)
            return new OsError(e4, "mount", target);
        return Void("mount", target, Raw.Retry(Nr.mount, (nint)a, (nint)b, type is null ? 0 : (nint)c, (nint)flags, data is null ? 0 : (nint)d));
    }

    /// <summary>umount2(2); <paramref name="flags"/> may be MNT_DETACH (2) and UMOUNT_NOFOLLOW (8).</summary>
    public static OsResult Unmount(string target, int flags)
    {
        byte* p = stackalloc byte[CText.Max];
        if (CText.Write(target, new(p, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, "umount2", target);
        return Void("umount2", target, Raw.Retry(Nr.umount2, (nint)p, flags));
    }

    /// <summary>memfd_create(2), close-on-exec.</summary>
    public static OsResult<Fd> MemfdCreate(string name)
    {
        byte* p = stackalloc byte[CText.Max];
        if (CText.Write(name, new(p, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, "memfd_create", name);
        return NewFd("memfd_create", Raw.Call(Nr.memfd_create, (nint)p, 1), name);
    }
}
