using Supervisor.Units;

namespace Supervisor.Launch;

/// <summary>
/// Everything that happens between the birth of a process and its program, as data: steps in order, each a few system calls. Explain prints it, tests
/// compare it, <see cref="CompiledPlan"/> lays it out in memory for the child.
/// </summary>
/// <param name="Unit">The unit that it starts, for messages.</param>
/// <param name="MayBlock">True when a call may wait for somebody else (a path on a network or FUSE file system): the starter then does not wait for the
/// child, and learns the outcome from a pipe.</param>
public sealed record LaunchPlan(string Unit, IReadOnlyList<PlanStep> Steps, bool MayBlock = false)
{
    /// <summary>The process begins a PID namespace (CLONE_NEWPID), which nobody can enter by themselves.</summary>
    public bool OwnPids { get; init; }
}

/// <summary>One thing that a unit asked for.</summary>
/// <param name="Title">What explain prints and what the error says after "cannot": <c>mount a private /tmp</c>.</param>
/// <param name="Origin">The setting that asked for it.</param>
/// <param name="ExitStatus">The status of the process when it fails (<see cref="Launch.ExitStatus"/>).</param>
/// <param name="Path">What it acts on, used in the error when the failed call names nothing itself.</param>
public sealed record PlanStep(string Title, Origin Origin, int ExitStatus, string? Path, IReadOnlyList<PlanCall> Calls);

/// <summary>One system call.</summary>
/// <param name="Name">What the error says failed: <c>mount tmpfs on</c>.</param>
/// <param name="Nr">Its number, or one of <see cref="PlanOperation"/>.</param>
/// <param name="Arguments">At most six; the rest is 0.</param>
/// <param name="Path">What it acts on; null to say the step's.</param>
/// <param name="ResultRegister">Where the result goes, or -1.</param>
public sealed record PlanCall(
    string Name, int Nr, IReadOnlyList<PlanArg> Arguments, string? Path = null, int ResultRegister = -1, OnError OnError = default);

/// <summary>What the child can do that is not a system call. Negative, so that no system call is meant.</summary>
public static class PlanOperation
{
    /// <summary>Writes getpid(2) in decimal and a zero byte into blob 0 at offset 1.</summary>
    public const int FormatPid = -1;

    /// <summary>Writes register 2 into blob 0 at offset 1, as 4 bytes or 8 (argument 3).</summary>
    public const int Store = -2;
}

/// <summary>What an error of a call means.</summary>
/// <param name="Action">What is done when the call fails.</param>
/// <param name="First">The error number that is meant, with <paramref name="Second"/>; any other fails the step.</param>
public readonly record struct OnError(OnErrorAction Action, Linux.Errno First = Linux.Errno.None, Linux.Errno Second = Linux.Errno.None)
{
    /// <summary>The step fails, and with it the start.</summary>
    public static OnError Fail => default;

    /// <summary>Any error is as good as success.</summary>
    public static OnError IgnoreAll => new(OnErrorAction.IgnoreAll);

    /// <summary>These are as good as success, such as EEXIST of a directory.</summary>
    public static OnError Ignore(Linux.Errno first, Linux.Errno second = Linux.Errno.None) => new(OnErrorAction.Ignore, first, second);

    /// <summary>These end the step quietly, as for a path that may be missing.</summary>
    public static OnError SkipStep(Linux.Errno first, Linux.Errno second = Linux.Errno.None) => new(OnErrorAction.SkipStep, first, second);
}

public enum OnErrorAction : byte { Fail, Ignore, IgnoreAll, SkipStep }
