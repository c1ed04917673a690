using System.Globalization;

namespace Supervisor.Units;

/// <summary>What User=, Group= and the like may say: a name of the strict form of systemd's USER_NAMES, or a number that is a user.</summary>
public static class UserNames
{
    private const int MaxLength = 31;

    /// <summary>Null when it can be a user or group, else what is wrong with it.</summary>
    public static string? Problem(string text)
    {
        if (text.Length == 0)
            return "it is empty";
        if (char.IsAsciiDigit(text[0]))
        {
            if (!text.All(char.IsAsciiDigit))
                return "it begins with a digit";
            if (text.Length > 1 && text[0] == '0')
                return "a number with a leading zero";
            return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id is not (uint.MaxValue or 65535) ? null : "the number is none of a user";
        }
        if (text.Length > MaxLength)
            return $"it is longer than {MaxLength} characters";
        if (!char.IsAsciiLetter(text[0]) && text[0] != '_')
            return $"it begins with '{text[0]}'";
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
                return $"it has '{c}' in it";
        }
        return null;
    }
}
