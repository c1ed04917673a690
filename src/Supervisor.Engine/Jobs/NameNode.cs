namespace Supervisor.Engine;

/// <summary>
/// A name in the graph: the unit that has it, if one is known, and the units that depend on it, whether it is known or not. So an edge is a reference, and neither
/// direction is looked up by text.
/// </summary>
internal sealed class NameNode(string name)
{
    private (DependencyKind Kind, List<UnitRuntime> Units)[] _dependents = [];

    public string Name => name;

    public UnitRuntime? Unit { get; set; }

    /// <summary>The last list of dependencies that it was put into (<see cref="Dependencies.Of"/>).</summary>
    public int Stamp { get; set; }

    /// <summary>Nobody has it and nobody asks for it.</summary>
    public bool IsIdle => Unit is null && _dependents.Length == 0;

    /// <summary>Those who name it, in the order in which they became known.</summary>
    public IReadOnlyList<UnitRuntime> Dependents(DependencyKind kind)
    {
        foreach (var (of, units) in _dependents)
            if (of == kind)
                return units;
        return [];
    }

    public void Add(DependencyKind kind, UnitRuntime unit)
    {
        foreach (var (of, units) in _dependents)
        {
            if (of != kind)
                continue;
            // mostly it is the newest of all; after a reload it goes where it was
            if (units[^1].Order < unit.Order)
                units.Add(unit);
            else if (units.BinarySearch(unit, ByOrder) is < 0 and var at)
                units.Insert(~at, unit);
            return;
        }
        Array.Resize(ref _dependents, _dependents.Length + 1);
        _dependents[^1] = (kind, [unit]);
    }

    public void Remove(DependencyKind kind, UnitRuntime unit)
    {
        for (var i = 0; i < _dependents.Length; i++)
        {
            var (of, units) = _dependents[i];
            if (of != kind || units.BinarySearch(unit, ByOrder) is not (>= 0 and var at))
                continue;
            units.RemoveAt(at);
            if (units.Count == 0)
                _dependents = [.. _dependents.AsSpan(0, i), .. _dependents.AsSpan(i + 1)];
            return;
        }
    }

    public static readonly Comparer<UnitRuntime> ByOrder = Comparer<UnitRuntime>.Create((a, b) => a.Order.CompareTo(b.Order));
}

/// <summary>Every name that is known or asked for.</summary>
internal sealed class NameGraph
{
    private readonly Dictionary<string, NameNode> _nodes = new(StringComparer.Ordinal);
    private int _stamp;

    public NameNode? Find(string name) => _nodes.GetValueOrDefault(name);

    public NameNode Get(string name)
    {
        if (!_nodes.TryGetValue(name, out var node))
            _nodes.Add(name, node = new(name));
        return node;
    }

    public int NextStamp() => ++_stamp;

    /// <summary>The unit's dependencies stand at the names that they are on.</summary>
    public static void Connect(UnitRuntime unit)
    {
        for (var kind = (DependencyKind)0; (int)kind < Dependencies.Kinds; kind++)
            foreach (var node in unit.Dependencies[kind])
                node.Add(kind, unit);
    }

    public void Disconnect(UnitRuntime unit)
    {
        for (var kind = (DependencyKind)0; (int)kind < Dependencies.Kinds; kind++)
            foreach (var node in unit.Dependencies[kind])
            {
                node.Remove(kind, unit);
                Prune(node);
            }
    }

    /// <summary>The unit has none of its names any more.</summary>
    public void Unname(UnitRuntime unit)
    {
        foreach (var node in unit.Names)
        {
            node.Unit = null;
            Prune(node);
        }
        unit.Names = [];
    }

    private void Prune(NameNode node)
    {
        if (node.IsIdle)
            _nodes.Remove(node.Name);
    }
}
