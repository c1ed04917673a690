using System.Text;
using Supervisor.Journal;
using Supervisor.Linux;

namespace Supervisor.Cli;

/// <summary>Standard output and error, through plain descriptors. Colour only on a terminal; text of others goes through <see cref="Safe"/>.</summary>
internal static class Terminal
{
    private const int TCGETS = 0x5401;

    private static readonly StringBuilder Buffer = new();

    /// <summary>True when standard output is a terminal.</summary>
    public static unsafe bool IsTerminal
    {
        get
        {
            var state = stackalloc byte[256];
            return Raw.Call(Nr.ioctl, 1, TCGETS, (nint)state) >= 0;
        }
    }

    public static void Line(string text = "") => Buffer.Append(text).Append('\n');

    public static void Text(string text) => Buffer.Append(text);

    public static void Flush()
    {
        var bytes = Encoding.UTF8.GetBytes(Buffer.ToString());
        Buffer.Clear();
        _ = Sys.WriteAll(new Fd(1), bytes); // a reader that went away has read enough
    }

    /// <summary>An error, on fd 2; what was printed before it comes first.</summary>
    public static void Error(string text)
    {
        Flush();
        _ = Sys.WriteAll(new Fd(2), Encoding.UTF8.GetBytes(text + "\n"));
    }

    public static string Bold(string text) => IsTerminal ? $"\u001b[1m{text}\u001b[0m" : text;

    public static string Green(string text) => IsTerminal ? $"\u001b[32m{text}\u001b[0m" : text;

    public static string Red(string text) => IsTerminal ? $"\u001b[31m{text}\u001b[0m" : text;

    public static string Safe(string? text) => SafeText.Of(text ?? "");
}
