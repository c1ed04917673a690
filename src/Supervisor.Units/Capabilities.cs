namespace Supervisor.Units;

/// <summary>Capability names (capabilities(7), Linux 5.9 and later: 41 of them).</summary>
public static class Capabilities
{
    private static readonly string[] Names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
        "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN",
        "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE",
        "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>All of them.</summary>
    public static ulong All => (1UL << Names.Length) - 1;

    /// <summary>One past the highest number.</summary>
    public static int Count => Names.Length;

    /// <summary>The bit of "CAP_CHOWN"; 0 for a name that is none.</summary>
    public static ulong Bit(string name)
    {
        var index = name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase)
            ? Array.FindIndex(Names, n => n.AsSpan().Equals(name.AsSpan(4), StringComparison.OrdinalIgnoreCase))
            : -1;
        return index < 0 ? 0 : 1UL << index;
    }

    /// <summary>"CAP_CHOWN CAP_KILL".</summary>
    public static string Describe(ulong mask) =>
        string.Join(' ', Enumerable.Range(0, Names.Length).Where(i => (mask & (1UL << i)) != 0).Select(i => "CAP_" + Names[i]));
}
