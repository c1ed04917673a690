using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox.Seccomp;

/// <summary>
/// The rule of each system call under a unit's settings (systemd.exec(5), "Sandboxing" and "System Call Filtering"). Where a call can do the same as a restricted
/// one and hides its arguments from a filter (clone3, openat2, a ring), it answers ENOSYS, which programs take as "not in this kernel" and go back to the other.
/// </summary>
internal sealed partial class Restrictions(SeccompSettings settings)
{
    private static readonly Rule NotPermitted = Rule.Deny(Verdict.Error(Errno.EPERM));
    private static readonly Rule NotThere = Rule.Deny(Verdict.Error(Errno.ENOSYS));

    private readonly bool _refuseRings = !settings.AllowIoUring && RingEscapes(settings);

    /// <summary>The rule for a call of the table.</summary>
    public Rule For(string name)
    {
        var rule = Rule.Allow;
        foreach (var filter in settings.Filters)
            rule = Rule.Both(rule, Listed(filter, name));
        if (settings.Log is [var log])
            rule = Rule.Both(rule, Logged(log, name));
        foreach (var restriction in Apply(name))
            rule = Rule.Both(rule, restriction);
        return rule;
    }

    /// <summary>The rule for a number that is in no table: newer than this program. An allow list cannot mean it.</summary>
    public Rule ForUnknown => settings.Filters.Any(f => f.IsAllowList) ? NotThere : Rule.Allow;

    private Verdict Refusal => settings.ErrorNumber is { } errno ? Verdict.Error(errno) : Verdict.KillProcess;

    private IEnumerable<Rule> Apply(string name)
    {
        if (settings.AddressFamilies.Count > 0)
            yield return Sockets(name);
        if (settings.RestrictsNamespaces)
            yield return NamespaceCalls(name);
        if (settings.MemoryDenyWriteExecute)
            yield return WriteExecute(name);
        if (settings.RestrictSuidSgid)
            yield return SetIdBits(name);
        if (settings.RestrictRealtime)
            yield return Realtime(name);
        if (settings.LockPersonality && name == "personality")
            yield return Test.Equal(0, 0, Rule.Allow, Test.Equal(0, uint.MaxValue, Rule.Allow, NotPermitted));
        if (_refuseRings && name is "io_uring_setup" or "io_uring_enter" or "io_uring_register")
            yield return NotThere;
        if (Group(name))
            yield return NotPermitted;
    }

    /// <summary>The Protect… settings that refuse whole calls: true when <paramref name="name"/> is one of theirs and the setting is on.</summary>
    private bool Group(string name) => name switch
    {
        "adjtimex" or "clock_adjtime" or "clock_settime" or "settimeofday" => settings.ProtectClock,
        "init_module" or "finit_module" or "delete_module" => settings.ProtectKernelModules,
        "syslog" => settings.ProtectKernelLogs,
        "_sysctl" => settings.ProtectKernelTunables,
        "sethostname" or "setdomainname" => settings.ProtectHostname,
        "ioperm" or "iopl" => settings.PrivateDevices,
        _ => false,
    };

    private Rule Listed(SyscallFilter filter, string name)
    {
        var named = filter.Calls.TryGetValue(name, out var errno);
        if (filter.IsAllowList)
        {
            if (filter.Refused.TryGetValue(name, out var own))
                return Rule.Deny(Answer(own));
            // "name:EPERM" in an allow list refuses that one, as in systemd
            return named ? errno is { } e ? Rule.Deny(Answer(e)) : Rule.Allow : Rule.Deny(Refusal);
        }
        return named ? Rule.Deny(Answer(errno)) : Rule.Allow;
    }

    private Verdict Answer(int? own) => own switch { null => Refusal, SyscallFilter.Kill => Verdict.KillProcess, { } errno => Verdict.Error(errno) };

    /// <summary>SystemCallLog=: what is not refused, and listed, goes into the audit log.</summary>
    private static Rule Logged(SyscallFilter log, string name) => log.Calls.ContainsKey(name) == log.IsAllowList ? Rule.Deny(Verdict.Log) : Rule.Allow;
}
