namespace Supervisor.Generators.Tests;

/// <summary>
/// What a generator wrote, in a form that can be compared: a line a link ("early/x.service -> /dev/null"), a line a setting ("late/x.service: Unit.After=a.target"). Comments, the order of
/// settings and repeated ones do not count, nor does Documentation=.
/// </summary>
internal static class UnitTree
{
    private static readonly string[] Lists = ["After", "Before", "Wants", "Requires", "BindsTo", "Conflicts"];

    public static SortedSet<string> Of(GeneratorOutput output)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in output.Entries)
            Add(lines, $"{entry.Place.ToString().ToLowerInvariant()}/{entry.Path}", entry.Text, entry.Target);
        return lines;
    }

    /// <param name="directory">Holds normal, early and late.</param>
    public static SortedSet<string> Of(string directory)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFileSystemEntries(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            var target = new FileInfo(path).LinkTarget;
            if (target is not null || !Directory.Exists(path))
                Add(lines, Path.GetRelativePath(directory, path), target is null ? File.ReadAllText(path) : null, target);
        }
        return lines;
    }

    /// <summary>Says only what differs.</summary>
    public static void Same(SortedSet<string> expected, SortedSet<string> actual)
    {
        var differences = expected.Except(actual).Select(l => "missing: " + l).Concat(actual.Except(expected).Select(l => "too much: " + l)).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static void Add(SortedSet<string> lines, string path, string? text, string? target)
    {
        if (target is not null)
        {
            lines.Add($"{path} -> {target}");
            return;
        }
        var section = "";
        lines.Add(path);
        foreach (var line in text!.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line[0] == '[')
            {
                section = line[1..^1];
                continue;
            }
            var (name, value) = (line[..line.IndexOf('=', StringComparison.Ordinal)], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            if (name == "Documentation")
                continue;
            foreach (var one in Lists.Contains(name) ? value.Split(' ') : [value])
                lines.Add($"{path}: {section}.{name}={one}");
        }
    }
}
