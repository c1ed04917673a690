using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>The ways in which one unit can depend on another (systemd.unit(5)).</summary>
internal enum DependencyKind
{
    Wants, Requires, Requisite, BindsTo, PartOf, Upholds, Conflicts, Before, After, OnFailure, OnSuccess, PropagatesReloadTo, ReloadPropagatedFrom, PropagatesStopTo, StopPropagatedFrom,
}

/// <summary>The names that one unit depends on, in the order in which they are written, with the places where they are.</summary>
internal sealed class Dependencies
{
    public const int Kinds = (int)DependencyKind.StopPropagatedFrom + 1;

    private readonly List<Sourced<string>>?[] _names = new List<Sourced<string>>?[Kinds];

    private Dependencies()
    {
    }

    public static Dependencies None { get; } = new();

    public IReadOnlyList<Sourced<string>> this[DependencyKind kind] => (IReadOnlyList<Sourced<string>>?)_names[(int)kind] ?? [];

    /// <summary>What the unit's files say, and what follows from its slice.</summary>
    public static Dependencies Of(Unit unit)
    {
        var all = new Dependencies();
        if (unit.LoadState != LoadState.Loaded)
            return all;
        all.Add(DependencyKind.Wants, unit.Get(Directives.Wants).Value, unit);
        all.Add(DependencyKind.Requires, unit.Get(Directives.Requires).Value, unit);
        all.Add(DependencyKind.Requisite, unit.Get(Directives.Requisite).Value, unit);
        all.Add(DependencyKind.BindsTo, unit.Get(Directives.BindsTo).Value, unit);
        all.Add(DependencyKind.PartOf, unit.Get(Directives.PartOf).Value, unit);
        all.Add(DependencyKind.Conflicts, unit.Get(Directives.Conflicts).Value, unit);
        all.Add(DependencyKind.Before, unit.Get(Directives.Before).Value, unit);
        all.Add(DependencyKind.After, unit.Get(Directives.After).Value, unit);
        all.Add(DependencyKind.Upholds, unit.Get(Directives.Upholds).Value, unit);
        all.Add(DependencyKind.OnFailure, unit.Get(Directives.OnFailure).Value, unit);
        all.Add(DependencyKind.OnSuccess, unit.Get(Directives.OnSuccess).Value, unit);
        all.Add(DependencyKind.PropagatesReloadTo, unit.Get(Directives.PropagatesReloadTo).Value, unit);
        all.Add(DependencyKind.ReloadPropagatedFrom, unit.Get(Directives.ReloadPropagatedFrom).Value, unit);
        all.Add(DependencyKind.PropagatesStopTo, unit.Get(Directives.PropagatesStopTo).Value, unit);
        all.Add(DependencyKind.StopPropagatedFrom, unit.Get(Directives.StopPropagatedFrom).Value, unit);
        if (unit.Get(Directives.Slice) is { Value: { } slice, Origin: var origin })
        {
            all.Add(DependencyKind.Requires, [new(slice, origin)], unit);
            all.Add(DependencyKind.After, [new(slice, origin)], unit);
        }
        return all;
    }

    private void Add(DependencyKind kind, IEnumerable<Sourced<string>> names, Unit unit)
    {
        // On itself a unit depends anyway; twice is once.
        foreach (var name in names)
            if (name.Value != unit.Name && _names[(int)kind]?.Exists(known => known.Value == name.Value) != true)
                (_names[(int)kind] ??= []).Add(name);
    }
}

/// <summary>Who depends on a name: the other direction of <see cref="Dependencies"/>, for the units that are known.</summary>
internal sealed class DependencyIndex
{
    private static readonly Comparer<UnitRuntime> ByOrder = Comparer<UnitRuntime>.Create((a, b) => a.Order.CompareTo(b.Order));

    private readonly Dictionary<(DependencyKind, string), SortedSet<UnitRuntime>> _dependents = [];

    public void Add(UnitRuntime unit)
    {
        foreach (var key in Keys(unit))
        {
            if (!_dependents.TryGetValue(key, out var set))
                _dependents.Add(key, set = new(ByOrder));
            set.Add(unit);
        }
    }

    public void Remove(UnitRuntime unit)
    {
        foreach (var key in Keys(unit))
            if (_dependents.TryGetValue(key, out var set) && set.Remove(unit) && set.Count == 0)
                _dependents.Remove(key);
    }

    /// <summary>Those who name this unit, by any of its names, in the order in which they became known.</summary>
    public IEnumerable<UnitRuntime> Dependents(UnitRuntime unit, DependencyKind kind)
    {
        if (unit.Names.Count == 1)
            return _dependents.TryGetValue((kind, unit.Name), out var only) ? only : [];
        var all = new SortedSet<UnitRuntime>(ByOrder);
        foreach (var name in unit.Names)
            if (_dependents.TryGetValue((kind, name), out var some))
                all.UnionWith(some);
        return all;
    }

    private static IEnumerable<(DependencyKind, string)> Keys(UnitRuntime unit)
    {
        for (var kind = 0; kind < Dependencies.Kinds; kind++)
            foreach (var name in unit.Dependencies[(DependencyKind)kind])
                yield return ((DependencyKind)kind, name.Value);
    }
}
