namespace Supervisor.Linux;

/// <summary>Advisory locks (flock(2)).</summary>
public static unsafe partial class Sys
{
    private const int LOCK_EX = 2, LOCK_NB = 4;

    /// <summary>flock(2) LOCK_EX without waiting: EAGAIN while another open file has it. Of the open file, and gone when that is closed.</summary>
    public static OsResult TryLock(Fd fd, string? path = null) => Void("flock", path, Raw.Call(Nr.flock, fd.Number, LOCK_EX | LOCK_NB));
}
