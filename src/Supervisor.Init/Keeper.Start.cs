using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>Before the loop: what the keeper is, its signals, its descriptors, and everything that a start of the manager needs. Only this part may allocate.</summary>
public static unsafe partial class Keeper
{
    private const int FirstOwnFd = 10; // the keeper's own descriptors stay above those that a child gets
    private const int SIG_BLOCK = 0, PR_SET_CHILD_SUBREAPER = 36;

    /// <summary>
    /// All signals but those that a fault raises, ABRT, the terminal's stops, and the runtime's own (34, the first real-time signal: it suspends threads).
    /// </summary>
    private static ulong Blocked => ~Sys.SignalMask(SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGSYS, 32, 33, 34);

    private const int SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11, SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18,
        SIGSTOP = 19, SIGTSTP = 20, SIGTTIN = 21, SIGTTOU = 22, SIGSYS = 31;

    private static KeeperMode DetectMode()
    {
        if (Environment.ProcessId != 1)
            return KeeperMode.Nested;
        // The first PID namespace has a fixed inode number (PROC_PID_INIT_INO). Without /proc nobody has prepared anything: that is the machine's own start.
        return Sys.ReadlinkAt(Fd.Cwd, "/proc/self/ns/pid").TryGet(out var ns, out _)
            ? ns == "pid:[4026531836]" ? KeeperMode.Init : KeeperMode.Container
            : Environment.GetEnvironmentVariable("container") is null ? KeeperMode.Init : KeeperMode.Container;
    }

    /// <summary>What a process needs at the least when it is the first: descriptors 0 to 2, and ctrl-alt-del as a signal.</summary>
    private static void PrepareMachine()
    {
        if ((Sys.SignalProcMask(SIG_BLOCK, 0) & Blocked) == Blocked)
            StandOnRoot(); // only by the program that stays
        _ = Raw.Call(Nr.reboot, unchecked((int)0xfee1dead), 672274793, 0); // LINUX_REBOOT_CMD_CAD_OFF
        if (Raw.Call(Nr.fcntl, 2, LibC.F_GETFD) >= 0)
            return;
        _ = Sys.MkdirAt(Fd.Cwd, "/dev", 0x1ED); // there already, or the mount below fails
        if (!Sys.Exists("/dev/console"))
            _ = Sys.Mount("devtmpfs", "/dev", "devtmpfs", 0, null);
        if (!Sys.Open("/dev/console", LibC.O_RDWR | LibC.O_NOCTTY).TryGet(out var console, out _) && !Sys.MemfdCreate("no console").TryGet(out console, out _))
            return;
        for (var fd = 0; fd <= 2; fd++)
        {
            if (console.Number != fd && Raw.Call(Nr.fcntl, fd, LibC.F_GETFD) < 0)
                _ = Raw.Call(Nr.dup3, console.Number, fd, 0);
        }
        if (console.Number > 2)
            console.Close();
        else
            _ = Raw.Call(Nr.fcntl, console.Number, LibC.F_SETFD, 0);
    }

    /// <summary>
    /// The initramfs is the kernel's absolute root, which pivot_root(2) cannot leave, and every service with an image wants to. So a copy of that mount is laid over
    /// it and becomes the root: the same files, one mount higher.
    /// </summary>
    private static void StandOnRoot()
    {
        const int cloneTree = 1, emptyPath = 4; // OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH
        const long ramfs = 0x858458f6, tmpfs = 0x01021994;
        long* stat = stackalloc long[16];
        fixed (byte* root = "/\0"u8, here = ".\0"u8, empty = "\0"u8)
        {
            if (Raw.Call(Nr.statfs, (nint)root, (nint)stat) < 0 || stat[0] is not (ramfs or tmpfs) || Sys.Exists("/proc/self"))
                return;
            var tree = Raw.Call(Nr.open_tree, -100, (nint)root, cloneTree | LibC.O_CLOEXEC);
            var error = tree < 0 ? tree : Raw.Call(Nr.move_mount, tree, (nint)empty, -100, (nint)root, emptyPath);
            if (error >= 0)
                error = Raw.Call(Nr.fchdir, tree);
            if (error >= 0)
                error = Raw.Call(Nr.chroot, (nint)here);
            if (tree >= 0)
                _ = Raw.Call(Nr.close, tree);
            if (error < 0)
                Print("cannot lay a root over the initramfs, so images cannot be entered"u8, (int)error);
        }
    }

