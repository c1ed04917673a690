namespace Supervisor.Units;

/// <summary>What the processes of a service are kept from.</summary>
public static partial class Directives
{
    public static readonly Directive<string?> RootDirectory =
        new() { Section = "Service", Name = "RootDirectory", Default = null, Parse = Syntax.AbsolutePath(), Since = 1, Ceiling = Ceiling.Withheld, Help = "The directory that is their root" };

    public static readonly Directive<string?> RootImage =
        new() { Section = "Service", Name = "RootImage", Default = null, Parse = Syntax.AbsolutePath(), Since = 233, Ceiling = Ceiling.Withheld, Help = "The image that is their root" };

    public static readonly Directive<string?> RootImagePolicy =
        new() { Section = "Service", Name = "RootImagePolicy", Default = null, Parse = Syntax.Text(), Since = 254, Ceiling = Ceiling.Withheld, Help = "What that image must be" };

    public static readonly Directive<bool> MountAPIVFS =
        new() { Section = "Service", Name = "MountAPIVFS", Default = false, Parse = Syntax.Bool(), Since = 233, Help = "Mount /proc, /sys, /dev and /run in its root" };

    public static readonly Directive<IReadOnlyList<Sourced<BindPath>>> BindPaths =
        new() { Section = "Service", Name = "BindPaths", Default = [], Parse = Syntax.Binds(readOnly: false), Since = 233, Ceiling = Ceiling.Withheld, Help = "Files and directories of the host that it sees" };

    public static readonly Directive<IReadOnlyList<Sourced<BindPath>>> BindReadOnlyPaths =
        new() { Section = "Service", Name = "BindReadOnlyPaths", Default = [], Parse = Syntax.Binds(readOnly: true), Since = 233, Ceiling = Ceiling.Withheld, Help = "The same, and it cannot write them" };

    public static readonly Directive<IReadOnlyList<Sourced<PathItem>>> ReadWritePaths =
        new() { Section = "Service", Name = "ReadWritePaths", Default = [], Parse = Syntax.Paths(plus: true), Since = 231, Ceiling = Ceiling.Withheld, Help = "What it may write to all the same" };

    public static readonly Directive<bool> PrivateMounts =
        new() { Section = "Service", Name = "PrivateMounts", Default = false, Parse = Syntax.Bool(), Since = 239, Ceiling = Ceiling.Stricter, Help = "Its mounts do not show outside" };

    public static readonly Directive<IReadOnlyList<Sourced<PathItem>>> ReadOnlyPaths =
        new() { Section = "Service", Name = "ReadOnlyPaths", Default = [], Parse = Syntax.Paths(plus: true), Since = 231, Ceiling = Ceiling.Both, Help = "What it may not write to" };

    public static readonly Directive<IReadOnlyList<Sourced<PathItem>>> InaccessiblePaths =
        new() { Section = "Service", Name = "InaccessiblePaths", Default = [], Parse = Syntax.Paths(plus: true), Since = 231, Ceiling = Ceiling.Both, Help = "What it cannot see" };

    public static readonly Directive<IReadOnlyList<Sourced<PathItem>>> ExecPaths =
        new() { Section = "Service", Name = "ExecPaths", Default = [], Parse = Syntax.Paths(plus: true), Since = 248, Ceiling = Ceiling.Withheld, Help = "What it may run all the same" };

    public static readonly Directive<IReadOnlyList<Sourced<PathItem>>> NoExecPaths =
        new() { Section = "Service", Name = "NoExecPaths", Default = [], Parse = Syntax.Paths(plus: true), Since = 248, Ceiling = Ceiling.Both, Help = "What it may not run" };

    public static readonly Directive<IReadOnlyList<Sourced<TemporaryFileSystem>>> TemporaryFileSystem =
        new() { Section = "Service", Name = "TemporaryFileSystem", Default = [], Parse = Syntax.TemporaryFileSystems(), Since = 238, Help = "Where it sees an empty file system of its own" };

