using System.Text;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// The text of an EnvironmentFile= (systemd.exec(5)): NAME=value lines, comments after # or ;, values in single or double quotes or neither, a backslash before
/// a character or the end of a line. A line whose name cannot be one is skipped.
/// </summary>
public static class EnvironmentFile
{
    private enum At { BeforeName, Name, BeforeValue, Value, ValueEscape, Single, Double, DoubleEscape, Comment, CommentEscape }

    public static List<EnvironmentItem> Parse(ReadOnlySpan<byte> bytes)
    {
        var items = new List<EnvironmentItem>();
        var name = new StringBuilder();
        var value = new StringBuilder();
        // what of the value is quoted or escaped, and so keeps its space at the end
        var kept = 0;
        var state = At.BeforeName;
        foreach (var c in Encoding.UTF8.GetString(bytes).Append('\n'))
        {
            switch (state)
            {
                case At.BeforeName when c is '#' or ';':
                    state = At.Comment;
                    break;
                case At.BeforeName when !IsSpace(c):
                    name.Append(c);
                    state = At.Name;
                    break;
                case At.BeforeName:
                    break;
                case At.Name when c == '\n':
                    name.Clear();
                    state = At.BeforeName;
                    break;
                case At.Name when c == '=':
                    state = At.BeforeValue;
                    break;
                case At.Name:
                    name.Append(c);
                    break;
                case At.BeforeValue or At.Value when c == '\n':
                    while (value.Length > kept && IsSpace(value[^1]))
                        value.Length--;
                    Add();
                    break;
                case At.BeforeValue when c == '\'':
                    state = At.Single;
                    break;
                case At.BeforeValue when c == '"':
                    state = At.Double;
                    break;
                case At.BeforeValue or At.Value when c == '\\':
                    state = At.ValueEscape;
                    break;
                case At.BeforeValue when IsSpace(c):
                    break;
                case At.BeforeValue or At.Value:
                    value.Append(c);
                    state = At.Value;
                    break;
                case At.ValueEscape:
                    state = At.Value;
                    if (c != '\n')
                        Keep(c);
                    break;
                case At.Single when c == '\'':
                case At.Double when c == '"':
                    kept = value.Length;
                    state = At.BeforeValue;
                    break;
                case At.Double when c == '\\':
                    state = At.DoubleEscape;
                    break;
                case At.Single or At.Double:
                    value.Append(c);
                    break;
                case At.DoubleEscape:
                    state = At.Double;
                    if (c is not ('"' or '\\' or '`' or '$' or '\n'))
                        value.Append('\\');
                    if (c != '\n')
                        value.Append(c);
                    break;
                case At.Comment when c == '\\':
                    state = At.CommentEscape;
                    break;
                case At.Comment when c == '\n':
                    state = At.BeforeName;
                    break;
                case At.CommentEscape:
                    state = At.Comment;
                    break;
            }
        }
        if (state is At.Value or At.Single or At.Double)
            Add();
        return items;

        void Keep(char c)
        {
            value.Append(c);
            kept = value.Length;
        }

        void Add()
        {
            var text = name.ToString().TrimEnd();
            if (Syntax.IsVariableName(text) && value.ToString() is var v && !v.Contains('\0') && !v.Contains('\ufffd'))
                items.Add(new EnvironmentItem(text, v));
            name.Clear();
            value.Clear();
            kept = 0;
            state = At.BeforeName;
        }
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\r';
}
