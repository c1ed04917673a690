using System.Globalization;
using System.Text;
using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>A line of /etc/fstab, escapes undone.</summary>
internal sealed record FstabEntry(int Line, string What, string Where, string Type, MountOptions Options, int Pass);

/// <summary>fstab(5): bytes to entries; a line that is none is a diagnostic and spoils no other.</summary>
internal static class Fstab
{
    private const int LineMax = 64 * 1024;

    public static List<FstabEntry> Parse(ReadOnlySpan<byte> bytes, string path, GeneratorOutput output)
    {
        var entries = new List<FstabEntry>();
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var text = lines[i].AsSpan().Trim();
            if (text.IsEmpty || text[0] == '#')
                continue;
            void Wrong(string message) => output.Report(Severity.Error, path, i + 1, message);
            if (text.Length > LineMax)
            {
                Wrong($"a line of {text.Length} characters, passed over");
                continue;
            }
            var fields = lines[i].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 2)
            {
                Wrong("not an entry: it has no mount point");
                continue;
            }
            var decoded = new string[4];
            for (var f = 0; f < decoded.Length; f++)
                decoded[f] = f < fields.Length ? Decode(fields[f]) : "";
            if (Array.Find(decoded, d => !UnitText.IsSafe(d)) is { } unsafeField)
            {
                Wrong($"\"{Printable(unsafeField)}\" cannot stand in a unit: it has a control character, a blank at an end, a last backslash, or is not UTF-8");
                continue;
            }
            var pass = 0;
            if (fields.Length > 5 && !fields[5].StartsWith('#') && !int.TryParse(fields[5], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out pass))
                output.Report(Severity.Warning, path, i + 1, $"\"{Printable(fields[5])}\" is no number for fsck, taken for 0");
            entries.Add(new(i + 1, decoded[0], decoded[1], decoded[2], MountOptions.Parse(decoded[3]), pass));
        }
        return entries;
    }

    /// <summary>UUID=, LABEL= and their kin as the links that udev makes; anything else as it is.</summary>
    public static string Node(string what)
    {
        foreach (var (tag, folder) in new[] { ("LABEL=", "by-label"), ("UUID=", "by-uuid"), ("PARTUUID=", "by-partuuid"), ("PARTLABEL=", "by-partlabel") })
        {
            if (what.StartsWith(tag, StringComparison.Ordinal))
                return $"/dev/disk/{folder}/{Encode(what[tag.Length..].Trim('"', '\''))}";
        }
        return what;
    }

    /// <summary>What is no letter, digit or one of #+-.:=@_ is \xNN in the names of such links; what is not ASCII stays.</summary>
    private static string Encode(string label)
    {
        var built = new StringBuilder();
        foreach (var c in label)
        {
            if (c > 127 || char.IsAsciiLetterOrDigit(c) || "#+-.:=@_".Contains(c, StringComparison.Ordinal))
                built.Append(c);
            else
                built.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
        }
        return built.ToString();
    }

    /// <summary>\040, \011, \012 and \134 (getmntent(3)); also \043, which newer ones write for #.</summary>
    private static string Decode(string field) =>
        !field.Contains('\\', StringComparison.Ordinal)
            ? field
            : field.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal).Replace("\\012", "\n", StringComparison.Ordinal)
                .Replace("\\043", "#", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);

    private static string Printable(string text) => string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c));
}
