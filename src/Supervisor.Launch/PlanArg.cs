using Supervisor.Linux;

namespace Supervisor.Launch;

public enum PlanArgKind : byte
{
    Number,

    /// <summary>A string, given to the call as the address of a zero-terminated copy.</summary>
    Text,

    /// <summary>Bytes, given as the address of a copy.</summary>
    Blob,

    /// <summary>The value of a register when the call is made.</summary>
    Register,

    /// <summary>Texts and blobs, given as the address of a zero-terminated array of their addresses, as argv and envp are.</summary>
    Vector,
}

/// <summary>One argument of a call. Numbers, strings and registers convert by themselves.</summary>
public readonly record struct PlanArg
{
    private PlanArg(PlanArgKind kind, long number, object? data) => (Kind, Number, Data) = (kind, number, data);

    public PlanArgKind Kind { get; }

    /// <summary>The number, or the number of the register.</summary>
    public long Number { get; }

    private object? Data { get; }

    public string Text => (string)Data!;

    public PlanBlob Blob => (PlanBlob)Data!;

    public IReadOnlyList<PlanArg> Vector => (IReadOnlyList<PlanArg>)Data!;

    public static PlanArg Of(long number) => new(PlanArgKind.Number, number, null);

    public static PlanArg Of(string text) => new(PlanArgKind.Text, 0, text);

    public static PlanArg Of(PlanBlob blob) => new(PlanArgKind.Blob, 0, blob);

    public static PlanArg Of(PlanRegister register) => new(PlanArgKind.Register, register.Number, null);

    public static PlanArg Of(IReadOnlyList<PlanArg> vector) => new(PlanArgKind.Vector, 0, vector);

    public static PlanArg Texts(IEnumerable<string> texts) => Of(texts.Select(t => Of(t)).ToArray());

    public static implicit operator PlanArg(int number) => Of(number);

    public static implicit operator PlanArg(uint number) => Of(number);

    public static implicit operator PlanArg(long number) => Of(number);

    public static implicit operator PlanArg(ulong number) => Of(unchecked((long)number));

    public static implicit operator PlanArg(string text) => Of(text);

    public static implicit operator PlanArg(PlanBlob blob) => Of(blob);

    public static implicit operator PlanArg(PlanRegister register) => Of(register);

    public static implicit operator PlanArg(Fd fd) => Of(fd.Number);

    /// <summary>As explain shows it: <c>"/tmp"</c>, <c>r17</c>, <c>0x1000</c>, <c>&lt;24 bytes&gt;</c>.</summary>
    public override string ToString() => Kind switch
    {
        PlanArgKind.Number => Number is >= -100 and < 10 ? Number.ToString() : $"0x{Number:x}",
        PlanArgKind.Text => $"\"{Text}\"",
        PlanArgKind.Blob => $"<{Blob.Data.Length} bytes>",
        PlanArgKind.Register => $"r{Number}",
        _ => $"[{string.Join(", ", Vector)}]",
    };
}

/// <summary>
/// Bytes in the child's memory. The same object in several arguments is the same memory, so what an earlier call wrote a later one reads.
/// <paramref name="Pointers"/> are replaced by the addresses of texts, blobs or vectors (struct sock_fprog has one, for instance).
/// </summary>
public sealed class PlanBlob(byte[] data, params (int Offset, PlanArg Target)[] pointers)
{
    public byte[] Data { get; } = data;

    public IReadOnlyList<(int Offset, PlanArg Target)> Pointers { get; } = pointers;

    /// <summary>A structure of 64-bit words, which most of the kernel's newer ones are.</summary>
    public static PlanBlob OfWords(params ReadOnlySpan<ulong> words) => new(System.Runtime.InteropServices.MemoryMarshal.AsBytes(words).ToArray());
}

/// <summary>
/// A place for the result of a call, such as a descriptor. The first <see cref="Presets"/> are filled by the starter at each start
/// (<see cref="LaunchParameters"/>), the others are the plan's own.
/// </summary>
public readonly record struct PlanRegister(int Number)
{
    public const int Presets = 96;

    public const int Count = 128;

    public override string ToString() => $"r{Number}";
}
