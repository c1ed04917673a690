using System.Globalization;
using System.Numerics;

namespace Supervisor.Units;

/// <summary>A set of processors or memory nodes, as <c>0-3,5</c> is one (cpuset(7), "List Format").</summary>
public sealed class NumberSet : IEquatable<NumberSet>
{
    /// <summary>Bit n of word n/64; the last word is not zero.</summary>
    private readonly ulong[] _words;

    private NumberSet(ReadOnlySpan<ulong> words) => _words = [.. words[..(words.LastIndexOfAnyExcept(0UL) + 1)]];

    /// <summary>The kernel's own limit is CONFIG_NR_CPUS, at most 8192.</summary>
    public const int Most = 8192;

    public static NumberSet Empty { get; } = new([]);

    public int Count => _words.Sum(BitOperations.PopCount);

    public IEnumerable<int> Numbers => Enumerable.Range(0, _words.Length * 64).Where(Has);

    public NumberSet With(NumberSet other)
    {
        var words = new ulong[Math.Max(_words.Length, other._words.Length)];
        for (var i = 0; i < words.Length; i++)
            words[i] = (i < _words.Length ? _words[i] : 0) | (i < other._words.Length ? other._words[i] : 0);
        return new(words);
    }

    /// <summary>Numbers and ranges with commas or spaces between them; null when it is no such list.</summary>
    public static NumberSet? Parse(string text)
    {
        Span<ulong> words = stackalloc ulong[Most / 64];
        words.Clear();
        foreach (var range in text.AsSpan().SplitAny(' ', ',', '\t', '\n'))
        {
            var part = text.AsSpan(range);
            if (part.IsEmpty)
                continue;
            var dash = part.IndexOf('-');
            if (!TryNumber(dash < 0 ? part : part[..dash], out var first) || !TryNumber(dash < 0 ? part : part[(dash + 1)..], out var last) || last < first)
                return null;
            // a word at a time: a line may say 0-8191 as often as it has room for
            for (var word = first / 64; word <= last / 64; word++)
                words[word] |= (word == first / 64 ? ulong.MaxValue << first % 64 : ulong.MaxValue) & (word == last / 64 ? ulong.MaxValue >> 63 - last % 64 : ulong.MaxValue);
        }
        return new(words);
    }

    /// <summary>Bit n of word n/64, as sched_setaffinity(2) and set_mempolicy(2) read it; at least one word.</summary>
    public ulong[] Mask() => _words.Length == 0 ? [0] : [.. _words];

    public override string ToString()
    {
        var ranges = new List<string>();
        for (var first = 0; first < _words.Length * 64; first++)
        {
            if (!Has(first))
                continue;
            var last = first;
            while (last + 1 < _words.Length * 64 && Has(last + 1))
                last++;
            ranges.Add(first == last ? $"{first}" : $"{first}-{last}");
            first = last;
        }
        return string.Join(',', ranges);
    }

    public bool Equals(NumberSet? other) => other is not null && _words.AsSpan().SequenceEqual(other._words);

    public override bool Equals(object? obj) => Equals(obj as NumberSet);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private bool Has(int n) => (_words[n / 64] >> n % 64 & 1) != 0;

    private static bool TryNumber(ReadOnlySpan<char> text, out int n) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out n) && n < Most;
}
