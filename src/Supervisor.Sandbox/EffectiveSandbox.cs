using Supervisor.Sandbox.Seccomp;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// What holds for a unit once every setting has said what it implies (systemd.exec(5)). Each value keeps the origin of the setting that it comes from, so that
/// a failure names what somebody wrote.
/// </summary>
public sealed record EffectiveSandbox
{
    private const int CapMknod = 27, CapSysRawio = 17, CapSysModule = 16, CapSyslog = 34, CapSysTime = 25, CapWakeAlarm = 35;

    /// <summary>RootImage= or RootDirectory=; null for the host's own root.</summary>
    public Sourced<string>? Root { get; private init; }

    public bool RootIsImage { get; private init; }

    public Sourced<bool> DynamicUser { get; private init; }

    public Sourced<bool> MountApi { get; private init; }

    public Sourced<PrivateTmp> PrivateTmp { get; private init; }

    public Sourced<ProtectSystem> ProtectSystem { get; private init; }

    public Sourced<ProtectHome> ProtectHome { get; private init; }

    public Sourced<bool> NoNewPrivileges { get; private init; }

    /// <summary>Namespaces of the unit: made for it, or joined by a path.</summary>
    public Sourced<bool> Network { get; private init; }

    public Sourced<bool> Ipc { get; private init; }

    public Sourced<bool> Users { get; private init; }

    /// <summary>A /proc of its own, which PrivatePIDs= needs to show its processes.</summary>
    public Sourced<bool> Pids { get; private init; }

    public Sourced<bool> RemoveIpc { get; private init; }

    public Sourced<bool> RestrictSuidSgid { get; private init; }

    /// <summary>The bounding set, with the settings that took something out of it.</summary>
    public ulong BoundingSet { get; private init; }

    public Origin BoundingSetOrigin { get; private init; }

    public Sourced<ulong> Ambient { get; private init; }

    public SeccompSettings Seccomp { get; private init; } = new();

    /// <summary>The setting that a failing filter is blamed on: the first one that filters.</summary>
    public Origin SeccompOrigin { get; private init; }

    /// <summary>Works out a unit's. Directives named in <paramref name="leaveOut"/> count as not set.</summary>
    public static EffectiveSandbox Of(Unit unit, IReadOnlySet<string>? leaveOut = null)
    {
        var u = new UnitView(unit, leaveOut);
        var image = u.Get(Directives.RootImage);
        var directory = u.Get(Directives.RootDirectory);
        Sourced<string>? root = image.Value is { } i ? new(i, image.Origin) : directory.Value is { } d && d != "/" ? new(d, directory.Origin) : null;
        var dynamic = u.Get(Directives.DynamicUser);
        var isDynamic = dynamic.Value;

        var bounding = u.Get(Directives.CapabilityBoundingSet);
        var (set, origin) = (bounding.Value, bounding.IsSet ? bounding.Origin : default);
        Drop(Directives.PrivateDevices, CapMknod, CapSysRawio);
        Drop(Directives.ProtectKernelModules, CapSysModule);
        Drop(Directives.ProtectKernelLogs, CapSyslog);
        Drop(Directives.ProtectClock, CapSysTime, CapWakeAlarm);

        var suid = Implied(Directives.RestrictSUIDSGID, isDynamic, dynamic.Origin);
        var seccomp = Filters(u, suid.Value);
        var seccompOrigin = FirstFilter(u, suid);
        var nnp = Implied(Directives.NoNewPrivileges, isDynamic, dynamic.Origin);
        // A filter may be installed without privilege only under no_new_privs, so settings that need one imply it where the user is not root.
        if (!nnp.Value && (seccomp.RestrictsCalls || seccomp.Architectures.Count > 0) && u.Get(Directives.User).Value is not (null or "root" or "0"))
            nnp = new(true, seccompOrigin);

        var tmp = u.Get(Directives.PrivateTmp);
        var system = u.Get(Directives.ProtectSystem);
        var home = u.Get(Directives.ProtectHome);
        var api = u.Get(Directives.MountAPIVFS);
        var hidesProcesses = u.Get(Directives.ProtectProc) is { Value: not ProtectProc.Default } proc ? proc.Origin
            : u.Get(Directives.ProcSubset) is { Value: not ProcSubset.All } subset ? subset.Origin : (Origin?)null;
        return new EffectiveSandbox
        {
            Root = root,
            RootIsImage = image.Value is not null,
            DynamicUser = new(isDynamic, dynamic.Origin),
            // MountAPIVFS= is on by default with a root of its own (systemd 257)
            MountApi = root is null ? new(false, api.Origin) : api.IsSet && (api.Value || hidesProcesses is null) ? new(api.Value, api.Origin) : new(true, hidesProcesses ?? root.Value.Origin),
            PrivateTmp = isDynamic && tmp.Value == Units.PrivateTmp.No ? new(Units.PrivateTmp.Disconnected, dynamic.Origin) : new(tmp.Value, tmp.Origin),
            ProtectSystem = isDynamic ? new(Units.ProtectSystem.Strict, system.Value == Units.ProtectSystem.Strict ? system.Origin : dynamic.Origin) : new(system.Value, system.Origin),
            ProtectHome = isDynamic && home.Value == Units.ProtectHome.No ? new(Units.ProtectHome.ReadOnly, dynamic.Origin) : new(home.Value, home.Origin),
            NoNewPrivileges = nnp,
            Network = Namespace(Directives.NetworkNamespacePath, Directives.PrivateNetwork),
            Ipc = Namespace(Directives.IPCNamespacePath, Directives.PrivateIPC),
            Users = u.Get(Directives.UserNamespacePath) is { Value: not null } users ? new(true, users.Origin)
                : u.Get(Directives.PrivateUsers) is var own ? new(own.Value != PrivateUsers.No, own.Origin) : default,
            Pids = new(u.Get(Directives.PrivatePIDs).Value, u.Get(Directives.PrivatePIDs).Origin),
            RemoveIpc = Implied(Directives.RemoveIPC, isDynamic, dynamic.Origin),
            RestrictSuidSgid = suid,
            BoundingSet = set,
            BoundingSetOrigin = origin == default ? bounding.Origin : origin,
            Ambient = new(u.Get(Directives.AmbientCapabilities).Value & set, u.Get(Directives.AmbientCapabilities).Origin),
            Seccomp = seccomp,
            SeccompOrigin = seccompOrigin,
        };

        void Drop(Directive<bool> row, params ReadOnlySpan<int> capabilities)
        {
            var setting = u.Get(row);
            if (!setting.Value)
                return;
            foreach (var capability in capabilities)
                set &= ~(1UL << capability);
            if (origin == default)
                origin = setting.Origin;
        }

        Sourced<bool> Namespace(Directive<string?> path, Directive<bool> row) =>
            u.Get(path) is { Value: not null } joined ? new(true, joined.Origin) : new(u.Get(row).Value, u.Get(row).Origin);

        Sourced<bool> Implied(Directive<bool> row, bool implied, Origin by)
        {
            var own = u.Get(row);
            return own.Value ? new(true, own.Origin) : implied ? new(true, by) : new(false, own.Origin);
        }
    }

