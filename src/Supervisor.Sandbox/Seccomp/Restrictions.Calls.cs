using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox.Seccomp;

/// <summary>The restrictions, one method each.</summary>
internal sealed partial class Restrictions
{
    private const uint SuidSgid = 0x800 | 0x400, O_CREAT = 0x40, O_TMPFILE_BIT = 0x400000, PROT_WRITE = 2, PROT_EXEC = 4, SHM_EXEC = 0x8000,
        READ_IMPLIES_EXEC = 0x400000, SCHED_RESET_ON_FORK = 0x40000000, AF_UNIX = 1;

    /// <summary>What a ring does without a system call that a filter could see (io_uring_enter(2), the operations).</summary>
    private static readonly string[] RingOperations =
    [
        "open", "openat", "openat2", "creat", "close", "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev", "pwritev2", "fsync",
        "fdatasync", "sync_file_range", "fallocate", "fadvise64", "madvise", "statx", "stat", "lstat", "newfstatat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir",
        "mkdir", "mkdirat", "symlink", "symlinkat", "link", "linkat", "ftruncate", "truncate", "splice", "tee", "pipe", "pipe2", "epoll_ctl", "epoll_wait", "poll", "futex", "waitid",
        "fsetxattr", "setxattr", "fgetxattr", "getxattr", "socket", "bind", "listen", "connect", "accept", "accept4", "shutdown", "setsockopt", "getsockopt",
        "sendto", "sendmsg", "recvfrom", "recvmsg",
    ];

    private static bool RingEscapes(SeccompSettings settings)
    {
        if (settings.AddressFamilies.Count > 0 || settings.RestrictSuidSgid)
            return true;
        var restrictions = new Restrictions(settings with { AllowIoUring = true });
        return settings.Filters.Any(f => RingOperations.Any(o => restrictions.Listed(f, o) != Rule.Allow));
    }

    /// <summary>
    /// RestrictAddressFamilies=: the family of socket(2). socketpair(2) makes pairs of AF_UNIX whatever the list says, as in systemd, since such a pair reaches
    /// nobody; its other families are held to the list.
    /// </summary>
    private Rule Sockets(string name)
    {
        if (name is not ("socket" or "socketpair"))
            return Rule.Allow;
        var denied = Rule.Deny(Verdict.Error(Errno.EAFNOSUPPORT));
        var rule = Rule.Allow;
        foreach (var filter in settings.AddressFamilies)
        {
            var (named, other) = filter.IsAllowList ? (Rule.Allow, denied) : (denied, Rule.Allow);
            var own = other;
            foreach (var family in filter.Families.Order().Reverse())
                own = Test.Equal(0, (uint)family, named, own);
            rule = Rule.Both(rule, own);
        }
        return name == "socketpair" ? Test.Equal(0, AF_UNIX, Rule.Allow, rule) : rule;
    }

    /// <summary>RestrictNamespaces=: making and entering namespaces.</summary>
    private Rule NamespaceCalls(string name)
    {
        var restricted = (uint)(Namespaces.All & ~settings.AllowedNamespaces);
        // In clone(2) the bit of CLONE_NEWTIME belongs to the exit signal.
        var clonable = restricted & ~(uint)Namespaces.Time;
        return name switch
        {
            "clone" => clonable == 0 ? Rule.Allow : Test.Any(0, clonable, NotPermitted, Rule.Allow),
            "unshare" => Test.Any(0, restricted, NotPermitted, Rule.Allow),
            // type 0 enters whatever the descriptor is of
            "setns" => Test.Equal(1, 0, NotPermitted, Test.Any(1, restricted, NotPermitted, Rule.Allow)),
            "clone3" => NotThere,
            _ => Rule.Allow,
        };
    }

    /// <summary>MemoryDenyWriteExecute=: no memory that is both, none that becomes executable later.</summary>
    private static Rule WriteExecute(string name) => name switch
    {
        "mmap" => Test.Equal(2, PROT_WRITE | PROT_EXEC, NotPermitted, Rule.Allow, PROT_WRITE | PROT_EXEC),
        "mprotect" or "pkey_mprotect" => Test.Any(2, PROT_EXEC, NotPermitted, Rule.Allow),
        "shmat" => Test.Any(2, SHM_EXEC, NotPermitted, Rule.Allow),
        // With READ_IMPLIES_EXEC every writable mapping is executable. All ones asks, and changes nothing.
        "personality" => Test.Equal(0, uint.MaxValue, Rule.Allow, Test.Any(0, READ_IMPLIES_EXEC, NotPermitted, Rule.Allow)),
        _ => Rule.Allow,
    };

    /// <summary>RestrictSUIDSGID=: no file gets the set-user-ID or set-group-ID bit.</summary>
    private static Rule SetIdBits(string name) => name switch
    {
        "chmod" or "fchmod" or "creat" or "mknod" or "mkdir" => Mode(1),
        "fchmodat" or "fchmodat2" or "mknodat" or "mkdirat" => Mode(2),
        "open" => Test.Any(1, O_CREAT | O_TMPFILE_BIT, Mode(2), Rule.Allow),
        "openat" => Test.Any(2, O_CREAT | O_TMPFILE_BIT, Mode(3), Rule.Allow),
        "openat2" => NotThere,
        _ => Rule.Allow,
    };

    private static Rule Mode(int argument) => Test.Any(argument, SuidSgid, NotPermitted, Rule.Allow);

    /// <summary>RestrictRealtime=: only SCHED_OTHER, SCHED_BATCH and SCHED_IDLE. sched_setattr(2) has its policy in memory; programs fall back.</summary>
    private static Rule Realtime(string name)
    {
        if (name == "sched_setattr")
            return NotThere;
        if (name != "sched_setscheduler")
            return Rule.Allow;
        var rule = NotPermitted;
        foreach (uint policy in (ReadOnlySpan<uint>)[5, 3, 0])
            rule = Test.Equal(1, policy, Rule.Allow, rule, ~SCHED_RESET_ON_FORK);
        return rule;
    }
}
