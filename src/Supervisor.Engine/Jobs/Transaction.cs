using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>
/// Everything that one request comes to, worked out before any of it begins: the jobs of other units that it pulls in, what contradicts, what is needless, what
/// cannot be ordered. Either all of it can be installed or nothing is.
/// </summary>
/// <remarks>
/// In steps: pull in by dependencies; take out what cannot be, with those that need it; one job a unit; (mode fail: take out what disturbs and is not needed;)
/// take out what is needless; break cycles of order; (mode fail: refuse what would replace a job). A job matters when the anchor cannot do without it: through
/// links of Requires=, BindsTo=, Requisite= and Conflicts=, not through Wants=. What matters is never taken out: then the whole request is refused.
/// </remarks>
internal sealed partial class Transaction(UnitEngine engine, CauseId cause)
{
    /// <summary>A job that may come to be installed.</summary>
    private sealed class Wish(UnitRuntime unit, JobType type, Wish? by, Why why)
    {
        public UnitRuntime Unit { get; } = unit;

        public JobType Type { get; set; } = type;

        /// <summary>The type that it had before it was merged with others.</summary>
        public JobType Asked { get; } = type;

        /// <summary>Who pulled it in first, and how.</summary>
        public Wish? By { get; } = by;

        public string Why => why.ToString();

        /// <summary>A later one of another type for the same unit.</summary>
        public Wish? Next { get; set; }

        public bool Matters { get; set; }

        public bool Removed { get; set; }

        /// <summary>A stop that only units which conflict with this one from their side ask for.</summary>
        public bool OnlyConflicted { get; set; }

        public List<Link> Pulls { get; } = [];

        public List<Link> PulledBy { get; } = [];

        public CauseId Cause { get; set; }

        public override string ToString() => $"{Unit.Name}/{Words.Of(Type)}";
    }

    /// <summary>From one wish to another, which stands on the other one's side, too.</summary>
    /// <param name="Needed">The one that pulls cannot do without the one that is pulled.</param>
    private readonly record struct Link(Wish Other, bool Needed);

    /// <summary>How a wish was pulled in: text, or a dependency, which is put into words only when somebody asks.</summary>
    private readonly record struct Why(string? Text, DependencyKind Kind, UnitRuntime? Of)
    {
        public static implicit operator Why(string text) => new(text, default, null);

        public override string ToString() => Text ?? $"{Kind}= of {Of!.Name}";
    }

    private readonly List<Wish> _wishes = [];

    /// <summary>The first wish for each unit; the others follow by <see cref="Wish.Next"/>.</summary>
    private readonly Dictionary<UnitRuntime, Wish> _first = [];
    private readonly HashSet<(Wish, UnitRuntime, bool)> _conflicts = [];
    private readonly List<string> _notes = [];
    private Wish? _anchor;
    private bool _ignoreOrder;
    private JobMode _mode;
    private Failure? _failure;

    /// <summary>What was found on the way and did not stop it.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>It would stop something that runs, or take the place of a stop.</summary>
    public bool Disturbs =>
        Live.Any(wish => wish.Type == JobType.Stop ? !UnitEngine.IsDown(wish.Unit.Active) : wish.Unit.Job is { Type: JobType.Stop or JobType.Restart });

    private IEnumerable<Wish> Live => _wishes.Where(wish => !wish.Removed);

    /// <summary>Works it out. The failure says why it cannot be, and then nothing has changed.</summary>
    public Failure? Build(UnitRuntime unit, JobType type, JobMode mode, bool shuttingDown)
    {
        if (JobRules.Collapse(type, unit.Active, unit.Machine.CanReload) is not { } anchorType)
            return null;
        if (shuttingDown && anchorType != JobType.Stop)
            return Refuse(unit, anchorType, "everything is being stopped");
        if (mode == JobMode.Isolate && (anchorType != JobType.Start || !unit.Unit.Get(Directives.AllowIsolate).Value))
            return Refuse(unit, anchorType, "it does not allow to be isolated (AllowIsolate=)");
        if (mode == JobMode.Triggering && anchorType != JobType.Stop)
            return Refuse(unit, anchorType, "the job mode triggering is for stops");
        if (mode == JobMode.RestartDependencies && anchorType != JobType.Start)
            return Refuse(unit, anchorType, "the job mode restart-dependencies is for starts");
        if (Impossible(unit, anchorType) is { } fault)
            return Refuse(unit, anchorType, fault);

        _mode = mode;
        _anchor = Add(unit, anchorType, null, needed: true, "");
        _ignoreOrder = mode == JobMode.IgnoreDependencies;
        if (!_ignoreOrder)
        {
            if (mode == JobMode.Triggering)
                AddTriggers();
            if (mode != JobMode.IgnoreRequirements)
                Expand(0);
            if (mode == JobMode.Isolate)
                AddIsolated();
            MarkWhatMatters();
            RemoveImpossible();
            MergeAll();
            if (mode == JobMode.Fail)
                RemoveDisturbing();
            Collect();
            RemoveRedundant();
            BreakCycles();
            RemoveRedundant();
        }
        if (_failure is null)
            RefuseDestructive(all: mode == JobMode.Fail);
        return _failure;
    }

