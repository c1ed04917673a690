namespace Supervisor.Linux;

/// <summary>Namespaces of the calling thread, and small file systems of our own.</summary>
public static unsafe partial class Sys
{
    /// <summary>unshare(2).</summary>
    public static OsResult Unshare(ulong flags) => Void("unshare", null, Raw.Call(Nr.unshare, (nint)flags));

    /// <summary>setns(2); <paramref name="kind"/> is the CLONE_NEW* flag that the descriptor must be of.</summary>
    public static OsResult Setns(Fd fd, ulong kind) => Void("setns", null, Raw.Call(Nr.setns, fd.Number, (nint)kind));

    /// <summary>Sets IFF_UP of "lo" in the thread's network namespace (netdevice(7), SIOCSIFFLAGS).</summary>
    public static OsResult LoopbackUp()
    {
        const int inet = 2, datagram = 2, cloexec = 0x80000, setFlags = 0x8914;
        var socket = Raw.Call(Nr.socket, inet, datagram | cloexec, 0);
        if (socket < 0)
            return Failure(socket, "socket");
        // struct ifreq: char name[16], short flags
        byte* request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, 16));
        request[16] = 1;
        var n = Raw.Call(Nr.ioctl, socket, setFlags, (nint)request);
        new Fd((int)socket).Close();
        return Void("ioctl SIOCSIFFLAGS", "lo", n);
    }

    /// <summary>A tmpfs that is attached nowhere.</summary>
    public static OsResult<Fd> NewTmpfs(ReadOnlySpan<(string Key, string Value)> options, ulong attributes)
    {
        byte* key = stackalloc byte[256], value = stackalloc byte[256];
        _ = CText.Write("tmpfs", new(key, 256));
        var context = Raw.Retry(Nr.fsopen, (nint)key, 1);
        if (context < 0)
            return Failure(context, "fsopen", "tmpfs");
        nint n = 0;
        foreach (var (name, text) in options)
        {
            if (CText.Write(name, new(key, 256)) is not Errno.None and var bad || (bad = CText.Write(text, new(value, 256))) is not Errno.None)
                n = -(nint)bad;
            else
                n = Raw.Retry(Nr.fsconfig, context, 1, (nint)key, (nint)value);
            if (n < 0)
                break;
        }
        if (n >= 0)
            n = Raw.Retry(Nr.fsconfig, context, 6);
        var mount = n < 0 ? n : Raw.Retry(Nr.fsmount, context, 1, (nint)attributes);
        new Fd((int)context).Close();
        return NewFd("fsmount", mount, "tmpfs");
    }
}
