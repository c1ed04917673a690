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

    /// <summary>Clears O_NONBLOCK.</summary>
    public static OsResult SetBlocking(Fd fd)
    {
        var flags = Raw.Call(Nr.fcntl, fd.Number, F_GETFL);
        return flags < 0 ? Failure(flags, "fcntl F_GETFL") : Void("fcntl F_SETFL", null, Raw.Call(Nr.fcntl, fd.Number, F_SETFL, flags & ~O_NONBLOCK_FLAG));
    }

    /// <summary>Reads and writes return EAGAIN instead of waiting. Of the open file, so of every descriptor of it.</summary>
    public static OsResult SetNonBlocking(Fd fd)
    {
        var flags = Raw.Call(Nr.fcntl, fd.Number, F_GETFL);
        return flags < 0 ? Failure(flags, "fcntl F_GETFL") : Void("fcntl F_SETFL", null, Raw.Call(Nr.fcntl, fd.Number, F_SETFL, flags | O_NONBLOCK_FLAG));
    }
}
