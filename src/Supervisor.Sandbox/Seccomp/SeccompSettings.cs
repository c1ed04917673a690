using Supervisor.Units;

namespace Supervisor.Sandbox.Seccomp;

/// <summary>Everything that a unit says about system calls.</summary>
public sealed record SeccompSettings
{
    public IReadOnlyList<SyscallFilter> Filters { get; init; } = [];

    /// <summary>SystemCallLog=: one list, or none.</summary>
    public IReadOnlyList<SyscallFilter> Log { get; init; } = [];

    /// <summary>What a refused call returns; null kills the process.</summary>
    public int? ErrorNumber { get; init; }

    /// <summary>Empty: not said.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    public IReadOnlyList<AddressFamilyFilter> AddressFamilies { get; init; } = [];

    /// <summary>CLONE_NEW* flags that stay allowed.</summary>
    public ulong AllowedNamespaces { get; init; } = Namespaces.All;

    public bool RestrictRealtime { get; init; }

    public bool RestrictSuidSgid { get; init; }

    public bool MemoryDenyWriteExecute { get; init; }

    public bool LockPersonality { get; init; }

    public bool ProtectClock { get; init; }

    public bool ProtectKernelModules { get; init; }

    public bool ProtectKernelLogs { get; init; }

    public bool ProtectKernelTunables { get; init; }

    public bool ProtectHostname { get; init; }

    public bool PrivateDevices { get; init; }

    /// <summary>
    /// io_uring_setup stays allowed although a ring makes calls that no filter sees (io_uring(7)). Otherwise it is refused as soon as something is restricted
    /// that a ring can do.
    /// </summary>
    public bool AllowIoUring { get; init; }

    public bool RestrictsNamespaces => (Namespaces.All & ~AllowedNamespaces) != 0;

    /// <summary>True when some call is restricted, which the choice of architectures alone does not do.</summary>
    public bool RestrictsCalls =>
        Filters.Count > 0 || Log.Count > 0 || AddressFamilies.Count > 0 || RestrictsNamespaces || RestrictRealtime || RestrictSuidSgid || MemoryDenyWriteExecute ||
        LockPersonality || ProtectClock || ProtectKernelModules || ProtectKernelLogs || ProtectKernelTunables || ProtectHostname || PrivateDevices;

    public static SeccompSettings Of(Unit unit) => new()
    {
        Filters = unit.Get(Directives.SystemCallFilter).Value,
        Log = unit.Get(Directives.SystemCallLog).Value,
        ErrorNumber = unit.Get(Directives.SystemCallErrorNumber).Value,
        Architectures = unit.Get(Directives.SystemCallArchitectures).Value,
        AddressFamilies = unit.Get(Directives.RestrictAddressFamilies).Value,
        AllowedNamespaces = unit.Get(Directives.RestrictNamespaces).Value,
        RestrictRealtime = unit.Get(Directives.RestrictRealtime).Value,
        RestrictSuidSgid = unit.Get(Directives.RestrictSUIDSGID).Value,
        MemoryDenyWriteExecute = unit.Get(Directives.MemoryDenyWriteExecute).Value,
        LockPersonality = unit.Get(Directives.LockPersonality).Value,
        ProtectClock = unit.Get(Directives.ProtectClock).Value,
        ProtectKernelModules = unit.Get(Directives.ProtectKernelModules).Value,
        ProtectKernelLogs = unit.Get(Directives.ProtectKernelLogs).Value,
        ProtectKernelTunables = unit.Get(Directives.ProtectKernelTunables).Value,
        ProtectHostname = unit.Get(Directives.ProtectHostname).Value.Kind == Units.ProtectHostname.Yes,
        PrivateDevices = unit.Get(Directives.PrivateDevices).Value,
    };
}