    public static readonly Directive<ProtectSystem> ProtectSystem =
        new() { Section = "Service", Name = "ProtectSystem", Default = Units.ProtectSystem.No, Parse = Syntax.BoolOrWords(Units.ProtectSystem.No, Units.ProtectSystem.Yes, ("full", Units.ProtectSystem.Full), ("strict", Units.ProtectSystem.Strict)), Since = 214, Ceiling = Ceiling.Stricter, Help = "The system's files are read-only" };

    public static readonly Directive<ProtectHome> ProtectHome =
        new() { Section = "Service", Name = "ProtectHome", Default = Units.ProtectHome.No, Parse = Syntax.BoolOrWords(Units.ProtectHome.No, Units.ProtectHome.Yes, ("read-only", Units.ProtectHome.ReadOnly), ("tmpfs", Units.ProtectHome.Tmpfs)), Since = 214, Ceiling = Ceiling.Stricter, Help = "Home directories are hidden, read-only or empty" };

    public static readonly Directive<PrivateTmp> PrivateTmp =
        new() { Section = "Service", Name = "PrivateTmp", Default = Units.PrivateTmp.No, Parse = Syntax.BoolOrWords(Units.PrivateTmp.No, Units.PrivateTmp.Yes, ("disconnected", Units.PrivateTmp.Disconnected)), Since = 1, Ceiling = Ceiling.Stricter, Help = "A /tmp and /var/tmp of its own" };

    public static readonly Directive<PrivateUsers> PrivateUsers =
        new() { Section = "Service", Name = "PrivateUsers", Default = Units.PrivateUsers.No, Parse = Syntax.BoolOrWords(Units.PrivateUsers.No, Units.PrivateUsers.Self, ("self", Units.PrivateUsers.Self), ("identity", Units.PrivateUsers.Identity), ("full", Units.PrivateUsers.Full)), Since = 232, Ceiling = Ceiling.Stricter, Help = "A user namespace of its own" };

    public static readonly Directive<ProtectProc> ProtectProc =
        new() { Section = "Service", Name = "ProtectProc", Default = Units.ProtectProc.Default, Parse = Syntax.Words(("default", Units.ProtectProc.Default), ("noaccess", Units.ProtectProc.NoAccess), ("invisible", Units.ProtectProc.Invisible), ("ptraceable", Units.ProtectProc.Ptraceable)), Since = 247, Ceiling = Ceiling.Stricter, Help = "Which processes it sees in /proc" };

    public static readonly Directive<ProcSubset> ProcSubset =
        new() { Section = "Service", Name = "ProcSubset", Default = Units.ProcSubset.All, Parse = Syntax.Words(("all", Units.ProcSubset.All), ("pid", Units.ProcSubset.Pid)), Since = 247, Ceiling = Ceiling.Stricter, Help = "Only processes in /proc" };

    public static readonly Directive<bool> PrivateDevices =
        new() { Section = "Service", Name = "PrivateDevices", Default = false, Parse = Syntax.Bool(), Since = 209, Ceiling = Ceiling.Stricter, Help = "A /dev with the harmless devices only" };

    public static readonly Directive<bool> PrivateNetwork =
        new() { Section = "Service", Name = "PrivateNetwork", Default = false, Parse = Syntax.Bool(), Since = 33, Ceiling = Ceiling.Stricter, Help = "A network of its own with nothing in it" };

    public static readonly Directive<bool> PrivateIPC =
        new() { Section = "Service", Name = "PrivateIPC", Default = false, Parse = Syntax.Bool(), Since = 248, Ceiling = Ceiling.Stricter, Help = "An IPC namespace of its own" };

    public static readonly Directive<bool> ProtectKernelTunables =
        new() { Section = "Service", Name = "ProtectKernelTunables", Default = false, Parse = Syntax.Bool(), Since = 232, Ceiling = Ceiling.Stricter, Help = "The kernel's variables are read-only" };

