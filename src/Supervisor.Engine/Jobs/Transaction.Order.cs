using System.Text;
using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Cycles of order, and installing what is left.</summary>
internal sealed partial class Transaction
{
    private void BreakCycles()
    {
        while (_failure is null)
        {
            var order = new JobOrder(engine, unit => LeftFor(unit)?.Type ?? Installed(unit));
            if (order.FindCycle(Live.Select(wish => wish.Unit)) is not { } cycle)
                return;
            var loser = cycle.Select(LeftFor).FirstOrDefault(wish => wish is { Matters: false });
            if (loser is null)
            {
                Fail($"its jobs wait for each other: {order.Describe(cycle)}");
                return;
            }
            _notes.Add($"jobs wait for each other: {order.Describe(cycle)}; {loser} is left out");
            Remove(loser, $"its jobs wait for each other: {order.Describe(cycle)}");
            Collect();
        }
    }

    /// <summary>The jobs that are left, each behind those that it waits for.</summary>
    public IReadOnlyList<(string Unit, JobType Type)> InOrder()
    {
        var order = new List<UnitRuntime>(_wishes.Count);
        _ = new JobOrder(engine, unit => LeftFor(unit)?.Type).FindCycle(Live.Select(wish => wish.Unit), order);
        return [.. order.Select(unit => (unit.Name, LeftFor(unit)!.Type))];
    }

    private static JobType? Installed(UnitRuntime unit) => unit.Job is { IgnoreOrder: false } job ? job.Type : null;

    /// <summary>Makes jobs of what is left. The anchor's job, or one that it was merged into; null when there is nothing to do.</summary>
    public Job? Apply()
    {
        if (_anchor is null)
            return null;
        if (_mode is JobMode.Flush or JobMode.Isolate)
            engine.CancelOthers([.. Live.Select(wish => wish.Unit)], _anchor.ToString());
        foreach (var wish in Live.ToArray())
        {
            wish.Cause = wish == _anchor ? cause : engine.NoteCause(ParentCause(wish), wish.Unit, $"{Words.Of(wish.Type)} pulled in: {wish.Why}");
            Install(wish);
        }
        return _anchor.Unit.Job;
    }

    private CauseId ParentCause(Wish wish)
    {
        for (var by = wish.By; by is not null; by = by.By)
            if (by.Cause != CauseId.None)
                return by.Cause;
        return cause;
    }

    private void Install(Wish wish)
    {
        var unit = wish.Unit;
        if (unit.Job is { } present)
        {
            var merged = JobRules.Merge(present.Type, wish.Type);
            // What runs already can take in only what it does anyway; a reload that runs may have read the old settings.
            if (merged is { } type && (present.State == JobState.Waiting || (type == present.Type && type != JobType.Reload)))
            {
                if (present.Type != type)
                    engine.Retype(present, type);
                present.IgnoreOrder &= _ignoreOrder;
                present.Irreversible |= _mode == JobMode.ReplaceIrreversibly;
                return;
            }
            engine.Replace(present, $"replaced by {wish}");
        }
        var job = engine.NewJob(unit, wish.Type, wish.Cause);
        (job.IgnoreOrder, job.Irreversible) = (_ignoreOrder, _mode == JobMode.ReplaceIrreversibly);
        engine.Install(job);
    }
}

/// <summary>Who waits for whom, by the orders of units and the types of their jobs.</summary>
/// <param name="typeOf">The type of the job that a unit has or would have, null for none.</param>
internal sealed class JobOrder(UnitEngine engine, Func<UnitRuntime, JobType?> typeOf)
{
    /// <summary>Units whose jobs wait for each other in a ring: each waits for the next, the last for the first. Null when there are none.</summary>
    /// <param name="order">Gets every unit, each behind those that it waits for, when there is no ring.</param>
    public IReadOnlyList<UnitRuntime>? FindCycle(IEnumerable<UnitRuntime> from, List<UnitRuntime>? order = null)
    {
        var units = from.ToArray();
        // A restart is ordered as a stop first and as a start then: neither may go round in a ring.
        return Find(units, typeOf, order) ?? (units.Any(unit => typeOf(unit) == JobType.Restart) ? Find(units, AsStart, null) : null);
    }

    private JobType? AsStart(UnitRuntime unit) => typeOf(unit) is { } type ? type == JobType.Restart ? JobType.Start : type : null;

    private List<UnitRuntime>? Find(UnitRuntime[] units, Func<UnitRuntime, JobType?> type, List<UnitRuntime>? order)
    {
        // a unit is marked with the first number while it is on the path, with the second once all that it waits for has been looked at
        var (onPath, done) = (engine.NextMark(), engine.NextMark());
        var path = new List<(UnitRuntime Unit, IEnumerator<UnitRuntime> Next)>();
        foreach (var start in units)
        {
            if (start.Mark == done)
                continue;
            Push(start);
            while (path.Count > 0)
            {
                var (unit, next) = path[^1];
                if (!next.MoveNext())
                {
                    unit.Mark = done;
                    order?.Add(unit);
                    path.RemoveAt(path.Count - 1);
                }
                else if (next.Current.Mark == onPath)
                    return path.SkipWhile(step => step.Unit != next.Current).Select(step => step.Unit).ToList();
                else if (next.Current.Mark != done)
                    Push(next.Current);
            }
        }
        return null;

        void Push(UnitRuntime unit)
        {
            unit.Mark = onPath;
            path.Add((unit, WaitsFor(unit, type).GetEnumerator()));
        }
    }

    private IEnumerable<UnitRuntime> WaitsFor(UnitRuntime unit, Func<UnitRuntime, JobType?> type)
    {
        if (type(unit) is not { } mine)
            yield break;
        if (!JobRules.LaterGoesFirst(mine))
            foreach (var earlier in engine.Earlier(unit))
                if (type(earlier) is not null)
                    yield return earlier;
        foreach (var later in engine.Later(unit))
            if (type(later) is { } other && JobRules.LaterGoesFirst(other))
                yield return later;
    }

    private const int DescribedMax = 12;

    /// <summary>The ring in words, with the places where its orders are written.</summary>
    public string Describe(IReadOnlyList<UnitRuntime> cycle)
    {
        var text = new StringBuilder();
        for (var i = 0; i < cycle.Count; i++)
        {
            // nobody reads a ring of thousands: how it begins and how it closes
            if (i == DescribedMax && cycle.Count > DescribedMax + 1)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $", and so on by {cycle.Count - DescribedMax - 1} more");
                i = cycle.Count - 1;
            }
            var (unit, other) = (cycle[i], cycle[(i + 1) % cycle.Count]);
            text.Append(i == 0 ? $"{unit.Name} waits for {other.Name}" : $", which waits for {other.Name}").Append(Place(unit, other));
        }
        return text.ToString();
    }

    private static string Place(UnitRuntime a, UnitRuntime b)
    {
        foreach (var (unit, other) in ((UnitRuntime, UnitRuntime)[])[(a, b), (b, a)])
            foreach (var kind in (ReadOnlySpan<DependencyKind>)[DependencyKind.After, DependencyKind.Before])
                if (Dependencies.PlaceOf(unit.Unit, kind, name => Array.Exists(other.Names, node => node.Name == name)) is { } origin)
                    return origin.File is null ? $" ({kind}= of {unit.Name})" : $" ({kind}=, {origin.File}:{origin.Line})";
        return "";
    }
}
