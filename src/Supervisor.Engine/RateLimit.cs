namespace Supervisor.Engine;

/// <summary>At most so many in a window of time; the window begins with the first after the last one has passed.</summary>
internal struct RateLimit
{
    /// <summary>µs.</summary>
    public ulong Begin;
    public int Count;

    /// <summary>Counts one more. False when it is one too many. An interval or a burst of 0 sets no limit.</summary>
    public bool Allow(ulong now, ulong interval, int burst)
    {
        if (interval == 0 || burst <= 0)
            return true;
        // A clock that went back began a window that has not begun: start anew.
        if (Count == 0 || now < Begin || now - Begin > interval)
            (Begin, Count) = (now, 0);
        Count = Math.Min(Count + 1, burst + 1);
        return Count <= burst;
    }

    /// <summary>One more would be too many now.</summary>
    public readonly bool IsUsedUp(ulong now, ulong interval, int burst) => interval != 0 && burst > 0 && Count >= burst && now >= Begin && now - Begin <= interval;
}
