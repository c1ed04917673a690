namespace Supervisor.Linux;

/// <summary>glob(7): *, ?, [a-z], [!a-z], and \ before a character that is meant as it is; a leading dot is matched by a dot only.</summary>
public static class Glob
{
    public static bool IsPattern(ReadOnlySpan<char> text) => text.IndexOfAny("*?[\\") >= 0;

    /// <summary>Whether a name, which has no slash, fits.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name) =>
        (name is not ['.', ..] || pattern is ['.', ..] or ['\\', '.', ..]) && Fits(pattern, name);

    /// <summary>As fnmatch(3) does without flags: neither dots nor slashes are special.</summary>
    public static bool Fits(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        // where to go on when the text after the last * does not fit: the star takes one more
        int p = 0, n = 0, star = -1, taken = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
                (star, taken) = (p++, n);
            else if (p < pattern.Length && One(pattern[p..], name[n]) is var length and > 0)
                (p, n) = (p + length, n + 1);
            else if (star >= 0)
                (p, n) = (star + 1, ++taken);
            else
                return false;
        }
        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    /// <summary>How much of the pattern stands for this character; 0 when it does not fit.</summary>
    private static int One(ReadOnlySpan<char> pattern, char c)
    {
        if (pattern[0] == '?')
            return 1;
        if (pattern is ['\\', var escaped, ..])
            return escaped == c ? 2 : 0;
        if (pattern[0] == '[' && pattern[1..].Length > 1 && pattern[2..].IndexOf(']') is var end and >= 0)
        {
            var set = pattern[1..(end + 2)]; // a ] that comes first is meant
            var not = set[0] is '!' or '^' && set.Length > 1;
            return InSet(not ? set[1..] : set, c) != not ? set.Length + 2 : 0;
        }
        return pattern[0] == c ? 1 : 0;
    }

    private static bool InSet(ReadOnlySpan<char> set, char c)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2])
                    return true;
                i += 2;
            }
            else if (set[i] == c)
                return true;
        }
        return false;
    }

    /// <summary>Whether something on this machine fits an absolute pattern.</summary>
    public static bool Exists(string pattern)
    {
        var found = new List<string> { "" };
        foreach (var part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new List<string>();
            foreach (var directory in found)
            {
                if (!IsPattern(part))
                    next.Add($"{directory}/{part}");
                else if (Sys.ListDirectory(directory.Length == 0 ? "/" : directory).TryGet(out var names, out _))
                    next.AddRange(names.Where(n => Matches(part, n)).Select(n => $"{directory}/{n}"));
            }
            found = next;
        }
        return found.Exists(Sys.Exists);
    }
}
