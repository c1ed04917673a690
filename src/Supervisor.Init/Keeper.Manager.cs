using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>The manager: started, watched, started again.</summary>
public static unsafe partial class Keeper
{
    private const ulong LongLife = 10 * Second; // a manager that lived this long is not part of a series of crashes
    private const int FreeRestarts = 3; // crashes in a row that cost no wait

    /// <summary>Makes the socket and the process. What fails is tried again after a wait.</summary>
    private static void StartManager(ulong now)
    {
        int* pair = stackalloc int[2];
        var made = Raw.Call(Nr.socketpair, LibC.AF_UNIX, 5 | LibC.O_CLOEXEC, 0, (nint)pair); // SOCK_SEQPACKET
        if (made < 0)
        {
            Postpone(now, "cannot make the manager's socket"u8, (int)made);
            return;
        }
        var ours = (int)Raw.Call(Nr.fcntl, pair[0], LibC.F_DUPFD_CLOEXEC, FirstOwnFd);
        _ = Raw.Call(Nr.close, pair[0]);
        var pidfd = -1;
        // A plain fork: nothing else runs managed code here, and the child makes only system calls on memory that is its own copy (CLONE_PIDFD is 0x1000).
        var pid = ours < 0 ? ours : (int)Raw.CallFast(Nr.clone, 0x1000 | SIGCHLD, 0, (nint)(&pidfd));
        if (pid == 0)
            BecomeManager(pair[1]);
        _ = Raw.Call(Nr.close, pair[1]);
        if (pid < 0)
        {
            if (ours >= 0)
                _ = Raw.Call(Nr.close, ours);
            Postpone(now, "cannot start the manager"u8, pid);
            return;
        }
        s->Pid = pid;
        s->Pidfd = (int)Raw.Call(Nr.fcntl, pidfd, LibC.F_DUPFD_CLOEXEC, FirstOwnFd);
        _ = Raw.Call(Nr.close, pidfd);
        s->Socket = ours;
        s->Generation++;
        s->Phase = LinkPhase.Hello;
        s->StoredSaid = 0;
        s->Sent = s->First - 1; // all that was not acknowledged is said again
        s->IsReady = s->SocketFull = s->HungUp = s->PingUnsent = s->RestartPlanned = false;
        s->PingAskedAt = s->AbortedAt = 0;
        s->SpawnedAt = now;
        s->ManagerStarted = Clock(7);
    }

    /// <summary>The child: raw calls only, and no way back.</summary>
    private static void BecomeManager(int socket)
    {
        _ = Raw.CallFast(Nr.setsid); // signals of the terminal are for the keeper
        if (socket == KeeperProtocol.ManagerFd)
            _ = Raw.CallFast(Nr.fcntl, socket, LibC.F_SETFD, 0);
        else
            _ = Raw.CallFast(Nr.dup3, socket, KeeperProtocol.ManagerFd, 0);
        ulong* limit = stackalloc ulong[2];
        limit[0] = s->LimitNoFileSoft;
        limit[1] = s->LimitNoFileHard;
        _ = Raw.CallFast(Nr.prlimit64, 0, 7, (nint)limit);
        // Signals stay blocked, so that no thread of the manager's runtime takes one. Every other descriptor is close-on-exec.
        byte empty = 0;
        var error = (int)Raw.CallFast(Nr.execveat, s->ExeFd, (nint)(&empty), (nint)s->Arguments, (nint)s->Environment, 0x1000); // AT_EMPTY_PATH
        Print("cannot execute the manager"u8, error);
        while (true)
            _ = Raw.CallFast(Nr.exit_group, 203);
    }

    private static void Postpone(ulong now, ReadOnlySpan<byte> what, int error)
    {
        s->FastDeaths++;
        s->StartAt = now + Math.Max(Delay(), Second / 10);
        Print(what, error);
    }

    /// <summary>The manager was reaped.</summary>
    private static void ManagerDied(int code, int status)
    {
        var now = Now();
        TakeMessages(); // what it said last still counts: a Store, a Drop, a Shutdown
        _ = Raw.Call(Nr.close, s->Socket);
        _ = Raw.Call(Nr.close, s->Pidfd);
        s->Socket = s->Pidfd = -1;
        s->Pid = 0;
        var again = s->SignalsUnsure & ~s->SignalsRepeated;
        s->Signals |= again;
        s->SignalsRepeated |= again;
        s->SignalsUnsure = 0;
        if (s->Ending != 0)
            return;
        if (s->RestartPlanned)
        {
            s->FastDeaths = 0;
            s->PreviousCode = s->PreviousStatus = 0;
        }
        else
        {
            s->FastDeaths = s->IsReady && now - s->SpawnedAt >= LongLife ? 1 : s->FastDeaths + 1;
            s->PreviousCode = code;
            s->PreviousStatus = status;
        }
        s->StartAt = now + Delay();
        Begin();
        Add("the manager "u8);
        Add(s->RestartPlanned ? "is replaced"u8 : code == 1 ? "exited with status "u8 : "was killed by signal "u8);
        if (!s->RestartPlanned)
            Add(status);
        Add("; starting number "u8);
        Add(s->Generation + 1);
        if (s->StartAt > now)
        {
            Add(" in "u8);
            Add((long)(s->StartAt - now) / 1000);
            Add(" ms"u8);
        }
        Flush();
    }

    /// <summary>µs until the next start: none for the first crashes, then 10 ms, 20 ms … 1 s.</summary>
    private static ulong Delay() =>
        s->FastDeaths <= FreeRestarts ? 0 : Math.Min(Second, 10_000UL << Math.Min(s->FastDeaths - FreeRestarts - 1, 7));

    /// <summary>Asks whether it lives, and ends one that does not answer.</summary>
    private static void CheckManager(ulong now)
    {
        if (s->Pid == 0)
            return;
        if (s->AbortedAt != 0)
        {
            if (now >= s->AbortedAt + 5 * Second)
            {
                s->AbortedAt = now;
                SignalManager(SIGKILL);
            }
            return;
        }
        if (s->IsReady && s->PingAskedAt == 0 && now >= s->PingNextAt)
        {
            s->PingSequence++;
            s->PingAskedAt = now;
            s->PingUnsent = true;
        }
        var late = s->IsReady ? s->PingAskedAt != 0 && now >= s->PingAskedAt + s->PingTimeout : now >= s->SpawnedAt + s->StartTimeout;
        if (!late)
            return;
        Print(s->IsReady ? "the manager does not answer: aborting it"u8 : "the manager did not become ready: aborting it"u8);
        s->AbortedAt = now;
        SignalManager(SIGABRT);
        SignalManager(SIGCONT);
    }

    private static void SignalManager(int signal)
    {
        if (s->Pid != 0)
            _ = Raw.Call(Nr.pidfd_send_signal, s->Pidfd, signal);
    }
}
