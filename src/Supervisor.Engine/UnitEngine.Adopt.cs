using System.Globalization;
using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Handing the state of all units from one manager to the next.</summary>
/// <remarks>
/// What was going on goes on: a start whose process lives is waited for, a stop sends its signal again, a timer keeps its time, a job stays queued. Only one
/// thing cannot be known: whether a command that was just being spawned when the manager died has run. It is not run a second time; it counts as failed, and what
/// there is in the cgroup is killed, except beside a service that runs and was to be reloaded.
/// </remarks>
public sealed partial class UnitEngine
{
    /// <summary>What the next manager must know of the unit; null when there is nothing to know.</summary>
    public UnitSnapshot? Snapshot(string name)
    {
        if (Find(name) is not { } unit || (IsUnused(unit) && unit.InactiveExit == 0))
            return null;
        var snapshot = new UnitSnapshot
        {
            Unit = unit.Name,
            Active = Words.Of(unit.Active),
            Sub = unit.Sub,
            Result = Words.Of(unit.Result),
            Cause = unit.Cause.Value,
            StateChangedAt = unit.StateChangedAt,
            ActiveEnter = unit.ActiveEnter,
            ActiveExit = unit.ActiveExit,
            InactiveEnter = unit.InactiveEnter,
            InactiveExit = unit.InactiveExit,
            Restarts = unit.Restarts,
            InvocationId = unit.InvocationId.ToString("N"),
            StatusText = unit.StatusText,
            StatusErrno = unit.StatusErrno,
            StatusBusError = unit.StatusBusError,
            StatusVarlinkError = unit.StatusVarlinkError,
            NotifyAccess = (int?)unit.NotifyAccess ?? -1,
            MainPid = unit.MainPid,
            MainStarted = unit.MainStarted,
            MainExited = unit.MainExited,
            MainExitKind = unit.MainExit is { } exit ? (int)exit.Kind : -1,
            MainExitStatus = unit.MainExit?.Status ?? 0,
            ControlPid = unit.ControlPid,
            Timers = [.. (ReadOnlySpan<ulong>)unit.Timers],
            Trigger = unit.Trigger,
            Connection = unit.Connection,
        };
        if (unit.Job is { } job)
            snapshot = snapshot with
            {
                JobType = Words.Of(job.Type),
                JobId = job.Id,
                JobRunning = job.State == JobState.Running,
                JobCreated = job.Created,
                JobCause = job.Cause.Value,
                JobIgnoresOrder = job.IgnoreOrder,
                JobTrigger = job.Trigger,
                JobIrreversible = job.Irreversible,
            };
        return unit.Machine.Save(snapshot);
    }

    /// <summary>Takes over a unit from an earlier manager. For all units first, then <see cref="FinishAdoption"/>.</summary>
    public void Adopt(UnitSnapshot snapshot, AdoptFacts facts)
    {
        var unit = Load(snapshot.Unit);
        // What runs is not a type of unit that the name now stands for: there is nothing to go on with.
        if (unit.Name != snapshot.Unit)
            return;
        unit.Result = Words.TryParse(snapshot.Result, out UnitResult result) ? result : UnitResult.Resources;
        unit.Cause = new(snapshot.Cause);
        (unit.StateChangedAt, unit.ActiveEnter, unit.ActiveExit) = (snapshot.StateChangedAt, snapshot.ActiveEnter, snapshot.ActiveExit);
        (unit.InactiveEnter, unit.InactiveExit, unit.Restarts) = (snapshot.InactiveEnter, snapshot.InactiveExit, snapshot.Restarts);
        unit.InvocationId = Guid.TryParseExact(snapshot.InvocationId, "N", out var id) ? id : Guid.Empty;
        (unit.Trigger, unit.Connection) = (snapshot.Trigger, snapshot.Connection);
        (unit.StatusText, unit.StatusErrno) = (snapshot.StatusText, snapshot.StatusErrno);
        (unit.StatusBusError, unit.StatusVarlinkError) = (snapshot.StatusBusError, snapshot.StatusVarlinkError);
        unit.NotifyAccess = snapshot.NotifyAccess is >= 0 and <= (int)NotifyAccess.All ? (NotifyAccess)snapshot.NotifyAccess : null;
        (unit.MainStarted, unit.MainExited) = (snapshot.MainStarted, snapshot.MainExited);
        unit.MainExit = snapshot.MainExitKind is >= 0 and <= (int)ExitKind.Dumped ? new((ExitKind)snapshot.MainExitKind, snapshot.MainExitStatus) : null;
        for (var timer = 0; timer < Math.Min(snapshot.Timers.Count, UnitRuntime.TimerCount); timer++)
            (unit.Timers[timer], unit.TimerCauses[timer]) = (snapshot.Timers[timer], unit.Cause);
        unit.Machine.Restore(snapshot, facts);
        Touch(unit);
        if (Words.TryParse(snapshot.JobType, out JobType type) && unit.Job is null && !_jobs.ContainsKey(snapshot.JobId))
            AdoptJob(unit, type, snapshot);
    }

    private void AdoptJob(UnitRuntime unit, JobType type, UnitSnapshot snapshot)
    {
        // A start that was only checking its conditions begins again.
        var job = new Job(snapshot.JobId, unit, type, new(snapshot.JobCause), snapshot.JobCreated)
        {
            IgnoreOrder = snapshot.JobIgnoresOrder,
            Trigger = snapshot.JobTrigger,
            Irreversible = snapshot.JobIrreversible,
            State = snapshot.JobRunning && !unit.Machine.IsAtRest ? JobState.Running : JobState.Waiting,
        };
        unit.Job = job;
        _jobs.Add(job.Id, job);
        _nextJob = Math.Max(_nextJob, job.Id + 1);
    }

    /// <summary>All units are taken over: what may have been lost between the managers is done again.</summary>
    public void FinishAdoption(ulong now)
    {
        Now = Math.Max(Now, now);
        _batch = _effects.Count;
        (_event, _current) = (null, Causes.Add(CauseId.None, Now, null, "a new manager took over"));
        foreach (var unit in _units.Values.ToArray())
            unit.Machine.Resume();
        foreach (var unit in _units.Values.ToArray())
            if (unit is { Connection: { } connection, Job: null } && (IsUp(unit.Active) || IsDown(unit.Active)))
            {
                EndConnection(unit, connection);
                _ended.Enqueue(unit);
            }
        foreach (var job in _jobs.Values.ToArray())
        {
            // The state that it waited for may have been reached without its being told.
            if (job is { State: JobState.Running } && !IsBetween(job.Unit.Active))
                FollowJob(new(job.Unit, job.Unit.Active, job.Unit.Active, false, false, job.Unit.Cause));
            else
                Queue(job);
        }
        Settle();
        Flush();
    }

    private static bool IsBetween(ActiveState state) => state is ActiveState.Activating or ActiveState.Deactivating or ActiveState.Reloading;
}
