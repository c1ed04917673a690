namespace Supervisor.Units;

/// <summary>Which namespaces the processes of a service are in, beyond a plain yes or no.</summary>
public static partial class Directives
{
    public static readonly Directive<string?> NetworkNamespacePath =
        new() { Section = "Service", Name = "NetworkNamespacePath", Default = null, Parse = Syntax.AbsolutePath(), Since = 242, Ceiling = Ceiling.Withheld, Help = "The network namespace that it joins" };

    public static readonly Directive<string?> IPCNamespacePath =
        new() { Section = "Service", Name = "IPCNamespacePath", Default = null, Parse = Syntax.AbsolutePath(), Since = 248, Ceiling = Ceiling.Withheld, Help = "The IPC namespace that it joins" };

    public static readonly Directive<string?> UserNamespacePath =
        new() { Section = "Service", Name = "UserNamespacePath", Default = null, Parse = Syntax.AbsolutePath(), Since = 259, Ceiling = Ceiling.Withheld, Help = "The user namespace that it joins" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> JoinsNamespaceOf =
        new() { Section = "Unit", Name = "JoinsNamespaceOf", Default = [], Parse = Syntax.UnitNames(), Since = 209, Ceiling = Ceiling.Withheld, Help = "Units whose /tmp, network and IPC this one shares" };

    public static readonly Directive<bool> PrivatePIDs =
        new() { Section = "Service", Name = "PrivatePIDs", Default = false, Parse = Syntax.Bool(), Since = 257, Ceiling = Ceiling.Stricter, Help = "A PID namespace of its own" };

    public static readonly Directive<HostnameProtection> ProtectHostname =
        new() { Section = "Service", Name = "ProtectHostname", Default = default(HostnameProtection), Parse = Syntax.Hostname(), Since = 242, Ceiling = Ceiling.Stricter, Help = "It cannot set the host name, or has one of its own" };

    public static readonly Directive<ProtectControlGroups> ProtectControlGroups =
        new()
        {
            Section = "Service", Name = "ProtectControlGroups", Default = Units.ProtectControlGroups.No, Since = 232, Ceiling = Ceiling.Stricter, Help = "Control groups are read-only, or only its own are seen",
            Parse = Syntax.BoolOrWords(Units.ProtectControlGroups.No, Units.ProtectControlGroups.Yes, ("private", Units.ProtectControlGroups.Private), ("strict", Units.ProtectControlGroups.Strict)),
        };

    public static readonly Directive<MountPropagation> MountFlags =
        new()
        {
            Section = "Service", Name = "MountFlags", Default = MountPropagation.Default, Since = 1, Help = "Where its mounts are passed on to",
            Parse = (current, c) => c.Text.Length == 0 ? MountPropagation.Default
                : Syntax.Words(("shared", MountPropagation.Shared), ("slave", MountPropagation.Slave), ("private", MountPropagation.Private))(current, c),
        };

    public static readonly Directive<bool> PrivateBPF =
        new() { Section = "Service", Name = "PrivateBPF", Default = false, Parse = Syntax.Bool(), Since = 258, Ceiling = Ceiling.Stricter, Help = "A bpf file system of its own" };

    private static void RegisterNamespaces()
    {
        DirectiveTable.Add(NetworkNamespacePath);
        DirectiveTable.Add(IPCNamespacePath);
        DirectiveTable.Add(UserNamespacePath);
        DirectiveTable.Add(JoinsNamespaceOf);
        DirectiveTable.Add(PrivatePIDs);
        DirectiveTable.Add(ProtectHostname);
        DirectiveTable.Add(ProtectControlGroups);
        DirectiveTable.Add(MountFlags);
        DirectiveTable.Add(PrivateBPF);
    }
}
