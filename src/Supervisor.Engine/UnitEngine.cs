namespace Supervisor.Engine;

/// <summary>
/// The run-time state of all units. Events go in with <see cref="Handle"/>, what is to be done comes out of <see cref="TakeEffects"/>. No clock, no kernel, no
/// randomness: the same events in the same order give the same effects.
/// </summary>
public sealed partial class UnitEngine
{
    private readonly IUnitSource _source;

    /// <param name="firstCause">Where cause ids begin: above those that an earlier manager gave out.</param>
    /// <param name="causes">How many causes are remembered.</param>
    public UnitEngine(IUnitSource source, ulong firstCause = 1, int causes = 4096) =>
        (_source, Causes) = (source, new(causes, firstCause));

    public CauseRing Causes { get; }
}
