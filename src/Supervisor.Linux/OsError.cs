namespace Supervisor.Linux;

/// <summary>A system call that failed: which one, on what, and why.</summary>
/// <param name="Errno">The kernel's error number.</param>
/// <param name="Call">The call as its man page spells it, such as <c>openat2</c>.</param>
/// <param name="Path">What it acted on: a path, a unit, a device; null when nothing names it.</param>
public readonly record struct OsError(Errno Errno, string Call, string? Path = null)
{
    /// <summary>"openat2 /etc/x: ENOENT, no such file or directory".</summary>
    public override string ToString() =>
        Path is null ? $"{Call}: {Errno}, {Errno.Describe()}" : $"{Call} {Path}: {Errno}, {Errno.Describe()}";
}
