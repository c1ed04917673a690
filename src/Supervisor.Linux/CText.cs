using System.Text;

namespace Supervisor.Linux;

/// <summary>Strings on their way into the kernel: UTF-8, ended by a zero byte, never longer than PATH_MAX.</summary>
internal static class CText
{
    /// <summary>PATH_MAX with its terminator.</summary>
    public const int Max = 4096;

    /// <summary>Writes <paramref name="text"/> and its terminator; ENAMETOOLONG or (for an embedded NUL) EINVAL when that cannot be said to the kernel.</summary>
    public static Errno Write(string text, Span<byte> buffer)
    {
        if (text.Contains('\0'))
            return Errno.EINVAL;
        if (!Encoding.UTF8.TryGetBytes(text, buffer[..^1], out var written))
            return Errno.ENAMETOOLONG;
        buffer[written] = 0;
        return Errno.None;
    }
}
