using System.Text;

namespace Supervisor.Units;

/// <summary>Assignments → settings of a unit.</summary>
public static class UnitParser
{
    /// <summary>A section of unit files, or one for others (X-…).</summary>
    public static bool IsSection(string name) => KnownSections.Contains(name) || name.StartsWith("X-", StringComparison.Ordinal);

    private static readonly string[] KnownSections = ["Unit", "Install", .. Enum.GetNames<UnitType>()];

    /// <summary>A unit from text alone, with its consistency checked; for tests and for units that are made up.</summary>
    public static Unit FromText(string name, string text, string? path = null)
    {
        var diagnostics = new List<Diagnostic>();
        path ??= $"/t/{name}";
        var unit = new Unit
        {
            Name = name, Type = UnitName.TypeOf(name) ?? UnitType.Service, LoadState = LoadState.Loaded, FragmentPath = path, Diagnostics = diagnostics,
        };
        Apply(unit, UnitLexer.Read(Encoding.UTF8.GetBytes(text), path, diagnostics), path, new SpecifierContext(name, SpecifierContext.MachineFacts), diagnostics);
        UnitRules.Imply(unit);
        UnitRules.Check(unit, diagnostics);
        if (diagnostics.Exists(d => d.Severity == Severity.Error))
            unit.LoadState = LoadState.BadSetting;
        return unit;
    }

    /// <summary>
    /// A unit that an image brings, as it would be once it is attached: its own text, then the drop-ins' (profile first), under the profile's ceiling.
    /// </summary>
    public static Unit FromImage(string name, byte[] text, string path, IReadOnlyList<(string Path, byte[] Text)> dropIns, string profile, IReadOnlyDictionary<char, string> facts)
    {
        var diagnostics = new List<Diagnostic>();
        var unit = new Unit { Name = name, Type = UnitName.TypeOf(name) ?? UnitType.Service, FragmentPath = path, Diagnostics = diagnostics };
        var specifiers = new SpecifierContext(name, facts);
        Apply(unit, UnitLexer.Read(text, path, diagnostics), path, specifiers, diagnostics);
        var image = ProfileCeiling.Begin(unit);
        foreach (var (file, dropIn) in dropIns)
            Apply(unit, UnitLexer.Read(dropIn, file, diagnostics), file, specifiers, diagnostics);
        ProfileCeiling.Finish(unit, image, profile);
        UnitRules.Imply(unit);
        UnitRules.Check(unit, diagnostics);
        if (diagnostics.Exists(d => d.Severity == Severity.Error))
            unit.LoadState = LoadState.BadSetting;
        return unit;
    }

    /// <summary>Applies a file's assignments on top of what the unit has.</summary>
    internal static void Apply(Unit unit, List<Assignment> assignments, string path, SpecifierContext specifiers, List<Diagnostic> diagnostics)
    {
        var own = unit.Type.ToString();
        var problemsMax = UnitLexer.ProblemsMax;
        foreach (var assignment in assignments)
        {
            if (problemsMax <= 0)
            {
                diagnostics.Add(new(Severity.Error, new Origin(path, assignment.Line, null), 0, 0, $"more than {UnitLexer.ProblemsMax} problems: the file is not read beyond this line"));
                return;
            }
            var before = diagnostics.Count;
            ApplyOne(unit, assignment, own, path, specifiers, diagnostics);
            for (; before < diagnostics.Count; before++)
                problemsMax -= diagnostics[before].Severity == Severity.Note ? 0 : 1;
        }
    }

    private static void ApplyOne(Unit unit, Assignment assignment, string own, string path, SpecifierContext specifiers, List<Diagnostic> diagnostics)
    {
        if (assignment.Section.StartsWith("X-", StringComparison.Ordinal) || assignment.Key.StartsWith("X-", StringComparison.Ordinal))
            return;
        var origin = new Origin(path, assignment.Line, assignment.Key);
        if (assignment.Section is not ("Unit" or "Install") && assignment.Section != own)
        {
            if (KnownSections.Contains(assignment.Section))
                diagnostics.Add(new(Severity.Warning, origin, 1, assignment.Key.Length, $"[{assignment.Section}] has no meaning in a {own.ToLowerInvariant()} unit, ignored"));
            return;
        }
        if (!DirectiveTable.TryGet(assignment.Section, assignment.Key, out var entry))
        {
            var nearest = DirectiveTable.Nearest(assignment.Section, assignment.Key);
            diagnostics.Add(new(Severity.Warning, origin, 1, assignment.Key.Length, $"no such directive in [{assignment.Section}], ignored",
                nearest is null ? null : $"did you mean {nearest}=?"));
            return;
        }
        unit.TryGetBoxed(entry.Row, out var current, out _);
        var context = new ParseContext(assignment.Value, origin, assignment.Column, specifiers, diagnostics);
        var value = entry.Apply(current, context);
        if (context.HasError || context.IsIgnored)
            return;
        unit.Set(entry.Row, value, origin);
        if (entry.Row.Status == DirectiveStatus.Accepted && assignment.Value.Length > 0)
            diagnostics.Add(new(Severity.Note, origin, 1, assignment.Key.Length, $"is of no effect here: {entry.Row.Reason}"));
    }
}
