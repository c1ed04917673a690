namespace Supervisor.Engine;

/// <summary>Taking out of a transaction what cannot be, contradicts, disturbs or is needless.</summary>
internal sealed partial class Transaction
{
    /// <summary>Takes a wish out, and with it those that cannot do without it.</summary>
    private void Remove(Wish wish, string why)
    {
        var queue = new Queue<Wish>();
        queue.Enqueue(wish);
        while (queue.TryDequeue(out var next))
        {
            if (next.Removed)
                continue;
            if (next == _anchor)
            {
                Fail(why);
                return;
            }
            next.Removed = true;
            foreach (var link in next.PulledBy)
                if (link.Needed)
                    queue.Enqueue(link.Other);
        }
    }

    private void RemoveImpossible()
    {
        foreach (var wish in _wishes)
        {
            if (wish.Removed || _failure is not null || Impossible(wish.Unit, wish.Type) is not { } fault)
                continue;
            var by = wish.By is { } puller ? $"{wish.Why}: " : "";
            if (!wish.Matters)
                _notes.Add($"{by}{fault}, ignored");
            Remove(wish, $"{by}{fault}");
        }
    }

    /// <summary>Takes out what nothing that is left pulls in.</summary>
    private void Collect()
    {
        var reached = new HashSet<Wish> { _anchor! };
        var queue = new Queue<Wish>(reached);
        while (queue.TryDequeue(out var wish))
            foreach (var link in wish.Pulls)
                if (!link.Other.Removed && reached.Add(link.Other))
                    queue.Enqueue(link.Other);
        foreach (var wish in Live)
            if (!reached.Contains(wish))
                wish.Removed = true;
    }

    private void MergeAll()
    {
        // From the end, where a contradiction begins; what it does to those before is a consequence of it.
        for (var i = _wishes.Count - 1; i >= 0 && _failure is null; i--)
            for (var other = _wishes[i].Next; other is not null && !_wishes[i].Removed && _failure is null; other = other.Next)
                if (!other.Removed)
                    MergeTwo(_wishes[i], other);
    }

    private void MergeTwo(Wish first, Wish second)
    {
        if (JobRules.Merge(first.Type, second.Type) is { } merged)
        {
            (first.Type, first.Matters) = (merged, first.Matters || second.Matters);
            foreach (var link in second.PulledBy)
                Relink(link.Other, first, link.Needed);
            foreach (var link in second.Pulls)
                Relink(first, link.Other, link.Needed);
            if (_anchor == second)
                _anchor = first;
            second.Removed = true;
            return;
        }
        if (first.Matters && second.Matters)
        {
            Fail($"{first.Unit.Name} would have to {Words.Of(first.Type)} ({Reason(first)}) and to {Words.Of(second.Type)} ({Reason(second)})");
            return;
        }
        var (stop, other) = first.Type == JobType.Stop ? (first, second) : (second, first);
        // Neither is needed: the unit that conflicts is started, the one that it conflicts with is stopped (systemd.unit(5), Conflicts=).
        var loser = stop.Matters ? other : other.Matters || stop.OnlyConflicted ? stop : other;
        _notes.Add($"{loser} is left out: {Reason(loser == stop ? other : stop)} asks for {(loser == stop ? other : stop)}");
        Remove(loser, $"{loser} contradicts {(loser == stop ? other : stop)}");
        Collect();
    }

    private static void Relink(Wish subject, Wish target, bool needed)
    {
        if (subject == target)
            return;
        subject.Pulls.Add(new(target, needed));
        target.PulledBy.Add(new(subject, needed));
    }

    private static string Reason(Wish wish) => wish.Why.Length == 0 ? "as asked for" : wish.Why;

    /// <summary>Mode fail: what is not needed must not stop what runs or turn round what is under way.</summary>
    private void RemoveDisturbing()
    {
        foreach (var wish in _wishes)
        {
            if (wish.Removed || wish.Matters || _failure is not null)
                continue;
            var stops = wish.Type == JobType.Stop && !UnitEngine.IsDown(wish.Unit.Active);
            var reverses = wish.Unit.Job is { } job && JobRules.Merge(job.Type, wish.Type) is null;
            if (stops || reverses)
                Remove(wish, $"{wish} would disturb what runs");
        }
    }

    /// <summary>Takes out what a unit is already. Those that need it have it, so they stay.</summary>
    private void RemoveRedundant()
    {
        if (_failure is not null)
            return;
        foreach (var wish in Live)
            if (wish != _anchor && JobRules.IsRedundant(wish.Type, wish.Unit.Active)
                && (wish.Unit.Job is not { } job || JobRules.Merge(job.Type, wish.Type) is not null))
                wish.Removed = true;
        Collect();
    }

    /// <param name="all">Also jobs that may be replaced are in the way.</param>
    private void RefuseDestructive(bool all)
    {
        foreach (var wish in Live)
            if (wish.Unit.Job is { } job && (all || job.Irreversible) && JobRules.Merge(job.Type, wish.Type) is null)
            {
                Fail($"{job} is under way, and this would need {wish}");
                return;
            }
    }
}
