namespace Supervisor.Linux;

/// <summary>Processes: pidfds, waiting, signals, prctl.</summary>
public static unsafe partial class Sys
{
    /// <summary>pidfd_open(2); ESRCH when it is gone.</summary>
    public static OsResult<Fd> PidfdOpen(int pid) => NewFd("pidfd_open", Raw.Call(Nr.pidfd_open, pid));

    /// <summary>pidfd_send_signal(2).</summary>
    public static OsResult PidfdSendSignal(Fd pidfd, int signal) =>
        Void("pidfd_send_signal", null, Raw.Call(Nr.pidfd_send_signal, pidfd.Number, signal));

    /// <summary>getrlimit(2) of this process; <paramref name="resource"/> is RLIMIT_*.</summary>
    public static OsResult<(ulong Soft, ulong Hard)> GetLimit(int resource)
    {
        ulong* limit = stackalloc ulong[2];
        var n = Raw.Call(Nr.prlimit64, 0, resource, 0, (nint)limit);
        return n < 0 ? Failure(n, "prlimit64") : (limit[0], limit[1]);
    }

    /// <summary>prctl(2).</summary>
    public static OsResult<nint> Prctl(int option, nint a = 0, nint b = 0, nint c = 0, nint d = 0)
    {
        var n = Raw.Call(Nr.prctl, option, a, b, c, d);
        return n < 0 ? Failure(n, "prctl") : n;
    }
}
