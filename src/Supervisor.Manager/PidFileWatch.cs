using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>Waits for the PID file of a forking service: inotify on the directory that it is to appear in, as the service's processes see it.</summary>
internal sealed class PidFileWatch : IDisposable
{
    private const uint IN_CLOSE_WRITE = 0x8, IN_MOVED_TO = 0x80;
    private const uint EpollIn = 1;

    private readonly Loop _loop;
    private readonly Fd _inotify;

    private PidFileWatch(Loop loop, Fd inotify) => (_loop, _inotify) = (loop, inotify);

    /// <summary>Calls <paramref name="changed"/> after each change in the directory of <paramref name="path"/> below <paramref name="root"/>.</summary>
    public static OsResult<PidFileWatch> Start(Loop loop, Fd root, string path, Action changed)
    {
        if (!RootedPath.Open(root, Path.GetDirectoryName(path) ?? "/", LibC.O_PATH | LibC.O_DIRECTORY).TryGet(out var directory, out var error))
            return error;
        var created = Sys.InotifyCreate();
        if (!created.TryGet(out var inotify, out error))
        {
            directory.Close();
            return error;
        }
        // our own descriptor's magic link: the directory itself, whatever its name is by now
        var added = Sys.InotifyAdd(inotify, $"/proc/self/fd/{directory.Number}", IN_CLOSE_WRITE | IN_MOVED_TO);
        directory.Close();
        if (!added.TryGet(out _, out error))
        {
            inotify.Close();
            return error;
        }
        var watch = new PidFileWatch(loop, inotify);
        loop.Watch(inotify, EpollIn, _ =>
        {
            Span<byte> events = stackalloc byte[4096];
            while (Sys.Read(inotify, events).TryGet(out var n, out var _) && n > 0)
            {
            }
            changed();
        });
        return watch;
    }

    public void Dispose()
    {
        _loop.Forget(_inotify);
        _inotify.Close();
    }
}
