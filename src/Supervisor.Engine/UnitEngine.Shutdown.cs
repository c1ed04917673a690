namespace Supervisor.Engine;

/// <summary>The end of everything: all units are stopped in order, then the caller is told.</summary>
public sealed partial class UnitEngine
{
    private sealed record ShutdownState(ShutdownKind Kind, HashSet<string> Keep, CauseId Cause);

    private ShutdownState? _shutdown;
    private bool _told;

    private void BeginShutdown(Event.Shutdown shutdown)
    {
        // A second request may change what the machine does in the end, not that everything stops.
        _shutdown = new(shutdown.Kind, _shutdown?.Keep ?? new(shutdown.Keep, StringComparer.Ordinal), Current);
        _told = false;
        foreach (var job in _jobs.Values.ToArray())
            if (job.Type != JobType.Stop && !_shutdown.Keep.Contains(job.Unit.Name))
                Finish(job, JobResult.Canceled, "everything is being stopped");
        foreach (var unit in _units.Values)
            if (!IsKept(unit) && !IsDown(unit.Active) && unit.Job is null)
                Install(NewJob(unit, JobType.Stop, Current));
        BreakInstalledCycles();
    }

    private bool IsKept(UnitRuntime unit) => _shutdown!.Keep.Contains(unit.Name);

    /// <summary>When nothing more is going on: true if there is something to do again.</summary>
    private bool ContinueShutdown()
    {
        if (_shutdown is null || _told)
            return false;
        var again = false;
        var waiting = false;
        foreach (var unit in _units.Values)
        {
            if (IsKept(unit))
                continue;
            waiting |= unit.Job is not null;
            if (IsDown(unit.Active) || unit.Job is not null)
                continue;
            // Its stop was cancelled or ran into JobTimeoutSec=.
            _current = _shutdown.Cause;
            Install(NewJob(unit, JobType.Stop, _shutdown.Cause));
            again = true;
        }
        if (again)
            BreakInstalledCycles();
        if (again || waiting)
            return again;
        _told = true;
        Emit(new Effect.AllStopped(_shutdown.Kind, [.. _units.Values.Where(u => !IsKept(u) && u is { Active: ActiveState.Failed, Result: UnitResult.Timeout }).Select(u => u.Name)]));
        return false;
    }
}
