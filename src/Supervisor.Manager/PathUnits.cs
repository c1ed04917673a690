using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>The watches of path units. The keeper holds them, so that what happens while there is no manager is seen by the next.</summary>
internal sealed class PathUnits(UnitEngine engine, Loop loop, KeeperLink keeper)
{
    private const uint EpollIn = 1;

    private readonly Dictionary<string, List<PathWatch>> _watched = [];
    private readonly Dictionary<string, List<Fd>> _adopted = [];

    public required Action<Event> Tell { get; init; }

    private static string NameOf(string unit, int index) => KeeperNames.Of($"path{index.ToString(System.Globalization.CultureInfo.InvariantCulture)}", unit);

    /// <summary>Takes back what the keeper held.</summary>
    public void Adopt(Unit unit, Func<string, Fd?> held)
    {
        var fds = new List<Fd>();
        for (var i = 0; i < unit.Get(Directives.Paths).Value.Count; i++)
            fds.Add(held(NameOf(unit.Name, i)) ?? Fd.None);
        _adopted[unit.Name] = fds;
    }

    public void Watch(string name)
    {
        Unwatch(name);
        var unit = engine.Find(name)!.Unit;
        var specs = unit.Get(Directives.Paths).Value;
        var kept = _adopted.Remove(name, out var fds) ? fds : [];
        var watches = _watched[name] = [];
        for (var i = 0; i < specs.Count; i++)
        {
            var adopted = i < kept.Count && kept[i].IsOpen;
            OsError error = default;
            var inotify = adopted ? kept[i] : Sys.InotifyCreate().TryGet(out var made, out error) ? made : Fd.None;
            if (!inotify.IsOpen)
            {
                Fail(name, new Failure($"cannot watch {specs[i].Path}", error, specs[i].Origin));
                return;
            }
            if (!adopted)
                keeper.Store(NameOf(name, i), inotify);
            watches.Add(new PathWatch(specs[i], inotify, adopted));
        }
        for (var i = 0; i < specs.Count; i++)
        {
            var (watch, origin) = (watches[i], specs[i].Origin);
            if (MakeDirectory(unit, specs[i]) is { } unmade)
            {
                Fail(name, unmade);
                return;
            }
            if (watch.Begin().Failed(out var error))
            {
                Fail(name, new Failure($"cannot watch {watch.Path}", error, origin));
                return;
            }
            loop.Watch(watch.Inotify, EpollIn, _ => OnEvents(name, watch, origin));
        }
        // what was seen while there was no manager comes by the loop
        var found = watches.Find(w => w.Holds());
        Tell(found is null ? new Event.PathsQuiet(name) : new Event.PathFound(name, found.Path));
    }

    public void Unwatch(string name)
    {
        if (!_watched.Remove(name, out var watches))
            return;
        for (var i = 0; i < watches.Count; i++)
        {
            loop.Forget(watches[i].Inotify);
            keeper.Drop(NameOf(name, i));
            watches[i].Inotify.Close();
        }
    }

    private void OnEvents(string name, PathWatch watch, Origin origin)
    {
        if (!watch.OnEvents().TryGet(out var found, out var error))
            Fail(name, new Failure($"cannot watch {watch.Path} any more", error, origin));
        else if (found)
            Tell(new Event.PathFound(name, watch.Path));
    }

    private void Fail(string name, Failure failure)
    {
        Unwatch(name);
        Tell(new Event.PathsFailed(name, failure));
    }

    private static Failure? MakeDirectory(Unit unit, PathSpec spec)
    {
        if (!unit.Get(Directives.MakeDirectory).Value || spec.Kind is PathKind.Exists or PathKind.ExistsGlob || Sys.Exists(spec.Path))
            return null;
        var mode = unit.Get(Directives.DirectoryMode).Value;
        var result = Sys.MakeDirectories(spec.Path, mode);
        if (result.Ok)
            result = Sys.ChmodAt(Fd.Cwd, spec.Path, mode); // whatever the umask
        return result.Failed(out var error) ? new Failure($"cannot make {spec.Path}", error, unit.Get(Directives.MakeDirectory).Origin) : null;
    }
}
