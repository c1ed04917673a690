using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Supervisor.Launch;

/// <summary>What the child sees of the world: a plan in memory that no collector moves, its registers, and where to say what failed.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ChildBlock
{
    public ChildCall* Calls;
    public int Count;

    /// <summary>Where a failure is written to; -1 when the parent reads <see cref="Report"/> in shared memory.</summary>
    public int ReportPipe;

    public ChildReport Report;

    public Registers Register;

    [InlineArray(PlanRegister.Count)]
    public struct Registers
    {
        private long _first;
    }
}

/// <summary>One call, with every address in place.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChildCall
{
    public int Nr;
    public short Result;

    /// <summary>Bit i: argument i is the number of a register.</summary>
    public byte RegisterArguments;

    public byte OnError;
    public int First;
    public int Second;

    /// <summary>Index of the next step's first call.</summary>
    public int StepEnd;

    public int ExitStatus;
    public Arguments Argument;

    [InlineArray(6)]
    public struct Arguments
    {
        private long _first;
    }
}

/// <summary>The call that failed, by its index; errno 0 means none did.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChildReport
{
    public int Call;
    public int Errno;

    /// <summary>1: execve said ENOENT of a file that exists.</summary>
    public int LoaderMissing;

    public int Unused;
}