    public static readonly Directive<bool> ProtectKernelModules =
        new() { Section = "Service", Name = "ProtectKernelModules", Default = false, Parse = Syntax.Bool(), Since = 232, Ceiling = Ceiling.Stricter, Help = "It cannot load kernel modules" };

    public static readonly Directive<bool> ProtectKernelLogs =
        new() { Section = "Service", Name = "ProtectKernelLogs", Default = false, Parse = Syntax.Bool(), Since = 244, Ceiling = Ceiling.Stricter, Help = "It cannot read the kernel's log" };

    public static readonly Directive<bool> ProtectClock =
        new() { Section = "Service", Name = "ProtectClock", Default = false, Parse = Syntax.Bool(), Since = 245, Ceiling = Ceiling.Stricter, Help = "It cannot set the clock" };

    public static readonly Directive<bool> NoNewPrivileges =
        new() { Section = "Service", Name = "NoNewPrivileges", Default = false, Parse = Syntax.Bool(), Since = 187, Ceiling = Ceiling.Stricter, Help = "execve never gives it more rights" };

    public static readonly Directive<bool> LockPersonality =
        new() { Section = "Service", Name = "LockPersonality", Default = false, Parse = Syntax.Bool(), Since = 235, Ceiling = Ceiling.Stricter, Help = "It cannot change its execution domain" };

    public static readonly Directive<bool> MemoryDenyWriteExecute =
        new() { Section = "Service", Name = "MemoryDenyWriteExecute", Default = false, Parse = Syntax.Bool(), Since = 231, Ceiling = Ceiling.Stricter, Help = "No memory that can be written and run" };

    public static readonly Directive<bool> RestrictRealtime =
        new() { Section = "Service", Name = "RestrictRealtime", Default = false, Parse = Syntax.Bool(), Since = 231, Ceiling = Ceiling.Stricter, Help = "No real-time scheduling" };

    public static readonly Directive<bool> RestrictSUIDSGID =
        new() { Section = "Service", Name = "RestrictSUIDSGID", Default = false, Parse = Syntax.Bool(), Since = 242, Ceiling = Ceiling.Stricter, Help = "It cannot set the set-user-ID and set-group-ID bits" };

    public static readonly Directive<bool> RemoveIPC =
        new() { Section = "Service", Name = "RemoveIPC", Default = false, Parse = Syntax.Bool(), Since = 232, Ceiling = Ceiling.Stricter, Help = "IPC objects of its user go when it stops" };

    public static readonly Directive<ulong> CapabilityBoundingSet =
        new() { Section = "Service", Name = "CapabilityBoundingSet", Default = Capabilities.All, Parse = Syntax.CapabilitySet(Capabilities.All), Since = 21, Ceiling = Ceiling.Both, Help = "Capabilities that it can have at all" };

    public static readonly Directive<ulong> AmbientCapabilities =
        new() { Section = "Service", Name = "AmbientCapabilities", Default = 0ul, Parse = Syntax.CapabilitySet(0), Since = 229, Ceiling = Ceiling.Both, Help = "Capabilities that its user gets" };

    public static readonly Directive<ulong> RestrictNamespaces =
        new() { Section = "Service", Name = "RestrictNamespaces", Default = Namespaces.All, Parse = Syntax.AllowedNamespaces(Namespaces.All), Since = 233, Ceiling = Ceiling.Both, Help = "Kinds of namespaces that it may make" };

    public static readonly Directive<ulong> DelegateNamespaces =
        new() { Section = "Service", Name = "DelegateNamespaces", Default = 0ul, Parse = Syntax.DelegatedNamespaces(), Since = 258, Ceiling = Ceiling.Both, Help = "Kinds of namespaces that its user namespace owns" };

    public static readonly Directive<IReadOnlyList<AddressFamilyFilter>> RestrictAddressFamilies =
        new() { Section = "Service", Name = "RestrictAddressFamilies", Default = [], Parse = Syntax.Families(), Since = 211, Ceiling = Ceiling.Both, Help = "Families of sockets that it may make" };

