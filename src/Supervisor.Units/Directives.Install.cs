namespace Supervisor.Units;

/// <summary>What enable does.</summary>
public static partial class Directives
{
    public static readonly Directive<IReadOnlyList<Sourced<string>>> WantedBy =
        new() { Section = "Install", Name = "WantedBy", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that want this one once it is enabled" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> RequiredBy =
        new() { Section = "Install", Name = "RequiredBy", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that require this one once it is enabled" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> UpheldBy =
        new() { Section = "Install", Name = "UpheldBy", Default = [], Parse = Syntax.UnitNames(), Since = 249, Help = "Units that uphold this one once it is enabled" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Alias =
        new() { Section = "Install", Name = "Alias", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Other names it gets once it is enabled" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Also =
        new() { Section = "Install", Name = "Also", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units enabled and disabled with it" };

    public static readonly Directive<string?> DefaultInstance =
        new() { Section = "Install", Name = "DefaultInstance", Default = null, Parse = Syntax.Text(), Since = 215, Help = "The instance that enabling the template enables" };

    /// <summary>The folders that links of enabled units lie in, and what they stand for: in the unit that is linked, and in the one that the folder is of.</summary>
    internal static (string Extension, Directive<IReadOnlyList<Sourced<string>>> Asked, Directive<IReadOnlyList<Sourced<string>>> Means)[] LinkFolders => Folders.All;

    /// <summary>A class of its own: it is made when all rows are there.</summary>
    private static class Folders
    {
        internal static readonly (string, Directive<IReadOnlyList<Sourced<string>>>, Directive<IReadOnlyList<Sourced<string>>>)[] All =
            [(".wants", WantedBy, Wants), (".requires", RequiredBy, Requires), (".upholds", UpheldBy, Upholds)];
    }

    private static void RegisterInstall()
    {
        DirectiveTable.Add(WantedBy);
        DirectiveTable.Add(RequiredBy);
        DirectiveTable.Add(UpheldBy);
        DirectiveTable.Add(Alias);
        DirectiveTable.Add(Also);
        DirectiveTable.Add(DefaultInstance);
    }
}
