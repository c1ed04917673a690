using Supervisor.Images;
using Supervisor.Linux;

namespace Supervisor.Portable;

/// <summary>What attach and inspect need to know of an image: its os-release, and the units that match.</summary>
public sealed class ImageReader : IDisposable
{
    private const int UnitMax = 1 << 20;

    private static readonly string[] UnitDirectories =
        ["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    private ImageReader(string path, IReadOnlyTree tree, OsRelease osRelease, long size) => (Path, Tree, OsRelease, Size) = (path, tree, osRelease, size);

    public string Path { get; }

    public IReadOnlyTree Tree { get; }

    public OsRelease OsRelease { get; }

    /// <summary>Bytes of the image file, 0 for a directory.</summary>
    public long Size { get; }

    public static ImageReader? Open(string path, out PortableError? error)
    {
        error = null;
        var tree = ImageTree.Open(path, out var cause);
        if (tree is null)
        {
            error = new($"{path}: {cause}");
            return null;
        }
        byte[]? text = null;
        foreach (var file in new[] { "/etc/os-release", "/usr/lib/os-release" })
        {
            if (text is null && tree.Read(file, 1 << 20, out cause) is { } found)
                text = found;
            else if (cause is not null)
            {
                error = new($"{path}: {file}: {cause}");
                tree.Dispose();
                return null;
            }
        }
        if (text is null)
        {
            error = new($"{path}: it has no os-release (neither /etc/os-release nor /usr/lib/os-release is a file): it is no portable service image");
            tree.Dispose();
            return null;
        }
        var release = OsRelease.Parse(text);
        if (string.IsNullOrEmpty(release["ID"]))
        {
            error = new($"{path}: its os-release has no ID= field, which is needed to attach it");
            tree.Dispose();
            return null;
        }
        var size = Sys.StatAt(Fd.Cwd, path).TryGet(out var stat, out _) && ((uint)stat.st_mode & 0xF000) == 0x8000 ? (long)stat.st_size : 0;
        return new ImageReader(path, tree, release, size);
    }

    /// <summary>Units whose names belong to one of the prefixes, by name; empty files count as not there.</summary>
    public IReadOnlyList<(string Name, string Source, byte[] Text)>? Units(IReadOnlyList<string> prefixes, out PortableError? error)
    {
        error = null;
        var found = new SortedDictionary<string, (string Source, byte[] Text)>(StringComparer.Ordinal);
        foreach (var directory in UnitDirectories)
        {
            var entries = Tree.List(directory, out var cause);
            if (cause is not null)
            {
                error = new($"{Path}: {directory}: {cause}");
                return null;
            }
            foreach (var entry in entries ?? [])
            {
                if (found.ContainsKey(entry.Name) || !prefixes.Any(p => ImageName.Matches(entry.Name, p)) || !Supervisor.Units.UnitName.IsValid(entry.Name))
                    continue;
                var source = $"{directory}/{entry.Name}";
                // not a regular file, or a link that leads nowhere in the image: it is no unit
                var text = Tree.Read(source, UnitMax, out cause);
                if (cause is not null)
                {
                    error = new($"{Path}: {source}: {cause}");
                    return null;
                }
                if (text is { Length: > 0 })
                    found[entry.Name] = (source, text);
            }
        }
        return [.. found.Select(f => (f.Key, f.Value.Source, f.Value.Text))];
    }

    public void Dispose() => Tree.Dispose();
}