    public static readonly Directive<IReadOnlyList<SyscallFilter>> SystemCallFilter =
        new() { Section = "Service", Name = "SystemCallFilter", Default = [], Parse = Syntax.Filter(), Since = 187, Ceiling = Ceiling.Both, Help = "System calls that it may make" };

    public static readonly Directive<int?> SystemCallErrorNumber =
        new() { Section = "Service", Name = "SystemCallErrorNumber", Default = null, Parse = Syntax.ErrorNumber(), Since = 209, Help = "What a refused call returns; else it kills" };

    public static readonly Directive<IReadOnlyList<string>> SystemCallArchitectures =
        new() { Section = "Service", Name = "SystemCallArchitectures", Default = [], Parse = Syntax.Architectures(), Since = 209, Ceiling = Ceiling.Both, Help = "Kinds of system calls that it may make" };

    public static readonly Directive<SandboxMode> SandboxMode =
        new() { Section = "Service", Name = "SandboxMode", Default = Units.SandboxMode.Strict, Parse = Syntax.Words(("strict", Units.SandboxMode.Strict), ("degrade", Units.SandboxMode.Degrade)), Since = 0, Ceiling = Ceiling.Withheld, Help = "What happens when part of the sandbox cannot be had: fail, or run without and say so" };

    public static readonly Directive<bool> ImageMayWiden =
        new() { Section = "Service", Name = "ImageMayWiden", Default = false, Parse = Syntax.Bool(), Since = 0, Ceiling = Ceiling.Withheld, Help = "In a profile: what an image asks for beyond the profile is given" };

    private static void RegisterSandbox()
    {
        DirectiveTable.Add(RootDirectory);
        DirectiveTable.Add(RootImage);
        DirectiveTable.Add(RootImagePolicy);
        DirectiveTable.Add(MountAPIVFS);
        DirectiveTable.Add(BindPaths);
        DirectiveTable.Add(BindReadOnlyPaths);
        DirectiveTable.Add(ReadWritePaths, "ReadWriteDirectories");
        DirectiveTable.Add(PrivateMounts);
        DirectiveTable.Add(ReadOnlyPaths, "ReadOnlyDirectories");
        DirectiveTable.Add(InaccessiblePaths, "InaccessibleDirectories");
        DirectiveTable.Add(ExecPaths);
        DirectiveTable.Add(NoExecPaths);
        DirectiveTable.Add(TemporaryFileSystem);
        DirectiveTable.Add(ProtectSystem);
        DirectiveTable.Add(ProtectHome);
        DirectiveTable.Add(PrivateTmp);
        DirectiveTable.Add(PrivateUsers);
        DirectiveTable.Add(ProtectProc);
        DirectiveTable.Add(ProcSubset);
        DirectiveTable.Add(PrivateDevices);
        DirectiveTable.Add(PrivateNetwork);
        DirectiveTable.Add(PrivateIPC);
        DirectiveTable.Add(ProtectKernelTunables);
        DirectiveTable.Add(ProtectKernelModules);
        DirectiveTable.Add(ProtectKernelLogs);
        DirectiveTable.Add(ProtectClock);
        DirectiveTable.Add(NoNewPrivileges);
        DirectiveTable.Add(LockPersonality);
        DirectiveTable.Add(MemoryDenyWriteExecute);
        DirectiveTable.Add(RestrictRealtime);
        DirectiveTable.Add(RestrictSUIDSGID);
        DirectiveTable.Add(RemoveIPC);
        DirectiveTable.Add(CapabilityBoundingSet);
        DirectiveTable.Add(AmbientCapabilities);
        DirectiveTable.Add(RestrictNamespaces);
        DirectiveTable.Add(DelegateNamespaces);
        DirectiveTable.Add(RestrictAddressFamilies);
        DirectiveTable.Add(SystemCallFilter);
        DirectiveTable.Add(SystemCallErrorNumber);
        DirectiveTable.Add(SystemCallArchitectures);
        DirectiveTable.Add(SandboxMode);
        DirectiveTable.Add(ImageMayWiden);
    }
}
