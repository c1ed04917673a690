using System.Buffers.Binary;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>Terminals (ioctl_tty(2), ioctl_console(2)).</summary>
public static unsafe partial class Sys
{
    private const uint TCGETS = 0x5401, TCSETS = 0x5402, TIOCNXCL = 0x540D, TIOCSWINSZ = 0x5414, TIOCVHANGUP = 0x5437, VT_DISALLOCATE = 0x5608, KDSETMODE = 0x4B3A;

    /// <summary>A terminal that does not block and does not become the caller's own.</summary>
    public static OsResult<Fd> OpenTerminal(string path)
    {
        if (!Open(path, LibC.O_RDWR | LibC.O_NOCTTY | 0x800).TryGet(out var fd, out var error))
            return error;
        var termios = stackalloc byte[TermiosSize];
        var is_a = Raw.Call(Nr.ioctl, fd.Number, (nint)TCGETS, (nint)termios);
        if (is_a >= 0)
            return fd;
        fd.Close();
        return Failure(is_a, "ioctl TCGETS", path);
    }

    /// <summary>The settings of a terminal that nobody has changed: lines, echo, the usual keys; a virtual console shows text.</summary>
    public static OsResult ResetTerminal(Fd terminal)
    {
        _ = Raw.Call(Nr.ioctl, terminal.Number, (nint)TIOCNXCL);
        _ = Raw.Call(Nr.ioctl, terminal.Number, (nint)KDSETMODE, 0); // only a virtual console has it
        var termios = stackalloc byte[TermiosSize];
        var n = Raw.Call(Nr.ioctl, terminal.Number, (nint)TCGETS, (nint)termios);
        if (n < 0)
            return Failure(n, "ioctl TCGETS");
        // struct termios of asm-generic/termbits.h: iflag, oflag, cflag, lflag, line, cc[19]
        var words = new Span<byte>(termios, TermiosSize);
        Change(words, 0, clear: 0x1 | 0x2 | 0x20 | 0x40 | 0x80 | 0x200, set: 0x100 | 0x2000 | 0x4000); // ICRNL, IMAXBEL, IUTF8
        Change(words, 4, clear: 0, set: 0x1 | 0x4); // OPOST, ONLCR
        Change(words, 8, clear: 0, set: 0x80); // CREAD
        BinaryPrimitives.WriteUInt32LittleEndian(words[12..], 0x1 | 0x2 | 0x8000 | 0x8 | 0x10 | 0x20 | 0x200 | 0x800); // ISIG ICANON IEXTEN ECHO ECHOE ECHOK ECHOCTL ECHOKE
        ReadOnlySpan<byte> keys = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0];
        keys.CopyTo(words[17..]);
        n = Raw.Call(Nr.ioctl, terminal.Number, (nint)TCSETS, (nint)termios);
        return n < 0 ? Failure(n, "ioctl TCSETS") : OsResult.Success;
    }

    /// <summary>Whoever has it open has it no more.</summary>
    public static OsResult HangUp(Fd terminal) => Void("ioctl TIOCVHANGUP", null, Raw.Call(Nr.ioctl, terminal.Number, (nint)TIOCVHANGUP));

    public static OsResult SetTerminalSize(Fd terminal, ushort rows, ushort columns)
    {
        var size = stackalloc ushort[] { rows, columns, 0, 0 };
        return Void("ioctl TIOCSWINSZ", null, Raw.Call(Nr.ioctl, terminal.Number, (nint)TIOCSWINSZ, (nint)size));
    }

    /// <summary>Frees a virtual console, so that its screen and what was scrolled off it are gone. EBUSY while somebody has it open.</summary>
    public static OsResult DisallocateConsole(Fd console, int number) => Void("ioctl VT_DISALLOCATE", null, Raw.Call(Nr.ioctl, console.Number, (nint)VT_DISALLOCATE, number));

    private const int TermiosSize = 64;

    private static void Change(Span<byte> words, int at, uint clear, uint set) =>
        BinaryPrimitives.WriteUInt32LittleEndian(words[at..], (BinaryPrimitives.ReadUInt32LittleEndian(words[at..]) & ~clear) | set);
}
