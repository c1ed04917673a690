using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>What must hold whatever happens, and the run as a whole.</summary>
internal sealed partial class World
{
    private readonly HashSet<uint> _openJobs = [];
    private readonly Dictionary<string, List<ulong>> _starts = [];
    private bool _shutdownBegun;
    private bool _allStopped;

    private readonly record struct Seen(ActiveState Active, uint Job, JobType? Type, JobState State, bool IgnoresOrder);

    public sealed class Violation(string message) : Exception(message);

    private void Demand(bool holds, string what)
    {
        if (!holds)
            throw new Violation($"{what} (at {_now} µs)");
    }

    /// <summary>A boot of everything, a while of chaos, a shutdown.</summary>
    public void Run()
    {
        At(0, () => Ask("all.target", JobType.Start, JobMode.Replace));
        foreach (var socket in _units.Sockets)
            At(0, () => Ask(socket, JobType.Start, JobMode.Replace));
        for (var i = _random.Next(25); i > 0; i--)
            At(Soon(60_000_000), RandomRequest);
        RunUntil(() => false, _now + 60_000_000);
        At(0, () =>
        {
            _shutdownBegun = true;
            Tell(new Event.Shutdown(ShutdownKind.Exit, []));
        });
        Demand(RunUntil(() => _allStopped && !_dead, _now + 3_600_000_000), $"the shutdown ended within an hour; {Pending()}");
        CheckEnd();
    }

    private string Pending() => string.Join(", ", _engine.Units.Where(u => u.Job is not null || !UnitEngine.IsDown(u.Active)).Select(u => $"{u.Name} {u.Sub} {u.Job?.Type} {u.Job?.State}"));

    private void RandomRequest()
    {
        var unit = _units.All.OrderBy(n => n, StringComparer.Ordinal).ElementAt(_random.Next(_units.All.Count));
        if (OneIn(20) && _engine.Jobs.Count > 0)
            Tell(new Event.CancelJob(_engine.Jobs.First().Id));
        else if (OneIn(20))
            _engine.Reload(_now);
        else
            Ask(unit, (JobType)new[] { 0, 0, 2, 2, 3, 4, 5, 6 }[_random.Next(8)], (JobMode)(OneIn(3) ? _random.Next(9) : 0));
    }

    private void Ask(string unit, JobType type, JobMode mode) => Tell(new Event.JobRequest(unit, type, mode, _nextRequest++, "chance"));

    private Dictionary<string, Seen> Watch() => _engine.Units.ToDictionary(
        u => u.Name, u => new Seen(u.Active, u.Job?.Id ?? 0, u.Job?.Type, u.Job?.State ?? 0, u.Job?.IgnoreOrder ?? false));

    /// <summary>Compares before and after one event.</summary>
    private void CheckStep(Dictionary<string, Seen> before, Event happened, IReadOnlyList<Effect> effects)
    {
        bool FailedBefore(UnitRuntime needed, UnitRuntime unit)
        {
            foreach (var effect in effects)
            {
                if (effect is Effect.StateChanged begun && begun.Unit == unit.Name && !UnitEngine.IsDown(begun.New))
                    return false;
                if (effect is Effect.JobFinished { Type: JobType.Start, Result: JobResult.Failed or JobResult.Timeout or JobResult.Dependency } job && job.Unit == needed.Name)
                    return true;
            }
            return false;
        }
        foreach (var unit in _engine.Units)
        {
            if (!before.TryGetValue(unit.Name, out var was) || !UnitEngine.IsDown(was.Active) || UnitEngine.IsDown(unit.Active) || was.IgnoresOrder || was.Job == 0 || was.State != JobState.Waiting)
                continue;
            // It began to go up. Nobody that it is ordered after may have been, and still be, about to.
            foreach (var earlier in _engine.Earlier(unit))
                if (before.TryGetValue(earlier.Name, out var other) && other.Type == JobType.Start && !other.IgnoresOrder
                    && earlier.Job is { Type: JobType.Start } job && job.Id == other.Job)
                    Demand(false, $"{unit.Name} began before {earlier.Name}, which it is ordered after, had come up ({happened})");
            foreach (var kind in (DependencyKind[])[DependencyKind.Requires, DependencyKind.BindsTo])
                foreach (var needed in _engine.Known(unit, kind))
                    if (FailedBefore(needed, unit) && _engine.Earlier(unit).Contains(needed) && before.TryGetValue(needed.Name, out var other) && !other.IgnoresOrder)
                        Demand(false, $"{unit.Name} began although {needed.Name}, which it needs, had just failed ({happened})");
        }
        CheckFresh(before, happened, effects);
        foreach (var unit in _engine.Units)
        {
            if (!before.TryGetValue(unit.Name, out var was) || was is not { Type: JobType.Stop, State: JobState.Waiting, IgnoresOrder: false } || !UnitEngine.IsUp(was.Active)
                || UnitEngine.IsUp(unit.Active) || EventText.UnitOf(happened) == unit.Name || unit.Job is { State: JobState.Waiting } or { IgnoreOrder: true })
                continue;
            // Its stop began. Nobody who is ordered after it may have been, and still be, about to stop or stopping.
            foreach (var later in _engine.Later(unit))
                Demand(
                    !(before.TryGetValue(later.Name, out var other) && other is { Type: JobType.Stop, IgnoresOrder: false } && later.Job is { Type: JobType.Stop, IgnoreOrder: false } job && job.Id == other.Job),
                    $"{unit.Name} began to stop before {later.Name}, which is ordered after it, was down ({happened})");
        }
        foreach (var unit in _engine.Units)
            Demand(unit.Active is not (ActiveState.Inactive or ActiveState.Failed) || (unit.MainPid == 0 && unit.ControlPid == 0), $"{unit.Name} is down and has a PID");
    }