    private static Failure Refuse(UnitRuntime unit, JobType type, string why) => new($"cannot {Words.Of(type)} {unit.Name}: {why}");

    private void Fail(string why) => _failure ??= Refuse(_anchor!.Unit, _anchor.Type, why);

    /// <summary>Why there can be no such job of the unit, whatever others do.</summary>
    private static string? Impossible(UnitRuntime unit, JobType type)
    {
        if (type is JobType.Start or JobType.Restart)
            return UnitEngine.LoadText(unit.Unit);
        return unit.Unit.LoadState == LoadState.NotFound && UnitEngine.IsDown(unit.Active) && type != JobType.Stop ? UnitEngine.LoadText(unit.Unit) : null;
    }

    private Wish Add(UnitRuntime unit, JobType type, Wish? by, bool needed, Why why, bool conflicted = false)
    {
        var wish = Wished(unit, type, by, why, conflicted);
        wish.OnlyConflicted &= conflicted;
        if (by is not null)
        {
            by.Pulls.Add(new(wish, needed));
            wish.PulledBy.Add(new(by, needed));
        }
        return wish;
    }

    private Wish Wished(UnitRuntime unit, JobType type, Wish? by, Why why, bool conflicted)
    {
        Wish? last = null;
        for (var wish = _first.GetValueOrDefault(unit); wish is not null; wish = wish.Next)
        {
            if (wish.Asked == type)
                return wish;
            last = wish;
        }
        var added = new Wish(unit, type, by, why) { OnlyConflicted = conflicted };
        if (last is null)
            _first.Add(unit, added);
        else
            last.Next = added;
        _wishes.Add(added);
        return added;
    }

    /// <summary>The wish for a unit that is left, null when there is none.</summary>
    private Wish? LeftFor(UnitRuntime unit)
    {
        var wish = _first.GetValueOrDefault(unit);
        while (wish is { Removed: true })
            wish = wish.Next;
        return wish;
    }

    /// <summary>Pulls in what the wishes from this one on need, what those need, and the stops of what conflicts with any of them.</summary>
    private void Expand(int from)
    {
        for (var i = from; i < _wishes.Count;)
        {
            for (; i < _wishes.Count; i++)
            {
                var wish = _wishes[i];
                if (Impossible(wish.Unit, wish.Type) is not null)
                    continue; // taken out later, with those that need it
                if (wish.Type is JobType.Start or JobType.Restart)
                    ExpandStart(wish);
                if (wish.Type is JobType.Stop or JobType.Restart)
                    ExpandStop(wish);
                else if (wish == _anchor && _mode == JobMode.RestartDependencies)
                    RestartDependents(wish);
                if (wish.Type == JobType.Reload)
                    ExpandReload(wish);
            }
            // Last, and again after more were pulled in: a unit may have become known only now.
            for (var j = 0; j < i; j++)
                if (_wishes[j].Type is JobType.Start or JobType.Restart)
                    AddConflicts(_wishes[j]);
        }
    }

    private void ExpandStart(Wish wish)
    {
        Pull(wish, DependencyKind.Requires, JobType.Start, needed: true);
        Pull(wish, DependencyKind.BindsTo, JobType.Start, needed: true);
        Pull(wish, DependencyKind.Wants, JobType.Start, needed: false);
        Pull(wish, DependencyKind.Upholds, JobType.Start, needed: false);
        Pull(wish, DependencyKind.Requisite, JobType.VerifyActive, needed: true);
    }

