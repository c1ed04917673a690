using System.Diagnostics;
using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Jobs: which one's turn it is, what its unit makes of it, and how it ends.</summary>
public sealed partial class UnitEngine
{
    private readonly SortedDictionary<uint, Job> _jobs = [];
    private readonly Queue<Job> _runQueue = new();
    private uint _nextJob = 1;

    internal void Install(Job job)
    {
        job.Unit.Job = job;
        _jobs.Add(job.Id, job);
        Touch(job.Unit);
        ArmTimer(job.Unit, UnitTimer.Job, job.Unit.Unit.Get(Directives.JobTimeoutSec).Value is { Microseconds: > 0 } timeout ? timeout : Duration.Infinity);
        Queue(job);
    }

    internal Job NewJob(UnitRuntime unit, JobType type, CauseId cause) => new(_nextJob++, unit, type, cause, Now);

    private void Queue(Job job)
    {
        if (job.Queued || job.State != JobState.Waiting)
            return;
        job.Queued = true;
        _runQueue.Enqueue(job);
    }

    /// <summary>Units ordered before this one: the later ones wait for them on the way up.</summary>
    internal IEnumerable<UnitRuntime> Earlier(UnitRuntime unit) =>
        Known(unit, DependencyKind.After).Concat(Dependents(unit, DependencyKind.Before));

    internal IEnumerable<UnitRuntime> Later(UnitRuntime unit) =>
        Known(unit, DependencyKind.Before).Concat(Dependents(unit, DependencyKind.After));

    /// <summary>The units that this one names, those that are known.</summary>
    internal IEnumerable<UnitRuntime> Known(UnitRuntime unit, DependencyKind kind)
    {
        var (from, to) = unit.Dependencies.Range(kind);
        for (var i = from; i < to; i++)
            if (unit.Dependencies.At(i).Unit is { } other && other != unit)
                yield return other;
    }

    /// <summary>The units that name this one.</summary>
    internal static IReadOnlyList<UnitRuntime> Dependents(UnitRuntime unit, DependencyKind kind)
    {
        if (unit.Names is [var only])
            return only.Dependents(kind);
        var all = new SortedSet<UnitRuntime>(NameNode.ByOrder);
        foreach (var name in unit.Names)
            all.UnionWith(name.Dependents(kind));
        return [.. all];
    }

    private bool IsItsTurn(Job job)
    {
        if (job.IgnoreOrder)
            return true;
        foreach (var earlier in Earlier(job.Unit))
            if (earlier.Job is { } other && !other.IgnoreOrder && !JobRules.LaterGoesFirst(job.Type))
                return false;
        foreach (var later in Later(job.Unit))
            if (later.Job is { } other && !other.IgnoreOrder && JobRules.LaterGoesFirst(other.Type))
                return false;
        return true;
    }

