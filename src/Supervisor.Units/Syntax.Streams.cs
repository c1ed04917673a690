using System.Text;

namespace Supervisor.Units;

/// <summary>Readers of what standard streams and other descriptors lead to.</summary>
public static partial class Syntax
{
    private const int MaxInput = 1 << 20;

    private static readonly (string Word, StandardStream Kind)[] Inputs =
    [
        ("null", StandardStream.Null), ("socket", StandardStream.Socket), ("data", StandardStream.Data), ("tty", StandardStream.Tty), ("tty-force", StandardStream.TtyForce),
        ("tty-fail", StandardStream.TtyFail), ("fd", StandardStream.Named),
    ];

    private static readonly (string Word, StandardStream Kind)[] Outputs =
    [
        ("null", StandardStream.Null), ("socket", StandardStream.Socket), ("journal", StandardStream.Journal), ("inherit", StandardStream.Inherit), ("tty", StandardStream.Tty),
        ("kmsg", StandardStream.Kmsg), ("journal+console", StandardStream.JournalConsole), ("kmsg+console", StandardStream.KmsgConsole), ("fd", StandardStream.Named),
        ("syslog", StandardStream.Journal), ("syslog+console", StandardStream.JournalConsole),
    ];

    public static SettingParser<StreamTarget> Stream(bool isInput) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return Empty(c, current);
        foreach (var (word, kind) in isInput ? Inputs : Outputs)
        {
            if (word == c.Text)
                return new(kind);
        }
        foreach (var (prefix, kind) in new[] { ("file:", StandardStream.File), ("append:", StandardStream.Append), ("truncate:", StandardStream.Truncate) })
        {
            if (!c.Text.StartsWith(prefix, StringComparison.Ordinal) || isInput && kind != StandardStream.File)
                continue;
            var path = c.Expand(c.Text[prefix.Length..]);
            return CheckPath(c, path, null) ? new(kind, Normal(path)) : current;
        }
        if (c.Text.StartsWith("fd:", StringComparison.Ordinal) && c.Expand(c.Text[3..]) is { Length: > 0 and < 256 } name)
            return new(StandardStream.Named, name);
        return Wrong(c, current, $"not one of {string.Join(", ", (isInput ? Inputs : Outputs).Select(i => i.Word))}, fd:NAME, file:PATH{(isInput ? "" : ", append:PATH, truncate:PATH")}");
    };

    public static SettingParser<byte[]> InputData() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var data = new byte[c.Text.Length];
        return Convert.TryFromBase64String(c.Text.Replace(" ", "", StringComparison.Ordinal).Replace("\t", "", StringComparison.Ordinal), data, out var length)
            ? Added(c, current, data.AsSpan(0, length))
            : Wrong(c, current, "not base64");
    };

    /// <summary>Escapes and specifiers are resolved; each line ends in a newline.</summary>
    public static SettingParser<byte[]> InputText() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var text = WordSplitter.Unescape(c.Text, out var error);
        return error is not null ? Wrong(c, current, error) : Added(c, current, Encoding.UTF8.GetBytes(c.Expand(text) + "\n"));
    };

    private static byte[] Added(ParseContext c, byte[] current, ReadOnlySpan<byte> more) =>
        current.Length + more.Length > MaxInput ? Wrong(c, current, "more than 1 MiB of standard input") : [.. current, .. more];

    /// <summary>PATH, PATH:NAME or PATH:NAME:OPTIONS.</summary>
    public static SettingParser<IReadOnlyList<Sourced<OpenFile>>> OpenFiles() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var parts = SplitColons(c.Expand(c.Text));
        if (parts.Count > 3)
            return Wrong(c, current, "not of the form PATH, PATH:NAME or PATH:NAME:OPTIONS");
        if (!CheckPath(c, parts[0], null))
            return current;
        var options = OpenFileOptions.None;
        foreach (var option in parts.Count > 2 ? parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            var known = option switch
            {
                "read-only" => OpenFileOptions.ReadOnly,
                "append" => OpenFileOptions.Append,
                "truncate" => OpenFileOptions.Truncate,
                "graceful" => OpenFileOptions.Graceful,
                _ => OpenFileOptions.None,
            };
            if (known == OpenFileOptions.None)
                return Wrong(c, current, $"{option} is no option of an open file (read-only, append, truncate, graceful)");
            options |= known;
        }
        var exclusive = options & (OpenFileOptions.ReadOnly | OpenFileOptions.Append | OpenFileOptions.Truncate);
        if ((exclusive & (exclusive - 1)) != 0)
            return Wrong(c, current, "read-only, append and truncate exclude each other");
        var name = parts.Count > 1 && parts[1].Length > 0 ? parts[1] : parts[0][(parts[0].LastIndexOf('/') + 1)..];
        if (name.Length is 0 or > 255 || name.Contains(':', StringComparison.Ordinal) || name.Any(char.IsControl))
            return Wrong(c, current, "not the name of a descriptor");
        return [.. current, new(new OpenFile(Normal(parts[0]), name, options), c.Origin)];
    };
}
