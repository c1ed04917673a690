using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Supervisor.Linux;

/// <summary>syscall(2) as the kernel returns it: a value, or a negative error number. Nothing here retries or throws.</summary>
public static unsafe partial class Raw
{
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Syscall(nint nr, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "syscall")]
    [SuppressGCTransition] // audited: for calls that neither block nor call back, and for the launch child, which must not touch the collector
    private static partial nint SyscallNoTransition(nint nr, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "__errno_location")]
    [SuppressGCTransition] // audited: reads a thread-local address
    private static partial int* ErrnoLocation();

    /// <summary>Any call. Returns the result, or -errno.</summary>
    public static nint Call(nint nr, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        var result = Syscall(nr, a, b, c, d, e, f);
        return result == -1 ? -*ErrnoLocation() : result;
    }

    /// <summary>A call that cannot block, without a GC transition; also what the launch child uses. Returns the result, or -errno.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint CallFast(nint nr, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        var result = SyscallNoTransition(nr, a, b, c, d, e, f);
        return result == -1 ? -*ErrnoLocation() : result;
    }

    /// <summary>A call retried while it returns EINTR.</summary>
    public static nint Retry(nint nr, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        while (true)
        {
            var result = Call(nr, a, b, c, d, e, f);
            if (result != -(nint)Errno.EINTR)
                return result;
        }
    }
}
