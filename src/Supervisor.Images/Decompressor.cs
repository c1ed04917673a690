using System.IO.Compression;

namespace Supervisor.Images;

/// <summary>One block, decompressed into a buffer that is as large as it may become.</summary>
internal static class Decompressor
{
    /// <summary>Bytes written; a block that is damaged, or larger than <paramref name="to"/>, throws <see cref="DamagedImageException"/>.</summary>
    public static int Decompress(Compression compression, byte[] from, int length, byte[] to)
    {
        try
        {
            return compression switch
            {
                Compression.Gzip => Drain(new ZLibStream(new MemoryStream(from, 0, length), CompressionMode.Decompress), to),
                Compression.Xz => Xz(from, length, to),
                Compression.Zstd => Zstd(from, length, to),
                Compression.Lz4 => Lz4.Decompress(from.AsSpan(0, length), to),
                Compression.Lzo => Lzo1x.Decompress(from.AsSpan(0, length), to),
                Compression.Lzma => Drain(Lzma(from, length), to),
                _ => throw new DamagedImageException($"compression {(int)compression} is none"),
            };
        }
        catch (Exception bad) when (bad is not (DamagedImageException or OutOfMemoryException))
        {
            throw new DamagedImageException($"a {compression} block is damaged ({bad.Message})");
        }
    }

    private static int Xz(byte[] from, int length, byte[] to)
    {
        if (XzBlock.Check(from.AsSpan(0, length), to.Length) is { } wrong)
            throw new DamagedImageException($"an xz block is damaged: {wrong}");
        return Drain(new SharpCompress.Compressors.Xz.XZStream(new MemoryStream(from, 0, length)), to);
    }

    private static int Zstd(byte[] from, int length, byte[] to)
    {
        using var decompressor = new ZstdSharp.Decompressor();
        return decompressor.Unwrap(from.AsSpan(0, length), to.AsSpan());
    }

    /// <summary>LZMA "alone": 5 bytes of properties, 8 of the size, data.</summary>
    private static Stream Lzma(byte[] from, int length)
    {
        var dictionary = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(from.AsSpan(1));
        if (length < 13 || dictionary > 16 << 20)
            throw new DamagedImageException("an lzma block is damaged");
        return SharpCompress.Compressors.LZMA.LzmaStream.Create(from[..5], new MemoryStream(from, 13, length - 13), length - 13, -1, null, false, false);
    }

    private static int Drain(Stream stream, byte[] to)
    {
        using (stream)
        {
            var filled = 0;
            while (filled < to.Length)
            {
                var n = stream.Read(to, filled, to.Length - filled);
                if (n == 0)
                    return filled;
                filled += n;
            }
            return stream.ReadByte() < 0 ? filled : throw new DamagedImageException("a block is larger than blocks may be");
        }
    }
}

/// <summary>The LZ4 block format (lz4_Block_format.md): tokens of literals and matches.</summary>
internal static class Lz4
{
    public static int Decompress(ReadOnlySpan<byte> from, Span<byte> to)
    {
        int at = 0, filled = 0;
        while (true)
        {
            var token = from[at++];
            var literals = Length(from, ref at, token >> 4);
            from.Slice(at, literals).CopyTo(to[filled..]);
            at += literals;
            filled += literals;
            if (at == from.Length)
                return filled;
            var offset = from[at] | from[at + 1] << 8;
            at += 2;
            var match = Length(from, ref at, token & 15) + 4;
            if (offset == 0 || offset > filled || match > to.Length - filled)
                throw new DamagedImageException("an lz4 block is damaged");
            for (; match > 0; match--, filled++)
                to[filled] = to[filled - offset];
        }
    }

    private static int Length(ReadOnlySpan<byte> from, ref int at, int length)
    {
        if (length < 15)
            return length;
        byte more;
        do
        {
            more = from[at++];
            length += more;
        }
        while (more == 255);
        return length;
    }
}

/// <summary>LZO1X as the kernel reads it (Documentation/staging/lzo.rst).</summary>
internal static class Lzo1x
{
    public static int Decompress(ReadOnlySpan<byte> from, Span<byte> to)
    {
        int at = 0, filled = 0, state = 0;
        if (from[0] > 17)
        {
            var literals = from[at++] - 17;
            Literals(from, ref at, to, ref filled, literals);
            state = Math.Min(literals, 4);
        }
        while (true)
        {
            int t = from[at++];
            int length, distance, next;
            if (t < 16 && state == 0)
            {
                // a run of literals
                length = t == 0 ? Long(from, ref at, 15) : t;
                Literals(from, ref at, to, ref filled, length + 3);
                state = 4;
                continue;
            }
            if (t < 16)
            {
                next = t & 3;
                (length, distance) = state < 4
                    ? (2, (t >> 2) + (from[at++] << 2) + 1)
                    : (3, (t >> 2) + (from[at++] << 2) + 2049);
            }
            else if (t < 32)
            {
                length = (t & 7) == 0 ? Long(from, ref at, 7) : t & 7;
                length += 2;
                var word = from[at] | from[at + 1] << 8;
                at += 2;
                distance = ((t & 8) << 11) + (word >> 2) + 16384;
                next = word & 3;
                if (distance == 16384)
                    return filled;
            }
            else if (t < 64)
            {
                length = (t & 31) == 0 ? Long(from, ref at, 31) : t & 31;
                length += 2;
                var word = from[at] | from[at + 1] << 8;
                at += 2;
                distance = (word >> 2) + 1;
                next = word & 3;
            }
            else
            {
                next = t & 3;
                distance = ((t >> 2) & 7) + (from[at++] << 3) + 1;
                length = (t >> 5) + 1;
            }
            if (distance > filled || length > to.Length - filled)
                throw new DamagedImageException("an lzo block is damaged");
            for (; length > 0; length--, filled++)
                to[filled] = to[filled - distance];
            Literals(from, ref at, to, ref filled, next);
            state = next;
        }
    }

    private static int Long(ReadOnlySpan<byte> from, ref int at, int length)
    {
        while (from[at] == 0)
        {
            length += 255;
            at++;
        }
        return length + from[at++];
    }

    private static void Literals(ReadOnlySpan<byte> from, ref int at, Span<byte> to, ref int filled, int count)
    {
        from.Slice(at, count).CopyTo(to[filled..]);
        at += count;
        filled += count;
    }
}
