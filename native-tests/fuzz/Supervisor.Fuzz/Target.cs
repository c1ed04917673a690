using System.Text;

namespace Supervisor.Fuzz;

/// <summary>A reader of hostile bytes, and what must hold whatever they are.</summary>
internal sealed class Target(string name, Action<byte[]> check)
{
    public string Name => name;

    /// <summary>Reads the input and looks at what comes out; throws a <see cref="BrokenProperty"/>, or whatever the reader throws and must not.</summary>
    public void Check(byte[] input) => check(input);

    /// <summary>What a corpus begins with.</summary>
    public IReadOnlyList<byte[]> Seeds { get; init; } = [];

    /// <summary>Pieces that are put in whole.</summary>
    public IReadOnlyList<byte[]> Words { get; init; } = [];

    public int LengthMax { get; init; } = 4096;

    /// <summary>Bytes that may be allocated for an input of no length, and for each byte of it: work that grows faster than the input is a find.</summary>
    public long AllocationBase { get; init; } = 256 * 1024;

    public long AllocationPerByte { get; init; } = 2048;

    public long AllocationMax(int length) => AllocationBase + AllocationPerByte * length;

    public static byte[][] Texts(params ReadOnlySpan<string> texts)
    {
        var all = new byte[texts.Length][];
        for (var i = 0; i < all.Length; i++)
            all[i] = Encoding.UTF8.GetBytes(texts[i]);
        return all;
    }
}

/// <summary>Something that must hold and does not.</summary>
internal sealed class BrokenProperty(string message) : Exception(message)
{
    public static void Unless(bool holds, string message)
    {
        if (!holds)
            throw new BrokenProperty(message);
    }

    public static void UnlessEqual<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new BrokenProperty($"{what}: {expected} and then {actual}");
    }
}
