namespace Supervisor.Engine;

/// <summary>How jobs meet: what two of one unit make, when one has nothing to do, which of two units' jobs comes first.</summary>
internal static class JobRules
{
    /// <summary>Both wishes in one job, or null when they contradict each other.</summary>
    public static JobType? Merge(JobType a, JobType b) => (a, b) switch
    {
        _ when a == b => a,
        (JobType.Stop, _) or (_, JobType.Stop) => null,
        (JobType.Restart, _) or (_, JobType.Restart) => JobType.Restart,
        (JobType.VerifyActive, _) => b,
        (_, JobType.VerifyActive) => a,
        _ => JobType.Start, // start and reload: started, a unit has read its settings
    };

    /// <summary>What a request comes to with the unit as it is: a type that can be installed, or null for nothing to do.</summary>
    public static JobType? Collapse(JobType type, ActiveState state, bool canReload) => type switch
    {
        JobType.TryRestart => IsDown(state) ? null : JobType.Restart,
        JobType.ReloadOrRestart => IsDown(state) ? JobType.Start : canReload ? JobType.Reload : JobType.Restart,
        _ => type,
    };

    /// <summary>The unit is where the job wants it.</summary>
    public static bool IsRedundant(JobType type, ActiveState state) => type switch
    {
        JobType.Start or JobType.VerifyActive => state is ActiveState.Active or ActiveState.Reloading,
        JobType.Stop => state is ActiveState.Inactive or ActiveState.Failed,
        _ => false,
    };

    /// <summary>
    /// Of two units with an order, whether the later one's job goes first. What goes down goes before what goes up; when both go down, the later one goes
    /// first; when both go up, the earlier one. A restart counts as going down until it has.
    /// </summary>
    public static bool LaterGoesFirst(JobType later) => later is JobType.Stop or JobType.Restart;

    private static bool IsDown(ActiveState state) => state is ActiveState.Inactive or ActiveState.Failed or ActiveState.Deactivating;
}
