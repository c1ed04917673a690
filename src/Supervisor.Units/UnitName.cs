using System.Globalization;
using System.Text;

namespace Supervisor.Units;

/// <summary>Unit names: "name.type", templates "name@.type", instances "name@instance.type" (systemd.unit(5)).</summary>
public static class UnitName
{
    private const int MaxLength = 255;
    private static readonly System.Buffers.SearchValues<char> Allowed = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.\\@");
    private static readonly string[] Suffixes = [".service", ".target", ".socket", ".slice", ".mount", ".automount", ".swap", ".timer", ".path", ".scope", ".device"];

    public static bool IsValid(string name)
    {
        if (name.Length > MaxLength || Suffix(name) is not { } suffix || name.Length == suffix.Length || name[0] == '@')
            return false;
        return !name.AsSpan().ContainsAnyExcept(Allowed);
    }

    /// <summary>".service", null when it ends in none.</summary>
    public static string? Suffix(string name)
    {
        foreach (var suffix in Suffixes)
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal))
                return suffix;
        }
        return null;
    }

    /// <summary>The kinds of units that are managed; null for the others.</summary>
    public static UnitType? TypeOf(string name) => Suffix(name) switch
    {
        ".service" => UnitType.Service,
        ".target" => UnitType.Target,
        ".socket" => UnitType.Socket,
        ".slice" => UnitType.Slice,
        ".timer" => UnitType.Timer,
        ".path" => UnitType.Path,
        ".mount" => UnitType.Mount,
        ".automount" => UnitType.Automount,
        ".swap" => UnitType.Swap,
        ".scope" => UnitType.Scope,
        ".device" => UnitType.Device,
        _ => null,
    };

    public static bool IsTemplate(string name) => name.Contains("@.", StringComparison.Ordinal);

    /// <summary>"a@b.service" → "a@.service"; null when it is no instance.</summary>
    public static string? TemplateOf(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        return at < 0 || IsTemplate(name) ? null : name[..(at + 1)] + Suffix(name);
    }

    /// <summary>"a@b.service" → "b"; empty for a template or a plain name.</summary>
    public static string InstanceOf(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? "" : name[(at + 1)..^(Suffix(name)?.Length ?? 0)];
    }

    /// <summary>"a@b.service" → "a"; "a.service" → "a".</summary>
    public static string PrefixOf(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        return at >= 0 ? name[..at] : name[..^(Suffix(name)?.Length ?? 0)];
    }

    /// <summary>The name with ".service" where it has no suffix.</summary>
    public static string WithSuffix(string name) => Suffix(name) is null ? name + ".service" : name;

    /// <summary>"/srv/a b" → "srv-a\x20b.mount", "/" → "-.mount"; repeated and last slashes do not count.</summary>
    public static string FromPath(string path, string suffix)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (parts.Length == 0 ? "-" : Escape(string.Join('/', parts))) + suffix;
    }

    /// <summary>A name that a person meant: paths become mounts and devices, what has no type gets one, and what a name cannot hold is escaped.</summary>
    public static string Mangle(string word, string suffix = ".service")
    {
        if (IsValid(word))
            return word;
        if (word.StartsWith('/'))
            return FromPath(word, word.StartsWith("/dev/", StringComparison.Ordinal) ? ".device" : ".mount");
        var mangled = string.Concat(word.Select(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@' ? c.ToString() : Escape(c.ToString())));
        return Suffix(mangled) is null ? mangled + suffix : mangled;
    }

    /// <summary>systemd-escape(1): "/" becomes "-", what is not a letter, digit, ":", "_" or "." becomes \xNN, and so does a first ".".</summary>
    public static string Escape(string text)
    {
        var built = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)b;
            if (c == '/')
                built.Append('-');
            else if (char.IsAsciiLetterOrDigit(c) || c is ':' or '_' || c == '.' && built.Length > 0)
                built.Append(c);
            else
                built.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }
        return built.ToString();
    }

    /// <summary>The reverse; what is no valid escape stays as it is.</summary>
    public static string Unescape(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '-')
                bytes.Add((byte)'/');
            else if (text[i] == '\\' && i + 3 < text.Length && text[i + 1] == 'x'
                && byte.TryParse(text.AsSpan(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var b))
            {
                bytes.Add(b);
                i += 3;
            }
            else
                bytes.AddRange(Encoding.UTF8.GetBytes([text[i]]));
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
