using System.Collections;

namespace Supervisor.Units;

/// <summary>
/// A list that never changes, and a longer one made of it without a copy: both look at the same memory, each at as much of it as it has. A setting of many lines
/// would else be copied as often as it has lines.
/// </summary>
internal sealed class Grown<T> : IReadOnlyList<T>
{
    private readonly List<T> _shared;

    private Grown(List<T> shared) => (_shared, Count) = (shared, shared.Count);

    public int Count { get; }

    public T this[int index] => index < Count ? _shared[index] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>What <paramref name="current"/> has, and then <paramref name="more"/>.</summary>
    public static IReadOnlyList<T> Of(IReadOnlyList<T> current, params ReadOnlySpan<T> more)
    {
        // only the longest may go on in the same memory: behind any other there is something already
        var shared = current is Grown<T> grown && grown.Count == grown._shared.Count ? grown._shared : [.. current];
        shared.AddRange(more);
        return new Grown<T>(shared);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return _shared[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
