namespace Supervisor.Units;

/// <summary>A span of time in µs; <see cref="Infinity"/> for "never".</summary>
public readonly record struct Duration(ulong Microseconds)
{
    public static Duration Infinity => new(ulong.MaxValue);

    public static Duration Seconds(ulong seconds) => new(seconds * 1_000_000);

    public static Duration Milliseconds(ulong milliseconds) => new(milliseconds * 1000);

    public bool IsInfinite => Microseconds == ulong.MaxValue;
}

/// <summary>Type= of systemd.service(5).</summary>
public enum ServiceType { Simple, Exec, Forking, Oneshot, Notify, NotifyReload, Dbus, Idle }

public enum ExitType { Main, Cgroup }

/// <summary>RestartMode=: through the end state, or straight from one run to the next (debug: with DEBUG_INVOCATION=1 for the next).</summary>
public enum RestartMode { Normal, Direct, Debug }

/// <summary>TimeoutStartFailureMode=: KillSignal=, WatchdogSignal= or FinalKillSignal= first.</summary>
public enum TimeoutFailureMode { Terminate, Abort, Kill }

public enum OOMPolicy { Continue, Stop, Kill }

public enum FileDescriptorStorePreserve { No, Restart, Yes }

/// <summary>Restart= of systemd.service(5).</summary>
public enum RestartPolicy { No, OnSuccess, OnFailure, OnAbnormal, OnWatchdog, OnAbort, Always }

/// <summary>How a request meets what is going on (systemctl(1), --job-mode=).</summary>
public enum JobMode
{
    /// <summary>A job in the way is replaced.</summary>
    Replace,

    /// <summary>A job in the way refuses the request.</summary>
    Fail,

    /// <summary>As Replace, and the new jobs are not replaced by others in their turn.</summary>
    ReplaceIrreversibly,

    /// <summary>Everything that the unit does not need is stopped.</summary>
    Isolate,

    /// <summary>Every other job is cancelled.</summary>
    Flush,

    /// <summary>Only this unit, no other, and no order.</summary>
    IgnoreDependencies,

    /// <summary>Only this unit, in order with others.</summary>
    IgnoreRequirements,

    /// <summary>A stop also stops what triggers the unit: its sockets, timers and paths.</summary>
    Triggering,

    /// <summary>A start also restarts those that are restarted with the unit.</summary>
    RestartDependencies,
}

/// <summary>What happens to the system.</summary>
public enum SystemEnd { Exit, Poweroff, Reboot, Halt }

/// <summary>FailureAction= and the like (systemd.unit(5)).</summary>
/// <param name="End">Null for "none".</param>
/// <param name="Force">1: units are not stopped in order; 2 ("immediate"): nothing is stopped at all.</param>
public readonly record struct SystemAction(SystemEnd? End, int Force = 0)
{
    public static SystemAction None => default;
}

/// <summary>KillMode= of systemd.kill(5).</summary>
public enum KillMode { ControlGroup, Process, Mixed, None }

/// <summary>NotifyAccess= of systemd.service(5).</summary>
public enum NotifyAccess { None, Main, Exec, All }

/// <summary>CollectMode= of systemd.unit(5).</summary>
public enum CollectMode { Inactive, InactiveOrFailed }

public enum ProtectSystem { No, Yes, Full, Strict }

public enum ProtectHome { No, Yes, ReadOnly, Tmpfs }

public enum PrivateTmp { No, Yes, Disconnected }

public enum PrivateUsers { No, Self, Identity, Full }

/// <summary>ProtectProc=: the hidepid= of the service's own procfs (proc(5)).</summary>
public enum ProtectProc { Default, NoAccess, Invisible, Ptraceable }

public enum ProcSubset { All, Pid }

/// <summary>StandardInput/Output/Error= of systemd.exec(5), as far as it is honoured.</summary>
public enum StandardStream { Null, Journal, Inherit, Socket, File, Append, Truncate, Data, Tty, TtyForce, TtyFail, Named, Kmsg, JournalConsole, KmsgConsole }

/// <summary>Where a standard stream leads.</summary>
/// <param name="Path">A file of the host; of Named the descriptor's name.</param>
public readonly record struct StreamTarget(StandardStream Kind, string? Path = null);

/// <summary>SandboxMode=: what happens when a part of the sandbox cannot be applied here.</summary>
public enum SandboxMode { Strict, Degrade }

