using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>
/// The one loop: descriptors, times and deferred work of the manager, on one thread. Handlers run one after the other; a handler that throws is a bug that is
/// reported once to <see cref="OnBug"/>, and the loop goes on.
/// </summary>
internal sealed class Loop : IDisposable
{
    private const uint EpollIn = 1;

    private readonly Fd _epoll;
    private readonly Fd _timer;
    private readonly Dictionary<int, Action<uint>> _handlers = [];
    private readonly PriorityQueue<Timer, ulong> _times = new();
    private readonly Queue<Action> _deferred = new();
    private ulong _armedFor;
    private bool _stopped;

    public Loop()
    {
        _epoll = Sys.EpollCreate().Value;
        _timer = Sys.TimerCreate(clock: 1).Value;
        Watch(_timer, EpollIn, _ => DrainTimer());
    }

    /// <summary>Told of each exception that a handler let out.</summary>
    public Action<Exception>? OnBug { get; set; }

    /// <summary>Calls <paramref name="handler"/> with the ready events while <paramref name="fd"/> is watched. The descriptor stays the caller's.</summary>
    public void Watch(Fd fd, uint events, Action<uint> handler)
    {
        if (TryWatch(fd, events, handler).Failed(out var error))
            throw new InvalidOperationException($"cannot watch {fd}: {error}");
    }

    /// <summary>As <see cref="Watch"/>, for descriptors of which it is not known whether they can be watched: EPERM for files and directories.</summary>
    public OsResult TryWatch(Fd fd, uint events, Action<uint> handler)
    {
        var result = Sys.EpollControl(_epoll, _handlers.ContainsKey(fd.Number) ? 3 : 1, fd, events, (ulong)fd.Number);
        if (result.Ok)
            _handlers[fd.Number] = handler;
        return result;
    }

    /// <summary>Stops watching; must come before the descriptor is closed.</summary>
    public void Forget(Fd fd)
    {
        if (_handlers.Remove(fd.Number))
            _ = Sys.EpollControl(_epoll, 2, fd, 0, 0);
    }

    /// <summary>Runs <paramref name="action"/> once at <paramref name="at"/> (µs, CLOCK_MONOTONIC). Dispose the result to call it off.</summary>
    public IDisposable At(ulong at, Action action)
    {
        var timer = new Timer(action);
        _times.Enqueue(timer, at);
        Arm();
        return timer;
    }

    /// <summary>Runs <paramref name="action"/> after the handler that runs now.</summary>
    public void Later(Action action) => _deferred.Enqueue(action);

    /// <summary>Lets <see cref="Run"/> return after the handler that runs now.</summary>
    public void Stop() => _stopped = true;

    public void Run()
    {
        Span<EpollEvent> events = stackalloc EpollEvent[32];
        while (!_stopped)
        {
            RunDeferred();
            if (_stopped)
                return;
            if (!Sys.EpollWait(_epoll, events, -1).TryGet(out var count, out var error))
                throw new InvalidOperationException(error.ToString());
            for (var i = 0; i < count && !_stopped; i++)
            {
                // a handler may have forgotten a descriptor whose event is still in this batch
                if (_handlers.TryGetValue((int)events[i].Data, out var handler))
                    Guarded(handler, events[i].Events);
            }
        }
    }

    public void Dispose()
    {
        _timer.Close();
        _epoll.Close();
    }

    private void RunDeferred()
    {
        while (_deferred.TryDequeue(out var action) && !_stopped)
            Guarded(action);
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception bug) when (OnBug is not null)
        {
            OnBug(bug);
        }
    }

    private void Guarded(Action<uint> handler, uint ready)
    {
        try
        {
            handler(ready);
        }
        catch (Exception bug) when (OnBug is not null)
        {
            OnBug(bug);
        }
    }

    private void DrainTimer()
    {
        Span<byte> expirations = stackalloc byte[8];
        _ = Sys.Read(_timer, expirations); // EAGAIN when it was re-armed in between: the queue below decides
        _armedFor = 0;
        var now = Sys.Now();
        while (_times.TryPeek(out var timer, out var at) && at <= now)
        {
            _times.Dequeue();
            if (timer.Action is { } action)
                Guarded(action);
        }
        Arm();
    }

    private void Arm()
    {
        while (_times.TryPeek(out var timer, out _) && timer.Action is null)
            _times.Dequeue();
        var next = _times.TryPeek(out _, out var at) ? Math.Max(at, 1) : 0;
        if (next == _armedFor)
            return;
        _armedFor = next;
        if (Sys.TimerArm(_timer, next).Failed(out var error))
            throw new InvalidOperationException(error.ToString());
    }

    private sealed class Timer(Action action) : IDisposable
    {
        public Action? Action { get; private set; } = action;

        public void Dispose() => Action = null;
    }
}
