using System.Buffers;
using System.Globalization;
using System.Text;

namespace Supervisor.Units;

/// <summary>Splitting a value into words as systemd.syntax(7) does: blanks part them, quotes hold them together, C escapes are undone.</summary>
internal static class WordSplitter
{
    /// <summary>The words; null after an unbalanced quote or a wrong escape, which has been reported.</summary>
    /// <param name="keepEscapes">A backslash is one: in the names of units it is part of the name (dev-disk-by\x2dlabel-a.device).</param>
    public static List<string>? Split(ParseContext context, string text, bool keepEscapes = false)
    {
        var words = new List<string>();
        var at = 0;
        string? error;
        while (Next(text, ref at, out var word, out error, keepEscapes))
            words.Add(word!);
        if (error is null)
        {
            if (!keepEscapes)
                WarnOfEscapes(context, text);
            return words;
        }
        context.Error(error);
        return null;
    }

    /// <summary>Names an escape that is none: both of its characters stand, as with systemd.</summary>
    public static void WarnOfEscapes(ParseContext context, string text, char alsoKnown = '\\')
    {
        for (var at = text.IndexOf('\\', StringComparison.Ordinal); at >= 0 && at + 1 < text.Length; at = text.IndexOf('\\', at + 2))
        {
            if (text[at + 1] != alsoKnown && !"abfnrtvsxuU\\\"'01234567".Contains(text[at + 1], StringComparison.Ordinal))
            {
                context.Warning($"\\{text[at + 1]} is no escape: the backslash stays");
                return;
            }
        }
    }

    private static readonly SearchValues<char> BlankOrSpecial = SearchValues.Create(" \t\n\r\\\"'");

    /// <summary>Words that were read last: units name the same others again and again, and one copy of a name does for all.</summary>
    private static readonly string?[] Recent = new string?[4096];

    internal static string Common(ReadOnlySpan<char> word)
    {
        if (word.Length > 64)
            return word.ToString();
        ref var recent = ref Recent[string.GetHashCode(word) & Recent.Length - 1];
        return recent is not null && word.SequenceEqual(recent) ? recent : recent = word.ToString();
    }

    /// <summary>The next word from <paramref name="at"/>; false at the end, or with an error and <paramref name="at"/> beyond the text.</summary>
    public static bool Next(string text, ref int at, out string? word, out string? error, bool keepEscapes = false)
    {
        word = error = null;
        while (at < text.Length && text[at] is ' ' or '\t' or '\n' or '\r')
            at++;
        if (at >= text.Length)
            return false;
        var plain = text.AsSpan(at);
        var end = plain.IndexOfAny(BlankOrSpecial);
        if (end < 0 || plain[end] is ' ' or '\t' or '\n' or '\r')
        {
            word = Common(end < 0 ? plain : plain[..end]);
            at += word.Length;
            return true;
        }
        var built = new StringBuilder();
        char quote = '\0';
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (c == '\\' && !keepEscapes)
            {
                if (!Escape(text, ref at, built, out error))
                {
                    at = text.Length + 1;
                    return false;
                }
            }
            else if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    built.Append(c);
            }
            else if (c is '"' or '\'')
                quote = c;
            else if (c is ' ' or '\t' or '\n' or '\r')
                break;
            else
                built.Append(c);
        }
        if (quote != '\0')
        {
            error = $"a {quote} is opened and not closed";
            at = text.Length + 1;
            return false;
        }
        word = built.ToString();
        return true;
    }

    /// <summary>A text with C's escapes resolved.</summary>
    public static string Unescape(string text, out string? error)
    {
        error = null;
        var built = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
                built.Append(text[at]);
            else if (!Escape(text, ref at, built, out error))
                return text;
        }
        return built.ToString();
    }

    private static bool Escape(string text, ref int at, StringBuilder built, out string? error)
    {
        error = null;
        if (at + 1 >= text.Length)
        {
            error = "ends in a backslash";
            return false;
        }
        at++;
        switch (text[at])
        {
            case 'a': built.Append('\a'); return true;
            case 'b': built.Append('\b'); return true;
            case 'f': built.Append('\f'); return true;
            case 'n': built.Append('\n'); return true;
            case 'r': built.Append('\r'); return true;
            case 't': built.Append('\t'); return true;
            case 'v': built.Append('\v'); return true;
            case '\\': built.Append('\\'); return true;
            case '"': built.Append('"'); return true;
            case '\'': built.Append('\''); return true;
            case 's': built.Append(' '); return true;
            case 'x': return Number(text, ref at, 2, 16, built, out error);
            case 'u': return Number(text, ref at, 4, 16, built, out error);
            case 'U': return Number(text, ref at, 8, 16, built, out error);
            case >= '0' and <= '7':
                at--;
                return Number(text, ref at, 3, 8, built, out error);
            default:
                // as systemd does with an escape that it does not know: both characters stand
                built.Append('\\').Append(text[at]);
                return true;
        }
    }

    private static bool Number(string text, ref int at, int digits, int radix, StringBuilder built, out string? error)
    {
        error = null;
        var value = 0u;
        for (var i = 1; i <= digits; i++)
        {
            var digit = at + i < text.Length ? Convert(text[at + i]) : 99;
            if (digit >= radix)
            {
                error = $"\\{text[at]} needs {digits} digits of base {radix}";
                return false;
            }
            value = value * (uint)radix + (uint)digit;
        }
        at += digits;
        if (value == 0 || !Rune.IsValid(value))
        {
            error = "an escape for a character that cannot be";
            return false;
        }
        built.Append(new Rune(value).ToString());
        return true;

        static int Convert(char c) => char.IsAsciiHexDigit(c) ? int.Parse([c], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 99;
    }
}
