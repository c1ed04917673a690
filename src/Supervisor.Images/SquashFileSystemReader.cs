using System.Buffers.Binary;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Images;

/// <summary>A squashfs image as a tree, read from its bytes without the kernel's driver. Every number of the image is checked before it is used.</summary>
public sealed class SquashFileSystemReader : IReadOnlyTree
{
    private const int LinksMax = 40;
    private const int DirectoryMax = 64 << 20;

    private readonly Fd _fd;
    private readonly SquashImage _image;
    private readonly Dictionary<(ulong, uint), List<(string Name, ulong Inode, EntryKind Kind)>> _directories = [];

    private SquashFileSystemReader(Fd fd, SquashImage image) => (_fd, _image) = (fd, image);

    public string FileSystem => "squashfs";

    /// <summary>Opens a regular file; what is wrong with it is the error.</summary>
    public static SquashFileSystemReader? Open(string path, out ImageError? error)
    {
        error = null;
        if (!Sys.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY).TryGet(out var fd, out var cause))
        {
            error = new ImageError($"it cannot be opened: {cause}");
            return null;
        }
        try
        {
            if (!Sys.Stat(fd, path).TryGet(out var stat, out cause))
                throw new DamagedImageException(cause.ToString());
            if (((uint)stat.st_mode & 0xF000) != 0x8000)
                throw new DamagedImageException("it is no regular file");
            var image = new SquashImage(fd, (long)stat.st_size);
            image.Open();
            var reader = new SquashFileSystemReader(fd, image);
            reader.Root();
            return reader;
        }
        catch (DamagedImageException damaged)
        {
            fd.Close();
            error = new ImageError(damaged.Message);
            return null;
        }
    }

    public EntryInfo? Stat(string path, out ImageError? error) => Guard<EntryInfo?>(() =>
        Walk(path, out _) is { } inode ? new EntryInfo(inode.Kind, inode.Mode, inode.Size) : null, out error);

    public string? Resolve(string path, out ImageError? error) => Guard(() => Walk(path, out var resolved) is null ? null : resolved, out error);

    public IReadOnlyList<Entry>? List(string path, out ImageError? error) => Guard<IReadOnlyList<Entry>?>(() =>
        Walk(path, out _) is { Kind: EntryKind.Directory } inode ? [.. Children(inode).Select(c => new Entry(c.Name, c.Kind))] : null, out error);

    public byte[]? Read(string path, int limit, out ImageError? error)
    {
        var result = Guard(() => Walk(path, out _) is { Kind: EntryKind.File } inode ? inode.Size <= limit ? Content(inode) : [] : null, out error);
        if (result is [] && Stat(path, out _) is { Size: var size } && size > limit)
        {
            error = new ImageError($"{path} has {size} bytes, and at most {limit} are read");
            return null;
        }
        return result;
    }

    public void Dispose() => _fd.Close();

    private static T? Guard<T>(Func<T?> read, out ImageError? error)
    {
        error = null;
        try
        {
            return read();
        }
        catch (DamagedImageException damaged)
        {
            error = new ImageError($"it is damaged: {damaged.Message}");
            return default;
        }
    }

    private Inode Root() => ReadInode(_image.Super.RootInode) is { Kind: EntryKind.Directory } root
        ? root
        : throw new DamagedImageException("its root is no directory");

    /// <summary>Follows the path and every link in it below the root.</summary>
    private Inode? Walk(string path, out string resolved)
    {
        var trail = new List<(string Name, Inode Inode)>();
        var left = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var links = 0;
        var root = Root();
        resolved = "/";
        while (left.TryPop(out var part))
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                if (trail.Count > 0)
                    trail.RemoveAt(trail.Count - 1);
                continue;
            }
            var here = trail.Count > 0 ? trail[^1].Inode : root;
            if (here.Kind != EntryKind.Directory)
                return null;
            var child = Children(here).Find(c => c.Name == part);
            if (child.Name is null)
                return null;
            var inode = ReadInode(child.Inode);
            if (inode.Kind == EntryKind.Link)
            {
                if (++links > LinksMax)
                    return null;
                if (inode.Target!.StartsWith('/'))
                    trail.Clear();
                foreach (var next in inode.Target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                    left.Push(next);
                continue;
            }
            trail.Add((part, inode));
        }
        resolved = "/" + string.Join('/', trail.Select(t => t.Name));
        return trail.Count > 0 ? trail[^1].Inode : root;
    }

    private Inode ReadInode(ulong reference)
    {
        var reader = new MetablockReader(_image, _image.Super.InodeTable + (reference >> 16), (int)(reference & 0xFFFF));
        var type = reader.U16();
        var mode = reader.U16();
        reader.U16(); // owner and group are indices into the table of ids
        reader.U16();
        reader.U32(); // modified
        reader.U32(); // number
        switch (type)
        {
            case 1:
                {
                    var block = reader.U32();
                    reader.U32();
                    var size = reader.U16();
                    var offset = reader.U16();
                    return new Inode(EntryKind.Directory, mode, size, block, offset, 0, [], null);
                }
            case 8:
                {
                    reader.U32();
                    var size = reader.U32();
                    var block = reader.U32();
                    reader.U32();
                    reader.U16();
                    var offset = reader.U16();
                    return new Inode(EntryKind.Directory, mode, size, block, offset, 0, [], null);
                }
            case 2:
                {
                    var start = reader.U32();
                    var fragment = reader.U32();
                    var offset = reader.U32();
                    var size = reader.U32();
                    return File(reader, mode, size, start, offset, fragment);
                }
            case 9:
                {
                    var start = reader.U64();
                    var size = reader.U64();
                    reader.U64();
                    reader.U32();
                    var fragment = reader.U32();
                    var offset = reader.U32();
                    reader.U32();
                    if (size > long.MaxValue)
                        throw new DamagedImageException("a file is larger than files can be");
                    return File(reader, mode, (long)size, start, offset, fragment);
                }
            case 3 or 10:
                {
                    reader.U32();
                    var length = reader.U32();
                    if (length > 4095)
                        throw new DamagedImageException("a link is longer than paths can be");
                    return new Inode(EntryKind.Link, mode, length, 0, 0, 0, [], reader.Text((int)length));
                }
            case 4 or 5 or 6 or 7 or 11 or 12 or 13 or 14:
                return new Inode(EntryKind.Other, mode, 0, 0, 0, 0, [], null);
            default:
                throw new DamagedImageException($"an inode of the kind {type}, which there is not");
        }
    }

    private Inode File(MetablockReader reader, uint mode, long size, ulong start, uint offset, uint fragment)
    {
        var block = _image.Super.BlockSize;
        var count = fragment == uint.MaxValue ? (size + block - 1) / block : size / block;
        // each block's size takes 4 bytes of the image at the least once compressed, well over a thousandth of it
        if (count > (long)_image.Super.BytesUsed + 1024)
            throw new DamagedImageException("a file has more blocks than the image has room for");
        var blocks = new uint[count];
        for (var i = 0; i < count; i++)
            blocks[i] = reader.U32();
        return new Inode(EntryKind.File, mode, size, start, offset, fragment, blocks, null);
    }

    private List<(string Name, ulong Inode, EntryKind Kind)> Children(Inode directory)
    {
        if (_directories.TryGetValue((directory.Start, directory.Offset), out var known))
            return known;
        var children = new List<(string Name, ulong Inode, EntryKind Kind)>();
        // the size counts three bytes that are not there (for "." and "..")
        var left = directory.Size - 3;
        if (left > DirectoryMax)
            throw new DamagedImageException("a directory is larger than directories can be");
        var reader = new MetablockReader(_image, _image.Super.DirectoryTable + directory.Start, (int)directory.Offset);
        while (left > 0)
        {
            var count = reader.U32() + 1;
            var block = reader.U32();
            reader.U32();
            left -= 12;
            if (count > 256)
                throw new DamagedImageException($"a directory header of {count} entries");
            for (var i = 0; i < count && left > 0; i++)
            {
                var offset = reader.U16();
                reader.U16();
                var type = reader.U16();
                var length = reader.U16() + 1;
                left -= 8 + length;
                if (length > 256)
                    throw new DamagedImageException($"a name of {length} bytes");
                var name = reader.Text(length);
                if (name.Contains('/', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal) || name is "." or "..")
                    throw new DamagedImageException("a name that no file can have");
                children.Add((name, (ulong)block << 16 | offset, type switch { 1 => EntryKind.Directory, 2 => EntryKind.File, 3 => EntryKind.Link, _ => EntryKind.Other }));
            }
        }
        return _directories[(directory.Start, directory.Offset)] = children;
    }

    private byte[] Content(Inode file)
    {
        var content = new byte[file.Size];
        var block = (int)_image.Super.BlockSize;
        var at = file.Start;
        var filled = 0L;
        foreach (var word in file.Blocks)
        {
            var want = (int)Math.Min(block, file.Size - filled);
            var length = (int)(word & 0xFFFFFF);
            if (length > 0) // else a hole
            {
                var data = _image.Block(at, length, (word & 1 << 24) != 0, block);
                if (data.Length < want)
                    throw new DamagedImageException("a block of a file is shorter than it should be");
                data.AsSpan(0, want).CopyTo(content.AsSpan((int)filled));
                at += (ulong)length;
            }
            filled += want;
        }
        var tail = (int)(file.Size - filled);
        if (tail > 0)
        {
            var data = Fragment(file.Fragment);
            if (file.Offset > data.Length || tail > data.Length - file.Offset)
                throw new DamagedImageException("a fragment is shorter than what lies in it");
            data.AsSpan((int)file.Offset, tail).CopyTo(content.AsSpan((int)filled));
        }
        return content;
    }

    private byte[] Fragment(uint index)
    {
        if (index >= _image.Super.Fragments)
            throw new DamagedImageException($"there is no fragment {index}");
        // FragmentRecord: u64 start, u32 size (bit 24: stored), u32 unused; 512 of them in a metadata block, whose positions are a list
        Span<byte> position = stackalloc byte[8];
        _image.ReadExactly(_image.Super.FragmentTable + index / 512 * 8, position);
        var reader = new MetablockReader(_image, BinaryPrimitives.ReadUInt64LittleEndian(position), (int)(index % 512) * 16);
        var start = reader.U64();
        var word = reader.U32();
        return _image.Block(start, (int)(word & 0xFFFFFF), (word & 1 << 24) != 0, (int)_image.Super.BlockSize);
    }
}