    private void Run(Job job)
    {
        job.Queued = false;
        if (job.Unit.Job != job || job.State != JobState.Waiting || !IsItsTurn(job))
            return;
        _current = job.Cause;
        job.State = JobState.Running;
        Touch(job.Unit);
        LimitRun(job.Unit);
        var machine = job.Unit.Machine;
        switch (job.Type)
        {
            case JobType.Start:
                RunStart(job, machine);
                break;
            case JobType.Restart when machine.IsAtRest:
                TurnIntoStart(job);
                break;
            case JobType.Stop or JobType.Restart:
                Answer(job, machine.Stop());
                break;
            case JobType.Reload:
                RunReload(job, machine);
                break;
            case JobType.VerifyActive:
                if (IsUp(job.Unit.Active))
                    Finish(job, JobResult.Done, null);
                else if (job.Unit.Active != ActiveState.Activating)
                    Finish(job, JobResult.Failed, "is not active");
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>JobRunningTimeoutSec=, from now on; JobTimeoutSec= holds as well.</summary>
    private void LimitRun(UnitRuntime unit)
    {
        var span = unit.Unit.Get(Directives.JobRunningTimeoutSec).Value;
        if (span.IsInfinite || (IsArmed(unit, UnitTimer.Job) && unit.Timers[(int)UnitTimer.Job] <= Now + span.Microseconds))
            return;
        ArmTimer(unit, UnitTimer.Job, span);
    }

    private void RunStart(Job job, UnitMachine machine)
    {
        var verdict = machine.Probe(JobType.Start);
        if (verdict != Verdict.Go)
        {
            Answer(job, verdict);
            return;
        }
        var unit = job.Unit;
        if (LoadText(unit.Unit) is { } fault)
        {
            Finish(job, JobResult.Failed, fault);
            return;
        }
        foreach (var bound in Known(unit, DependencyKind.BindsTo))
        {
            if (IsUp(bound.Active) || !Earlier(unit).Contains(bound))
                continue;
            Finish(job, JobResult.Dependency, $"is bound to {bound.Name}, which is not active (BindsTo=)");
            return;
        }
        if (!machine.TakeStart())
        {
            Finish(job, JobResult.Failed, "started too often");
            return;
        }
        if (unit.Unit.Get(Directives.Conditions).Value.Count == 0)
        {
            Begin(job);
            return;
        }
        job.State = JobState.Checking;
        Emit(new Effect.CheckConditions(unit.Name));
    }

    /// <summary>What keeps a unit from being started at all: it has no file, or one with an error.</summary>
    internal static string? LoadText(Unit unit) => unit.LoadState switch
    {
        LoadState.Loaded => null,
        LoadState.NotFound => $"there is no unit {unit.Name}",
        LoadState.Masked => $"{unit.Name} is masked",
        _ => unit.Diagnostics.FirstOrDefault(d => d.Severity == Severity.Error) is { } error ? error.ToString() : $"{unit.Name} has a bad setting",
    };

    private void OnConditions(UnitRuntime unit, Event.ConditionResult result)
    {
        if (unit.Job is not { State: JobState.Checking } job)
            return;
        unit.UnmetCondition = result.Outcome == ConditionOutcome.Met ? null : result.Text;
        switch (result.Outcome)
        {
            case ConditionOutcome.Met:
                job.State = JobState.Running;
                Begin(job);
                break;
            case ConditionOutcome.Unmet:
                Log(unit, LogPriority.Info, $"not started: {result.Text} does not hold");
                Finish(job, JobResult.Skipped, $"{result.Text} does not hold");
                break;
            default:
                Finish(job, JobResult.Assert, $"{result.Text} does not hold");
                break;
        }
    }

    private void Begin(Job job)
    {
        _current = Causes.Add(_current == CauseId.None ? job.Cause : Current, Now, job.Unit.Name, "its start began");
        Answer(job, job.Unit.Machine.Start());
    }

    private void RunReload(Job job, UnitMachine machine)
    {
        var verdict = machine.Probe(JobType.Reload);
        if (verdict == Verdict.Go)
            verdict = machine.Reload();
        if (verdict == Verdict.Refused)
            Finish(job, JobResult.Invalid, IsUp(job.Unit.Active) ? "cannot be reloaded" : "is not active");
        else
            Answer(job, verdict);
    }

    private void Answer(Job job, Verdict verdict)
    {
        if (job.Unit.Job != job)
            return;
        switch (verdict)
        {
            case Verdict.Already:
                Finish(job, JobResult.Done, null);
                break;
            case Verdict.Later:
                job.State = JobState.Waiting; // looked at again when the unit's state changes
                break;
            case Verdict.Refused:
                Finish(job, JobResult.Invalid, "the unit cannot do that");
                break;
            default:
                break;
        }
    }

    private void TurnIntoStart(Job job)
    {
        (job.Type, job.State) = (JobType.Start, JobState.Waiting);
        Touch(job.Unit);
        Queue(job);
        QueueNeighbours(job.Unit); // a start is waited for by others than a stop is
    }

    /// <summary>What a change of state means to the unit's own job.</summary>
    private void FollowJob(Change change)
    {
        if (change.Unit.Job is not { } job)
            return;
        var running = job.State == JobState.Running;
        switch (job.Type)
        {
            case JobType.Start or JobType.VerifyActive when IsUp(change.New):
                Finish(job, JobResult.Done, null);
                break;
            case JobType.Start or JobType.VerifyActive when running && IsDown(change.New):
                if (change.New == ActiveState.Failed)
                    Finish(job, JobResult.Failed, $"failed with result {Words.Of(change.Unit.Result)}");
                else
                    Finish(job, change.Unit.Result == UnitResult.ExecCondition ? JobResult.Skipped : JobResult.Done, null);
                break;
            case JobType.Reload when running && change.New == ActiveState.Active:
                Finish(job, change.Unit.Machine.ReloadFailed ? JobResult.Failed : JobResult.Done, null);
                break;
            case JobType.Reload when running && change.New != ActiveState.Reloading:
                Finish(job, JobResult.Failed, "stopped while it was being reloaded");
                break;
            case JobType.Stop when IsDown(change.New):
                Finish(job, JobResult.Done, null);
                break;
            case JobType.Restart when running && IsDown(change.New):
                TurnIntoStart(job);
                break;
            default:
                Queue(job); // it may have waited for just this
                break;
        }
    }

    /// <summary>Ends a job, and with it those that cannot be without it.</summary>
    private void Finish(Job job, JobResult result, string? text)
    {
        var ended = new Queue<(Job, JobResult, string?)>();
        ended.Enqueue((job, result, text));
        while (ended.TryDequeue(out var next))
            FinishOne(next.Item1, next.Item2, next.Item3, ended);
    }

    private void FinishOne(Job job, JobResult result, string? text, Queue<(Job, JobResult, string?)> ended)
    {
        var unit = job.Unit;
        if (unit.Job != job)
            return;
        unit.Job = null;
        _jobs.Remove(job.Id);
        CancelTimer(unit, UnitTimer.Job);
        Touch(unit);
        Emit(new Effect.JobFinished(job.Id, unit.Name, job.Type, result, text, Current));
        var failed = result is not (JobResult.Done or JobResult.Skipped);
        if (failed)
        {
            if (result != JobResult.Canceled)
                Log(unit, LogPriority.Error, $"{Words.Of(job.Type)} job: {Words.Of(result)}{(text is null ? "" : $", {text}")}");
            if (job.Type is JobType.Start or JobType.VerifyActive)
                foreach (var kind in (ReadOnlySpan<DependencyKind>)[DependencyKind.Requires, DependencyKind.BindsTo, DependencyKind.Requisite])
                    foreach (var dependent in Dependents(unit, kind))
                        // One that runs already was not ordered after this one: it goes its own way (systemd.unit(5), Requires=).
                        if (dependent.Job is { State: JobState.Waiting, Type: JobType.Start or JobType.VerifyActive } waiting && !waiting.IgnoreOrder)
                            ended.Enqueue((waiting, JobResult.Dependency, $"{unit.Name}, which it needs, could not be started"));
            if (result is JobResult.Timeout or JobResult.Dependency)
                StartOnFailure(unit);
        }
        if (result != JobResult.Done)
            _lost.Enqueue(unit);
        QueueNeighbours(unit);
        Reconsider(unit);
    }

    private void QueueNeighbours(UnitRuntime unit)
    {
        foreach (var other in Earlier(unit).Concat(Later(unit)))
            if (other.Job is { } job)
                Queue(job);
    }
}
