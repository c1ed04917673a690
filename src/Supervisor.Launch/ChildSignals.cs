using Supervisor.Linux;

namespace Supervisor.Launch;

/// <summary>Signals around a clone: all are blocked across it, handlers are cleared by the kernel, and what is ignored here must not stay ignored there.</summary>
internal static unsafe class ChildSignals
{
    private static ulong s_reset;
    private static bool s_known, s_hasClone3;

    /// <summary>False where a filter around us refuses clone3(2), as some container managers' do. Without arguments the kernel itself says EINVAL.</summary>
    public static bool HasClone3
    {
        get
        {
            Learn();
            return s_hasClone3;
        }
    }

    /// <summary>
    /// The signals that a child must put back to their defaults: those that this process ignores (execve(2) keeps them ignored), which are SIGPIPE by the runtime
    /// and others by whoever started us; without clone3, which clears them, also those with a handler.
    /// </summary>
    public static ulong Reset
    {
        get
        {
            Learn();
            return s_reset;
        }
    }

    /// <summary>Once: the runtime sets its handlers before Main.</summary>
    private static void Learn()
    {
        if (s_known)
            return;
        s_hasClone3 = Raw.Call(Nr.clone3, 0, 0) == -(nint)Errno.EINVAL;
        // struct sigaction as the kernel has it: handler (0 default, 1 ignore), flags, restorer, mask
        long* action = stackalloc long[4];
        for (var signal = 1; signal <= 64; signal++)
        {
            if (Raw.CallFast(Nr.rt_sigaction, signal, 0, (nint)action, 8) == 0 && (action[0] == 1 || (action[0] != 0 && !s_hasClone3)))
                s_reset |= 1UL << (signal - 1);
        }
        s_known = true;
    }

    /// <summary>Blocks every signal and returns the mask as it was.</summary>
    public static ulong BlockAll() => Sys.SignalProcMask(2, ulong.MaxValue);

    public static void Restore(ulong mask) => _ = Sys.SignalProcMask(2, mask);
}
