namespace Supervisor.Sandbox.Seccomp;

/// <summary>A filter as the kernel takes it.</summary>
/// <param name="Code">struct sock_filter, 8 bytes each.</param>
/// <param name="AllowedCalls">Calls of the table that pass, with some arguments at least.</param>
/// <param name="Comparisons">The most comparisons until a call's number is decided.</param>
/// <param name="MaxComparisons">The same with the tests of its arguments.</param>
/// <param name="Otherwise">What the filter's lists answer to a call that they refuse.</param>
public sealed record SeccompProgram(byte[] Code, int AllowedCalls, int Comparisons, int MaxComparisons, Verdict Otherwise)
{
    public int Instructions => Code.Length / 8;

    /// <summary>"312 calls allowed, 9 comparisons a call, else EPERM".</summary>
    public override string ToString() => $"{AllowedCalls} calls allowed, {Comparisons} comparisons a call, else {Otherwise}";
}