    private void AddConflicts(Wish wish)
    {
        foreach (var other in engine.Known(wish.Unit, DependencyKind.Conflicts))
            if (_conflicts.Add((wish, other, false)))
                Add(other, JobType.Stop, wish, needed: true, $"Conflicts= of {wish.Unit.Name}");
        foreach (var other in UnitEngine.Dependents(wish.Unit, DependencyKind.Conflicts))
            if (other != wish.Unit && _conflicts.Add((wish, other, true)))
                Add(other, JobType.Stop, wish, needed: false, $"it conflicts with {wish.Unit.Name} (Conflicts=)", conflicted: true);
    }

    private void Pull(Wish wish, DependencyKind kind, JobType type, bool needed)
    {
        foreach (var node in wish.Unit.Dependencies[kind])
            Add(node.Unit ?? engine.Load(node.Name), type, wish, needed, new Why(null, kind, wish.Unit));
    }

    /// <summary>A stop takes those down that need the unit; a restart restarts those that run.</summary>
    private void ExpandStop(Wish wish)
    {
        if (wish.Type == JobType.Restart)
        {
            RestartDependents(wish);
            return;
        }
        foreach (var (other, why) in GoesWith(wish.Unit))
            if (IsThere(other))
                Add(other, JobType.Stop, wish, needed: true, why);
    }

    private void RestartDependents(Wish wish)
    {
        foreach (var (other, why) in GoesWith(wish.Unit))
            if (JobRules.Collapse(JobType.TryRestart, other.Active, false) is { } type)
                Add(other, type, wish, needed: true, why);
    }

    /// <summary>What is stopped when the unit is.</summary>
    private IEnumerable<(UnitRuntime Unit, string Why)> GoesWith(UnitRuntime unit)
    {
        foreach (var kind in TakenDown)
            foreach (var other in UnitEngine.Dependents(unit, kind))
                yield return (other, $"{kind}={unit.Name}");
        foreach (var other in engine.Known(unit, DependencyKind.PropagatesStopTo))
            yield return (other, $"PropagatesStopTo= of {unit.Name}");
    }

    private static readonly DependencyKind[] TakenDown =
        [DependencyKind.Requires, DependencyKind.BindsTo, DependencyKind.PartOf, DependencyKind.Requisite, DependencyKind.StopPropagatedFrom];

    private void ExpandReload(Wish wish)
    {
        foreach (var other in engine.Known(wish.Unit, DependencyKind.PropagatesReloadTo))
            AddReload(other, $"PropagatesReloadTo= of {wish.Unit.Name}");
        foreach (var other in UnitEngine.Dependents(wish.Unit, DependencyKind.ReloadPropagatedFrom))
            AddReload(other, $"ReloadPropagatedFrom={wish.Unit.Name}");

        void AddReload(UnitRuntime other, string why)
        {
            if (!UnitEngine.IsUp(other.Active))
                return;
            if (other.Machine.CanReload)
                Add(other, JobType.Reload, wish, needed: false, why);
            else
                _notes.Add($"{other.Name} cannot be reloaded ({why}), ignored");
        }
    }

    /// <summary>What would start the unit again goes first.</summary>
    private void AddTriggers()
    {
        foreach (var other in engine.Units)
            if (other.Machine.Triggers is { } name && engine.Find(name) == _anchor!.Unit && IsThere(other))
                Add(other, JobType.Stop, _anchor, needed: true, $"it triggers {name}");
    }

    /// <summary>It runs, or is to run, or is asked to in this very transaction.</summary>
    private bool IsThere(UnitRuntime unit) => !UnitEngine.IsDown(unit.Active) || unit.Job is not null || _first.ContainsKey(unit);

    private void AddIsolated()
    {
        var mine = _wishes.Select(wish => wish.Unit).ToHashSet();
        var from = _wishes.Count;
        foreach (var unit in engine.Units)
            if (!mine.Contains(unit) && !StaysWhenIsolated(unit.Unit) && (!UnitEngine.IsDown(unit.Active) || unit.Job is not null))
                Add(unit, JobType.Stop, _anchor, needed: true, $"{_anchor!.Unit.Name} is isolated");
        Expand(from);
    }

    private static bool StaysWhenIsolated(Unit unit) => unit.Get(Directives.IgnoreOnIsolate).Value ?? unit.Type is UnitType.Slice or UnitType.Scope or UnitType.Device;

    private void MarkWhatMatters()
    {
        var queue = new Queue<Wish>();
        _anchor!.Matters = true;
        queue.Enqueue(_anchor);
        while (queue.TryDequeue(out var wish))
            foreach (var link in wish.Pulls)
                if (link.Needed && !link.Other.Matters)
                {
                    link.Other.Matters = true;
                    queue.Enqueue(link.Other);
                }
    }
}
