using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>The end: what is left is killed, file systems are unmounted, and the machine or this process stops. Bounded at every step.</summary>
public static unsafe partial class Keeper
{
    private const ulong FarewellTime = 2 * Second; // for a manager that has said Shutdown to exit by itself
    private const ulong DeathTime = 5 * Second; // for the killed to die
    private const ulong SyncTime = 30 * Second;

    private static int End()
    {
        Begin();
        Add(s->Ending switch
        {
            ShutdownKind.Poweroff => "power off"u8,
            ShutdownKind.Reboot => "reboot"u8,
            ShutdownKind.Halt => "halt"u8,
            _ => "exit"u8,
        });
        if (s->WhyLength > 0)
        {
            Add(": "u8);
            Add(new ReadOnlySpan<byte>(s->Why, s->WhyLength));
        }
        Flush();

        ReapUntil(Now() + FarewellTime, managerOnly: true);
        SignalManager(SIGKILL);
        KillAll(SIGTERM);
        KillAll(SIGCONT);
        if (!ReapUntil(Now() + s->KillTimeout, managerOnly: false))
        {
            Print("killing what did not end by itself"u8);
            KillUntilGone();
        }
        for (var i = 0; i < s->StoredCount; i++)
            _ = Raw.Call(Nr.close, s->Stored[i].Fd); // a descriptor into a mount would keep it busy
        s->StoredCount = 0;
        if (s->Mode != KeeperMode.Init)
            return s->ExitCode & 0xFF;
        EndMachine();
        return s->ExitCode & 0xFF;
    }

    /// <summary>Reaps until nothing is left (or the manager is gone); false when time ran out before.</summary>
    private static bool ReapUntil(ulong deadline, bool managerOnly)
    {
        while (true)
        {
            // exits are of interest to nobody now: the ring is kept empty
            s->First = s->Last + 1;
            s->Sent = s->Last;
            while (ReapOne())
                s->First = s->Last + 1;
            if (managerOnly ? s->Pid == 0 : !HasChildren())
                return true;
            var now = Now();
            if (now >= deadline)
                return false;
            WaitSignal(deadline - now);
        }
    }

    /// <summary>Kills again and again: what a killed process leaves behind becomes a child of the keeper only when its parent is gone.</summary>
    private static void KillUntilGone()
    {
        var deadline = Now() + DeathTime;
        do
        {
            KillAll(SIGKILL);
            if (ReapUntil(Math.Min(deadline, Now() + Second / 10), managerOnly: false))
                return;
        }
        while (Now() < deadline);
        Print("something cannot be killed; going on without it"u8);
    }

    private static bool HasChildren()
    {
        int* info = stackalloc int[32];
        const int WNOWAIT = 0x01000000;
        return Raw.Call(Nr.waitid, P_ALL, 0, (nint)info, WEXITED | WNOHANG | WNOWAIT | __WALL) != -ECHILD;
    }

    private static void WaitSignal(ulong microseconds)
    {
        int* polled = stackalloc int[2];
        polled[0] = s->SignalFd;
        polled[1] = PollIn;
        long* time = stackalloc long[2];
        time[0] = (long)(microseconds / Second);
        time[1] = (long)(microseconds % Second) * 1000;
        _ = Raw.Call(Nr.ppoll, (nint)polled, 1, (nint)time, 0, 8);
        byte* drained = stackalloc byte[128 * 8];
        while (Raw.Call(Nr.read, s->SignalFd, (nint)drained, 128 * 8) == 128 * 8)
        {
        }
    }

    /// <summary>Signals every process in reach: as PID 1 all but itself, nested its own children.</summary>
    private static void KillAll(int signal)
    {
        if (s->Mode != KeeperMode.Nested)
        {
            _ = Raw.Call(Nr.kill, -1, signal);
            return;
        }
        fixed (byte* path = "/proc\0"u8)
        {
            var proc = (int)Raw.Call(Nr.openat, -100, (nint)path, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC);
            if (proc < 0)
            {
                Print("cannot look for what is left: open /proc"u8, proc);
                return;
            }
            KillChildrenIn(proc, signal);
            _ = Raw.Call(Nr.close, proc);
        }
    }

    /// <summary>A child's number stays its own until it is reaped here, so between the look and the kill it cannot become a stranger's.</summary>
    private static void KillChildrenIn(int proc, int signal)
    {
        const int size = 8192;
        byte* entries = stackalloc byte[size];
        var self = (int)Raw.CallFast(Nr.getpid);
        while (true)
        {
            var n = Raw.Retry(Nr.getdents64, proc, (nint)entries, size);
            if (n <= 0)
                return;
            // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, char name[]
            for (nint at = 0; at < n; at += *(ushort*)(entries + at + 16))
            {
                var pid = Number(entries + at + 19);
                if (pid > 0 && ParentOf(proc, entries + at + 19) == self)
                    _ = Raw.Call(Nr.kill, pid, signal);
            }
        }
    }

    /// <summary>The fourth field of /proc/PID/stat; -1 when it is gone.</summary>
    private static int ParentOf(int proc, byte* pid)
    {
        byte* path = stackalloc byte[32];
        var length = 0;
        while (pid[length] != 0 && length < 20)
        {
            path[length] = pid[length];
            length++;
        }
        "/stat\0"u8.CopyTo(new Span<byte>(path + length, 12));
        var fd = (int)Raw.Call(Nr.openat, proc, (nint)path, LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (fd < 0)
            return -1;
        byte* text = stackalloc byte[512];
        var n = (int)Raw.Retry(Nr.read, fd, (nint)text, 511);
        _ = Raw.Call(Nr.close, fd);
        if (n <= 0)
            return -1;
        text[n] = 0;
        // "PID (name) STATE PPID …": a name may hold anything, so the last parenthesis ends it
        var end = new ReadOnlySpan<byte>(text, n).LastIndexOf((byte)')');
        return end < 0 || end + 4 >= n ? -1 : Number(text + end + 4);
    }

    private static int Number(byte* digits)
    {
        var value = 0;
        if (*digits is < (byte)'0' or > (byte)'9')
            return -1;
        for (; *digits is >= (byte)'0' and <= (byte)'9' && value < 100_000_000; digits++)
            value = value * 10 + (*digits - '0');
        return value;
    }

    private static void EndMachine()
    {
        SyncBounded();
        UnmountAll();
        SyncBounded();
        // reboot(2): RB_POWER_OFF, RB_AUTOBOOT, RB_HALT_SYSTEM
        var command = s->Ending switch
        {
            ShutdownKind.Reboot => 0x01234567,
            ShutdownKind.Halt => unchecked((int)0xcdef0123),
            _ => 0x4321fedc,
        };
        var error = (int)Raw.Call(Nr.reboot, unchecked((int)0xfee1dead), 672274793, command);
        Print("cannot end the machine: reboot"u8, error);
    }

    /// <summary>sync(2) in a process of its own: a dead disk may hold it for ever, and the end must come all the same.</summary>
    private static void SyncBounded()
    {
        var pid = Raw.CallFast(Nr.clone, SIGCHLD, 0);
        if (pid == 0)
        {
            _ = Raw.CallFast(Nr.sync);
            while (true)
                _ = Raw.CallFast(Nr.exit_group, 0);
        }
        if (pid < 0)
            _ = Raw.Call(Nr.sync);
        else if (!ReapUntil(Now() + SyncTime, managerOnly: false))
            Print("writing to the disks takes too long; going on"u8);
    }
}
