using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>What follows from a change of state, for others than the unit itself.</summary>
public sealed partial class UnitEngine
{
    /// <summary>A job that the engine itself wants.</summary>
    /// <param name="By">Whose machine is told when it cannot be; null when nobody's.</param>
    private readonly record struct OwnRequest(string Unit, JobType Type, JobMode Mode, string Why, CauseId Cause, UnitRuntime? By, TriggerDetails? Trigger);

    private readonly Queue<OwnRequest> _requests = new();

    /// <summary>Units whose job ended without having done what it was for.</summary>
    private readonly Queue<UnitRuntime> _lost = new();

    /// <summary>Units that nobody may need any more.</summary>
    private readonly Queue<UnitRuntime> _unneeded = new();

    /// <summary>Units that are down and that another one may uphold.</summary>
    private readonly Queue<UnitRuntime> _upheld = new();

    /// <summary>Services that wait until nothing else is going on, and some that have waited.</summary>
    private readonly List<UnitRuntime> _idle = [];

    private const ulong OnFailureInterval = 10_000_000;
    private const int OnFailureBurst = 5;
    private const ulong UpholdInterval = 10_000_000;
    private const int UpholdBurst = 16;

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
            else if (_upheld.TryDequeue(out var down))
                StartIfUpheld(down);
            else if (!EndIdleWait() && !EndQueueWait() && !ContinueShutdown())
            {
                CollectEnded();
                return;
            }
        }
    }

    /// <summary>A job that is not of this unit and not itself waiting for that is going on.</summary>
    internal bool IsBusyBeside(UnitRuntime unit)
    {
        foreach (var job in _jobs.Values)
            if (job.Unit != unit && job.Unit.Machine is not ServiceMachine { IsAwaitingIdle: true })
                return true;
        return false;
    }

    /// <summary>Type=idle: true when one that waited for it goes on.</summary>
    private bool EndIdleWait()
    {
        foreach (var unit in _idle)
        {
            if (unit.Machine is not ServiceMachine { IsAwaitingIdle: true } service)
                continue;
            if (IsBusyBeside(unit))
                return false;
            _current = NoteCause(unit.Cause, unit, "nothing else is going on");
            service.On(ServiceInput.Idle);
            return true;
        }
        _idle.Clear();
        return false;
    }

    /// <summary>A Type=idle service waits for <see cref="ServiceInput.Idle"/>.</summary>
    internal void AwaitIdle(UnitRuntime unit) => _idle.Add(unit);

    private void React(Change change)
    {
        _current = change.Cause;
        var unit = change.Unit;
        FollowJob(change);
        if (change.Old == change.New)
            return;
        if (!change.WillRestart)
            ReactToEnd(change);
        if (IsUp(change.New))
            foreach (var upheld in Known(unit, DependencyKind.Upholds))
                _upheld.Enqueue(upheld);
        if (IsDown(change.New) && !IsDown(change.Old) && !change.Expected)
            StopBound(unit);
        TellTriggers(unit);
        Reconsider(unit);
    }

    private void ReactToEnd(Change change)
    {
        var unit = change.Unit;
        if (change.New == ActiveState.Failed)
        {
            StartOnFailure(unit);
            ActOn(unit, Directives.FailureAction, Directives.FailureActionExitStatus, "failed");
        }
        else if (change.New == ActiveState.Inactive && !IsDown(change.Old))
        {
            if (_shutdown is null && unit.Result == UnitResult.Success)
                foreach (var name in unit.Dependencies[DependencyKind.OnSuccess])
                    Request(name.Name, JobType.Start, $"OnSuccess= of {unit.Name}", null, null, unit.Unit.Get(Directives.OnSuccessJobMode).Value);
            ActOn(unit, Directives.SuccessAction, Directives.SuccessActionExitStatus, "ended");
        }
        if (IsDown(change.New))
            _upheld.Enqueue(unit);
    }

    /// <summary>FailureAction= and the like: what the unit's end means to the whole system.</summary>
    internal void ActOn(UnitRuntime unit, Directive<SystemAction> row, Directive<int?>? status, string what)
    {
        var (action, origin, _) = unit.Unit.Get(row);
        if (action.End is null || _shutdown is not null)
            return;
        // Without a status of its own: that of the main process, 1 when it has none that says something.
        var code = status is null ? 1 : unit.Unit.Get(status).Value ?? unit.MainExit switch
        {
            { Kind: ExitKind.Exited } exit => exit.Status,
            null when row == Directives.SuccessAction => 0,
            _ => 1,
        };
        var argument = unit.Unit.Get(row == Directives.JobTimeoutAction ? Directives.JobTimeoutRebootArgument : Directives.RebootArgument).Value;
        Emit(new Effect.ActOnSystem(unit.Name, action, code, argument, $"{unit.Name} {what} ({origin})"));
    }

    /// <summary>A unit that is active wants this one to be there, always.</summary>
    private void StartIfUpheld(UnitRuntime unit)
    {
        if (!IsDown(unit.Active) || unit.Job is not null || _shutdown is not null || IsArmed(unit, UnitTimer.Uphold))
            return;
        foreach (var holder in Dependents(unit, DependencyKind.Upholds))
        {
            if (!IsUp(holder.Active) || holder.Job?.Type is JobType.Stop or JobType.Restart)
                continue;
            _current = Causes.Add(unit.Cause, Now, unit.Name, $"{holder.Name} upholds it (Upholds=)");
            if (unit.UpholdLimit.Allow(Now, UpholdInterval, UpholdBurst))
                Request(unit.Name, JobType.Start, $"{holder.Name} upholds it (Upholds=)", null);
            else
            {
                Log(unit, LogPriority.Warning, $"started more than {UpholdBurst} times in {UpholdInterval / 1_000_000} s for {holder.Name} (Upholds=), again after that time");
                ArmTimer(unit, UnitTimer.Uphold, new(UpholdInterval));
            }
            return;
        }
    }

    private void StartOnFailure(UnitRuntime unit)
    {
        if (_shutdown is not null || unit.Dependencies[DependencyKind.OnFailure].IsEmpty)
            return;
        // What is started may need this unit and fail with it, and so on for ever.
        if (!unit.FailureLimit.Allow(Now, OnFailureInterval, OnFailureBurst))
        {
            Log(unit, LogPriority.Error, $"failed more than {OnFailureBurst} times in {OnFailureInterval / 1_000_000} s: OnFailure= is left alone");
            return;
        }
        foreach (var name in unit.Dependencies[DependencyKind.OnFailure])
            Request(name.Name, JobType.Start, $"OnFailure= of {unit.Name}", null, null, unit.Unit.Get(Directives.OnFailureJobMode).Value);
    }

    /// <summary>The unit went down by itself: what is bound to it goes too.</summary>
    private void StopBound(UnitRuntime unit)
    {
        foreach (var bound in Dependents(unit, DependencyKind.BindsTo))
            if (bound.Active is ActiveState.Active or ActiveState.Reloading or ActiveState.Activating && bound.Job?.Type is not (JobType.Stop or JobType.Restart))
                Request(bound.Name, JobType.Stop, $"{unit.Name}, which it is bound to, is down (BindsTo=)", null);
        foreach (var other in Known(unit, DependencyKind.PropagatesStopTo).Concat(Dependents(unit, DependencyKind.StopPropagatedFrom)))
            if (!IsDown(other.Active) && other.Job?.Type is not (JobType.Stop or JobType.Restart))
                Request(other.Name, JobType.Stop, $"{unit.Name} is down (PropagatesStopTo=)", null);
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
        [DependencyKind.Requires, DependencyKind.Requisite, DependencyKind.Wants, DependencyKind.BindsTo, DependencyKind.Upholds];

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
            if (machine.Triggers is { } triggered && Find(triggered) == unit)
                machine.TriggeredChanged(unit);
        if (unit.Connection is { } connection && (IsUp(unit.Active) || IsDown(unit.Active)))
            EndConnection(unit, connection);
        if (IsDown(unit.Active))
            _ended.Enqueue(unit);
    }

    private void Carry(OwnRequest request)
    {
        var unit = Load(request.Unit);
        _current = Causes.Add(request.Cause, Now, unit.Name, $"{Words.Of(request.Type)} asked for: {request.Why}");
        var transaction = new Transaction(this, Current);
        if (transaction.Build(unit, request.Type, request.Mode, IsShuttingDown) is { } failure)
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
