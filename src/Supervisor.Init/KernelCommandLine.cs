using System.Text;
using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>The words of the kernel command line: <c>key=value</c> or <c>key</c>, double quotes around what has spaces. The last of a key wins.</summary>
public sealed class KernelCommandLine
{
    private readonly Dictionary<string, string?> _values = new(StringComparer.Ordinal);
    private readonly List<(string Key, string? Value)> _words = [];

    /// <summary>Every word in its order, keys with _ for -.</summary>
    public IReadOnlyList<(string Key, string? Value)> Words => _words;

    /// <summary>The running kernel's; empty when it cannot be read.</summary>
    public static KernelCommandLine Read() => Parse(Sys.ReadFile("/proc/cmdline").TryGet(out var bytes, out _) ? Encoding.UTF8.GetString(bytes) : "");

    public static KernelCommandLine Parse(string text)
    {
        var line = new KernelCommandLine();
        var word = new StringBuilder();
        var quoted = false;
        foreach (var c in text + " ")
        {
            if (c == '"')
                quoted = !quoted;
            else if (!char.IsWhiteSpace(c) || quoted)
                word.Append(c);
            else if (word.Length > 0)
            {
                line.Add(word.ToString());
                word.Clear();
            }
        }
        if (word.Length > 0)
            line.Add(word.ToString()); // a quote that was not closed
        return line;
    }

    /// <summary>The key's value, null when it has none or is not there.</summary>
    public string? this[string key] => _values.GetValueOrDefault(Normal(key));

    public bool Has(string key) => _values.ContainsKey(Normal(key));

    private void Add(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = (Normal(equals < 0 ? word : word[..equals]), equals < 0 ? null : word[(equals + 1)..]);
        _values[key] = value;
        _words.Add((key, value));
    }

    /// <summary>As the kernel and systemd read keys: - and _ are the same.</summary>
    private static string Normal(string key) => key.Replace('-', '_');
}
