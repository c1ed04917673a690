namespace Supervisor.Fuzz;

/// <summary>The saved inputs of a target: one file, an input a line (<see cref="Escaped"/>).</summary>
internal static class Corpus
{
    /// <summary>Bytes of a saved corpus, at most: all of them together stay below a megabyte.</summary>
    public const int SizeMax = 24 * 1024;

    public static List<byte[]> Load(string directory, Target target)
    {
        var path = Path.Combine(directory, target.Name);
        return File.Exists(path) ? [.. File.ReadLines(path).Select(Escaped.Bytes)] : [];
    }

    /// <summary>
    /// The fewest bytes that go everywhere, nearly: the shortest input first, and each later one only if it goes where none before it did.
    /// </summary>
    public static void Save(string directory, Target target, IEnumerable<(byte[] Input, HashSet<int> Features)> inputs)
    {
        var seen = new HashSet<int>();
        var size = 0;
        var lines = new List<string>();
        foreach (var (input, features) in inputs.OrderBy(i => i.Input.Length))
        {
            var line = Escaped.Of(input);
            if (features.IsSubsetOf(seen) || size + line.Length + 1 > SizeMax)
                continue;
            seen.UnionWith(features);
            size += line.Length + 1;
            lines.Add(line);
        }
        lines.Sort(StringComparer.Ordinal);
        File.WriteAllLines(Path.Combine(directory, target.Name), lines);
    }
}
