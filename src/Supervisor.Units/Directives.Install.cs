namespace Supervisor.Units;

/// <summary>What enable does.</summary>
public static partial class Directives
{
    public static readonly Directive<IReadOnlyList<Sourced<string>>> WantedBy =
        new() { Section = "Install", Name = "WantedBy", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that want this one once it is enabled" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> RequiredBy =
        new() { Section = "Install", Name = "RequiredBy", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that require this one once it is enabled" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Alias =
        new() { Section = "Install", Name = "Alias", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Other names it gets once it is enabled" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Also =
        new() { Section = "Install", Name = "Also", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units enabled and disabled with it" };

    public static readonly Directive<string?> DefaultInstance =
        new() { Section = "Install", Name = "DefaultInstance", Default = null, Parse = Syntax.Text(), Since = 215, Help = "The instance that enabling the template enables" };

    private static void RegisterInstall()
    {
        DirectiveTable.Add(WantedBy);
        DirectiveTable.Add(RequiredBy);
        DirectiveTable.Add(Alias);
        DirectiveTable.Add(Also);
        DirectiveTable.Add(DefaultInstance);
    }
}
