using Supervisor.Launch;
using Supervisor.Sandbox.Plan;
using Supervisor.Sandbox.Seccomp;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>Unit + command + facts → plan. Pure: nothing is opened or changed, except what the given views look at.</summary>
public static class SandboxPlanner
{
    /// <summary>Where a service with a root of its own finds the notify socket.</summary>
    public const string NotifyInRoot = "/run/host/notify";

    /// <summary>The plan, or null and what cannot be planned.</summary>
    public static SandboxPlan? Plan(Unit unit, ExecCommand command, LaunchContext context, out Failure? failure)
    {
        failure = null;
        if (command.Shell != ShellUse.None)
            command = command with { Path = ShellCommand.Of(command.FullPrivileges ? null : context.Identity.Shell) };
        var effective = EffectiveSandbox.Of(unit, context.LeftOut);
        var s = new PlanScope(unit, command, context, effective);
        s.Builder.MayBlock = context.MayBlock;
        if (context.LeaveOut.FirstOrDefault(l => !CanLeaveOut(l.Origin.Directive)) is { } needed)
            s.Fail(new Failure($"cannot do without {needed.Origin.Directive}=", null, needed.Origin));
        if (context.Passed > Sandbox.Registers.MaxSockets)
            s.Fail(new Failure($"cannot pass {context.Passed} descriptors: {Sandbox.Registers.MaxSockets} are the most", null, command.Origin, Launch.ExitStatus.Fds));

        // systemd's order (exec_invoke): each step while the privilege that it needs is still there, the filter last of all.
        ProcessSteps.Begin(s);
        NamespaceSteps.Shared(s);
        MountSteps.Write(s);
        StdioSteps.Write(s);
        LimitSteps.Write(s);
        IdentitySteps.Groups(s);
        NamespaceSteps.Users(s);
        StdioSteps.CloseRest(s);
        CapabilitySteps.BoundingSet(s);
        IdentitySteps.User(s);
        ProcessSteps.Keyring(s);
        CapabilitySteps.Finish(s);
        ExecSteps.WorkingDirectory(s);
        var filter = s.Sandboxed ? SeccompCompiler.Compile(effective.Seccomp, out failure) : null;
        if (failure is not null)
            s.Fail(failure with { Origin = failure.Origin.File is null ? effective.SeccompOrigin : failure.Origin });
        ExecSteps.PrepareTexts(s);
        CapabilitySteps.NoNewPrivileges(s);
        if (filter is not null)
            s.Step($"filter system calls: {filter}", effective.SeccompOrigin, Launch.ExitStatus.Seccomp).InstallSeccomp(filter.Code);
        s.Filtered = filter is not null;
        ExecSteps.Execute(s);

        failure = s.Failure;
        if (failure is not null)
            return null;
        var defaults = EnvironmentDefaults.Of(s);
        var notify = !context.Notify ? null : s.HasRoot ? NotifyInRoot : context.Facts.NotifySocket;
        return new SandboxPlan(s.Builder.Build(), s.Registers, [.. context.LeaveOut, .. s.Lowered], new StartTemplate(unit, command, defaults, context.Passed, notify));
    }

    /// <summary>
    /// True for settings that a service can do without and still be what it is. Not for who it is and what its root is: it would run as root, or on the host, and not for what
    /// DynamicUser= implies.
    /// </summary>
    public static bool CanLeaveOut(string? directive) => directive is not null && Dispensable.Contains(directive);

    private static readonly HashSet<string> Dispensable =
    [
        "PrivateTmp", "PrivateMounts", "KeyringMode", "PrivateDevices", "AppArmorProfile", "SELinuxContext", "SmackProcessLabel", "SystemCallLog", "PrivateNetwork", "PrivateIPC", "PrivateUsers", "PrivatePIDs", "PrivateBPF", "MountFlags", "JoinsNamespaceOf", "ProtectSystem", "ProtectHome", "ProtectProc", "ProcSubset",
        "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock", "ProtectHostname", "NoNewPrivileges",
        "LockPersonality", "MemoryDenyWriteExecute", "RestrictRealtime", "RestrictSUIDSGID", "RestrictNamespaces", "SecureBits", "CPUAffinity", "CPUSchedulingPolicy", "CPUSchedulingPriority", "NUMAPolicy", "TimerSlackNSec", "CoredumpFilter", "Personality", "RestrictAddressFamilies",
        "SystemCallFilter", "SystemCallArchitectures", "CapabilityBoundingSet", "ReadOnlyPaths", "InaccessiblePaths", "NoExecPaths", "TemporaryFileSystem",
        "DelegateNamespaces", "TasksMax", "CPUQuota", "MemoryMax", "MemorySwapMax", "MemoryZSwapMax", "IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax",
        "AllowedCPUs", "AllowedMemoryNodes", "CPUSetPartition", "IPAddressAllow", "IPAddressDeny", "DevicePolicy", "DeviceAllow", "OOMScoreAdjust", "Nice", "RemoveIPC", "BindLogSockets", "LimitCPU", "LimitFSIZE",
        "LimitDATA", "LimitSTACK", "LimitCORE", "LimitRSS", "LimitNOFILE", "LimitAS", "LimitNPROC", "LimitMEMLOCK", "LimitLOCKS", "LimitSIGPENDING",
        "LimitMSGQUEUE", "LimitNICE", "LimitRTPRIO", "LimitRTTIME",
    ];
}
