using System.Text;

namespace Supervisor.Units;

/// <summary>One assignment of a unit file as it was written: continuation lines joined, blanks stripped, nothing expanded.</summary>
/// <param name="Column">1-based column of the value in its first line.</param>
public readonly record struct Assignment(string Section, string Key, string Value, int Line, int Column);

/// <summary>Unit file → assignments (systemd.syntax(7)). Goes on after an error.</summary>
public static class UnitLexer
{
    /// <summary>Bytes of a file, and characters of a line, at most.</summary>
    public const int FileMax = 1 << 20;

    public static List<Assignment> Read(ReadOnlySpan<byte> bytes, string path, List<Diagnostic> diagnostics)
    {
        var assignments = new List<Assignment>();
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        var nul = bytes.IndexOf((byte)0);
        if (nul >= 0 || !System.Text.Unicode.Utf8.IsValid(bytes))
        {
            var line = nul >= 0 ? bytes[..nul].Count((byte)'\n') + 1 : 1;
            diagnostics.Add(new(Severity.Error, new Origin(path, line, null), 0, 0, nul >= 0 ? "a zero byte: this is no unit file" : "not UTF-8: this is no unit file"));
            return assignments;
        }
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        string? section = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var first = i;
            var text = lines[i].AsSpan().Trim();
            if (text.IsEmpty || text[0] is '#' or ';')
                continue;
            var logical = new StringBuilder();
            var raw = lines[i];
            while (raw.TrimEnd('\r').EndsWith('\\') && i + 1 < lines.Length)
            {
                logical.Append(raw.TrimEnd('\r').AsSpan()[..^1]).Append(' ');
                do
                    i++;
                while (i + 1 < lines.Length && lines[i].AsSpan().TrimStart() is ['#' or ';', ..]);
                raw = lines[i].AsSpan().TrimStart() is ['#' or ';', ..] ? "" : lines[i];
            }
            logical.Append(raw);
            var whole = logical.ToString().Trim();
            var origin = new Origin(path, first + 1, null);
            if (whole[0] == '[')
            {
                if (whole[^1] != ']' || whole.Length < 3)
                    diagnostics.Add(new(Severity.Error, origin, 1, whole.Length, "not a section: it has no closing bracket"));
                else
                {
                    section = whole[1..^1];
                    if (!UnitParser.IsSection(section))
                        diagnostics.Add(new(Severity.Warning, origin, 1, whole.Length, $"no such section as [{section}], ignored"));
                }
                continue;
            }
            var equals = whole.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                diagnostics.Add(new(Severity.Error, origin, 1, whole.Length, "neither a section nor an assignment (NAME=value)"));
                continue;
            }
            if (section is null)
            {
                diagnostics.Add(new(Severity.Error, origin, 1, whole.Length, "an assignment before the first section"));
                continue;
            }
            var key = whole[..equals].TrimEnd();
            var value = whole[(equals + 1)..].Trim();
            var column = lines[first].IndexOf('=', StringComparison.Ordinal) + 1;
            while (column < lines[first].Length && lines[first][column] is ' ' or '\t')
                column++;
            assignments.Add(new(section, key, value, first + 1, column + 1));
        }
        return assignments;
    }
}
