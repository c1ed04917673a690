namespace Supervisor.Generators;

/// <summary>The options of an fstab entry, in their order.</summary>
internal sealed record MountOptions(IReadOnlyList<string> All)
{
    /// <summary>Commas part them; one behind a backslash does not.</summary>
    public static MountOptions Parse(string text)
    {
        var all = new List<string>();
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && (text[i] != ',' || i > 0 && text[i - 1] == '\\'))
                continue;
            if (i > start)
                all.Add(text[start..i]);
            start = i + 1;
        }
        return new(all);
    }

    public bool Has(params ReadOnlySpan<string> names)
    {
        foreach (var option in All)
        {
            if (names.Contains(option))
                return true;
        }
        return false;
    }

    /// <summary>Of an option and its opposite the last one counts.</summary>
    public bool Last(string yes, string no) => All.LastOrDefault(o => o == yes || o == no) == yes;

    /// <summary>The values of NAME=value, in their order.</summary>
    public IEnumerable<string> Values(string name) =>
        All.Where(o => o.Length > name.Length && o[name.Length] == '=' && o.StartsWith(name, StringComparison.Ordinal)).Select(o => o[(name.Length + 1)..]);

    public MountOptions Without(params string[] names) => new([.. All.Where(o => !names.Any(n => o.StartsWith(n + "=", StringComparison.Ordinal)))]);

    public override string ToString() => string.Join(',', All);
}
