using System.Runtime.CompilerServices;
using Supervisor.Linux;

namespace Supervisor.Launch;

/// <summary>
/// What runs in the new process until its program does: it makes the calls of a plan in order and stops at the first that fails.
/// Between clone and execve there is no runtime: the memory may be the parent's own, the thread pointer is the parent's, nobody else runs. So this file
/// has pointers and integers only; nothing here allocates, throws, locks, calls through a delegate or reads a static field, and the only function that it
/// calls is the system call instruction. A test disassembles the published binary to prove it.
/// </summary>
internal static unsafe class Child
{
    /// <summary>
    /// Called by the clone stub, as managed code: an unmanaged entry would change the state of the parent's thread, which the parent still needs.
    /// <paramref name="syscall"/> is plain machine code that keeps to the same convention. Does not return, except for a block without calls in the parent
    /// itself, which is how the code is made ready beforehand.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(ChildBlock* block, delegate*<nint, nint, nint, nint, nint, nint, nint, nint> syscall)
    {
        if (block->Count == 0)
            return;
        var registers = (long*)&block->Register;
        for (var i = 0; i < block->Count; i++)
        {
            var call = block->Calls + i;
            var argument = (long*)&call->Argument;
            int mask = call->RegisterArguments;
            var a = (nint)((mask & 1) == 0 ? argument[0] : registers[argument[0]]);
            var b = (nint)((mask & 2) == 0 ? argument[1] : registers[argument[1]]);
            var c = (nint)((mask & 4) == 0 ? argument[2] : registers[argument[2]]);
            var d = (nint)((mask & 8) == 0 ? argument[3] : registers[argument[3]]);
            var e = (nint)((mask & 16) == 0 ? argument[4] : registers[argument[4]]);
            var f = (nint)((mask & 32) == 0 ? argument[5] : registers[argument[5]]);

            nint result;
            if (call->Nr >= 0)
            {
                result = syscall(call->Nr, a, b, c, d, e, f);
                // openat2 below a root says EAGAIN when a rename raced with its walk: try again, but not for ever against somebody who keeps renaming
                for (var again = 0; result == -(int)Errno.EAGAIN && call->Nr == Nr.openat2 && again < 128; again++)
                    result = syscall(call->Nr, a, b, c, d, e, f);
            }
            else if (call->Nr == PlanOperation.FormatPid)
            {
                result = syscall(Nr.getpid, 0, 0, 0, 0, 0, 0);
                Format((byte*)a + b, result);
            }
            else
            {
                result = 0;
                if (d == 4)
                    *(int*)((byte*)a + b) = (int)c;
                else
                    *(long*)((byte*)a + b) = c;
            }

            if (result is < 0 and >= -4095)
            {
                var errno = (int)-result;
                var action = call->OnError;
                var meant = errno == call->First || errno == call->Second;
                if (action == (byte)OnErrorAction.SkipStep && meant)
                {
                    i = call->StepEnd - 1;
                    continue;
                }
                if (action != (byte)OnErrorAction.IgnoreAll && !(action == (byte)OnErrorAction.Ignore && meant))
                {
                    // ENOENT of a file that is there: what it names as its interpreter is not
                    var loader = call->Nr == Nr.execve && errno == (int)Errno.ENOENT && syscall(Nr.faccessat, -100, a, 0, 0, 0, 0) == 0;
                    block->Report.Call = i;
                    block->Report.LoaderMissing = loader ? 1 : 0;
                    block->Report.Errno = errno;
                    if (block->ReportPipe >= 0)
                        syscall(Nr.write, block->ReportPipe, (nint)(&block->Report), sizeof(ChildReport), 0, 0, 0);
                    Exit(call->ExitStatus, syscall);
                }
            }
            if (call->Result >= 0)
                registers[call->Result] = result;
        }
        Exit(0, syscall);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exit(int status, delegate*<nint, nint, nint, nint, nint, nint, nint, nint> syscall)
    {
        syscall(Nr.exit_group, status, 0, 0, 0, 0, 0);
        // A filter that refuses exit_group: end by a fault instead of running on.
        *(int*)8 = status;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Format(byte* at, nint number)
    {
        var size = 1;
        for (var rest = number / 10; rest != 0; rest /= 10)
            size++;
        at[size] = 0;
        for (var rest = number; size > 0; rest /= 10)
            at[--size] = (byte)('0' + rest % 10);
    }
}
