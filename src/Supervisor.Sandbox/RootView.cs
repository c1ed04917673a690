using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Sandbox;

public enum PathKind { Unknown, Missing, Directory, File }

/// <summary>What is at a path inside a root.</summary>
/// <param name="Path">The path without links.</param>
public readonly record struct PathFacts(string Path, PathKind Kind);

/// <summary>
/// A look at a root before it is assembled: where links lead, what is a directory. Plans are made with it, never relied on it: the child resolves every path again,
/// inside the root.
/// </summary>
public abstract class RootView
{
    /// <summary>Knows nothing; plans then allow for every case.</summary>
    public static RootView Unknown { get; } = new Blind();

    public abstract PathFacts Look(string path);

    /// <summary>A regular file's bytes; null when there is none that can be read.</summary>
    public abstract byte[]? ReadFile(string path, int limit);

    /// <summary>The tree below a directory or mount that stays open as long as the view is used.</summary>
    public static RootView Of(Fd root) => new Opened(root);

    private sealed class Blind : RootView
    {
        public override PathFacts Look(string path) => new(path, PathKind.Unknown);

        public override byte[]? ReadFile(string path, int limit) => null;
    }

    private sealed class Opened(Fd root) : RootView
    {
        private const int MaxLinks = 40;

        public override byte[]? ReadFile(string path, int limit) => RootedPath.ReadFile(root, path, limit).TryGet(out var bytes, out _) ? bytes : null;

        public override PathFacts Look(string path)
        {
            var rest = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
            var known = new List<string>();
            var links = 0;
            var kind = PathKind.Directory;
            while (rest.TryPop(out var name))
            {
                if (name is "." or "..")
                {
                    if (name == ".." && known.Count > 0)
                        known.RemoveAt(known.Count - 1);
                    continue;
                }
                var here = $"/{string.Join('/', known.Append(name))}";
                kind = KindOf(here, out var target);
                if (target is null || ++links > MaxLinks)
                {
                    known.Add(name);
                    if (kind != PathKind.Missing)
                        continue;
                    known.AddRange(rest);
                    break;
                }
                if (target.StartsWith('/'))
                    known.Clear();
                foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                    rest.Push(part);
                kind = PathKind.Directory;
            }
            return new($"/{string.Join('/', known)}", kind);
        }

        /// <summary>What is there, without following a link in the last place, and where that link leads.</summary>
        private PathKind KindOf(string path, out string? target)
        {
            target = null;
            if (!RootedPath.Open(root, path, LibC.O_PATH | LibC.O_NOFOLLOW).TryGet(out var fd, out var error))
                return error.Errno is Errno.ENOENT or Errno.ENOTDIR ? PathKind.Missing : PathKind.Unknown;
            var stat = Sys.Stat(fd);
            var type = stat.Ok ? (uint)stat.Value.st_mode & 0xF000 : 0;
            if (type == 0xA000 && Sys.ReadlinkAt(fd, "").TryGet(out var link, out _))
                target = link;
            fd.Close();
            return type == 0x4000 ? PathKind.Directory : PathKind.File;
        }
    }
}
