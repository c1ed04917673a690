using System.Buffers.Binary;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Images;

/// <summary>Reads through the metadata blocks of a table: 16-bit length, then at most 8 KiB, one block after the other.</summary>
internal sealed class MetablockReader(SquashImage image, ulong block, int offset)
{
    public const int BlockSize = 8192;

    private byte[]? _current;
    private ulong _next = block;
    private int _at = offset;

    public void Read(Span<byte> to)
    {
        while (!to.IsEmpty)
        {
            if (_current is null || _at >= _current.Length)
            {
                if (_current is not null)
                    _at -= _current.Length;
                (_current, _next) = image.Metablock(_next);
                if (_at > _current.Length || _current.Length == 0)
                    throw new DamagedImageException($"a metadata block at {_next} is shorter than what points into it");
                continue;
            }
            var n = Math.Min(to.Length, _current.Length - _at);
            _current.AsSpan(_at, n).CopyTo(to);
            _at += n;
            to = to[n..];
        }
    }

    public ushort U16()
    {
        Span<byte> b = stackalloc byte[2];
        Read(b);
        return BinaryPrimitives.ReadUInt16LittleEndian(b);
    }

    public uint U32()
    {
        Span<byte> b = stackalloc byte[4];
        Read(b);
        return BinaryPrimitives.ReadUInt32LittleEndian(b);
    }

    public ulong U64()
    {
        Span<byte> b = stackalloc byte[8];
        Read(b);
        return BinaryPrimitives.ReadUInt64LittleEndian(b);
    }

    public string Text(int length)
    {
        var bytes = new byte[length];
        Read(bytes);
        return Encoding.UTF8.GetString(bytes);
    }
}

/// <summary>The image's bytes: blocks read by position, checked against its length, decompressed, a few of them remembered.</summary>
internal sealed class SquashImage(Fd fd, long size)
{
    private const int CacheMax = 64;

    private readonly Dictionary<ulong, (byte[] Data, ulong Next)> _cache = [];

    public Superblock Super { get; private set; }

    public void Open()
    {
        var bytes = new byte[Superblock.Size];
        var n = (int)Math.Min(size, bytes.Length);
        ReadExactly(0, bytes.AsSpan(0, n));
        Super = Superblock.ReadFrom(bytes.AsSpan(0, n), size);
    }

    public void ReadExactly(ulong at, Span<byte> to)
    {
        if (at > (ulong)size || (ulong)to.Length > (ulong)size - at)
            throw new DamagedImageException($"something lies beyond the end, at {at}");
        while (!to.IsEmpty)
        {
            if (!Sys.ReadAt(fd, to, (long)at).TryGet(out var n, out var error))
                throw new DamagedImageException($"it cannot be read at {at} ({error})");
            if (n == 0)
                throw new DamagedImageException($"it ends at {at} where more should be");
            at += (ulong)n;
            to = to[n..];
        }
    }

    /// <summary>A metadata block and where the next one begins.</summary>
    public (byte[] Data, ulong Next) Metablock(ulong at)
    {
        if (_cache.TryGetValue(at, out var cached))
            return cached;
        Span<byte> header = stackalloc byte[2];
        ReadExactly(at, header);
        var word = BinaryPrimitives.ReadUInt16LittleEndian(header);
        var length = word & 0x7FFF;
        if (length is 0 or > MetablockReader.BlockSize)
            throw new DamagedImageException($"a metadata block at {at} has {length} bytes");
        var data = Block(at + 2, length, (word & 0x8000) != 0, MetablockReader.BlockSize);
        if (_cache.Count >= CacheMax)
            _cache.Clear();
        return _cache[at] = (data, at + 2 + (ulong)length);
    }

    /// <summary>A block of <paramref name="length"/> bytes in the image that has at most <paramref name="max"/> when decompressed.</summary>
    public byte[] Block(ulong at, int length, bool stored, int max)
    {
        if (length > max)
            throw new DamagedImageException($"a block at {at} has {length} bytes");
        var raw = new byte[length];
        ReadExactly(at, raw);
        if (stored)
            return raw;
        var data = new byte[max];
        var n = Decompressor.Decompress(Super.Compression, raw, length, data);
        return n == max ? data : data.AsSpan(0, n).ToArray();
    }
}
