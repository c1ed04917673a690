namespace Supervisor.Units;

/// <summary>The table: every row, those that something acts on first.</summary>
public static class DirectiveTable
{
    /// <summary>No directive's name is as long, nor any that was meant to be one.</summary>
    private const int NameMax = 64;

    private static readonly List<Directive> Rows = [];
    private static readonly Dictionary<(string Section, string Name), Entry> ByName = [];
    private static readonly HashSet<string> OwnNames = new(StringComparer.Ordinal);

    /// <summary>A name that assigns to a row, and what reads it.</summary>
    public readonly record struct Entry(Directive Row, Func<object?, ParseContext, object?> Apply);

    static DirectiveTable() => Directives.RegisterAll();

    /// <summary>The rows that something acts on, and those of the others that were asked for.</summary>
    public static IReadOnlyList<Directive> All => Rows;

    public static Directive? Find(string section, string name) => TryGet(section, name, out var entry) ? entry.Row : null;

    public static bool TryGet(string section, string name, out Entry entry)
    {
        if (ByName.TryGetValue((section, name), out entry))
            return true;
        if (KnownDirectives.Find(section, name) is not { } row)
            return false;
        entry = new Entry(row, row.Apply);
        return true;
    }

    /// <summary>The one copy of a name that some row has.</summary>
    internal static bool TryName(ReadOnlySpan<char> name, out string own) => OwnNames.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out own!);

    /// <summary>Every name of every row, aliases included.</summary>
    public static IEnumerable<(string Section, string Name)> Names => ByName.Keys.Concat(KnownDirectives.Names);

    /// <summary>A row that something acts on.</summary>
    internal static Directive? Honoured(string section, string name) => ByName.TryGetValue((section, name), out var entry) ? entry.Row : null;

    /// <summary>The row of the section whose name is nearest to a misspelt one, null when none is near.</summary>
    public static string? Nearest(string section, string name)
    {
        string? best = null;
        var bestDistance = Math.Max(2, name.Length / 3) + 1;
        if (name.Length > NameMax)
            return null;
        foreach (var key in Names)
        {
            if (key.Section != section || Math.Abs(key.Name.Length - name.Length) >= bestDistance)
                continue;
            var distance = Distance(key.Name, name);
            if (distance < bestDistance)
                (best, bestDistance) = (key.Name, distance);
        }
        return best;
    }

    /// <summary>Gives a row its place.</summary>
    internal static T Number<T>(T row)
        where T : Directive
    {
        row.Index = Rows.Count;
        Rows.Add(row);
        return row;
    }

    internal static void AddAlias(Directive row, string section, string name) => Add(section, name, new Entry(row, row.Apply));

    internal static void Add(Directive row, params ReadOnlySpan<string> aliases)
    {
        Number(row);
        AddAlias(row, row.Section, row.Name);
        foreach (var alias in aliases)
            AddAlias(row, row.Section, alias);
    }

    /// <summary>A name that adds to a row in a way of its own (ConditionPathExists= to the conditions).</summary>
    internal static void AddVariant<T>(Directive<T> row, string name, SettingParser<T> parse) =>
        Add(row.Section, name, new Entry(row, (current, context) => parse((T)current!, context)));

    private static void Add(string section, string name, Entry entry)
    {
        ByName.Add((section, name), entry);
        OwnNames.Add(name);
    }

    /// <summary>Levenshtein's distance, case ignored.</summary>
    private static int Distance(string a, string b)
    {
        Span<int> row = stackalloc int[NameMax + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + cost));
            }
        }
        return row[b.Length];
    }
}
