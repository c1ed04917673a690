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

    /// <summary>Assignments of a file, at most: more are more memory than a manager has for one file.</summary>
    public const int AssignmentsMax = 16384;

    /// <summary>Problems of a file that are told one by one; a file with more is not read to its end.</summary>
    public const int ProblemsMax = 200;

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
        var lines = new Lines(Encoding.UTF8.GetString(bytes));
        var problemsMax = diagnostics.Count + ProblemsMax;
        string? section = null;
        while (lines.Next(out var raw))
        {
            var text = raw.Trim();
            if (text.IsEmpty || text[0] is '#' or ';')
                continue;
            var number = lines.Number;
            var origin = new Origin(path, number, null);
            if (assignments.Count == AssignmentsMax || diagnostics.Count >= problemsMax)
            {
                diagnostics.Add(new(Severity.Error, origin, 0, 0, assignments.Count == AssignmentsMax
                    ? $"more than {AssignmentsMax} assignments: the file is not read beyond this line"
                    : $"more than {ProblemsMax} problems: the file is not read beyond this line"));
                return assignments;
            }
            var whole = IsContinued(raw) ? Joined(raw, ref lines).AsSpan().Trim() : text;
            if (whole.IsEmpty)
                continue;
            if (whole[0] == '[')
            {
                if (whole[^1] != ']' || whole.Length < 3)
                    diagnostics.Add(new(Severity.Error, origin, 1, whole.Length, "not a section: it has no closing bracket"));
                else
                {
                    section = whole[1..^1].ToString();
                    if (!UnitParser.IsSection(section))
                        diagnostics.Add(new(Severity.Warning, origin, 1, whole.Length, $"no such section as [{section}], ignored"));
                }
                continue;
            }
            var equals = whole.IndexOf('=');
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
            var column = raw.IndexOf('=') + 1;
            while (column < raw.Length && raw[column] is ' ' or '\t')
                column++;
            assignments.Add(new(section, Name(whole[..equals].TrimEnd()), whole[(equals + 1)..].Trim().ToString(), number, column + 1));
        }
        return assignments;
    }

    /// <summary>A directive's name as the table has it, where it has: a file says the same few again and again.</summary>
    private static string Name(ReadOnlySpan<char> key) => DirectiveTable.TryName(key, out var name) ? name : key.ToString();

    private static bool IsContinued(ReadOnlySpan<char> line) => line.TrimEnd('\r').EndsWith('\\');

    /// <summary>A line that ends in a backslash and those after it: a blank takes the place of each such end, and comments between them do not count.</summary>
    private static string Joined(ReadOnlySpan<char> raw, ref Lines lines)
    {
        var logical = new StringBuilder();
        while (IsContinued(raw))
        {
            logical.Append(raw.TrimEnd('\r')[..^1]).Append(' ');
            do
            {
                if (!lines.Next(out raw))
                    return logical.ToString();
            }
            while (raw.TrimStart() is ['#' or ';', ..]);
        }
        return logical.Append(raw).ToString();
    }

    /// <summary>The lines of a text, one after the other; the last one may have no end.</summary>
    private ref struct Lines(string text)
    {
        private int _at;

        public int Number { get; private set; }

        public bool Next(out ReadOnlySpan<char> line)
        {
            line = default;
            if (_at > text.Length)
                return false;
            line = text.AsSpan(_at);
            var end = line.IndexOf('\n');
            line = end < 0 ? line : line[..end];
            _at += line.Length + 1;
            Number++;
            return true;
        }
    }
}
