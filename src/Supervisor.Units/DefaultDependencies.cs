namespace Supervisor.Units;

/// <summary>Dependencies that no file says: those of the type, and the default ones (systemd.service(5), "Automatic Dependencies"). Added to the unit's own lists.</summary>
public static class DefaultDependencyRules
{
    internal static void Apply(Unit unit)
    {
        var byDefault = unit.Get(Directives.DefaultDependencies).Value;
        switch (unit.Type)
        {
            case UnitType.Service:
                foreach (var socket in unit.Get(Directives.SocketsOfService).Value)
                {
                    Add(unit, Directives.Wants, socket.Value);
                    Add(unit, Directives.After, socket.Value);
                }
                if (unit.Get(Directives.Type).Value == ServiceType.Dbus)
                {
                    Add(unit, Directives.Requires, "dbus.socket");
                    Add(unit, Directives.After, "dbus.socket");
                }
                if (byDefault)
                {
                    Add(unit, Directives.Requires, "sysinit.target");
                    Add(unit, Directives.After, "sysinit.target", "basic.target");
                    AtShutdown(unit);
                }
                break;
            case UnitType.Socket:
                if (TriggeredBy(unit) is { } service)
                    Add(unit, Directives.Before, service);
                if (byDefault)
                {
                    Add(unit, Directives.Requires, "sysinit.target");
                    Add(unit, Directives.After, "sysinit.target");
                    Add(unit, Directives.Before, "sockets.target");
                    AtShutdown(unit);
                }
                break;
            case UnitType.Slice:
                if (ParentOf(unit.Name) is { } parent)
                {
                    Add(unit, Directives.Requires, parent);
                    Add(unit, Directives.After, parent);
                }
                if (byDefault)
                    AtShutdown(unit);
                break;
            case UnitType.Timer:
                Triggers(unit, byDefault, "timers.target");
                if (byDefault && unit.Get(Directives.Timers).Value.Any(t => t.Base == TimerBase.Calendar))
                    Add(unit, Directives.After, "time-set.target", "time-sync.target"); // not before the clock is right
                break;
            case UnitType.Path:
                Triggers(unit, byDefault, "paths.target");
                break;
            case UnitType.Target:
                if (byDefault)
                {
                    OrderAfterWhatItPullsIn(unit);
                    AtShutdown(unit);
                }
                break;
            default:
                break;
        }
    }

    /// <summary>What a socket, timer or path unit starts: what it says, else the service of its own name; null for units of other types, and for a socket with a service for each connection.</summary>
    public static string? TriggeredBy(Unit unit)
    {
        if (unit.Type is not (UnitType.Socket or UnitType.Timer or UnitType.Path) || unit.Type == UnitType.Socket && unit.Get(Directives.Accept).Value)
            return null;
        var said = unit.Get(unit.Type switch { UnitType.Socket => Directives.SocketService, UnitType.Timer => Directives.TimerUnit, _ => Directives.PathUnit }).Value;
        return said ?? Path.GetFileNameWithoutExtension(unit.Name) + ".service";
    }

    /// <summary>The slice that a slice is in by its name: a.slice of a-b.slice; null for those that are in the root.</summary>
    private static string? ParentOf(string slice) => slice.LastIndexOf('-') is var dash and > 0 ? slice[..dash] + ".slice" : null;

    private static void Triggers(Unit unit, bool byDefault, string target)
    {
        Add(unit, Directives.Before, TriggeredBy(unit)!);
        if (!byDefault)
            return;
        Add(unit, Directives.Requires, "sysinit.target");
        Add(unit, Directives.After, "sysinit.target");
        Add(unit, Directives.Before, target);
        AtShutdown(unit);
    }

    /// <summary>A target is reached when what it wants or requires has started, unless it says that it goes before.</summary>
    private static void OrderAfterWhatItPullsIn(Unit unit)
    {
        var ordered = new HashSet<string>(StringComparer.Ordinal) { unit.Name };
        foreach (var row in new[] { Directives.Before, Directives.After })
            ordered.UnionWith(unit.Get(row).Value.Select(o => o.Value));
        var after = new List<Sourced<string>>();
        foreach (var row in new[] { Directives.Wants, Directives.Requires })
        {
            foreach (var wanted in unit.Get(row).Value)
            {
                if (ordered.Add(wanted.Value))
                    after.Add(new(wanted.Value, Origin.Default(Directives.After.Name)));
            }
        }
        if (after.Count > 0)
            unit.Set(Directives.After, Grown<Sourced<string>>.Of(unit.Get(Directives.After).Value, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(after)), Origin.Default(Directives.After.Name));
    }

    private static readonly Dictionary<(Directive Row, string Name), Sourced<string>[]> Singles = [];

    /// <summary>A list of one name. Most units have nothing else in it than the same few targets, so these lists are there once.</summary>
    private static Sourced<string>[] Alone(Directive row, string name)
    {
        if (!Singles.TryGetValue((row, name), out var list))
        {
            list = [new(name, Origin.Default(row.Name))];
            if (name.EndsWith(".target", StringComparison.Ordinal) && Singles.Count < 64)
                Singles.Add((row, name), list);
        }
        return list;
    }

    private static void AtShutdown(Unit unit)
    {
        Add(unit, Directives.Conflicts, "shutdown.target");
        Add(unit, Directives.Before, "shutdown.target");
    }

    private static void Add(Unit unit, Directive<IReadOnlyList<Sourced<string>>> row, params ReadOnlySpan<string> names)
    {
        var current = unit.Get(row).Value;
        if (current.Count == 0 && names is [var only] && only != unit.Name)
        {
            unit.Set(row, Alone(row, only), Origin.Default(row.Name));
            return;
        }
        var list = new List<Sourced<string>>(names.Length);
        foreach (var name in names)
        {
            if (name != unit.Name && !Has(current, name))
                list.Add(new(name, Origin.Default(row.Name)));
        }
        if (list.Count > 0)
            unit.Set(row, Grown<Sourced<string>>.Of(current, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list)), Origin.Default(row.Name));
    }

    private static bool Has(IReadOnlyList<Sourced<string>> list, string name)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i].Value == name)
                return true;
        }
        return false;
    }
}
