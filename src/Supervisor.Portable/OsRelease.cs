using System.Text;

namespace Supervisor.Portable;

/// <summary>os-release(5): NAME=value lines, shell quoting.</summary>
public sealed class OsRelease
{
    private readonly Dictionary<string, string> _fields = [];

    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>The file's text as it is; lines that make no sense are left out.</summary>
    public static OsRelease Parse(ReadOnlySpan<byte> bytes)
    {
        var result = new OsRelease();
        foreach (var raw in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            var line = raw.Trim();
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || line[0] == '#')
                continue;
            result._fields[line[..equals]] = Unquote(line[(equals + 1)..]);
        }
        return result;
    }

    /// <summary>"Debian GNU/Linux 12 (bookworm)", or what comes nearest to it.</summary>
    public string PrettyName => this["PORTABLE_PRETTY_NAME"] ?? this["PRETTY_NAME"] ?? this["NAME"] ?? this["ID"] ?? "unknown";

    /// <summary>"debian_12": IMAGE_ID or ID, then the first version there is.</summary>
    public string NameAndVersion
    {
        get
        {
            var name = this["IMAGE_ID"] ?? this["ID"] ?? "";
            var version = this["IMAGE_VERSION"] ?? this["VERSION_ID"] ?? this["BUILD_ID"];
            return version is null ? name : $"{name}_{version}";
        }
    }

    /// <summary>PORTABLE_PREFIXES as a list, null when the field is not there.</summary>
    public IReadOnlyList<string>? Prefixes => this["PORTABLE_PREFIXES"]?.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Unquote(string value)
    {
        var quote = value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[0] : '\0';
        if (quote != '\0')
            value = value[1..^1];
        if (quote == '\'')
            return value;
        var built = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            // between quotes a backslash is one of itself, except before these four
            if (value[i] == '\\' && i + 1 < value.Length && (quote == '\0' || value[i + 1] is '"' or '\\' or '$' or '`'))
                i++;
            built.Append(value[i]);
        }
        return built.ToString();
    }
}
