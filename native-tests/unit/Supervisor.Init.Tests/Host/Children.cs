using Supervisor.Linux;

namespace Supervisor.Init.Host;

/// <summary>Processes made by raw fork; the children make system calls only.</summary>
internal static unsafe class Children
{
    private const int SIGCHLD = 17, CLONE_PARENT = 0x8000;

    /// <summary>A child of the keeper that waits until <paramref name="gate"/> can be read (or is closed), then exits.</summary>
    public static int Exits(int status, Fd gate)
    {
        var pid = (int)Raw.CallFast(Nr.clone, CLONE_PARENT | SIGCHLD, 0);
        if (pid != 0)
            return pid;
        if (gate.IsOpen)
        {
            byte b;
            _ = Raw.CallFast(Nr.read, gate.Number, (nint)(&b), 1);
        }
        Exit(status);
        return 0;
    }

    /// <summary>A child of the keeper that makes <paramref name="count"/> orphans, one after the other, then exits with <paramref name="status"/>.</summary>
    public static int MakesOrphans(int count, int status)
    {
        var pid = (int)Raw.CallFast(Nr.clone, CLONE_PARENT | SIGCHLD, 0);
        if (pid != 0)
            return pid;
        for (var i = 0; i < count;)
        {
            var parent = Raw.CallFast(Nr.clone, SIGCHLD, 0);
            if (parent == 0)
            {
                Exit(Raw.CallFast(Nr.clone, SIGCHLD, 0) < 0 ? 1 : 0); // parent and orphan both
            }
            var waited = -1;
            if (parent > 0)
            {
                _ = Raw.CallFast(Nr.wait4, parent, (nint)(&waited), 0, 0);
                if (waited == 0)
                    i++;
            }
            else
                _ = Raw.CallFast(Nr.sched_yield);
        }
        Exit(status);
        return 0;
    }

    /// <summary>A child of the keeper that ignores TERM and has a child which does so as well; both last until killed.</summary>
    public static int Stubborn()
    {
        var pid = (int)Raw.CallFast(Nr.clone, CLONE_PARENT | SIGCHLD, 0);
        if (pid != 0)
            return pid;
        Ignore(15);
        _ = Raw.CallFast(Nr.clone, SIGCHLD, 0);
        while (true)
            _ = Raw.CallFast(Nr.pause);
    }

    public static void Ignore(int signal)
    {
        // struct sigaction of the kernel: handler, flags, restorer, mask; SIG_IGN is 1
        nint* action = stackalloc nint[4];
        action[0] = 1;
        action[1] = action[2] = action[3] = 0;
        _ = Raw.CallFast(Nr.rt_sigaction, signal, (nint)action, 0, 8);
    }

    public static (Fd Read, Fd Write) Pipe()
    {
        int* pair = stackalloc int[2];
        _ = Raw.Call(Nr.pipe2, (nint)pair, 0x80000);
        return (new Fd(pair[0]), new Fd(pair[1]));
    }

    public static void KillSelf() => _ = Raw.Call(Nr.kill, Environment.ProcessId, 9);

    private static void Exit(int status)
    {
        while (true)
            _ = Raw.CallFast(Nr.exit_group, status);
    }
}
