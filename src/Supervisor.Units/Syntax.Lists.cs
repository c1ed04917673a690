using System.Globalization;
using System.Net;

namespace Supervisor.Units;

/// <summary>Readers of lists: each line adds, an empty one begins anew.</summary>
public static partial class Syntax
{
    /// <summary>A list whose items are words; <paramref name="read"/> returns false after it has reported what is wrong.</summary>
    private static SettingParser<IReadOnlyList<T>> Each<T>(Func<ParseContext, string, (bool Ok, T Item)> read, bool keepEscapes = false) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        if (WordSplitter.Split(c, c.Text, keepEscapes) is not { } words)
            return current;
        var list = new List<T>(words.Count);
        foreach (var word in words)
        {
            var (ok, item) = read(c, c.Expand(word));
            if (ok)
                list.Add(item);
        }
        return Grown<T>.Of(current, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list));
    };

    public static SettingParser<IReadOnlyList<string>> Strings() => Each<string>((_, word) => (true, word));

    public static SettingParser<IReadOnlyList<Sourced<string>>> UnitNames(string suffix = "") => Each<Sourced<string>>((c, word) =>
    {
        if (UnitName.IsValid(word) && word.EndsWith(suffix, StringComparison.Ordinal))
            return (true, new(word, c.Origin));
        c.Error(UnitName.IsValid(word) ? $"not the name of a unit of type {suffix[1..]}" : "not a unit name", word);
        return default;
    }, keepEscapes: true);

    /// <summary>Names of variables, or whole assignments.</summary>
    public static SettingParser<IReadOnlyList<string>> Variables() => Each<string>((c, word) =>
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (IsVariable(equals < 0 ? word : word[..equals]))
            return (true, word);
        c.Error("not a name of a variable and not an assignment", word);
        return default;
    });

    private static bool IsVariable(ReadOnlySpan<char> name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.IndexOfAnyExcept(System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")) < 0;

    public static SettingParser<IReadOnlyList<Sourced<PathItem>>> Paths(bool plus) => Each<Sourced<PathItem>>((c, word) =>
    {
        bool optional = false, relative = false;
        var path = word;
        while (path.Length > 0 && (path[0] == '-' || path[0] == '+' && plus))
        {
            optional |= path[0] == '-';
            relative |= path[0] == '+';
            path = path[1..];
        }
        return CheckPath(c, path, word) ? (true, new(new PathItem(Normal(path), optional, relative), c.Origin)) : default;
    });

    public static SettingParser<IReadOnlyList<Sourced<BindPath>>> Binds(bool readOnly) => Each<Sourced<BindPath>>((c, word) =>
    {
        var optional = word.StartsWith('-');
        var parts = SplitColons(optional ? word[1..] : word);
        if (parts.Count > 3 || !CheckPath(c, parts[0], word) || parts.Count > 1 && parts[1].Length > 0 && !CheckPath(c, parts[1], word))
            return default;
        var recursive = true;
        if (parts.Count == 3)
        {
            if (parts[2] is not ("rbind" or "norbind" or ""))
            {
                c.Error($"{parts[2]} is no option of a bind mount (rbind, norbind)", word);
                return default;
            }
            recursive = parts[2] != "norbind";
        }
        var source = Normal(parts[0]);
        return (true, new(new BindPath(source, parts.Count > 1 && parts[1].Length > 0 ? Normal(parts[1]) : source, optional, recursive, readOnly), c.Origin));
    });

    public static SettingParser<IReadOnlyList<Sourced<TemporaryFileSystem>>> TemporaryFileSystems() => Each<Sourced<TemporaryFileSystem>>((c, word) =>
    {
        var parts = SplitColons(word);
        if (!CheckPath(c, parts[0], word))
            return default;
        return (true, new(new TemporaryFileSystem(Normal(parts[0]), parts.Count > 1 ? string.Join(':', parts.Skip(1)) : ""), c.Origin));
    });

    public static SettingParser<IReadOnlyList<Sourced<DirectoryItem>>> Directories() => Each<Sourced<DirectoryItem>>((c, word) =>
    {
        var parts = SplitColons(word);
        for (var i = 0; i < Math.Min(parts.Count, 2); i++)
            parts[i] = parts[i].StartsWith('/') ? parts[i] : Normal(parts[i])[1..];
        if (!IsRelative(parts[0]))
        {
            c.Error("not a relative path without . and ..", word);
            return default;
        }
        var readOnly = parts.Count == 3 && parts[2] == "ro";
        if (parts.Count > 3 || parts.Count == 3 && parts[2] is not ("ro" or "") || parts.Count > 1 && parts[1].Length > 0 && !IsRelative(parts[1]))
        {
            c.Error("not of the form NAME, NAME:LINK or NAME:LINK:ro", word);
            return default;
        }
        return (true, new(new DirectoryItem(parts[0].TrimEnd('/'), parts.Count > 1 && parts[1].Length > 0 ? [parts[1]] : [], readOnly), c.Origin));
    });

    public static SettingParser<IReadOnlyList<Sourced<EnvironmentItem>>> Environment() => Each<Sourced<EnvironmentItem>>((c, word) =>
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0 && IsVariableName(word.AsSpan(0, equals)))
            return (true, new(new EnvironmentItem(word[..equals], word[(equals + 1)..]), c.Origin));
        c.Error("not of the form NAME=value", word);
        return default;
    });

    public static bool IsVariableName(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }
        return true;
    }

    public static SettingParser<IReadOnlyList<string>> VariableNames() => Each<string>((c, word) =>
    {
        if (IsVariableName(word))
            return (true, word);
        c.Error("not the name of a variable", word);
        return (false, "");
    });

    public static SettingParser<IReadOnlyList<string>> Groups() => Each<string>((c, word) =>
    {
        if (UserNames.Problem(word) is not { } problem)
            return (true, word);
        c.Error($"not a group name ({problem})", word);
        return (false, "");
    });

    public static SettingParser<string?> User(string what) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        var name = c.Expand(c.Text);
        return UserNames.Problem(name) is { } problem ? Wrong(c, current, $"not a {what} name ({problem}) and not a number below 4294967295") : NotNobody(c, name);

        static string NotNobody(ParseContext c, string name)
        {
            if (name is "nobody" or "nogroup" or "65534")
                c.Warning($"{name} owns what has no owner on network file systems and in containers: a name of its own, or DynamicUser=yes, keeps others out");
            return name;
        }
    };

    public static SettingParser<string?> AbsolutePath() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        var path = c.Expand(c.Text);
        return CheckPath(c, path, null) ? Normal(path) : current;
    };

    public static SettingParser<ExitStatusSet> ExitStatuses() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return ExitStatusSet.Empty;
        var codes = new HashSet<int>(current.Codes);
        var signals = new HashSet<int>(current.Signals);
        foreach (var word in WordSplitter.Split(c, c.Text) ?? [])
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code <= 255)
                codes.Add(code);
            else if (ExitStatusNames.TryGet(word, out code))
                codes.Add(code);
            else if (!char.IsAsciiDigit(word[0]) && Signals.TryParse(word, out var signal))
                signals.Add(signal);
            else
                c.Error("not an exit status (0 to 255, or a name such as TEMPFAIL) and not a signal", word);
        }
        return new ExitStatusSet(codes, signals);
    };

    public static SettingParser<IReadOnlyList<Sourced<IPPrefix>>> Prefixes() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var list = new List<Sourced<IPPrefix>>(current);
        foreach (var word in WordSplitter.Split(c, c.Text) ?? [])
        {
            var texts = word switch
            {
                "any" => ["0.0.0.0/0", "::/0"],
                "localhost" => ["127.0.0.0/8", "::1/128"],
                "link-local" => ["169.254.0.0/16", "fe80::/64"],
                "multicast" => ["224.0.0.0/4", "ff00::/8"],
                _ => new[] { word },
            };
            foreach (var text in texts)
            {
                var slash = text.IndexOf('/', StringComparison.Ordinal);
                if (!TryAddress(slash < 0 ? text : text[..slash], out var address))
                {
                    c.Error("not an address, and none of any, localhost, link-local, multicast", word);
                    continue;
                }
                var bytes = address.GetAddressBytes();
                var length = bytes.Length * 8;
                if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bytes.Length * 8))
                {
                    c.Error("not a prefix length", word);
                    continue;
                }
                list.Add(new(new IPPrefix(bytes, length), c.Origin));
            }
        }
        return list;
    };

    /// <summary>An address as inet_pton(3) reads it: four decimal numbers, or IPv6 without a scope.</summary>
    private static bool TryAddress(string text, out IPAddress address)
    {
        var isInternet4 = text.Split('.') is { Length: 4 } parts && parts.All(p => p.Length is > 0 and <= 3 && p.All(char.IsAsciiDigit) && (p.Length == 1 || p[0] != '0'));
        return IPAddress.TryParse(text, out address!) && (isInternet4 || text.Contains(':', StringComparison.Ordinal)) && !text.AsSpan().ContainsAny("%[]");
    }

    private static bool CheckPath(ParseContext c, string path, string? part)
    {
        if (path.StartsWith('/') && path.Length < 4096 && !path.Contains('\0', StringComparison.Ordinal) && !path.Split('/').Contains(".."))
            return true;
        c.Error(path.StartsWith('/') ? "not a path that can be used (it has .. in it, or is too long)" : "not an absolute path", part);
        return false;
    }

    private static string Normal(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".");
        return "/" + string.Join('/', parts);
    }

    private static bool IsRelative(string path) =>
        path.Length > 0 && !path.StartsWith('/') && path.TrimEnd('/').Split('/').All(p => p is not ("" or "." or ".."));

    private static List<string> SplitColons(string text)
    {
        var parts = new List<string>();
        var built = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is ':' or '\\')
                built.Append(text[++i]);
            else if (text[i] == ':')
            {
                parts.Add(built.ToString());
                built.Clear();
            }
            else
                built.Append(text[i]);
        }
        parts.Add(built.ToString());
        return parts;
    }
}
