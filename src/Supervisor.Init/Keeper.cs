using System.Runtime.CompilerServices;
using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>
/// PID 1, or the subreaper below another init: reaps, keeps descriptors, passes signals on, starts the manager again when it dies, and ends the machine when
/// told to. One thread, one loop, no allocation once it runs, nothing that throws: an exception in PID 1 is a kernel panic.
/// </summary>
[SkipLocalsInit]
public static unsafe partial class Keeper
{
    private const ulong Second = 1_000_000;
    private const int PollIn = 1, PollOut = 4;

    private static KeeperState* s;
    private static long _allocatedBefore;

    /// <summary>Bytes of managed memory that the loop has allocated since it began. The promise is 0.</summary>
    public static long Allocated => GC.GetAllocatedBytesForCurrentThread() - _allocatedBefore;

    /// <summary>
    /// Keeps until the end; returns the exit status (nested and container). As the machine's PID 1 it does not return unless reboot(2) fails.
    /// It may first execute this program again, with signals blocked before the runtime makes a thread.
    /// </summary>
    public static int Run(KeeperOptions options)
    {
        s = KeeperState.Create();
        if (s == null)
            return 71;
        s->Mode = options.Mode ?? DetectMode();
        if (s->Mode == KeeperMode.Init)
            PrepareMachine();
        if (!Prepare(options))
            return 71;
        _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        while (s->Ending == 0)
            Turn();
        return End();
    }

    /// <summary>One round: what time asks for, what can be said, then wait, and take what came.</summary>
    private static void Turn()
    {
        var now = Now();
        if (s->Pid == 0 && s->Signals != 0 && s->FastDeaths > FreeRestarts)
            EndWithoutManager();
        if (s->Pid == 0 && now >= s->StartAt && s->Ending == 0)
            StartManager(now);
        CheckManager(now);
        SendPending();
        Wait(Timeout(Now()));
        TakeSignals();
        if (s->Socket >= 0)
            TakeMessages();
        Reap();
    }

    /// <summary>Until when nothing happens by itself, in ms; -1 for ever.</summary>
    private static int Timeout(ulong now)
    {
        var until = ulong.MaxValue;
        if (s->Pid == 0)
            until = s->StartAt;
        else if (s->AbortedAt != 0)
            until = s->AbortedAt + 5 * Second;
        else if (!s->IsReady)
            until = s->SpawnedAt + s->StartTimeout;
        else
            until = s->PingAskedAt != 0 ? s->PingAskedAt + s->PingTimeout : s->PingNextAt;
        if (s->MoreToReap)
            return 0;
        if (s->StalledAt != 0 && s->StalledAt + StallTime > now)
            until = Math.Min(until, s->StalledAt + StallTime);
        if (until <= now)
            return 0;
        return (int)Math.Min((until - now + 999) / 1000, 3_600_000);
    }

    /// <summary>Waits for a signal or the manager's socket.</summary>
    private static void Wait(int milliseconds)
    {
        // struct pollfd: int fd, short events, short revents; a negative fd is passed over
        int* polled = stackalloc int[4];
        polled[0] = s->SignalFd;
        polled[1] = PollIn;
        polled[2] = s->Socket;
        polled[3] = s->SocketFull ? PollIn | PollOut : PollIn;
        // a manager that closed its end while it lives would be reported for ever: its death comes as a signal
        if (s->Socket >= 0 && s->HungUp)
            polled[2] = -1;
        long* time = stackalloc long[2];
        time[0] = milliseconds / 1000;
        time[1] = milliseconds % 1000 * 1_000_000L;
        _ = Raw.Call(Nr.ppoll, (nint)polled, 2, (nint)time, 0, 8);
    }

    private static ulong Now() => Clock(1);

    /// <summary>µs of a clock: CLOCK_MONOTONIC 1, CLOCK_BOOTTIME 7.</summary>
    private static ulong Clock(int clock)
    {
        long* t = stackalloc long[2];
        _ = Raw.CallFast(Nr.clock_gettime, clock, (nint)t);
        return (ulong)t[0] * Second + (ulong)t[1] / 1000;
    }
}
