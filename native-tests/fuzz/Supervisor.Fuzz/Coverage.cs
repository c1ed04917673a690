using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Supervisor.Fuzz;

/// <summary>
/// The map that instrumented code counts its branches in: a byte for each pair of a branch and the one before it. A count is looked at by its
/// magnitude (1, 2, 3, 4, 8, 16, 32, 128 and more), so that a loop that goes round once more is no news but one that goes round ten times as often is.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private static readonly byte[] Magnitude = [.. Enumerable.Range(0, 256).Select(n => (byte)(n switch { 0 => 0, 1 => 1, 2 => 2, 3 => 4, < 8 => 8, < 16 => 16, < 32 => 32, < 128 => 64, _ => 128 }))];

    private readonly byte* _map = (byte*)NativeMemory.AlignedAlloc(Size, 64);
    private readonly byte[] _seen = new byte[Size];

    // The map is never given back: instrumented code may run until the process ends.
    public Coverage()
    {
        Clear();
        Trace.SharedMem = _map;
    }

    /// <summary>Pairs of branches that were ever taken.</summary>
    public int Edges { get; private set; }

    public void Clear()
    {
        new Span<byte>(_map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether the run since <see cref="Clear"/> went where none went before, or more often by a magnitude; it is remembered.</summary>
    public bool TakeNews()
    {
        var news = false;
        var words = new ReadOnlySpan<ulong>(_map, Size / 8);
        for (var w = 0; w < words.Length; w++)
        {
            if (words[w] == 0)
                continue;
            for (var i = w * 8; i < w * 8 + 8; i++)
            {
                var magnitude = Magnitude[_map[i]];
                if ((magnitude & ~_seen[i]) == 0)
                    continue;
                if (_seen[i] == 0)
                    Edges++;
                _seen[i] |= magnitude;
                news = true;
            }
        }
        return news;
    }

    /// <summary>The pairs of the run with their magnitudes, one number each.</summary>
    public HashSet<int> Features()
    {
        var features = new HashSet<int>();
        for (var i = 0; i < Size; i++)
        {
            if (_map[i] != 0)
                features.Add(i << 8 | Magnitude[_map[i]]);
        }
        return features;
    }
}
