using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>What follows from a change of state, for others than the unit itself.</summary>
public sealed partial class UnitEngine
{
    /// <summary>A job that the engine itself wants.</summary>
    /// <param name="By">Whose machine is told when it cannot be; null when nobody's.</param>
    private readonly record struct OwnRequest(string Unit, JobType Type, string Why, CauseId Cause, UnitRuntime? By, TriggerDetails? Trigger);

    private readonly Queue<OwnRequest> _requests = new();

    /// <summary>Units whose job ended without having done what it was for.</summary>
    private readonly Queue<UnitRuntime> _lost = new();

    /// <summary>Units that nobody may need any more.</summary>
    private readonly Queue<UnitRuntime> _unneeded = new();

    private const ulong OnFailureInterval = 10_000_000;
    private const int OnFailureBurst = 5;

    /// <summary>More steps than this for one event are a fault of the engine: better a crash, which a new manager survives, than to hang.</summary>
    private int StepMax => 100_000 + (1000 * _units.Count);

    private void Settle()
    {
        for (var step = 0; ; step++)
        {
            if (step > StepMax)
                throw new InvalidOperationException($"does not settle: {string.Join(" ← ", Causes.Chain(_current).Take(12).Select(c => $"{c.Unit}: {c.Text}"))}");
            if (_changes.TryDequeue(out var change))
                React(change);
            else if (_lost.TryDequeue(out var unit))
            {
                if (unit.Job is null)
                    LoseJob(unit);
            }
            else if (_requests.TryDequeue(out var request))
                Carry(request);
            else if (_runQueue.TryDequeue(out var job))
                Run(job);
            else if (_unneeded.TryDequeue(out var candidate))
                StopIfUnneeded(candidate);
            else if (!ContinueShutdown())
                return;
        }
    }

    private void React(Change change)
    {
        _current = change.Cause;
        var unit = change.Unit;
        FollowJob(change);
        if (change.Old == change.New)
            return;
        if (change.New == ActiveState.Failed && !change.WillRestart)
            StartOnFailure(unit);
        if (IsDown(change.New) && !IsDown(change.Old) && !change.Expected)
            StopBound(unit);
        TellTriggers(unit);
        Reconsider(unit);
    }

    private void StartOnFailure(UnitRuntime unit)
    {
        if (_shutdown is not null || unit.Dependencies[DependencyKind.OnFailure].Count == 0)
            return;
        // What is started may need this unit and fail with it, and so on for ever.
        if (!unit.FailureLimit.Allow(Now, OnFailureInterval, OnFailureBurst))
        {
            Log(unit, LogPriority.Error, $"failed more than {OnFailureBurst} times in {OnFailureInterval / 1_000_000} s: OnFailure= is left alone");
            return;
        }
        foreach (var name in unit.Dependencies[DependencyKind.OnFailure])
            Request(name.Value, JobType.Start, $"OnFailure= of {unit.Name}", null);
    }

    /// <summary>The unit went down by itself: what is bound to it goes too.</summary>
    private void StopBound(UnitRuntime unit)
    {
        foreach (var bound in Dependents(unit, DependencyKind.BindsTo))
            if (bound.Active is ActiveState.Active or ActiveState.Reloading or ActiveState.Activating && bound.Job?.Type is not (JobType.Stop or JobType.Restart))
                Request(bound.Name, JobType.Stop, $"{unit.Name}, which it is bound to, is down (BindsTo=)", null);
    }

    /// <summary>The unit, and those that it needs, may be there for nothing now.</summary>
    private void Reconsider(UnitRuntime unit)
    {
        if (unit.Unit.Get(Directives.StopWhenUnneeded).Value)
            _unneeded.Enqueue(unit);
        foreach (var kind in Needs)
            foreach (var needed in Known(unit, kind))
                if (needed.Unit.Get(Directives.StopWhenUnneeded).Value)
                    _unneeded.Enqueue(needed);
    }

    private static readonly DependencyKind[] Needs =
        [DependencyKind.Requires, DependencyKind.Requisite, DependencyKind.Wants, DependencyKind.BindsTo];

    private void StopIfUnneeded(UnitRuntime unit)
    {
        if (!IsUp(unit.Active) || unit.Job is not null)
            return;
        foreach (var kind in Needs)
            foreach (var user in Dependents(unit, kind))
                if (!IsDown(user.Active) || user.Job?.Type is JobType.Start or JobType.Restart or JobType.VerifyActive)
                    return;
        _current = Causes.Add(unit.Cause, Now, unit.Name, "nobody needs it any more (StopWhenUnneeded=)");
        Request(unit.Name, JobType.Stop, "nobody needs it any more (StopWhenUnneeded=)", null);
    }

    private void LoseJob(UnitRuntime unit)
    {
        _current = unit.Cause;
        unit.Machine.JobLost();
        // Its start may have ended without any change of its state.
        if (IsDown(unit.Active))
            TellTriggers(unit);
    }

    private void TellTriggers(UnitRuntime unit)
    {
        foreach (var machine in _triggers)
            if (Find(machine.Triggers!) == unit)
                machine.TriggeredChanged(unit);
    }

    private void Carry(OwnRequest request)
    {
        var unit = Load(request.Unit);
        _current = Causes.Add(request.Cause, Now, unit.Name, $"{Words.Of(request.Type)} asked for: {request.Why}");
        var transaction = new Transaction(this, Current);
        if (transaction.Build(unit, request.Type, JobMode.Replace, IsShuttingDown) is { } failure)
        {
            Log(unit, LogPriority.Warning, failure.ToString());
            if (request.By is { Job: null } asker)
                asker.Machine.RequestRefused(failure.ToString());
            return;
        }
        foreach (var note in transaction.Notes)
            Log(unit, LogPriority.Warning, note);
        if (transaction.Apply() is { Type: JobType.Start } job && request.Trigger is { } trigger)
        {
            job.Trigger = trigger;
            Touch(job.Unit);
        }
    }
}
