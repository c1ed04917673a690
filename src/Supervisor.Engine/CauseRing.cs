namespace Supervisor.Engine;

/// <summary>The id of the event that caused something; 0 is "nothing that is known".</summary>
public readonly record struct CauseId(ulong Value)
{
    public static CauseId None => default;

    public override string ToString() => $"{Value:x16}";
}

/// <summary>A link of the chain that answers "why".</summary>
/// <param name="Parent">What caused the cause, or <see cref="CauseId.None"/>.</param>
/// <param name="Time">µs, of the clock that events carry.</param>
/// <param name="Unit">The unit it happened to, or null.</param>
/// <param name="Text">What happened: "main process 312 was killed by signal 9".</param>
public sealed record Cause(CauseId Id, CauseId Parent, ulong Time, string? Unit, string Text);

/// <summary>The last causes, oldest first out. Ids only grow, so a slot is found by its number.</summary>
public sealed class CauseRing
{
    private readonly Cause?[] _ring;
    private ulong _next;

    /// <param name="first">The first id to give out. A manager that takes over from another starts above the other's last.</param>
    public CauseRing(int capacity, ulong first)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfZero(first);
        (_ring, _next) = (new Cause?[capacity], first);
    }

    /// <summary>The id that the next cause will have.</summary>
    public CauseId Next => new(_next);

    /// <summary>The cause, if it is still remembered.</summary>
    public Cause? Find(CauseId id) => _ring[id.Value % (ulong)_ring.Length] is { } found && found.Id == id ? found : null;

    /// <summary>From the cause itself back to the first that is still remembered.</summary>
    public IReadOnlyList<Cause> Chain(CauseId id)
    {
        var chain = new List<Cause>();
        for (var cause = Find(id); cause is not null && chain.Count < _ring.Length; cause = Find(cause.Parent))
            chain.Add(cause);
        return chain;
    }

    internal CauseId Add(CauseId parent, ulong time, string? unit, string text)
    {
        var id = new CauseId(_next++);
        _ring[id.Value % (ulong)_ring.Length] = new(id, parent, time, unit, text);
        return id;
    }

    /// <summary>Takes in a cause that an earlier manager remembered; ids in between are lost.</summary>
    public void Restore(Cause cause)
    {
        _ring[cause.Id.Value % (ulong)_ring.Length] = cause;
        _next = Math.Max(_next, cause.Id.Value + 1);
    }
}
