namespace Supervisor;

/// <summary>
/// Select and Where in place of System.Linq's, which have a class of some twenty methods for each pair of types and each kind of source: 5 % of the whole binary.
/// An enclosing namespace goes before what a file uses, so all of src gets these.
/// </summary>
public static class Sequences
{
    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> source, Func<T, TResult> selector)
    {
        foreach (var item in source)
            yield return selector(item);
    }

    public static Ordered<T> OrderBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key, IComparer<TKey>? comparer = null) =>
        new(source, Ordered<T>.By(key, comparer ?? Comparer<TKey>.Default));

    public static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (var item in source)
        {
            if (predicate(item))
                yield return item;
        }
    }
}
