using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>What must hold from one effect to the next, and of the engine's books after each event.</summary>
internal sealed partial class World
{
    private const int EffectsMost = 2000;

    private readonly Dictionary<string, (ActiveState Active, string Sub)> _lastStates = [];
    private readonly HashSet<uint> _endedJobs = [];

    /// <summary>A new manager begins its books anew from what was written down.</summary>
    private void ForgetContinuity()
    {
        _lastStates.Clear();
        _endedJobs.Clear();
    }

    private void CheckEffects(Event happened, IReadOnlyList<Effect> effects)
    {
        Demand(effects.Count <= EffectsMost, $"one event has {effects.Count} effects ({happened})");
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.StateChanged e:
                    CheckChange(e);
                    break;
                case Effect.JobAccepted e:
                    Demand(!_endedJobs.Contains(e.Job), $"job {e.Job} of {e.Unit} has a number that was given before");
                    break;
                case Effect.JobFinished e:
                    Demand(_endedJobs.Add(e.Job), $"job {e.Job} of {e.Unit} ends twice");
                    Demand(_engine.Find(e.Unit)?.Job?.Id != e.Job, $"job {e.Job} of {e.Unit} has ended and is still there");
                    break;
                case Effect.Spawn e:
                    Demand(_engine.Find(e.Unit) is not null, $"{e.Unit} spawns and is not known");
                    break;
                case Effect.ArmTimer e:
                    Demand(e.At > 0, $"{e.Unit} has a timer {e.Timer} at no time");
                    break;
            }
        }
    }

    private void CheckChange(Effect.StateChanged change)
    {
        Demand(change.Old != change.New || change.OldSub != change.NewSub || change.Text is not null || change.Result == UnitResult.StartLimitHit, $"{change.Unit} changes from {change.OldSub} to itself and says nothing");
        if (_lastStates.TryGetValue(change.Unit, out var last))
            Demand(last == (change.Old, change.OldSub), $"{change.Unit} changes from {change.OldSub}, and was {last.Sub}");
        _lastStates[change.Unit] = (change.New, change.NewSub);
        Demand(change.Cause.Value != 0, $"{change.Unit} becomes {change.NewSub} and nobody knows why");
    }

    /// <summary>Of units and jobs as they stand between two events.</summary>
    private void CheckBooks(Event happened)
    {
        foreach (var job in _engine.Jobs)
        {
            Demand(_engine.Find(job.Unit.Name)?.Job == job, $"job {job.Id} is none of {job.Unit.Name}'s ({happened})");
            Demand(job.State != JobState.Waiting || HasHolder(job), $"job {job.Id} {job.Type} of {job.Unit.Name} waits and nothing holds it ({happened})");
        }
        foreach (var unit in _engine.Units)
        {
            Demand(unit.Active != ActiveState.Failed || unit.Result != UnitResult.Success, $"{unit.Name} has failed and says success ({happened})");
            Demand(unit.Job is null || _engine.Jobs.Contains(unit.Job), $"{unit.Name} has a job that is in no list ({happened})");
            Demand(unit.MainPid == 0 || unit.MainPid != unit.ControlPid, $"{unit.Name} has one process as two ({happened})");
            if (_lastStates.TryGetValue(unit.Name, out var last))
                Demand(last == (unit.Active, unit.Sub), $"{unit.Name} is {unit.Sub} and was told to be {last.Sub} ({happened})");
        }
    }

    /// <summary>Somebody before or behind it has a job or is on the way, or it waits for its own unit or for idleness.</summary>
    private bool HasHolder(Job job)
    {
        bool Moves(UnitRuntime unit) => unit != job.Unit && (unit.Job is not null || unit.Active is ActiveState.Activating or ActiveState.Deactivating or ActiveState.Reloading);
        return job.Unit.Active is ActiveState.Activating or ActiveState.Deactivating or ActiveState.Reloading
            || _engine.Earlier(job.Unit).Any(Moves) || _engine.Later(job.Unit).Any(Moves);
    }
}
