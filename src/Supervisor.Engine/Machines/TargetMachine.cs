using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>
/// Targets and slices: dead or active, there at once. A target is a name for other units, and what it stands for is in its dependencies; a slice's cgroup is made
/// when the first unit in it needs it.
/// </summary>
internal sealed class TargetMachine(UnitEngine engine, UnitRuntime unit) : UnitMachine(engine, unit)
{
    private bool IsActive => Unit.Active == ActiveState.Active;

    public override Verdict Probe(JobType type) => (type, IsActive) switch
    {
        (JobType.Start, true) or (JobType.Stop, false) => Verdict.Already,
        (JobType.Reload, _) => Verdict.Refused,
        _ => Verdict.Go,
    };

    public override Verdict Start() => Enter(true);

    public override Verdict Stop() => Enter(false);

    private Verdict Enter(bool active)
    {
        if (IsActive == active)
            return Verdict.Already;
        Engine.ChangeState(Unit, active ? ActiveState.Active : ActiveState.Inactive, active ? "active" : "dead", null, false);
        return Verdict.Underway;
    }

    public override void Restore(UnitSnapshot snapshot, AdoptFacts facts) =>
        (Unit.Active, Unit.Sub) = snapshot.Active == Words.Of(ActiveState.Active) ? (ActiveState.Active, "active") : (ActiveState.Inactive, "dead");
}
