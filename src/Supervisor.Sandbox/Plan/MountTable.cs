namespace Supervisor.Sandbox.Plan;

/// <summary>
/// All nodes by path. Two for the same path become one: the content that was added first stays (callers add what the unit says before what follows from something else), and
/// the stricter access holds. Nodes below something inaccessible are dropped.
/// </summary>
internal sealed class MountTable
{
    private readonly SortedDictionary<string, MountNode> _nodes = new(Comparer<string>.Create(ComparePaths));

    public bool IsEmpty => _nodes.Count == 0;

    public void Add(MountNode node)
    {
        if (!_nodes.TryGetValue(node.Path, out var old))
        {
            _nodes[node.Path] = node;
            return;
        }
        var (first, second) = old.Content is null && node.Content is not null || node.Content is MountContent.Nothing ? (node, old) : (old, node);
        _nodes[node.Path] = first with
        {
            Optional = first.Optional && second.Optional || first.Content is not null && first.Optional,
            ReadOnly = Stricter(first.ReadOnly, second.ReadOnly),
            NoExec = Stricter(first.NoExec, second.NoExec),
        };
    }

    public MountNode? Find(string path) => _nodes.GetValueOrDefault(path);

    /// <summary>Parents before what is below them.</summary>
    public List<MountNode> InOrder()
    {
        var result = new List<MountNode>();
        string? hidden = null;
        foreach (var node in _nodes.Values)
        {
            if (hidden is not null && IsBelow(node.Path, hidden))
                continue;
            hidden = node.Content is MountContent.Nothing ? node.Path : null;
            result.Add(node);
        }
        return result;
    }

    /// <summary>The nearest node above a path that has content, null when the root itself is there.</summary>
    public MountNode? Around(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (_nodes.TryGetValue(path[..slash], out var node) && node.Content is not null)
                return node;
        }
        return null;
    }

    public static bool IsBelow(string path, string above) =>
        above == "/" ? path != "/" : path.Length > above.Length && path[above.Length] == '/' && path.StartsWith(above, StringComparison.Ordinal);

    /// <summary>Forbidden before allowed before nothing said.</summary>
    private static bool? Stricter(bool? a, bool? b) => a == true || b == true ? true : a ?? b;

    /// <summary>By components, so that what is below a path follows it directly.</summary>
    private static int ComparePaths(string a, string b)
    {
        var x = a.Replace('/', '\0');
        var y = b.Replace('/', '\0');
        return string.CompareOrdinal(x, y);
    }
}
