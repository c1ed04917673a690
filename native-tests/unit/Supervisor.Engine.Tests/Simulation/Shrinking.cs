using System.Text;

namespace Supervisor.Engine.Tests;

/// <summary>Makes what failed small: lines and units are left out for as long as something still fails with the same seed.</summary>
internal static class Shrinking
{
    private const int LastLines = 60;

    /// <summary>The fewest units that fail, what happened last, and how to have it again.</summary>
    public static string Script(int seed, bool mayCrash, IReadOnlyDictionary<string, string> texts)
    {
        var small = Least(texts, t => Failure(seed, mayCrash, t, null) is not null);
        var trace = new Queue<string>();
        var failure = Failure(seed, mayCrash, small, line =>
        {
            trace.Enqueue(line);
            if (trace.Count > LastLines)
                trace.Dequeue();
        });
        return $"{Write(small)}\n{string.Join('\n', trace)}\n{failure}\nAgain: write the units to a file, then SIMULATION_SEED={seed} SIMULATION_UNITS=FILE make simulate";
    }

    /// <summary>Leaves out whole units, then lines, until none can be missed.</summary>
    public static Dictionary<string, string> Least(IReadOnlyDictionary<string, string> texts, Func<IReadOnlyDictionary<string, string>, bool> fails)
    {
        var least = new Dictionary<string, string>(texts);
        if (!fails(least))
            return least;
        for (var smaller = true; smaller;)
        {
            smaller = false;
            foreach (var name in least.Keys.ToArray())
            {
                var without = new Dictionary<string, string>(least);
                without.Remove(name);
                if (without.Count > 0 && fails(without))
                    (least, smaller) = (without, true);
            }
            foreach (var name in least.Keys.ToArray())
            {
                for (var line = 0; line < least[name].Split('\n').Length; line++)
                {
                    var lines = least[name].Split('\n').ToList();
                    if (lines[line].Length == 0 || lines[line][0] == '[')
                        continue;
                    lines.RemoveAt(line);
                    var without = new Dictionary<string, string>(least) { [name] = string.Join('\n', lines) };
                    if (!fails(without))
                        continue;
                    (least, smaller) = (without, true);
                    line--;
                }
            }
        }
        return least;
    }

    private static string? Failure(int seed, bool mayCrash, IReadOnlyDictionary<string, string> texts, Action<string>? trace)
    {
        try
        {
            new World(seed, mayCrash, texts) { Trace = trace }.Run();
            return null;
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }

    public static string Write(IReadOnlyDictionary<string, string> texts) => string.Concat(texts.Select(t => $"--- {t.Key}\n{t.Value.TrimEnd()}\n"));

    public static Dictionary<string, string> Read(string text)
    {
        var texts = new Dictionary<string, StringBuilder>();
        StringBuilder? at = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("--- ", StringComparison.Ordinal))
                texts[line[4..]] = at = new StringBuilder();
            else
                at?.Append(line).Append('\n');
        }
        return texts.ToDictionary(t => t.Key, t => t.Value.ToString());
    }
}
