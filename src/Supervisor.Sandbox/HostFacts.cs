using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>What plans need to know about the machine and the manager: read once (<see cref="HostFactsReader"/>), then data.</summary>
public sealed record HostFacts
{
    /// <summary>Version of the kernel, such as 6.1.</summary>
    public required Version Kernel { get; init; }

    public required CgroupLayout Cgroups { get; init; }

    /// <summary>/etc/machine-id, 32 hexadecimal digits; null when the machine has none.</summary>
    public string? MachineId { get; init; }

    public required string HostName { get; init; }

    /// <summary>True under another init (<c>supervisor run</c>).</summary>
    public bool Nested { get; init; }

    /// <summary>Where RuntimeDirectory= and the like of services on the host's root are made.</summary>
    public required DirectoryBases Directories { get; init; }

    /// <summary>Where those of services with a root of their own are made, which see them at the usual places; null for the same as the others'.</summary>
    public DirectoryBases? ImageDirectories { get; init; }

    /// <summary>The manager's own runtime directory, such as /run/supervisor.</summary>
    public required string RuntimeDirectory { get; init; }

    /// <summary>Where sd_notify(3) messages are received.</summary>
    public required string NotifySocket { get; init; }

    /// <summary>The directory with the log's sockets <c>socket</c>, <c>stdout</c> and <c>dev-log</c> (BindLogSockets=).</summary>
    public required string LogSockets { get; init; }

    /// <summary>Capabilities that the manager has, as bits.</summary>
    public ulong Capabilities { get; init; } = Units.Capabilities.All;

    /// <summary>The highest capability that the kernel knows (/proc/sys/kernel/cap_last_cap).</summary>
    public int LastCapability { get; init; } = Units.Capabilities.Count - 1;

    /// <summary>Hard limits of the manager in the order of RLIMIT_*; those that are missing are infinite. Only CAP_SYS_RESOURCE raises them (getrlimit(2)).</summary>
    public IReadOnlyList<ulong> HardLimits { get; init; } = [];

    /// <summary>False when "/" is the kernel's first file system (an initramfs), from which pivot_root(2) cannot leave.</summary>
    public bool CanPivot { get; init; } = true;

    /// <summary>The program itself.</summary>
    public string BinaryPath { get; init; } = "/proc/self/exe";

    /// <summary>The value of LANG for services, if the machine has one.</summary>
    public string? Language { get; init; }

    /// <summary>Linux 6.15 copies a mount that is attached nowhere; earlier ones only move it, so there a file system is asked for again at each start.</summary>
    public bool CanCloneDetachedMounts => Kernel >= new Version(6, 15);

    /// <summary>Where the unit's own directories are made.</summary>
    public DirectoryBases DirectoriesOf(Unit unit) =>
        ImageDirectories is { } own && (unit.Get(Units.Directives.RootImage).Value ?? unit.Get(Units.Directives.RootDirectory).Value) is not null ? own : Directories;

    internal ulong HardLimit(int resource) => resource < HardLimits.Count ? HardLimits[resource] : ulong.MaxValue;

    internal bool Has(int capability) => (Capabilities >> capability & 1) != 0;
}

/// <summary>The cgroup trees of the machine.</summary>
/// <param name="UnifiedMount">Mount point of the version 2 tree, null when there is none.</param>
/// <param name="OwnPath">The manager's cgroup in it, such as <c>/</c> or <c>/system.slice/supervisor.service</c>.</param>
/// <param name="Controllers">Controllers that the version 2 tree has.</param>
/// <param name="Version1">Directory of the manager's cgroup in the version 1 tree of each controller, such as <c>pids</c>.</param>
public sealed record CgroupLayout(
    string? UnifiedMount, string OwnPath, IReadOnlySet<string> Controllers, IReadOnlyDictionary<string, string> Version1)
{
    public static CgroupLayout None { get; } = new(null, "/", new HashSet<string>(), new Dictionary<string, string>());

    /// <summary>The manager's cgroup as a directory, null without a version 2 tree.</summary>
    public string? OwnDirectory => UnifiedMount is null ? null : OwnPath == "/" ? UnifiedMount : UnifiedMount + OwnPath;
}

/// <summary>The directories below which a service's own directories are made.</summary>
public sealed record DirectoryBases(string Runtime, string State, string Cache, string Logs, string Configuration)
{
    /// <summary>As on a machine of its own.</summary>
    public static DirectoryBases System { get; } = new("/run", "/var/lib", "/var/cache", "/var/log", "/etc");

    /// <summary>Everything below the manager's two directories.</summary>
    public static DirectoryBases Nested(string runtimeDirectory, string stateDirectory) =>
        new($"{runtimeDirectory}/run", $"{stateDirectory}/lib", $"{stateDirectory}/cache", $"{stateDirectory}/log", $"{stateDirectory}/etc");

    public string For(DirectoryKind kind) => kind switch
    {
        DirectoryKind.Runtime => Runtime,
        DirectoryKind.State => State,
        DirectoryKind.Cache => Cache,
        DirectoryKind.Logs => Logs,
        _ => Configuration,
    };
}

/// <summary>The five kinds of directories that a service can have of its own.</summary>
public enum DirectoryKind { Runtime, State, Cache, Logs, Configuration }