    private static SeccompSettings Filters(UnitView u, bool restrictSuidSgid) => new()
    {
        Filters = u.Get(Directives.SystemCallFilter).Value,
        Log = u.Get(Directives.SystemCallLog).Value,
        ErrorNumber = u.Get(Directives.SystemCallErrorNumber).Value,
        Architectures = u.Get(Directives.SystemCallArchitectures).Value,
        AddressFamilies = u.Get(Directives.RestrictAddressFamilies).Value,
        AllowedNamespaces = u.Get(Directives.RestrictNamespaces).Value,
        RestrictRealtime = u.Get(Directives.RestrictRealtime).Value,
        RestrictSuidSgid = restrictSuidSgid,
        MemoryDenyWriteExecute = u.Get(Directives.MemoryDenyWriteExecute).Value,
        LockPersonality = u.Get(Directives.LockPersonality).Value,
        ProtectClock = u.Get(Directives.ProtectClock).Value,
        ProtectKernelModules = u.Get(Directives.ProtectKernelModules).Value,
        ProtectKernelLogs = u.Get(Directives.ProtectKernelLogs).Value,
        ProtectKernelTunables = u.Get(Directives.ProtectKernelTunables).Value,
        ProtectHostname = u.Get(Directives.ProtectHostname).Value.Kind == ProtectHostname.Yes,
        PrivateDevices = u.Get(Directives.PrivateDevices).Value,
    };

    private static Origin FirstFilter(UnitView u, Sourced<bool> restrictSuidSgid)
    {
        if (u.Get(Directives.SystemCallFilter) is { Value.Count: > 0 } filter)
            return filter.Origin;
        if (u.Get(Directives.SystemCallLog) is { Value.Count: > 0 } log)
            return log.Origin;
        if (u.Get(Directives.RestrictAddressFamilies) is { Value.Count: > 0 } families)
            return families.Origin;
        if (u.Get(Directives.RestrictNamespaces) is { IsSet: true } namespaces)
            return namespaces.Origin;
        ReadOnlySpan<Directive<bool>> rows =
        [
            Directives.MemoryDenyWriteExecute, Directives.RestrictRealtime, Directives.LockPersonality, Directives.ProtectKernelModules,
            Directives.ProtectKernelLogs, Directives.ProtectKernelTunables, Directives.ProtectClock, Directives.PrivateDevices,
        ];
        foreach (var row in rows)
        {
            if (u.Get(row) is { Value: true } setting)
                return setting.Origin;
        }
        if (u.Get(Directives.ProtectHostname) is { Value.Kind: ProtectHostname.Yes } hostname)
            return hostname.Origin;
        return u.Get(Directives.SystemCallArchitectures) is { Value.Count: > 0 } architectures ? architectures.Origin : restrictSuidSgid.Origin;
    }
}

/// <summary>A unit's settings without those that are to be left out.</summary>
internal readonly struct UnitView(Unit unit, IReadOnlySet<string>? leaveOut)
{
    public Setting<T> Get<T>(Directive<T> row) =>
        leaveOut is not null && leaveOut.Contains(row.Name) ? new(row.Default, Origin.Default(row.Name), false) : unit.Get(row);
}
