namespace Supervisor.Units;

/// <summary>What a path unit watches (systemd.path(5)).</summary>
public static partial class Directives
{
    /// <summary>All lines that name a path, in the order in which they stand.</summary>
    public static readonly Directive<IReadOnlyList<PathSpec>> Paths =
        new() { Section = "Path", Name = "Path", Default = [], Parse = static (current, _) => current, Since = 1, Help = "What is watched" };

    public static readonly Directive<bool> MakeDirectory =
        new() { Section = "Path", Name = "MakeDirectory", Default = false, Parse = Syntax.Bool(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Make the directories that are watched" };

    public static readonly Directive<uint> DirectoryMode =
        new() { Section = "Path", Name = "DirectoryMode", Default = 493u, Parse = Syntax.Mode(493u), Since = 1, Help = "Their mode" };

    public static readonly Directive<Duration> PathTriggerLimitIntervalSec =
        new() { Section = "Path", Name = "TriggerLimitIntervalSec", Default = Duration.Seconds(2), Parse = Syntax.Time(), Since = 250, Help = "The time in which triggers are counted" };

    public static readonly Directive<int> PathTriggerLimitBurst =
        new() { Section = "Path", Name = "TriggerLimitBurst", Default = 200, Parse = Syntax.Int(0, int.MaxValue), Since = 250, Help = "Triggers allowed in that time" };

    public static readonly Directive<string?> PathUnit =
        new() { Section = "Path", Name = "Unit", Default = null, Parse = Syntax.TriggeredUnit(".path"), Since = 1, Help = "The unit that is started" };

    private static void RegisterPath()
    {
        DirectiveTable.Number(Paths); // assigned to by the names of its kinds
        foreach (var kind in Enum.GetValues<PathKind>())
            DirectiveTable.AddVariant(Paths, Syntax.PathName(kind), Syntax.WatchedPath(kind));
        DirectiveTable.Add(MakeDirectory);
        DirectiveTable.Add(DirectoryMode);
        DirectiveTable.Add(PathTriggerLimitIntervalSec);
        DirectiveTable.Add(PathTriggerLimitBurst);
        DirectiveTable.Add(PathUnit);
    }
}

/// <summary>What of a path is watched.</summary>
public enum PathKind { Exists, ExistsGlob, Changed, Modified, DirectoryNotEmpty }

/// <summary>One line of a path unit.</summary>
public sealed record PathSpec(PathKind Kind, string Path, Origin Origin);
