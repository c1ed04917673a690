using System.IO.Enumeration;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Units;

public sealed partial class UnitFiles
{
    private const string DefaultTarget = "default.target";

    private static readonly string[] PresetDirectories =
        ["/etc/systemd/system-preset", "/run/systemd/system-preset", "/usr/local/lib/systemd/system-preset", "/usr/lib/systemd/system-preset", "/lib/systemd/system-preset"];

    private List<(string Word, string Pattern, string[] Instances)>? _rules;

    /// <summary>Enables or disables units as the vendor's presets say (systemd.preset(5)); what no rule names is enabled.</summary>
    public Failure? Preset(IReadOnlyList<string> names)
    {
        var rules = PresetRules();
        foreach (var name in names)
        {
            var rule = RuleOf(rules, name);
            IReadOnlyList<string> units = rule.Instances.Length > 0 && UnitName.IsTemplate(name) ? [.. rule.Instances.Select(i => name.Replace("@.", $"@{i}.", StringComparison.Ordinal))] : [name];
            var failure = rule.Word switch { "enable" => Enable(units, force: true), "disable" => Disable(units), _ => null };
            if (failure is not null)
                return failure;
        }
        return null;
    }

    /// <summary>What the presets say of a unit: enabled, disabled or ignored.</summary>
    public string PresetOf(string name) => RuleOf(_rules ??= PresetRules(), name).Word + "d";

    private static (string Word, string Pattern, string[] Instances) RuleOf(List<(string Word, string Pattern, string[] Instances)> rules, string name) =>
        rules.FirstOrDefault(r => FileSystemName.MatchesSimpleExpression(r.Pattern, name, ignoreCase: false), (Word: "enable", Pattern: "", Instances: []));

    /// <summary>The target that is booted into; null when there is none.</summary>
    public string? GetDefault() => Find(DefaultTarget, out _) is { } file ? Path.GetFileName(file) : null;

    public Failure? SetDefault(string name) => Resolve(name, out var file) ?? Link($"{_write}/{DefaultTarget}", file, force: true);

    private List<(string Word, string Pattern, string[] Instances)> PresetRules()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var directory in PresetDirectories)
        {
            foreach (var name in List(directory).Where(n => n.EndsWith(".preset", StringComparison.Ordinal)))
                files.TryAdd(name, $"{directory}/{name}");
        }
        var rules = new List<(string, string, string[])>();
        foreach (var file in files.Values)
        {
            if (!RootedPath.ReadFile(_root, file).TryGet(out var bytes, out _))
                continue;
            foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] is not ('#' or ';')))
            {
                if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["enable" or "disable" or "ignore", var pattern, .. var instances])
                    rules.Add((line.Split(' ', '\t')[0], pattern, instances));
            }
        }
        return rules;
    }
}
