using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>Tells when a cgroup v2 directory becomes empty: cgroup.events signals each change of "populated" (Documentation/admin-guide/cgroup-v2.rst).</summary>
internal sealed class CgroupWatch : IDisposable
{
    private const uint EpollPri = 2;

    private readonly Loop _loop;
    private readonly Fd _events;

    private CgroupWatch(Loop loop, Fd events) => (_loop, _events) = (loop, events);

    public static OsResult<CgroupWatch> Start(Loop loop, string cgroup, Action empty)
    {
        if (!Sys.Open($"{cgroup}/cgroup.events", LibC.O_RDONLY).TryGet(out var events, out var error))
            return error;
        var watch = new CgroupWatch(loop, events);
        loop.Watch(events, EpollPri, _ =>
        {
            if (!watch.Populated)
                empty();
        });
        return watch;
    }

    /// <summary>True when a process is in the cgroup or below it.</summary>
    public bool Populated
    {
        get
        {
            Span<byte> text = stackalloc byte[256];
            return Sys.ReadAt(_events, text, 0).TryGet(out var n, out _) && text[..n].IndexOf("populated 1"u8) >= 0;
        }
    }

    public void Dispose()
    {
        _loop.Forget(_events);
        _events.Close();
    }
}
