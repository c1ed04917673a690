using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>What a process asks about its own descriptors and says about itself.</summary>
public static unsafe partial class Sys
{
    /// <summary>getsockopt(2) SO_TYPE: SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_SEQPACKET 5; ENOTSOCK for what is no socket.</summary>
    public static OsResult<int> SocketType(Fd socket)
    {
        int type, size = 4;
        var n = Raw.Call(Nr.getsockopt, socket.Number, LibC.SOL_SOCKET, LibC.SO_TYPE, (nint)(&type), (nint)(&size));
        return n < 0 ? Failure(n, "getsockopt SO_TYPE", socket.ToString()) : type;
    }

    /// <summary>poll(2) of one descriptor for <paramref name="events"/> (POLLIN 1, POLLOUT 4): true when it is ready, false after <paramref name="timeoutMilliseconds"/> or EINTR.</summary>
    public static OsResult<bool> PollOne(Fd fd, short events, int timeoutMilliseconds)
    {
        int* polled = stackalloc int[2];
        polled[0] = fd.Number;
        polled[1] = (ushort)events;
        var n = Raw.Call(Nr.poll, (nint)polled, 1, timeoutMilliseconds);
        return n < 0 && n != -(nint)Errno.EINTR ? Failure(n, "poll") : n > 0;
    }

    /// <summary>fcntl(2) F_SETFD FD_CLOEXEC.</summary>
    public static OsResult SetCloseOnExec(Fd fd) => Void("fcntl F_SETFD", null, Raw.Call(Nr.fcntl, fd.Number, LibC.F_SETFD, 1));

    /// <summary>prctl(2) PR_SET_NAME: the name that ps(1) shows; 15 bytes count.</summary>
    public static OsResult SetProcessName(string name)
    {
        byte* p = stackalloc byte[CText.Max];
        if (CText.Write(name, new(p, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, "prctl PR_SET_NAME", name);
        return Void("prctl PR_SET_NAME", name, Raw.Call(Nr.prctl, 15, (nint)p));
    }
}

/// <summary>What the kernel told this process at its start (getauxval(3)).</summary>
public static unsafe partial class Auxiliary
{
    private const nuint AT_EXECFN = 31;

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "getauxval")]
    private static partial nuint Getauxval(nuint type);

    /// <summary>The path that was given to execve(2), as a zero-terminated string that lives as long as the process; null when there is none.</summary>
    public static byte* ExecutedPath => (byte*)Getauxval(AT_EXECFN);
}
