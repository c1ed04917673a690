using System.Text;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// Environment variables in a command line (systemd.service(5)): <c>${NAME}</c> anywhere stands for its value; <c>$NAME</c> as a word of its own for the words of its
/// value, none if it is empty; <c>$$</c> for a dollar sign. A variable that is not set is empty.
/// </summary>
public static class CommandLine
{
    /// <summary>Characters of a command line, at most: about what the kernel takes (execve(2), "Limits on size of arguments and environment").</summary>
    public const int LengthMax = 2 << 20;

    /// <summary>Null when it would be longer than the kernel takes: a long value that is asked for often enough is more than there is memory for.</summary>
    public static List<string>? Expand(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var result = new List<string>(arguments.Count);
        var (length, counted) = (0L, 0);
        foreach (var argument in arguments)
        {
            for (; counted < result.Count; counted++)
                length += result[counted].Length + 1;
            if (length > LengthMax)
                return null;
            if (argument is ['$', not ('{' or '$'), ..] && Syntax.IsVariableName(argument.AsSpan(1)))
                AddWords(result, environment.GetValueOrDefault(argument[1..], ""));
            else
                result.Add(argument.Contains('$') ? InText(argument, environment) : argument);
        }
        return result.Sum(word => word.Length + 1L) > LengthMax ? null : result;
    }

    private static string InText(string text, IReadOnlyDictionary<string, string> environment)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }
            if (text[i + 1] == '$')
            {
                result.Append('$');
                i++;
                continue;
            }
            var end = text[i + 1] == '{' ? text.IndexOf('}', i) : -1;
            if (end < 0)
            {
                result.Append('$');
                continue;
            }
            if (result.Length > LengthMax)
                break; // too long already, as the caller will see
            result.Append(environment.GetValueOrDefault(text[(i + 2)..end], ""));
            i = end;
        }
        return result.ToString();
    }

    /// <summary>Words between white space; quotes keep space, and a backslash takes the next character as it is.</summary>
    private static void AddWords(List<string> result, string value)
    {
        var word = new StringBuilder();
        var inWord = false;
        var quote = '\0';
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (quote != '\0' && c == quote)
                quote = '\0';
            else if (quote == '\0' && c is '"' or '\'')
                (quote, inWord) = (c, true);
            else if (c == '\\' && quote != '\'' && i + 1 < value.Length)
                (_, inWord) = (word.Append(value[++i]), true);
            else if (quote == '\0' && c is ' ' or '\t' or '\n' or '\r')
            {
                if (inWord)
                    result.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
            else
                (_, inWord) = (word.Append(c), true);
        }
        if (inWord)
            result.Add(word.ToString());
    }
}
