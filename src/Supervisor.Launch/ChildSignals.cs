using Supervisor.Linux;

namespace Supervisor.Launch;

/// <summary>Signals around a clone: all are blocked across it, handlers are cleared by the kernel, and what is ignored here must not stay ignored there.</summary>
internal static unsafe class ChildSignals
{
    private static ulong s_ignored;
    private static bool s_known;

    /// <summary>
    /// The signals that this process ignores (execve(2) keeps them ignored): SIGPIPE by the runtime, others by whoever started us. Asked once: the runtime
    /// sets its own before Main.
    /// </summary>
    public static ulong Ignored
    {
        get
        {
            if (s_known)
                return s_ignored;
            long* action = stackalloc long[4];
            for (var signal = 1; signal <= 64; signal++)
            {
                if (Raw.CallFast(Nr.rt_sigaction, signal, 0, (nint)action, 8) == 0 && action[0] == 1)
                    s_ignored |= 1UL << (signal - 1);
            }
            s_known = true;
            return s_ignored;
        }
    }

    /// <summary>Blocks every signal and returns the mask as it was.</summary>
    public static ulong BlockAll() => Sys.SignalProcMask(2, ulong.MaxValue);

    public static void Restore(ulong mask) => _ = Sys.SignalProcMask(2, mask);
}
