using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Requests from outside, and what transactions do to jobs that are installed.</summary>
public sealed partial class UnitEngine
{
    private void Accept(Event.JobRequest request)
    {
        var unit = Load(request.Unit);
        var transaction = new Transaction(this, Current);
        var failure = Forbidden(unit, request) is { } why
            ? new Failure($"cannot {Words.Of(request.Type)} {unit.Name}: {why}")
            : transaction.Build(unit, request.Type, request.Mode, IsShuttingDown);
        if (failure is not null)
        {
            Emit(new Effect.JobRefused(request.Request, unit.Name, failure));
            if (unit.Unit.LoadState == LoadState.NotFound && IsUnused(unit))
                Forget(unit); // a name that someone made up is not worth remembering
            return;
        }
        if (transaction.Apply() is { } job)
        {
            Emit(new Effect.JobAccepted(request.Request, job.Id, unit.Name, transaction.Notes));
            return;
        }
        var nothing = _nextJob++; // nothing to do is a job that is done
        Emit(new Effect.JobAccepted(request.Request, nothing, unit.Name, transaction.Notes));
        Emit(new Effect.JobFinished(nothing, unit.Name, request.Type, JobResult.Done, null, Current));
    }

    /// <summary>What a request would come to, each job behind those that it waits for. Nothing changes, but that units become known.</summary>
    public (IReadOnlyList<(string Unit, JobType Type)> Jobs, IReadOnlyList<string> Notes, Failure? Failure) Preview(string name, JobType type, JobMode mode)
    {
        _source.BeginQuestions();
        var transaction = new Transaction(this, CauseId.None);
        var failure = transaction.Build(Load(name), type, mode, IsShuttingDown);
        _source.EndQuestions();
        return (failure is null ? transaction.InOrder() : [], transaction.Notes, failure);
    }

    private static string? Forbidden(UnitRuntime unit, Event.JobRequest request)
    {
        if (!request.Manual)
            return null;
        var starts = request.Type is JobType.Start || (request.Type is JobType.Restart or JobType.ReloadOrRestart && IsDown(unit.Active));
        var stops = request.Type is JobType.Stop or JobType.Restart or JobType.TryRestart && !IsDown(unit.Active);
        if (starts && unit.Unit.Get(Directives.RefuseManualStart).Value)
            return "it is started by other units only (RefuseManualStart=)";
        if (stops && unit.Unit.Get(Directives.RefuseManualStop).Value)
            return "it is stopped by other units only (RefuseManualStop=)";
        return null;
    }

    internal void Retype(Job job, JobType type)
    {
        job.Type = type;
        Touch(job.Unit);
        Queue(job);
        QueueNeighbours(job.Unit);
    }

    /// <summary>Takes a job away for another one of the same unit, which follows at once.</summary>
    internal void Replace(Job job, string why)
    {
        job.Unit.Job = null;
        _jobs.Remove(job.Id);
        Emit(new Effect.JobFinished(job.Id, job.Unit.Name, job.Type, JobResult.Canceled, why, Current));
    }

    /// <summary>Cancels every job of other units.</summary>
    internal void CancelOthers(HashSet<UnitRuntime> mine, string why)
    {
        foreach (var job in _jobs.Values.ToArray())
            if (!mine.Contains(job.Unit))
                Finish(job, JobResult.Canceled, $"cancelled for {why}");
    }

    private CauseId NoteReload() => Causes.Add(CauseId.None, Now, null, "the units were read again");

    /// <summary>
    /// New definitions, or a stop of everything, may have put jobs that are installed into a ring. A stop in it no longer waits for its turn; in a ring of starts
    /// one is given up.
    /// </summary>
    private void BreakInstalledCycles()
    {
        var order = new JobOrder(this, unit => unit.Job is { IgnoreOrder: false } job ? job.Type : null);
        while (order.FindCycle(_jobs.Values.Select(job => job.Unit)) is { } cycle)
        {
            if (cycle.FirstOrDefault(unit => unit.Job!.Type == JobType.Stop)?.Job is not { } stop)
            {
                Finish(cycle[0].Job!, JobResult.Canceled, $"jobs wait for each other: {order.Describe(cycle)}");
                continue;
            }
            stop.IgnoreOrder = true;
            Touch(stop.Unit);
            Log(stop.Unit, LogPriority.Warning, $"stopped out of turn, jobs wait for each other: {order.Describe(cycle)}");
        }
        foreach (var job in _jobs.Values)
            Queue(job); // an order that it waited for may be gone
    }
}
