using Supervisor.Linux;
using Supervisor.Sandbox.Seccomp;
using Supervisor.Units;

namespace Supervisor.Sandbox.Tests.Seccomp;

/// <summary>What a call should get under the settings, written down call by call without any tree: the strictest of all that applies.</summary>
internal static class Expectation
{
    public static uint Of(SeccompSettings s, uint arch, uint nr, ReadOnlySpan<ulong> wide)
    {
        if (arch == 0x40000003)
            return s.Architectures.Contains("x86") ? Allow : Kill;
        if (arch != 0xC000003E)
            return Kill;
        if (nr == uint.MaxValue)
            return Error(Errno.ENOSYS);
        if ((nr & 0x40000000) != 0 || nr > 0x7fffffff)
            return s.Architectures.Contains("x32") ? Allow : Kill;
        if (Names[(int)Math.Min(nr, 999)] is not { } name)
            return s.Filters.Any(f => f.IsAllowList) ? Error(Errno.ENOSYS) : Allow;
        var a = new uint[6];
        for (var i = 0; i < wide.Length; i++)
            a[i] = (uint)wide[i];
        var verdicts = new List<uint> { Allow };

        foreach (var f in s.Filters)
        {
            var standard = s.ErrorNumber is { } e ? Error((Errno)e) : Kill;
            if (f.IsAllowList)
            {
                if (f.Refused.TryGetValue(name, out var own))
                    verdicts.Add(own is { } o ? Error((Errno)o) : standard);
                else if (!f.Calls.TryGetValue(name, out var allowed))
                    verdicts.Add(standard);
                else if (allowed is { } but)
                    verdicts.Add(Error((Errno)but));
            }
            else if (f.Calls.TryGetValue(name, out var own))
                verdicts.Add(own is { } o ? Error((Errno)o) : standard);
        }
        void Refuse(bool when, Errno errno = Errno.EPERM)
        {
            if (when)
                verdicts.Add(Error(errno));
        }

        foreach (var f in s.AddressFamilies)
            Refuse((name == "socket" || (name == "socketpair" && a[0] != 1)) && f.Families.Contains((int)a[0]) != f.IsAllowList, Errno.EAFNOSUPPORT);
        var namespaces = (uint)(Namespaces.All & ~s.AllowedNamespaces);
        if (namespaces != 0)
        {
            Refuse(name == "clone" && (a[0] & namespaces & ~0x80u) != 0);
            Refuse(name == "unshare" && (a[0] & namespaces) != 0);
            Refuse(name == "setns" && (a[1] == 0 || (a[1] & namespaces) != 0));
            Refuse(name == "clone3", Errno.ENOSYS);
        }
        if (s.MemoryDenyWriteExecute)
        {
            Refuse(name == "mmap" && (a[2] & 6) == 6);
            Refuse(name is "mprotect" or "pkey_mprotect" && (a[2] & 4) != 0);
            Refuse(name == "shmat" && (a[2] & 0x8000) != 0);
            Refuse(name == "personality" && a[0] != uint.MaxValue && (a[0] & 0x400000) != 0);
        }
        if (s.RestrictSuidSgid)
        {
            bool Special(int argument) => (a[argument] & 0xC00) != 0;
            Refuse(name is "chmod" or "fchmod" or "creat" or "mknod" or "mkdir" && Special(1));
            Refuse(name is "fchmodat" or "fchmodat2" or "mknodat" or "mkdirat" && Special(2));
            Refuse(name == "open" && (a[1] & 0x400040) != 0 && Special(2));
            Refuse(name == "openat" && (a[2] & 0x400040) != 0 && Special(3));
            Refuse(name == "openat2", Errno.ENOSYS);
        }
        if (s.RestrictRealtime)
        {
            Refuse(name == "sched_setscheduler" && (a[1] & ~0x40000000u) is not (0 or 3 or 5));
            Refuse(name == "sched_setattr", Errno.ENOSYS);
        }
        Refuse(s.LockPersonality && name == "personality" && a[0] is not (0 or uint.MaxValue));
        Refuse(s.ProtectClock && name is "adjtimex" or "clock_adjtime" or "clock_settime" or "settimeofday");
        Refuse(s.ProtectKernelModules && name is "init_module" or "finit_module" or "delete_module");
        Refuse(s.ProtectKernelLogs && name == "syslog");
        Refuse(s.ProtectKernelTunables && name == "_sysctl");
        Refuse(s.ProtectHostname && name is "sethostname" or "setdomainname");
        Refuse(s.PrivateDevices && name is "ioperm" or "iopl");
        if (name.StartsWith("io_uring_") && !s.AllowIoUring)
            Refuse(s.AddressFamilies.Count > 0 || s.RestrictSuidSgid || s.Filters.Any(f => f.IsAllowList ? !f.Calls.ContainsKey("openat") : f.Calls.ContainsKey("openat")), Errno.ENOSYS);

        // the strictest; of errors the first that was added
        return verdicts.Contains(Kill) ? Kill : verdicts.Find(v => v != Allow) is var first and not 0 ? first : Allow;
    }

    public const uint Allow = 0x7fff0000, Kill = 0x80000000;

    public static uint Error(Errno errno) => 0x50000 + (uint)errno;

    private static readonly string?[] Names = Enumerable.Range(0, 1000).Select(SyscallTable.Name).ToArray();
}