/// <summary>One command of an Exec*= line.</summary>
/// <param name="Path">Absolute path in the service's root, or a bare name to be found in the search path.</param>
/// <param name="Arguments">argv, argv[0] included; specifiers are expanded, environment variables are not yet.</param>
/// <param name="IgnoreFailure">"-": a failure is recorded and counts as success.</param>
/// <param name="ExpandEnvironment">False after ":".</param>
/// <param name="FullPrivileges">"+": no user, no sandbox.</param>
/// <param name="KeepPrivileges">"!": sandbox, but no change of user.</param>
public sealed record ExecCommand(
    string Path, IReadOnlyList<string> Arguments, bool IgnoreFailure, bool ExpandEnvironment, bool FullPrivileges, bool KeepPrivileges, Origin Origin)
{
    /// <summary>"|": the user's shell runs it; alone, it is the shell.</summary>
    public ShellUse Shell { get; init; }
}

/// <summary>Whether a shell runs a command, and as what (systemd 258).</summary>
public enum ShellUse { None, Plain, Login }

/// <summary>An item of ReadWritePaths= and the like. "-" makes it optional, "+" makes it relative to the service's root instead of the host's.</summary>
public readonly record struct PathItem(string Path, bool Optional, bool RelativeToRoot);

/// <summary>An item of BindPaths= and BindReadOnlyPaths=.</summary>
public readonly record struct BindPath(string Source, string Destination, bool Optional, bool Recursive, bool ReadOnly);

/// <summary>An item of TemporaryFileSystem=.</summary>
public readonly record struct TemporaryFileSystem(string Path, string Options);

/// <summary>An item of RuntimeDirectory=, StateDirectory= and the like: a relative path, and the names that are to be links to it.</summary>
public sealed record DirectoryItem(string Name, IReadOnlyList<string> Links, bool ReadOnly);

/// <summary>One NAME=value of Environment=.</summary>
public readonly record struct EnvironmentItem(string Name, string Value);

/// <summary>Exit codes and signals that count as something (SuccessExitStatus=, RestartPreventExitStatus=).</summary>
public sealed record ExitStatusSet(IReadOnlySet<int> Codes, IReadOnlySet<int> Signals)
{
    public static ExitStatusSet Empty { get; } = new(new HashSet<int>(), new HashSet<int>());
}

/// <summary>
/// One SystemCallFilter= as a whole: an allow list, or a deny list. Groups are expanded. When several stand in a setting (an image's own and its
/// profile's), a call must pass every one of them.
/// </summary>
/// <param name="IsAllowList">True: calls not named are refused; false: calls named are refused.</param>
/// <param name="Calls">Call names, with the errno for a refused call that names its own (else null: SystemCallErrorNumber=). For an allow list, a name that was
/// later removed with "~name:ERRNO" is in <paramref name="Refused"/>.</param>
/// <param name="Refused">Calls taken out of an allow list, with their own errno.</param>
public sealed record SyscallFilter(bool IsAllowList, IReadOnlyDictionary<string, int?> Calls, IReadOnlyDictionary<string, int?> Refused, Origin Origin)
{
    /// <summary>Instead of an errno: the process is killed whatever SystemCallErrorNumber= says.</summary>
    public const int Kill = -1;
}

/// <summary>One RestrictAddressFamilies= as a whole; several in a setting must all agree, as with <see cref="SyscallFilter"/>.</summary>
public sealed record AddressFamilyFilter(bool IsAllowList, IReadOnlySet<int> Families, Origin Origin);

/// <summary>An address prefix of IPAddressAllow= or IPAddressDeny=: 4 or 16 bytes and a length in bits.</summary>
public sealed record IPPrefix(byte[] Address, int Length);

/// <summary>A limit of LimitX=; <see cref="ulong.MaxValue"/> is infinity.</summary>
public readonly record struct ResourceLimit(ulong Soft, ulong Hard);

/// <summary>A condition such as ConditionPathExists=: what is tested, negated by "!", one of several alternatives after "|".</summary>
public sealed record Condition(string Kind, string Argument, bool Negate, bool Trigger, bool Assert, Origin Origin);

/// <summary>Which session keyring a service has (systemd.exec(5)), from open to closed.</summary>
public enum KeyringMode { Inherit, Shared, Private }

/// <summary>ioprio_set(2).</summary>
public enum IOSchedulingClass { None, Realtime, BestEffort, Idle }

/// <summary>DevicePolicy= of systemd.resource-control(5), from open to closed.</summary>
public enum DevicePolicy { Auto, Closed, Strict }

/// <summary>An item of DeviceAllow=.</summary>
/// <param name="Device">A path in /dev, char-DRIVER or block-DRIVER.</param>
/// <param name="Access">Any of r, w and m.</param>
public readonly record struct DeviceRule(string Device, string Access);
