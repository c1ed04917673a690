namespace Supervisor.Linux;

/// <summary>Flags of open descriptors (fcntl(2)).</summary>
public static unsafe partial class Sys
{
    private const int F_GETFL = 3, F_SETFL = 4, O_NONBLOCK_FLAG = 0x800;

    /// <summary>Another descriptor of the same open file, close-on-exec.</summary>
    public static OsResult<Fd> Duplicate(Fd fd)
    {
        var copy = Raw.Call(Nr.fcntl, fd.Number, 1030, 3); // F_DUPFD_CLOEXEC
        return copy < 0 ? Failure(copy, "fcntl F_DUPFD_CLOEXEC") : new Fd((int)copy);
    }

    /// <summary>pipe2(2), close-on-exec; the reading end does not block.</summary>
    public static OsResult<(Fd Read, Fd Write)> Pipe()
    {
        int* pair = stackalloc int[2];
        var result = Raw.Call(Nr.pipe2, (nint)pair, Tmds.Linux.LibC.O_CLOEXEC);
        if (result < 0)
            return Failure(result, "pipe2");
        var (read, write) = (new Fd(pair[0]), new Fd(pair[1]));
        if (!SetNonBlocking(read).Failed(out var error))
            return (read, write);
        read.Close();
        write.Close();
        return error;
    }

    /// <summary>Clears O_NONBLOCK.</summary>
    public static OsResult SetBlocking(Fd fd)
    {
        var flags = Raw.Call(Nr.fcntl, fd.Number, F_GETFL);
        return flags < 0 ? Failure(flags, "fcntl F_GETFL") : Void("fcntl F_SETFL", null, Raw.Call(Nr.fcntl, fd.Number, F_SETFL, flags & ~O_NONBLOCK_FLAG));
    }

    /// <summary>Whether both are the same open file (kcmp(2), KCMP_FILE); false where the kernel cannot tell.</summary>
    public static bool IsSameFile(Fd a, Fd b)
    {
        var self = (int)Raw.CallFast(Nr.getpid);
        return Raw.Call(Nr.kcmp, self, self, 0, a.Number, b.Number) == 0;
    }

    /// <summary>Reads and writes return EAGAIN instead of waiting. Of the open file, so of every descriptor of it.</summary>
    public static OsResult SetNonBlocking(Fd fd)
    {
        var flags = Raw.Call(Nr.fcntl, fd.Number, F_GETFL);
        return flags < 0 ? Failure(flags, "fcntl F_GETFL") : Void("fcntl F_SETFL", null, Raw.Call(Nr.fcntl, fd.Number, F_SETFL, flags | O_NONBLOCK_FLAG));
    }
}
