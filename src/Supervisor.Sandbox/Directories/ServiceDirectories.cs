using System.Text;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Sandbox;

/// <summary>
/// RuntimeDirectory=, StateDirectory= and the like on the host: made before a start, removed after it where that is wanted (systemd.exec(5)). Everything below a base
/// directory may belong to a service that is at work in it, so every step is one name below an open directory, and no link is followed.
/// </summary>
public static partial class ServiceDirectories
{
    private const int DirectoryFlags = 0x10000, O_PATH = 0x200000;
    private const uint Mode0755 = 0x1ED, Mode0700 = 0x1C0;
    private const ulong Strict = RootedPath.RESOLVE_BENEATH | RootedPath.RESOLVE_NO_SYMLINKS;

    /// <summary>
    /// Makes what the unit asks for and gives it to <paramref name="identity"/>. Null and the failure when something cannot be made. <paramref name="refused"/> gets what was
    /// found in them and left to its owner, in words for the log.
    /// </summary>
    public static IReadOnlyList<PreparedDirectory>? Prepare(Unit unit, ServiceIdentity identity, HostFacts facts, out Failure? failure, List<string>? refused = null)
    {
        failure = null;
        var result = new List<PreparedDirectory>();
        foreach (var kind in Enum.GetValues<DirectoryKind>())
        {
            var (items, mode) = Of(unit, kind);
            // Shorter names first, so that what is inside another directory finds it made.
            foreach (var item in items.OrderBy(i => i.Value.Name.Length))
            {
                var prepared = new PreparedDirectory(
                    kind, facts.DirectoriesOf(unit).For(kind), IsPrivate(unit, kind, identity) ? $"private/{item.Value.Name}" : item.Value.Name, item.Value.Name,
                    item.Value.Links, item.Value.ReadOnly, item.Origin);
                var made = Make(prepared, mode, identity, refused);
                if (made.Failed(out var error))
                {
                    failure = new Failure($"cannot make {PreparedDirectory.DirectiveOf(kind)} {item.Value.Name}", error, item.Origin, ExitStatusOf(kind));
                    return null;
                }
                result.Add(prepared);
            }
        }
        // In the unit's order, which the environment variables keep.
        return [.. Enum.GetValues<DirectoryKind>().SelectMany(k => Of(unit, k).Items.Select(i => result.First(r => r.Kind == k && r.Name == i.Value.Name)))];
    }

    /// <summary>The user that the unit's private directories belong to now: the best choice for its dynamic user. Null when there is none.</summary>
    public static uint? FormerOwner(Unit unit, HostFacts facts)
    {
        foreach (var kind in (ReadOnlySpan<DirectoryKind>)[DirectoryKind.State, DirectoryKind.Cache, DirectoryKind.Logs])
        {
            foreach (var item in Of(unit, kind).Items)
            {
                if (!Sys.Open(facts.DirectoriesOf(unit).For(kind), O_PATH | DirectoryFlags).TryGet(out var above, out _))
                    continue;
                var opened = RootedPath.Open(above, $"private/{item.Value.Name}", O_PATH | DirectoryFlags, 0, Strict);
                above.Close();
                if (!opened.TryGet(out var directory, out _))
                    continue;
                var stat = Sys.Stat(directory);
                directory.Close();
                if (stat.Ok && (uint)stat.Value.st_uid != 0)
                    return (uint)stat.Value.st_uid;
            }
        }
        return null;
    }

    /// <summary>Removes the unit's runtime directories with all that is in them, and the links to them. The last service's own part only: what is not empty above stays.</summary>
    public static Failure? RemoveRuntime(Unit unit, ServiceIdentity identity, HostFacts facts)
    {
        Failure? failure = null;
        var (items, _) = Of(unit, DirectoryKind.Runtime);
        var isPrivate = IsPrivate(unit, DirectoryKind.Runtime, identity);
        foreach (var item in items.OrderByDescending(i => i.Value.Name.Length))
        {
            if (!Sys.Open(facts.DirectoriesOf(unit).Runtime, O_PATH | DirectoryFlags).TryGet(out var above, out var error))
            {
                if (error.Errno != Errno.ENOENT)
                    failure ??= Failed(error);
                continue;
            }
            var removed = Remove(above, isPrivate ? $"private/{item.Value.Name}" : item.Value.Name);
            foreach (var link in item.Value.Links.Concat(isPrivate ? [item.Value.Name] : []))
            {
                if (Sys.ReadlinkAt(above, link).Ok)
                    _ = Sys.UnlinkAt(above, link);
            }
            above.Close();
            if (removed.Failed(out error))
                failure ??= Failed(error);

            Failure Failed(OsError e) => new($"cannot remove RuntimeDirectory {item.Value.Name}", e, item.Origin, Launch.ExitStatus.RuntimeDirectory);
        }
        return failure;
    }

    /// <summary>True for directories that lie below one which only root may pass: those of a dynamic user, whose number somebody else may have next.</summary>
    internal static bool IsPrivate(Unit unit, DirectoryKind kind, ServiceIdentity identity) =>
        identity.IsDynamic && kind != DirectoryKind.Configuration &&
        (kind != DirectoryKind.Runtime || unit.Get(Directives.RuntimeDirectoryPreserve).Value != RuntimeDirectoryPreserve.No);

    private static OsResult Remove(Fd above, string path)
    {
        var slash = path.LastIndexOf('/');
        var parent = slash < 0 ? RootedPath.Open(above, ".", O_PATH | DirectoryFlags, 0, Strict) : RootedPath.Open(above, path[..slash], O_PATH | DirectoryFlags, 0, Strict);
        if (!parent.TryGet(out var directory, out var error))
            return error.Errno == Errno.ENOENT ? OsResult.Success : error;
        var removed = RemoveTree.Run(directory, [.. Encoding.UTF8.GetBytes(path[(slash + 1)..]), 0]);
        directory.Close();
        return removed.Failed(out error) ? error with { Path = error.Path ?? path } : removed;
    }

    private static (IReadOnlyList<Sourced<DirectoryItem>> Items, uint Mode) Of(Unit unit, DirectoryKind kind) => kind switch
    {
        DirectoryKind.Runtime => (unit.Get(Directives.RuntimeDirectory).Value, unit.Get(Directives.RuntimeDirectoryMode).Value),
        DirectoryKind.State => (unit.Get(Directives.StateDirectory).Value, unit.Get(Directives.StateDirectoryMode).Value),
        DirectoryKind.Cache => (unit.Get(Directives.CacheDirectory).Value, unit.Get(Directives.CacheDirectoryMode).Value),
        DirectoryKind.Logs => (unit.Get(Directives.LogsDirectory).Value, unit.Get(Directives.LogsDirectoryMode).Value),
        _ => (unit.Get(Directives.ConfigurationDirectory).Value, unit.Get(Directives.ConfigurationDirectoryMode).Value),
    };

    private static int ExitStatusOf(DirectoryKind kind) => kind switch
    {
        DirectoryKind.Runtime => Launch.ExitStatus.RuntimeDirectory,
        DirectoryKind.State => Launch.ExitStatus.StateDirectory,
        DirectoryKind.Cache => Launch.ExitStatus.CacheDirectory,
        DirectoryKind.Logs => Launch.ExitStatus.LogsDirectory,
        _ => Launch.ExitStatus.ConfigurationDirectory,
    };
}
