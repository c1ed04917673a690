using System.Collections;

namespace Supervisor;

/// <summary>What <see cref="Sequences.OrderBy"/> gives: sorted when it is read, the order of equals kept.</summary>
public sealed class Ordered<T>(IEnumerable<T> source, Comparison<T> compare) : IEnumerable<T>
{
    public Ordered<T> ThenBy<TKey>(Func<T, TKey> key, IComparer<TKey>? comparer = null)
    {
        var then = By(key, comparer ?? Comparer<TKey>.Default);
        return new(source, (a, b) => compare(a, b) is var difference and not 0 ? difference : then(a, b));
    }

    internal static Comparison<T> By<TKey>(Func<T, TKey> key, IComparer<TKey> comparer) => (a, b) => comparer.Compare(key(a), key(b));

    public IEnumerator<T> GetEnumerator()
    {
        var items = new List<T>(source);
        // by index: one sort for all types
        var order = new int[items.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (a, b) => compare(items[a], items[b]) is var difference and not 0 ? difference : a.CompareTo(b));
        foreach (var index in order)
            yield return items[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
