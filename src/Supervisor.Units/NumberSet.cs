using System.Globalization;

namespace Supervisor.Units;

/// <summary>A set of processors or memory nodes, as <c>0-3,5</c> is one (cpuset(7), "List Format").</summary>
public sealed class NumberSet : IEquatable<NumberSet>
{
    private readonly SortedSet<int> _numbers;

    private NumberSet(SortedSet<int> numbers) => _numbers = numbers;

    /// <summary>The kernel's own limit is CONFIG_NR_CPUS, at most 8192.</summary>
    public const int Most = 8192;

    public static NumberSet Empty { get; } = new([]);

    public int Count => _numbers.Count;

    public IEnumerable<int> Numbers => _numbers;

    public NumberSet With(NumberSet other) => new([.. _numbers, .. other._numbers]);

    /// <summary>Numbers and ranges with commas or spaces between them; null when it is no such list.</summary>
    public static NumberSet? Parse(string text)
    {
        var numbers = new SortedSet<int>();
        foreach (var part in text.Split([' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (!TryNumber(dash < 0 ? part : part[..dash], out var first) || !TryNumber(dash < 0 ? part : part[(dash + 1)..], out var last) || last < first)
                return null;
            for (var n = first; n <= last; n++)
                numbers.Add(n);
        }
        return new(numbers);
    }

    /// <summary>Bit n of word n/64, as sched_setaffinity(2) and set_mempolicy(2) read it; at least one word.</summary>
    public ulong[] Mask()
    {
        var mask = new ulong[_numbers.Count == 0 ? 1 : _numbers.Max / 64 + 1];
        foreach (var n in _numbers)
            mask[n / 64] |= 1UL << (n % 64);
        return mask;
    }

    public override string ToString()
    {
        var ranges = new List<string>();
        var first = -1;
        var last = -1;
        foreach (var n in _numbers)
        {
            if (n == last + 1 && first >= 0)
            {
                last = n;
                continue;
            }
            Close();
            (first, last) = (n, n);
        }
        Close();
        return string.Join(',', ranges);

        void Close()
        {
            if (first >= 0)
                ranges.Add(first == last ? $"{first}" : $"{first}-{last}");
        }
    }

    public bool Equals(NumberSet? other) => other is not null && _numbers.SetEquals(other._numbers);

    public override bool Equals(object? obj) => Equals(obj as NumberSet);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static bool TryNumber(string text, out int n) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out n) && n < Most;
}
