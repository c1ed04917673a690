using System.Globalization;
using System.Text;

namespace Supervisor.Journal;

/// <summary>Text that somebody else wrote, made fit for a terminal: control characters, direction marks and bytes that are not UTF-8 become visible escapes.</summary>
public static class SafeText
{
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var built = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) != System.Buffers.OperationStatus.Done)
            {
                foreach (var b in bytes[..used])
                    built.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
            }
            else
                Append(built, rune);
            bytes = bytes[used..];
        }
        return built.ToString();
    }

    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var built = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Append(built, rune);
        return built.ToString();
    }

    private static void Append(StringBuilder built, Rune rune)
    {
        if (rune.Value == '\t')
            built.Append("    ");
        else if (rune.Value < 0x20 || rune.Value is >= 0x7F and < 0xA0)
            built.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}");
        else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse)
            built.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        else
            built.Append(rune.ToString());
    }
}
