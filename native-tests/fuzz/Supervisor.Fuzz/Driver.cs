using System.Globalization;
using Supervisor.Linux;

namespace Supervisor.Fuzz;

/// <summary>
/// The fuzzer of one target: inputs that go where none went before are kept, made as short as they stay so, and are the parents of the next. Everything in
/// this process; what ends it (a stack overflow, a loop without end) is found by what <see cref="LastInput"/> left.
/// </summary>
internal sealed class Driver(Target target, Coverage coverage, string corpus, string work, int seed)
{
    private sealed record Kept(byte[] Input, HashSet<int> Features)
    {
        public int Chosen { get; set; }
    }

    private readonly Random _random = new(seed);
    private readonly List<Kept> _kept = [];
    private readonly List<byte[]> _inputs = [];
    private readonly HashSet<string> _found = [];
    private long _executions;

    /// <summary>Fuzzes for so much processor time, writes the corpus, and appends a line to the totals. Returns how many kinds of finds there were.</summary>
    public int Fuzz(TimeSpan length, IReadOnlyList<byte[]> seeds)
    {
        using var last = new LastInput(Path.Combine(work, $"last-{target.Name}"));
        foreach (var input in Corpus.Load(corpus, target).Concat(target.Seeds).Concat(seeds.Where(s => s.Length <= target.LengthMax)))
            Take(input, last);
        var mutator = new Mutator(target, _random);
        while (Environment.CpuUsage.TotalTime < length)
        {
            var parent = Choose();
            for (var child = 0; child < 32; child++)
                Take(mutator.Mutate(parent, _inputs), last);
        }
        Corpus.Save(corpus, target, _kept.Select(k => (k.Input, k.Features)));
        File.AppendAllText(Path.Combine(work, "totals.tsv"), string.Create(CultureInfo.InvariantCulture, $"{target.Name}\t{Environment.CpuUsage.TotalTime.TotalSeconds:0}\t{_executions}\t{coverage.Edges}\t{_found.Count}\n"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{target.Name,-16} {_executions,10} executions {_executions / Environment.CpuUsage.TotalTime.TotalSeconds,8:0}/s {coverage.Edges,6} edges {_kept.Count,5} inputs {_found.Count,3} finds"));
        return _found.Count;
    }

    private byte[] Choose()
    {
        if (_kept.Count == 0)
            return [];
        // the least used of a few: what is new is tried first, and nothing is forgotten
        var best = _kept[_random.Next(_kept.Count)];
        for (var i = 0; i < 3; i++)
        {
            var other = _kept[_random.Next(_kept.Count)];
            best = other.Chosen < best.Chosen ? other : best;
        }
        best.Chosen++;
        return best.Input;
    }

    private void Take(byte[] input, LastInput last)
    {
        if (Execute(input, last) is { } find)
            Report(input, find, last);
        else if (coverage.TakeNews())
        {
            var features = coverage.Features();
            input = Shorten(input, last, _ => features.IsSubsetOf(coverage.Features()));
            _kept.Add(new(input, features));
            _inputs.Add(input);
        }
    }

    private Find? Execute(byte[] input, LastInput last)
    {
        _executions++;
        last.Begin(input);
        coverage.Clear();
        var find = Run.Try(target, input, timed: true);
        last.End();
        return find;
    }

    private void Report(byte[] input, Find find, LastInput last)
    {
        if (!_found.Add(find.Key))
            return;
        input = Shorten(input, last, f => f?.Key == find.Key);
        find = Execute(input, last) ?? find;
        var path = Path.Combine(work, "finds", string.Create(CultureInfo.InvariantCulture, $"{target.Name}-{Crc32C.Of(System.Text.Encoding.UTF8.GetBytes(find.Key)):x8}"));
        File.WriteAllText(path, $"{Escaped.Of(input)}\n{find.Text}\n");
        Console.WriteLine($"{target.Name}: {find.Key}\n  {Escaped.Of(input)}\n  {path}");
    }

    /// <summary>Pieces are left out, from halves down to single bytes, as long as <paramref name="same"/> says that nothing is lost by it.</summary>
    private byte[] Shorten(byte[] input, LastInput last, Func<Find?, bool> same)
    {
        var budget = 400;
        for (var size = input.Length / 2; size > 0; size /= 2)
        {
            for (var at = 0; at + size <= input.Length && budget > 0;)
            {
                budget--;
                byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(at + size)];
                if (same(Execute(shorter, last)))
                    input = shorter;
                else
                    at += size;
            }
        }
        return input;
    }
}
