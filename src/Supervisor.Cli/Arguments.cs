namespace Supervisor.Cli;

/// <summary>A command line: words, and options that may stand anywhere before "--".</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, List<string>> _options = [];

    public List<string> Words { get; } = [];

    /// <summary>What is wrong with it, null when nothing is.</summary>
    public string? Error { get; private set; }

    /// <param name="flags">Options without a value, long ones with their dashes; "-q|--quiet" names two ways of saying one.</param>
    /// <param name="values">Options with a value.</param>
    public static Arguments Parse(IReadOnlyList<string> given, string[] flags, string[] values)
    {
        var result = new Arguments();
        var words = new List<string>(given);
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word == "--")
            {
                result.Words.AddRange(words.Skip(i + 1));
                break;
            }
            if (word is "-" || !word.StartsWith('-'))
            {
                result.Words.Add(word);
                continue;
            }
            var equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
            var name = equals > 0 ? word[..equals] : word.StartsWith("--", StringComparison.Ordinal) ? word : word[..2];
            if (Known(flags, name) is { } flag)
            {
                if (equals > 0)
                {
                    result.Error = $"{name} takes no value";
                    return result;
                }
                result.Add(flag, "");
                if (!word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
                    words[i--] = "-" + word[2..]; // the next of several in one word
            }
            else if (Known(values, name) is { } option)
            {
                var value = equals > 0 ? word[(equals + 1)..] : !word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2 ? word[2..] : i + 1 < words.Count ? words[++i] : null;
                if (value is null)
                {
                    result.Error = $"{name} needs a value";
                    return result;
                }
                result.Add(option, value);
            }
            else
            {
                result.Error = $"unknown option {name}";
                return result;
            }
        }
        return result;
    }

    public bool Has(string name) => _options.ContainsKey(name);

    public string? Value(string name) => _options.TryGetValue(name, out var list) ? list[^1] : null;

    public IReadOnlyList<string> Values(string name) => _options.TryGetValue(name, out var list) ? list : [];

    private static string? Known(string[] options, string name) =>
        options.FirstOrDefault(o => o.Split('|').Contains(name)) is { } found ? found.Split('|')[^1] : null;

    private void Add(string name, string value)
    {
        if (!_options.TryGetValue(name, out var list))
            _options[name] = list = [];
        list.Add(value);
    }
}
