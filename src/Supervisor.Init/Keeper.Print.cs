using System.Runtime.CompilerServices;
using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>Lines on fd 2, without allocation, and never waiting for who reads it.</summary>
public static unsafe partial class Keeper
{
    private static void Print(ReadOnlySpan<byte> what, int error = 0)
    {
        Begin();
        Add(what);
        if (error < 0)
        {
            Add(": error "u8);
            Add(-error);
        }
        Flush();
    }

    private static void Begin()
    {
        s->LineLength = 0;
        Add("supervisor: "u8);
    }

    private static void Add(ReadOnlySpan<byte> text)
    {
        var n = Math.Min(text.Length, 4000 - s->LineLength);
        text[..n].CopyTo(new Span<byte>(s->Line + s->LineLength, n));
        s->LineLength += n;
    }

    private static void Add(long number)
    {
        byte* digits = stackalloc byte[24];
        var at = 24;
        var rest = number < 0 ? 0UL - (ulong)number : (ulong)number;
        do
        {
            digits[--at] = (byte)('0' + rest % 10);
            rest /= 10;
        }
        while (rest != 0);
        if (number < 0)
            digits[--at] = (byte)'-';
        Add(new ReadOnlySpan<byte>(digits + at, 24 - at));
    }

    private static void Flush()
    {
        s->Line[s->LineLength++] = (byte)'\n';
        // A pipe that nobody reads, or a terminal that is stopped, must not stop the keeper: then the line is lost.
        long* pollfd = stackalloc long[1];
        ((int*)pollfd)[0] = 2;
        ((int*)pollfd)[1] = PollOut;
        long* time = stackalloc long[2];
        time[0] = time[1] = 0;
        if (Raw.Call(Nr.ppoll, (nint)pollfd, 1, (nint)time, 0, 8) == 1 && (((int*)pollfd)[1] >> 16 & PollOut) != 0)
            _ = Raw.Call(Nr.write, 2, (nint)s->Line, s->LineLength);
    }
}
