using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>What one loop waits on: epoll, signals, clocks, files.</summary>
public static unsafe partial class Sys
{
    public static OsResult<Fd> EpollCreate() => NewFd("epoll_create1", Raw.Call(Nr.epoll_create1, LibC.O_CLOEXEC));

    /// <summary>epoll_ctl(2) with <paramref name="op"/> 1 add, 2 delete, 3 modify; <paramref name="token"/> comes back from the wait.</summary>
    public static OsResult EpollControl(Fd epoll, int op, Fd fd, uint events, ulong token)
    {
        EpollEvent e = new() { Events = events, Data = token };
        return Void("epoll_ctl", null, Raw.Call(Nr.epoll_ctl, epoll.Number, op, fd.Number, (nint)(&e)));
    }

    /// <summary>epoll_wait(2): how many of <paramref name="events"/> were filled. EINTR is returned as 0.</summary>
    public static OsResult<int> EpollWait(Fd epoll, Span<EpollEvent> events, int timeoutMilliseconds)
    {
        fixed (EpollEvent* p = events)
        {
            var n = Raw.Call(Nr.epoll_wait, epoll.Number, (nint)p, events.Length, timeoutMilliseconds);
            return n == -(nint)Errno.EINTR ? 0 : n < 0 ? Failure(n, "epoll_wait") : (int)n;
        }
    }

    /// <summary>A timerfd on <paramref name="clock"/> (CLOCK_MONOTONIC 1, CLOCK_REALTIME 0, CLOCK_BOOTTIME 7, CLOCK_BOOTTIME_ALARM 9), not armed, not blocking.</summary>
    public static OsResult<Fd> TimerCreate(int clock) => NewFd("timerfd_create", Raw.Call(Nr.timerfd_create, clock, LibC.O_CLOEXEC | LibC.O_NONBLOCK));

    /// <summary>Arms a timerfd for an absolute time in µs of its clock; 0 disarms.</summary>
    /// <param name="cancelOnSet">Of CLOCK_REALTIME: reading it is ECANCELED when the clock was set (TFD_TIMER_CANCEL_ON_SET).</param>
    public static OsResult TimerArm(Fd timer, ulong absoluteMicroseconds, bool cancelOnSet = false)
    {
        // struct itimerspec: interval (s, ns), value (s, ns); TFD_TIMER_ABSTIME is 1, TFD_TIMER_CANCEL_ON_SET 2
        long* spec = stackalloc long[4];
        spec[0] = spec[1] = 0;
        spec[2] = (long)(absoluteMicroseconds / 1_000_000);
        spec[3] = (long)(absoluteMicroseconds % 1_000_000) * 1000;
        return Void("timerfd_settime", null, Raw.Call(Nr.timerfd_settime, timer.Number, cancelOnSet ? 3 : 1, (nint)spec));
    }

    /// <summary>A clock's time in µs.</summary>
    public static ulong Now(int clock = 1)
    {
        long* t = stackalloc long[2];
        _ = Raw.CallFast(Nr.clock_gettime, clock, (nint)t);
        return (ulong)t[0] * 1_000_000 + (ulong)t[1] / 1000;
    }

    /// <summary>A set of signals as the kernel wants it: bit n-1 is signal n.</summary>
    public static ulong SignalMask(params ReadOnlySpan<int> signals)
    {
        ulong mask = 0;
        foreach (var s in signals)
            mask |= 1UL << (s - 1);
        return mask;
    }

    /// <summary>rt_sigprocmask(2), <paramref name="how"/> 0 block, 1 unblock, 2 set; the old mask.</summary>
    public static ulong SignalProcMask(int how, ulong mask)
    {
        ulong old;
        _ = Raw.CallFast(Nr.rt_sigprocmask, how, (nint)(&mask), (nint)(&old), 8);
        return old;
    }

    /// <summary>signalfd4(2), not blocking. The signals must be blocked already.</summary>
    public static OsResult<Fd> SignalFd(ulong mask) =>
        NewFd("signalfd4", Raw.Call(Nr.signalfd4, -1, (nint)(&mask), 8, LibC.O_CLOEXEC | LibC.O_NONBLOCK));

    internal static OsResult<Fd> NewFd(string call, nint result, string? path = null) =>
        result < 0 ? Failure(result, call, path) : new Fd((int)result);
}

/// <summary>struct epoll_event, packed on x86-64.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Pack = 4)]
public struct EpollEvent
{
    /// <summary>EPOLLIN 1, EPOLLPRI 2, EPOLLOUT 4, EPOLLERR 8, EPOLLHUP 16, EPOLLRDHUP 0x2000.</summary>
    public uint Events;
    public ulong Data;
}
