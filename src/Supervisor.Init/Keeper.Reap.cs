using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>Signals and the dead.</summary>
public static unsafe partial class Keeper
{
    private const int P_ALL = 0, WNOHANG = 1, WEXITED = 4, __WALL = 0x40000000, ECHILD = 10;
    private const int SIGINT = 2;
    private const int MaxTurnExits = 1024; // then the manager is told
    private const ulong StallTime = 10 * Second; // how long processes are left unreaped for a manager that does not take their exits

    private static KeeperExit* Slot(ulong sequence) => s->Exits + (sequence - 1) % KeeperProtocol.MaxExits;

    /// <summary>Takes what the signal descriptor has; SIGCHLD only wakes, since one stands for any number of exits.</summary>
    private static void TakeSignals()
    {
        // struct signalfd_siginfo is 128 bytes: u32 signo, s32 errno, s32 code, u32 pid, u32 uid …
        const int size = 128;
        byte* info = stackalloc byte[size * 8];
        while (true)
        {
            var n = (int)Raw.Retry(Nr.read, s->SignalFd, (nint)info, size * 8);
            for (var at = 0; at + size <= n; at += size)
                TakeSignal(*(int*)(info + at), *(int*)(info + at + 12), *(uint*)(info + at + 16));
            if (n < size * 8)
                return;
        }
    }

    private static void TakeSignal(int signal, int pid, uint uid)
    {
        if (signal is SIGCHLD or < 1 or > 64)
            return;
        if (KeeperSignals.Immediate(s->Mode, signal) is { } kind)
        {
            EndNow(kind, "a signal asked for it"u8);
            return;
        }
        if (s->Mode == KeeperMode.Init && signal == SIGINT && IsInsisting())
        {
            EndNow(ShutdownKind.Reboot, "ctrl-alt-del was pressed more than 7 times in 2 s"u8);
            return;
        }
        if (KeeperSignals.Meaning(s->Mode, signal) == KeeperRequest.None)
            return;
        s->Signals |= 1UL << (signal - 1);
        s->SignalsRepeated &= ~(1UL << (signal - 1));
        s->SignalPid[signal] = pid;
        s->SignalUid[signal] = uid;
    }

    /// <summary>The eighth interrupt within 2 s.</summary>
    private static bool IsInsisting()
    {
        var now = Now();
        s->Interrupts[s->InterruptNext] = now;
        s->InterruptNext = (s->InterruptNext + 1) % 8;
        var sevenBefore = s->Interrupts[s->InterruptNext];
        return sevenBefore != 0 && now - sevenBefore <= 2 * Second;
    }

    /// <summary>A manager that never lives long enough cannot be asked to stop everything: then an end that a signal asks for is the keeper's own doing.</summary>
    private static void EndWithoutManager()
    {
        for (var signal = 1; signal <= 64; signal++)
        {
            if ((s->Signals & 1UL << (signal - 1)) == 0)
                continue;
            var kind = KeeperSignals.Meaning(s->Mode, signal) switch
            {
                KeeperRequest.StopAll => ShutdownKind.Exit,
                KeeperRequest.Poweroff => ShutdownKind.Poweroff,
                KeeperRequest.Reboot => ShutdownKind.Reboot,
                KeeperRequest.Halt => ShutdownKind.Halt,
                _ => default,
            };
            if (kind == 0)
                continue;
            EndNow(kind, "a signal asked for it, and the manager does not stay alive"u8);
            s->ExitCode = 1;
            return;
        }
    }

    private static void EndNow(ShutdownKind kind, ReadOnlySpan<byte> why)
    {
        s->Ending = kind;
        why.CopyTo(new Span<byte>(s->Why, 1000));
        s->WhyLength = why.Length;
    }

    /// <summary>
    /// Reaps until nothing is left. When the ring is full of exits that the manager has not taken, the dead stay with the kernel, which loses none; when that
    /// has lasted, the oldest are forgotten and counted, so that the machine does not run out of process numbers.
    /// </summary>
    private static void Reap()
    {
        s->MoreToReap = false;
        for (var i = 0; i < MaxTurnExits; i++)
        {
            if (!HasRoom() || !ReapOne())
                return;
        }
        s->MoreToReap = true; // and no signal will say so
    }

    /// <summary>Reaps one process and records it; false when none is dead.</summary>
    private static bool ReapOne()
    {
        // siginfo_t of a child: int signo, errno, code, -, pid, uid, status; struct rusage: user and system time (s, µs), maxrss …
        int* info = stackalloc int[32];
        long* usage = stackalloc long[18];
        info[4] = 0;
        if (Raw.Call(Nr.waitid, P_ALL, 0, (nint)info, WEXITED | WNOHANG | __WALL, (nint)usage) < 0 || info[4] == 0)
            return false;
        int pid = info[4], code = info[2], status = info[6];
        if (pid == s->Pid)
        {
            ManagerDied(code, status);
            return true;
        }
        s->Last++;
        *Slot(s->Last) = new KeeperExit
        {
            Sequence = s->Last,
            At = Now(),
            CpuMicroseconds = (ulong)(usage[0] + usage[2]) * Second + (ulong)(usage[1] + usage[3]),
            Pid = pid,
            Code = code,
            Status = status,
            MaxRssKiB = (uint)usage[4],
        };
        return true;
    }

    /// <summary>A free place in the ring, made by forgetting exits that were said, or in need others.</summary>
    private static bool HasRoom()
    {
        if (s->Last + 1 - s->First < KeeperProtocol.MaxExits)
            return true;
        if (s->First > s->Sent)
        {
            var now = Now();
            if (s->StalledAt == 0)
                s->StalledAt = now;
            if (now - s->StalledAt < StallTime)
                return false;
            s->Lost++;
            s->Sent = s->First;
        }
        s->First++;
        return true;
    }
}
