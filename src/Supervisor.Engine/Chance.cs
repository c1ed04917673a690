using System.Buffers.Binary;

namespace Supervisor.Engine;

/// <summary>Random parts of delays that are the same whenever they are asked for: drawn from the invocation ID, which is random already.</summary>
internal static class Chance
{
    /// <summary>From 0 up to 1, evenly spread over <paramref name="index"/>.</summary>
    public static double Of(Guid id, int index)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = id.TryWriteBytes(bytes);
        // the finaliser of SplitMix64
        var z = BinaryPrimitives.ReadUInt64LittleEndian(bytes) + (0x9E3779B97F4A7C15 * (ulong)(uint)(index + 2));
        z = (z ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
