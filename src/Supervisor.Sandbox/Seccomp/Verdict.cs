using Supervisor.Linux;

namespace Supervisor.Sandbox.Seccomp;

/// <summary>What a filter answers: the value of SECCOMP_RET_* (seccomp(2)).</summary>
public readonly record struct Verdict(uint Value)
{
    public static Verdict Allow => new(0x7fff0000);

    /// <summary>Allowed, and said to the audit log (Linux 4.14).</summary>
    public static Verdict Log => new(0x7ffc0000);

    public static Verdict KillProcess => new(0x80000000);

    public static Verdict Error(int errno) => new(0x00050000u | (uint)errno & 0xffff);

    public static Verdict Error(Errno errno) => Error((int)errno);

    public bool IsAllow => Value == 0x7fff0000;

    public bool IsKill => Value == 0x80000000;

    /// <summary>As the kernel orders them: kill, an error, log, allow. Of two errors the first holds.</summary>
    public static Verdict Stricter(Verdict a, Verdict b) => Order(b) < Order(a) ? b : a;

    private static int Order(Verdict verdict) => (int)(verdict.Value & 0xffff0000);

    public override string ToString() => IsAllow ? "allow" : IsKill ? "kill" : Value == Log.Value ? "log" : $"{(Errno)(Value & 0xffff)}";
}
