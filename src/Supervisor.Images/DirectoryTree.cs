using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Images;

/// <summary>A directory as an image: every path goes through openat2 with that directory as the root.</summary>
public sealed class DirectoryTree : IReadOnlyTree
{
    private readonly Fd _root;

    private DirectoryTree(Fd root) => _root = root;

    public string FileSystem => "directory";

    public static DirectoryTree? Open(string path, out ImageError? error)
    {
        error = null;
        if (Sys.Open(path, LibC.O_PATH | LibC.O_DIRECTORY).TryGet(out var root, out var cause))
            return new DirectoryTree(root);
        error = new ImageError($"it cannot be opened: {cause}");
        return null;
    }

    public EntryInfo? Stat(string path, out ImageError? error)
    {
        if (!TryOpen(path, LibC.O_PATH, out var fd, out error))
            return null;
        var found = Sys.Stat(fd, path).TryGet(out var stat, out var cause);
        fd.Close();
        if (!found)
        {
            error = new ImageError(cause.ToString());
            return null;
        }
        var mode = (uint)stat.st_mode;
        return new EntryInfo((mode & 0xF000) switch { 0x8000 => EntryKind.File, 0x4000 => EntryKind.Directory, _ => EntryKind.Other }, mode & 0xFFF, (long)stat.st_size);
    }

    public IReadOnlyList<Entry>? List(string path, out ImageError? error)
    {
        if (Stat(path, out error) is not { Kind: EntryKind.Directory } || !TryOpen(path, LibC.O_RDONLY | LibC.O_DIRECTORY, out var fd, out error))
            return null;
        var entries = new List<Entry>();
        if (Sys.ListDirectory(fd, path).TryGet(out var names, out var cause))
        {
            foreach (var name in names)
            {
                if (Sys.StatAt(fd, name, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out _))
                    entries.Add(new Entry(name, ((uint)stat.st_mode & 0xF000) switch { 0x8000 => EntryKind.File, 0x4000 => EntryKind.Directory, 0xA000 => EntryKind.Link, _ => EntryKind.Other }));
            }
        }
        else
            error = new ImageError(cause.ToString());
        fd.Close();
        return error is null ? entries : null;
    }

    public byte[]? Read(string path, int limit, out ImageError? error)
    {
        error = null;
        if (Stat(path, out error) is not { Kind: EntryKind.File })
            return null;
        if (RootedPath.ReadFile(_root, path, limit).TryGet(out var bytes, out var cause))
            return bytes;
        error = new ImageError(cause.ToString());
        return null;
    }

    public string? Resolve(string path, out ImageError? error)
    {
        if (!TryOpen(path, LibC.O_PATH, out var fd, out error))
            return null;
        // both as the kernel knows them now: what is left when the root's own path is taken away is the path inside
        var resolved = Sys.ReadlinkAt(Fd.Cwd, $"/proc/self/fd/{fd.Number}").TryGet(out var full, out _)
            && Sys.ReadlinkAt(Fd.Cwd, $"/proc/self/fd/{_root.Number}").TryGet(out var root, out _) && full.StartsWith(root, StringComparison.Ordinal)
                ? full[root.Length..]
                : null;
        fd.Close();
        return resolved is "" ? "/" : resolved;
    }

    public void Dispose() => _root.Close();

    private bool TryOpen(string path, int flags, out Fd fd, out ImageError? error)
    {
        error = null;
        if (RootedPath.Open(_root, path, flags).TryGet(out fd, out var cause))
            return true;
        if (cause.Errno is not (Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP))
            error = new ImageError(cause.ToString());
        return false;
    }
}

/// <summary>Opens an image by what it is: a directory, or a file with a squashfs in it.</summary>
public static class ImageTree
{
    public static IReadOnlyTree? Open(string path, out ImageError? error)
    {
        if (!Sys.StatAt(Fd.Cwd, path).TryGet(out var stat, out var cause))
        {
            error = new ImageError($"it cannot be opened: {cause}");
            return null;
        }
        return ((uint)stat.st_mode & 0xF000) == 0x4000 ? DirectoryTree.Open(path, out error) : SquashFileSystemReader.Open(path, out error);
    }
}
