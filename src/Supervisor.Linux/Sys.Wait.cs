namespace Supervisor.Linux;

/// <summary>How a process ended (waitid(2)).</summary>
/// <param name="Code">CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3.</param>
/// <param name="Status">Exit status, or signal.</param>
public readonly record struct ProcessEnd(int Code, int Status);

/// <summary>Waiting for a child by its pidfd.</summary>
public static unsafe partial class Sys
{
    /// <summary>waitid(2) P_PIDFD: waits for the child's end, whatever its exit signal is, and reaps it.</summary>
    public static OsResult<ProcessEnd> Reap(Fd pidfd)
    {
        // siginfo_t of SIGCHLD: signo, errno, code, pad, pid, uid, status. P_PIDFD 3, WEXITED 4, __WALL 0x40000000
        int* info = stackalloc int[32];
        var n = Raw.Retry(Nr.waitid, 3, pidfd.Number, (nint)info, 4 | 0x40000000);
        return n < 0 ? Failure(n, "waitid") : new ProcessEnd(info[2], info[6]);
    }
}
