namespace Supervisor.Engine;

/// <summary>What a machine answers to a job.</summary>
internal enum Verdict
{
    /// <summary>It can begin now (<see cref="UnitMachine.Probe"/> only).</summary>
    Go,

    /// <summary>The unit is where the job wants it.</summary>
    Already,

    /// <summary>It is on its way; the job is done when it gets there.</summary>
    Underway,

    /// <summary>Something else has to come to its end first: ask again when the state changes.</summary>
    Later,

    Refused,
}

/// <summary>How one unit lives: the state machine of its type.</summary>
internal abstract class UnitMachine(UnitEngine engine, UnitRuntime unit)
{
    protected UnitEngine Engine => engine;

    protected UnitRuntime Unit => unit;

    /// <summary>No stop is needed before a start: inactive, failed, or waiting for a restart.</summary>
    public virtual bool IsAtRest => unit.Active is ActiveState.Inactive or ActiveState.Failed;

    /// <summary>What a job of this type would meet. Changes nothing.</summary>
    public abstract Verdict Probe(JobType type);

    /// <summary>Asked before a start's conditions are checked. False: too many starts, and the unit has failed for it.</summary>
    public virtual bool TakeStart() => true;

    public abstract Verdict Start();

    public abstract Verdict Stop();

    public virtual bool CanReload => false;

    public virtual Verdict Reload() => Verdict.Refused;

    /// <summary>Whether the last reload went wrong.</summary>
    public virtual bool ReloadFailed => false;

    public virtual void TimerElapsed(UnitTimer timer)
    {
    }

    /// <summary>A job of the unit has ended otherwise than by success, and no other follows it.</summary>
    public virtual void JobLost()
    {
    }

    /// <summary>A job that the machine itself asked for was refused.</summary>
    public virtual void RequestRefused(string why)
    {
    }

    /// <summary>The name of the unit that this one starts when something happens, null for types that start none.</summary>
    public virtual string? Triggers => null;

    /// <summary>The unit that it starts has gone up or down, or the job that was to start it is gone.</summary>
    public virtual void TriggeredChanged(UnitRuntime triggered)
    {
    }

    /// <summary>
    /// The snapshot is saved after those of other units. A trigger that is written down before the job that it asked for would be lost with a manager that dies in between;
    /// one that is written down after it is, then, asked for once more, and finds the job that is there.
    /// </summary>
    public virtual bool SavedLast => false;

    /// <summary>The unit's files have been read again.</summary>
    public virtual void Redefined()
    {
    }

    public virtual UnitSnapshot Save(UnitSnapshot snapshot) => snapshot;

    /// <summary>Takes over from an earlier manager. The unit's own fields are restored already; nothing is emitted before <see cref="Resume"/>.</summary>
    public abstract void Restore(UnitSnapshot snapshot, AdoptFacts facts);

    /// <summary>After all units are restored: does again what may have been lost.</summary>
    public virtual void Resume()
    {
    }
}