    private static bool Prepare(KeeperOptions options)
    {
        var old = Sys.SignalProcMask(SIG_BLOCK, Blocked);
        var exe = OpenSelf();
        if (exe < 0)
            return Fail("cannot open this program"u8, exe);
        // The runtime's own thread does not block them, so the kernel may hand a signal to it, and there it is lost or kills. Threads inherit the mask, and so does
        // an executed program: with the mask in place before the runtime starts, no thread takes any.
        if ((old & Blocked) != Blocked)
            ExecuteAgain(exe);
        s->ExeFd = (int)Raw.Call(Nr.fcntl, exe, LibC.F_DUPFD_CLOEXEC, FirstOwnFd);
        _ = Raw.Call(Nr.close, exe);
        // what the starter left open is neither ours nor the manager's
        _ = Raw.Call(Nr.close_range, 3, FirstOwnFd - 1);
        _ = Raw.Call(Nr.close_range, s->ExeFd + 1, int.MaxValue);

        var mask = Blocked;
        var signals = (int)Raw.Call(Nr.signalfd4, -1, (nint)(&mask), 8, LibC.O_CLOEXEC | LibC.O_NONBLOCK);
        if (signals < 0)
            return Fail("cannot make a descriptor for signals"u8, signals);
        s->SignalFd = (int)Raw.Call(Nr.fcntl, signals, LibC.F_DUPFD_CLOEXEC, FirstOwnFd);
        _ = Raw.Call(Nr.close, signals);

        if (s->Mode == KeeperMode.Nested)
        {
            var subreaper = Raw.Call(Nr.prctl, PR_SET_CHILD_SUBREAPER, 1);
            if (subreaper < 0)
                return Fail("cannot become the reaper of orphans"u8, (int)subreaper);
        }
        _ = Sys.SetProcessName("keeper");
        RaiseLimit();

        s->PingInterval = (ulong)options.PingInterval.TotalMicroseconds;
        s->PingTimeout = (ulong)options.PingTimeout.TotalMicroseconds;
        s->StartTimeout = (ulong)options.StartTimeout.TotalMicroseconds;
        s->KillTimeout = (ulong)options.KillTimeout.TotalMicroseconds;
        s->Arguments = Vector(["supervisor", .. options.ManagerArguments]);
        s->Environment = EnvironmentVector();
        s->Started = Clock(7);
        Auxiliary.ReleaseProgramPages();
        return true;
    }

    /// <summary>This program as an O_PATH descriptor: by /proc, or where there is none yet by the path that was executed.</summary>
    private static int OpenSelf()
    {
        const int path = 0x200000; // O_PATH
        fixed (byte* link = "/proc/self/exe\0"u8)
        {
            var fd = Raw.Call(Nr.openat, -100, (nint)link, path | LibC.O_CLOEXEC);
            if (fd < 0 && Auxiliary.ExecutedPath != null)
                fd = Raw.Call(Nr.openat, -100, (nint)Auxiliary.ExecutedPath, path | LibC.O_CLOEXEC);
            return (int)fd;
        }
    }

    private static void ExecuteAgain(int exe)
    {
        var arguments = Vector(Environment.GetCommandLineArgs());
        var environment = EnvironmentVector();
        // By its path where there is one: then ps(1) shows the program's name.
        if (Auxiliary.ExecutedPath != null)
            _ = Raw.Call(Nr.execve, (nint)Auxiliary.ExecutedPath, (nint)arguments, (nint)environment);
        fixed (byte* empty = "\0"u8)
        {
            var error = Raw.Call(Nr.execveat, exe, (nint)empty, (nint)arguments, (nint)environment, 0x1000);
            Print("cannot execute this program again, so signals may be lost"u8, (int)error);
        }
    }

    /// <summary>Room for the descriptors that are held; the manager gets the limit that was there before.</summary>
    private static void RaiseLimit()
    {
        ulong* limit = stackalloc ulong[2];
        if (Raw.Call(Nr.prlimit64, 0, 7, 0, (nint)limit) < 0)
            return;
        s->LimitNoFileSoft = limit[0];
        s->LimitNoFileHard = limit[1];
        const ulong wanted = KeeperProtocol.MaxStored + 512;
        if (limit[0] >= wanted)
            return;
        limit[0] = wanted;
        limit[1] = Math.Max(limit[1], wanted);
        if (Raw.Call(Nr.prlimit64, 0, 7, (nint)limit) >= 0)
            return;
        limit[0] = limit[1] = s->LimitNoFileHard; // without the right to raise the hard limit: as far as it goes
        _ = Raw.Call(Nr.prlimit64, 0, 7, (nint)limit);
    }

    private static byte** EnvironmentVector()
    {
        var list = new List<string>();
        foreach (System.Collections.DictionaryEntry e in Environment.GetEnvironmentVariables())
            list.Add($"{e.Key}={e.Value}");
        return Vector(list);
    }

    /// <summary>Strings as execve(2) wants them, in memory that is never given back.</summary>
    private static byte** Vector(IReadOnlyList<string> strings)
    {
        var vector = (byte**)System.Runtime.InteropServices.NativeMemory.AllocZeroed((nuint)(strings.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++)
            vector[i] = (byte*)System.Runtime.InteropServices.Marshal.StringToCoTaskMemUTF8(strings[i]);
        return vector;
    }

    private static bool Fail(ReadOnlySpan<byte> what, int error)
    {
        Print(what, error);
        return false;
    }
}