    /// <summary>Of jobs that came with this very request: none begins beside one of the same request that it has to wait for.</summary>
    private void CheckFresh(Dictionary<string, Seen> before, Event happened, IReadOnlyList<Effect> effects)
    {
        // A failure may have brought jobs that came later than what began.
        if (happened is not Event.JobRequest { Mode: not JobMode.IgnoreDependencies } || effects.Any(e => e is Effect.StateChanged { New: ActiveState.Failed } or Effect.JobFinished { Result: not JobResult.Done }))
            return;
        foreach (var unit in _engine.Units)
        {
            if (UnitEngine.IsDown(unit.Active) || (before.TryGetValue(unit.Name, out var was) && (was.Job != 0 || !UnitEngine.IsDown(was.Active))))
                continue;
            foreach (var earlier in _engine.Earlier(unit))
                Demand(earlier.Job is not { Type: JobType.Start, IgnoreOrder: false }, $"{unit.Name} began at once although {earlier.Name}, which it is ordered after, has yet to come up");
        }
    }

    private void CheckAcquire(string unit)
    {
        if (_held.Contains(unit))
            return; // done again by a new manager
        var times = _starts.TryGetValue(unit, out var known) ? known : _starts[unit] = [];
        times.Add(_now);
        var definition = _units.Find(unit);
        var (interval, burst) = (definition.Get(Directives.StartLimitIntervalSec).Value.Microseconds, definition.Get(Directives.StartLimitBurst).Value);
        // The window is a fixed one: at the seam of two there may be twice as many.
        Demand(times.Count(t => _now - t < interval) <= 2 * burst, $"{unit} was started more often than its limit of {burst} allows");
    }

    private void CheckSpawn(Effect.Spawn spawn)
    {
        var main = spawn.Role == ProcessRole.Start && TypeOf(spawn.Unit) != ServiceType.Forking;
        Demand(_held.Contains(spawn.Unit), $"{spawn.Unit} spawns without resources");
        Demand(
            !_processes.Exists(p => p.Alive && p.Unit == spawn.Unit && p.Role is not null && p.IsMain == main && !p.IsLostReload),
            $"{spawn.Unit} spawns {spawn.Role} while another {(main ? "main" : "control")} process is alive");
    }

    private void CheckState(Effect.StateChanged change)
    {
        if (!UnitEngine.IsDown(change.New) || !change.Unit.EndsWith(".service", StringComparison.Ordinal))
            return;
        var own = LeavesOthers(change.Unit);
        Demand(
            !_processes.Exists(p => p.Alive && p.Unit == change.Unit && (!own || (p.Role is not null && !p.IsLostReload))),
            $"{change.Unit} is {change.NewSub} and a process of it is alive");
    }

    private void CheckEnd()
    {
        Demand(_engine.Jobs.Count == 0, $"no job is left: {string.Join(' ', _engine.Jobs)}");
        Demand(_openJobs.Count == 0, $"every job has ended: {string.Join(' ', _openJobs)}");
        Demand(_held.Count == 0, $"no resources are left: {string.Join(' ', _held)}");
        CheckSocketsAtEnd();
        foreach (var unit in _engine.Units)
            Demand(UnitEngine.IsDown(unit.Active), $"{unit.Name} is down");
        foreach (var process in _processes)
            Demand(!process.Alive || LeavesOthers(process.Unit), $"nothing runs; {process.Unit} has {process.Pid} {process.Role}");
    }
}
