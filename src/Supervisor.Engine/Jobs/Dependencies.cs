using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>The ways in which one unit can depend on another (systemd.unit(5)).</summary>
internal enum DependencyKind
{
    Wants, Requires, Requisite, BindsTo, PartOf, Upholds, Conflicts, Before, After, OnFailure, OnSuccess, PropagatesReloadTo, ReloadPropagatedFrom, PropagatesStopTo, StopPropagatedFrom,
}

/// <summary>The names that one unit depends on, each kind in the order in which they are written.</summary>
internal sealed class Dependencies
{
    public const int Kinds = (int)DependencyKind.StopPropagatedFrom + 1;

    private static readonly (DependencyKind Kind, Directive<IReadOnlyList<Sourced<string>>> Row)[] Rows =
    [
        (DependencyKind.Wants, Directives.Wants), (DependencyKind.Requires, Directives.Requires), (DependencyKind.Requisite, Directives.Requisite),
        (DependencyKind.BindsTo, Directives.BindsTo), (DependencyKind.PartOf, Directives.PartOf), (DependencyKind.Upholds, Directives.Upholds),
        (DependencyKind.Conflicts, Directives.Conflicts), (DependencyKind.Before, Directives.Before), (DependencyKind.After, Directives.After),
        (DependencyKind.OnFailure, Directives.OnFailure), (DependencyKind.OnSuccess, Directives.OnSuccess),
        (DependencyKind.PropagatesReloadTo, Directives.PropagatesReloadTo), (DependencyKind.ReloadPropagatedFrom, Directives.ReloadPropagatedFrom),
        (DependencyKind.PropagatesStopTo, Directives.PropagatesStopTo), (DependencyKind.StopPropagatedFrom, Directives.StopPropagatedFrom),
    ];

    /// <summary>Kind after kind.</summary>
    private readonly NameNode[] _nodes;

    /// <summary>Where each kind begins among them, and where the last one ends.</summary>
    private readonly int[] _begin;

    private Dependencies(NameNode[] nodes, int[] begin) => (_nodes, _begin) = (nodes, begin);

    public static Dependencies None { get; } = new([], new int[Kinds + 1]);

    public ReadOnlySpan<NameNode> this[DependencyKind kind] => _nodes.AsSpan(_begin[(int)kind].._begin[(int)kind + 1]);

    /// <summary>The same where a span cannot be: (from, to) for <see cref="At"/>.</summary>
    public (int From, int To) Range(DependencyKind kind) => (_begin[(int)kind], _begin[(int)kind + 1]);

    public NameNode At(int index) => _nodes[index];

    /// <summary>What the unit's files say, and what follows from its slice.</summary>
    public static Dependencies Of(Unit unit, NameGraph graph)
    {
        if (unit.LoadState != LoadState.Loaded)
            return None;
        var nodes = new List<NameNode>();
        var begin = new int[Kinds + 1];
        var slice = unit.Get(Directives.Slice).Value;
        foreach (var (kind, row) in Rows)
        {
            // twice is once, and on itself a unit depends anyway
            var stamp = graph.NextStamp();
            foreach (var name in unit.Get(row).Value)
                Add(name.Value);
            if (slice is not null && kind is DependencyKind.Requires or DependencyKind.After)
                Add(slice);
            begin[(int)kind + 1] = nodes.Count;

            void Add(string name)
            {
                if (name == unit.Name || graph.Get(name) is var node && node.Stamp == stamp)
                    return;
                node.Stamp = stamp;
                nodes.Add(node);
            }
        }
        return nodes.Count == 0 ? None : new([.. nodes], begin);
    }

    /// <summary>Where an order of the unit is written; null when it orders itself by no such name.</summary>
    public static Origin? PlaceOf(Unit unit, DependencyKind order, Func<string, bool> named)
    {
        foreach (var name in unit.Get(order == DependencyKind.After ? Directives.After : Directives.Before).Value)
            if (named(name.Value))
                return name.Origin;
        return order == DependencyKind.After && unit.Get(Directives.Slice) is { Value: { } slice, Origin: var origin } && named(slice) ? origin : null;
    }
}
