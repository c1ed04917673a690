using System.Text;

namespace Supervisor.Units;

/// <summary>The table as a document: docs/directives.md is this text, and a test holds it to that.</summary>
public static class DirectiveDocument
{
    /// <summary>How names begin that add to one row, each in its way.</summary>
    private static readonly string[] Kinds = ["Condition", "Assert", "Listen"];

    public static string Markdown()
    {
        var rows = DirectiveTable.Names.Distinct().Select(n => (n.Section, n.Name, Row: DirectiveTable.Find(n.Section, n.Name)!)).OrderBy(r => r.Section, StringComparer.Ordinal)
            .ThenBy(r => r.Name, StringComparer.Ordinal).ToList();
        var text = new StringBuilder("# Directives\n\n");
        text.Append("Every directive of systemd 262, by section. **Honoured**: something acts on it. **Accepted**: it is checked, shown, and named by `verify` as being of no effect, with\n")
            .Append("the reason. **Refused**: a unit that uses it does not load, for the reason given. The number is the systemd version that brought it.\n\n");
        text.Append("| section | honoured | accepted | refused | together |\n|---|---|---|---|---|\n");
        foreach (var section in rows.GroupBy(r => r.Section))
            Count(text, section.Key, [.. section.Select(r => r.Row)]);
        Count(text, "all", [.. rows.Select(r => r.Row)]);
        foreach (var section in rows.GroupBy(r => r.Section))
        {
            text.Append($"\n## [{section.Key}]\n\n| directive | since | status | |\n|---|---|---|---|\n");
            foreach (var (_, name, row) in section)
            {
                var status = row.Status.ToString().ToLowerInvariant();
                var help = name == row.Name || Kinds.Any(k => name.StartsWith(k, StringComparison.Ordinal)) || row == Directives.Timers || row == Directives.Paths
                    ? row.Help : $"{row.Name}= by an older name";
                text.Append($"| `{name}=` | {(row.Since > 1 ? row.Since : "")} | {status} | {help}{(row.Reason is null ? "" : $" ({row.Reason})")} |\n");
            }
        }
        return text.ToString();
    }

    private static void Count(StringBuilder text, string name, List<Directive> rows)
    {
        int Of(DirectiveStatus status) => rows.Count(r => r.Status == status);
        text.Append($"| {name} | {Of(DirectiveStatus.Honoured)} | {Of(DirectiveStatus.Accepted)} | {Of(DirectiveStatus.Refused)} | {rows.Count} |\n");
    }
}
