using System.Buffers.Binary;
using Supervisor.Units;

namespace Supervisor.Sandbox.Firewall;

/// <summary>A prefix as the program compares it: words in the order that they have in memory, so that no byte needs to be swapped.</summary>
internal readonly record struct Prefix(bool IsV4, uint Mask0, uint Mask1, uint Mask2, uint Mask3, uint Word0, uint Word1, uint Word2, uint Word3)
{
    public static Prefix Of(IPPrefix prefix)
    {
        ReadOnlySpan<byte> address = prefix.Address;
        var length = prefix.Length;
        // ::ffff:1.2.3.0/120 means 1.2.3.0/24
        if (address.Length == 16 && length >= 96 && address[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]))
        {
            address = address[12..];
            length -= 96;
        }
        Span<byte> bytes = stackalloc byte[16], mask = stackalloc byte[16];
        bytes.Clear();
        mask.Clear();
        address.CopyTo(bytes);
        for (var bit = 0; bit < length; bit++)
            mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
        for (var i = 0; i < 16; i++)
            bytes[i] &= mask[i];
        return new Prefix(address.Length == 4, Word(mask, 0), Word(mask, 1), Word(mask, 2), Word(mask, 3), Word(bytes, 0), Word(bytes, 1), Word(bytes, 2), Word(bytes, 3));
    }

    /// <summary>Mask and value of a word.</summary>
    public (uint Mask, uint Value) this[int word] => word switch
    {
        0 => (Mask0, Word0),
        1 => (Mask1, Word1),
        2 => (Mask2, Word2),
        _ => (Mask3, Word3),
    };

    private static uint Word(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[(index * 4)..]);
}
