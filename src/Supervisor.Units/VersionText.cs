namespace Supervisor.Units;

/// <summary>Comparing versions as the UAPI group's version format says: "1.2~rc1" before "1.2" before "1.2-1" before "1.2^post" before "1.2.1".</summary>
public static class VersionText
{
    /// <summary>Negative, 0 or positive.</summary>
    public static int Compare(string a, string b)
    {
        int i = 0, j = 0;
        while (true)
        {
            i = Skip(a, i);
            j = Skip(b, j);
            // each of these, in this order, says that its side is the older one
            foreach (var separator in (ReadOnlySpan<char>)['~', '\0', '-', '^', '.'])
            {
                var left = At(a, i) == separator;
                var right = At(b, j) == separator;
                if (left != right)
                    return left ? -1 : 1;
                if (left && separator == '\0')
                    return 0;
                if (left)
                {
                    i++;
                    j++;
                    break;
                }
            }
            if (char.IsAsciiDigit(At(a, i)) || char.IsAsciiDigit(At(b, j)))
            {
                var left = Take(a, ref i, char.IsAsciiDigit).TrimStart('0');
                var right = Take(b, ref j, char.IsAsciiDigit).TrimStart('0');
                var difference = left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);
                if (difference != 0)
                    return difference;
            }
            else
            {
                var difference = Take(a, ref i, char.IsAsciiLetter).SequenceCompareTo(Take(b, ref j, char.IsAsciiLetter));
                if (difference != 0)
                    return difference;
            }
        }
    }

    private static char At(string text, int index) => index < text.Length ? text[index] : '\0';

    private static int Skip(string text, int at)
    {
        while (at < text.Length && !char.IsAsciiLetterOrDigit(text[at]) && text[at] is not ('~' or '-' or '^' or '.'))
            at++;
        return at;
    }

    private static ReadOnlySpan<char> Take(string text, ref int at, Func<char, bool> belongs)
    {
        var begin = at;
        while (at < text.Length && belongs(text[at]))
            at++;
        return text.AsSpan(begin, at - begin);
    }
}
