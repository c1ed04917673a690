namespace Supervisor.Images;

/// <summary>
/// The head of an .xz stream (xz-file-format.txt, 2.1 and 3.1), looked at before a library reads it: its dictionary decides how much memory that takes, and a hostile
/// one can say 4 GiB.
/// </summary>
internal static class XzBlock
{
    private const int StreamHeader = 12, FiltersMax = 4, Lzma2 = 0x21, Sha256Check = 10;

    /// <summary>What a dictionary may have at the least, since xz(1) makes none smaller than 4 KiB and mksquashfs none larger than a block.</summary>
    private const long DictionaryMin = 1 << 20;

    /// <summary>What is wrong; null when the library may read it.</summary>
    public static string? Check(ReadOnlySpan<byte> from, int blockSize)
    {
        if (from.Length < StreamHeader + 8 || !from.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]))
            return "it is no xz stream";
        var header = from[StreamHeader..];
        if (header[0] == 0)
            return "it is an xz stream without a block";
        if ((from[7] & 15) == Sha256Check)
            return "its check is SHA-256, which no kernel reads";
        header = header[..Math.Min(header.Length, (header[0] + 1) * 4)];
        var flags = header[1];
        var at = 2;
        if ((flags & 0x40) != 0 && !Number(header, ref at, out _) || (flags & 0x80) != 0 && !Number(header, ref at, out _))
            return "its xz header makes no sense";
        for (var i = 0; i < (flags & (FiltersMax - 1)) + 1; i++)
        {
            if (!Number(header, ref at, out var filter) || !Number(header, ref at, out var size) || size > (ulong)(header.Length - at))
                return "its xz header makes no sense";
            if (filter == Lzma2)
            {
                // xz-file-format.txt, 5.3.1: 2 or 3, shifted
                var bits = size == 1 ? header[at] : 255;
                if (bits > 40 || (2L | (uint)bits & 1) << (bits / 2 + 11) > Math.Max(DictionaryMin, blockSize))
                    return "it wants a dictionary larger than a block";
            }
            else if (i == (flags & (FiltersMax - 1)))
                return "its last filter is not LZMA2";
            at += (int)size;
        }
        // a second block has a header of its own, which nothing here has looked at
        var end = DataEnd(from, StreamHeader + header.Length);
        end = end < 0 ? from.Length : (end + 3 & ~3) + CheckSize(from[7] & 15);
        return end >= from.Length ? "its data is cut short" : from[end] != 0 ? "it has more than one block" : null;
    }

    /// <summary>xz-file-format.txt, 2.1.1.2: bytes of the check that follows a block.</summary>
    private static int CheckSize(int type) => type == 0 ? 0 : 4 << (type - 1) / 3;

    /// <summary>One past a block's data, -1 when it has no end: LZMA2 chunks say their length; 0 ends, 1 and 2 are stored, from 0x80 on they are compressed.</summary>
    private static int DataEnd(ReadOnlySpan<byte> from, int at)
    {
        for (; at < from.Length && from[at] != 0; at++)
        {
            if (at + 5 > from.Length)
                return -1;
            var chunk = from[at..];
            at += chunk[0] < 0x80 ? 3 + (chunk[1] << 8 | chunk[2]) : (chunk[0] < 0xC0 ? 5 : 6) + (chunk[3] << 8 | chunk[4]);
        }
        return at < from.Length ? at + 1 : -1;
    }

    /// <summary>A number of 7 bits a byte, lowest first, at most 9 bytes.</summary>
    private static bool Number(ReadOnlySpan<byte> from, ref int at, out ulong value)
    {
        value = 0;
        for (var i = 0; i < 9 && at < from.Length; i++)
        {
            var b = from[at++];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
                return true;
        }
        return false;
    }
}
