namespace Supervisor.Linux;

/// <summary>Extended attributes (xattr(7)), and small things of files that are listened on.</summary>
public static unsafe partial class Sys
{
    /// <summary>fsetxattr(2).</summary>
    public static OsResult SetAttribute(Fd fd, string name, ReadOnlySpan<byte> value) => SetAttribute(Nr.fsetxattr, fd.Number, name, value);

    /// <summary>setxattr(2), which follows links: of what /proc/self/fd names.</summary>
    public static OsResult SetAttribute(string path, string name, ReadOnlySpan<byte> value)
    {
        byte* text = stackalloc byte[CText.Max];
        return CText.Write(path, new(text, CText.Max)) is not Errno.None and var unusable ? new OsError(unusable, "setxattr", path) : SetAttribute(Nr.setxattr, (nint)text, name, value);
    }

    /// <summary>umask(2); what it was is returned.</summary>
    public static uint Umask(uint mask) => (uint)Raw.Call(Nr.umask, (nint)mask);

    /// <summary>fcntl(2) F_SETPIPE_SZ.</summary>
    public static OsResult SetPipeSize(Fd pipe, int bytes) => Void("fcntl F_SETPIPE_SZ", null, Raw.Call(Nr.fcntl, pipe.Number, 1031, bytes));

    private static OsResult SetAttribute(int nr, nint what, string name, ReadOnlySpan<byte> value)
    {
        byte* text = stackalloc byte[256];
        if (CText.Write(name, new(text, 256)) is not Errno.None and var unusable)
            return new OsError(unusable, "setxattr", name);
        fixed (byte* p = value)
            return Void("setxattr", name, Raw.Call(nr, what, (nint)text, (nint)p, value.Length, 0));
    }
}
