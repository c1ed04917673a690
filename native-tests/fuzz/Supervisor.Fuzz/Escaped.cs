using System.Globalization;
using System.Text;

namespace Supervisor.Fuzz;

/// <summary>Bytes as a line of text: what is printable ASCII stands for itself, a backslash is doubled, the rest is \n, \t or \xNN. So a corpus is a text file that a diff shows.</summary>
internal static class Escaped
{
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var b in bytes)
        {
            _ = b switch
            {
                (byte)'\n' => text.Append("\\n"),
                (byte)'\t' => text.Append("\\t"),
                (byte)'\\' => text.Append("\\\\"),
                >= 0x20 and < 0x7F => text.Append((char)b),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}"),
            };
        }
        return text.ToString();
    }

    public static byte[] Bytes(string line)
    {
        var bytes = new List<byte>(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != '\\')
                bytes.Add((byte)line[i]);
            else if (line[++i] == 'x')
            {
                bytes.Add(byte.Parse(line.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 2;
            }
            else
                bytes.Add(line[i] switch { 'n' => (byte)'\n', 't' => (byte)'\t', var c => (byte)c });
        }
        return [.. bytes];
    }
}
