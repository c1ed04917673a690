namespace Supervisor.Units;

/// <summary>Labels of the kernel's security modules, and calls that are logged.</summary>
public static partial class Directives
{
    public static readonly Directive<SecurityLabel?> AppArmorProfile =
        new() { Section = "Service", Name = "AppArmorProfile", Default = null, Parse = Syntax.Label(), Since = 210, Ceiling = Ceiling.Withheld, Help = "The AppArmor profile that it runs under, where the kernel has AppArmor" };

    public static readonly Directive<SecurityLabel?> SELinuxContext =
        new() { Section = "Service", Name = "SELinuxContext", Default = null, Parse = Syntax.Label(), Since = 209, Ceiling = Ceiling.Withheld, Help = "The SELinux context that it runs in, where the kernel has SELinux" };

    public static readonly Directive<SecurityLabel?> SmackProcessLabel =
        new() { Section = "Service", Name = "SmackProcessLabel", Default = null, Parse = Syntax.Label(), Since = 218, Ceiling = Ceiling.Withheld, Help = "The SMACK label that it runs with, where the kernel has SMACK" };

    public static readonly Directive<IReadOnlyList<SyscallFilter>> SystemCallLog =
        new() { Section = "Service", Name = "SystemCallLog", Default = [], Parse = Syntax.LoggedCalls(), Since = 247, Help = "System calls that are logged" };

    private static void RegisterLabels()
    {
        DirectiveTable.Add(AppArmorProfile);
        DirectiveTable.Add(SELinuxContext);
        DirectiveTable.Add(SmackProcessLabel);
        DirectiveTable.Add(SystemCallLog);
    }
}
