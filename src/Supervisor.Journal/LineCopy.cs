using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Journal;

/// <summary>
/// Lines that are shown elsewhere as well. The log itself has them already, so where nobody takes them (no console, a kernel log that is full) they are not kept waiting for.
/// </summary>
internal static class LineCopy
{
    private const int O_NONBLOCK = 0x800, DaemonFacility = 3 << 3;

    /// <summary>One record of /dev/kmsg, at most 1 KiB of it.</summary>
    public static void ToKernelLog(int priority, string identifier, int pid, ReadOnlySpan<byte> line) =>
        Copy("/dev/kmsg", $"<{DaemonFacility | priority}>{identifier}[{pid}]: ", line[..Math.Min(line.Length, 900)], "");

    /// <summary>Control characters are a service's to write to its own terminal, not to the machine's.</summary>
    public static void ToConsole(string identifier, int pid, ReadOnlySpan<byte> line)
    {
        var shown = line.ToArray();
        for (var i = 0; i < shown.Length; i++)
        {
            if (shown[i] is < 32 and not (byte)'\t' or 127)
                shown[i] = (byte)'?';
        }
        Copy("/dev/console", $"{identifier}[{pid}]: ", shown, "\r\n");
    }

    private static void Copy(string path, string before, ReadOnlySpan<byte> line, string after)
    {
        if (!Sys.Open(path, LibC.O_WRONLY | LibC.O_NOCTTY | O_NONBLOCK).TryGet(out var fd, out _))
            return;
        _ = Sys.Write(fd, [.. Encoding.UTF8.GetBytes(before), .. line, .. Encoding.UTF8.GetBytes(after)]);
        fd.Close();
    }
}
