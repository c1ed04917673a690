using System.Buffers.Binary;

namespace Supervisor.Images;

internal enum Compression : ushort { Gzip = 1, Lzma = 2, Lzo = 3, Xz = 4, Lz4 = 5, Zstd = 6 }

/// <summary>The first 96 bytes of a squashfs 4.0 image (Documentation/filesystems/squashfs.rst).</summary>
internal readonly record struct Superblock(
    uint Inodes, uint BlockSize, uint Fragments, Compression Compression, ushort Flags, ushort Ids, ulong RootInode, ulong BytesUsed, ulong IdTable, ulong InodeTable,
    ulong DirectoryTable, ulong FragmentTable)
{
    public const int Size = 96;
    private const uint Magic = 0x73717368;

    public static Superblock ReadFrom(ReadOnlySpan<byte> bytes, long imageSize)
    {
        if (bytes.Length < Size)
            throw new DamagedImageException("it is too short for a squashfs image");
        if (U32(bytes, 0) != Magic)
            throw new DamagedImageException("it is no squashfs image (the magic number is wrong)");
        if (U16(bytes, 28) != 4 || U16(bytes, 30) != 0)
            throw new DamagedImageException($"it is a squashfs image of version {U16(bytes, 28)}.{U16(bytes, 30)}, and only 4.0 is known");
        var block = U32(bytes, 12);
        var log = U16(bytes, 22);
        if (log is < 12 or > 20 || block != 1u << log)
            throw new DamagedImageException($"its superblock is damaged: a block size of {block} bytes with a logarithm of {log}");
        var compression = (Compression)U16(bytes, 20);
        if (compression is < Compression.Gzip or > Compression.Zstd)
            throw new DamagedImageException($"its superblock is damaged: compression {(int)compression} is none");
        var result = new Superblock(U32(bytes, 4), block, U32(bytes, 16), compression, U16(bytes, 24), U16(bytes, 26), U64(bytes, 32), U64(bytes, 40), U64(bytes, 48),
            U64(bytes, 64), U64(bytes, 72), U64(bytes, 80));
        if (result.BytesUsed > (ulong)imageSize)
            throw new DamagedImageException($"it is truncated: {imageSize} bytes are there and {result.BytesUsed} were written");
        if (result.InodeTable >= result.BytesUsed || result.DirectoryTable >= result.BytesUsed || result.InodeTable > result.DirectoryTable
            || result.Fragments > 0 && result.FragmentTable >= result.BytesUsed)
            throw new DamagedImageException("its superblock is damaged: a table lies beyond the end");
        return result;
    }

    private static ushort U16(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt16LittleEndian(b[at..]);

    private static uint U32(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt32LittleEndian(b[at..]);

    private static ulong U64(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt64LittleEndian(b[at..]);
}
