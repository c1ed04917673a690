using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>
/// Everything that the keeper knows, in memory mapped once at its start: a page costs nothing until it is touched, and the collector knows nothing of it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KeeperState
{
    public KeeperMode Mode;

    // What the manager is made of: prepared before the first start.
    public int ExeFd;
    public byte** Arguments;
    public byte** Environment;
    public ulong LimitNoFileSoft, LimitNoFileHard;

    public int SignalFd;
    public ulong Started; // µs of CLOCK_BOOTTIME

    // The manager of now.
    public int Pid; // 0 while there is none
    public int Pidfd;
    public int Socket; // -1 while there is none
    public int Generation;
    public LinkPhase Phase;
    public bool IsReady;
    public bool RestartPlanned;
    public ulong ManagerStarted; // µs of CLOCK_BOOTTIME
    public ulong SpawnedAt; // from here on: µs of CLOCK_MONOTONIC
    public ulong StartAt; // when the next one is started, while there is none
    public int FastDeaths;
    public int PreviousCode, PreviousStatus;
    public bool SocketFull;
    public bool HungUp; // it closed its end, or sent what no manager sends

    // Are you alive?
    public ulong PingSequence;
    public ulong PingAskedAt; // 0: none is out
    public ulong PingNextAt;
    public bool PingUnsent;
    public ulong AbortedAt; // 0: not aborted

    public ulong PingInterval, PingTimeout, StartTimeout, KillTimeout;

    // Exits: a ring of MaxExits; First..Last are kept, those up to Sent were said to the manager of now.
    public KeeperExit* Exits;
    public ulong First, Sent, Last; // sequences; First is the oldest kept, empty when First > Last
    public ulong Lost;
    public ulong StalledAt; // since when processes are left unreaped; 0: they are not

    public bool MoreToReap;

    // Descriptors held for the manager, in the order in which they came.
    public StoredSlot* Stored;
    public int StoredCount;
    public int StoredSaid; // how many of them the manager of now has been handed

    // Signals not yet said: bit n-1 is signal n.
    public ulong Signals;
    public ulong SignalsUnsure; // said, but no Pong has come since: a manager that dies now may not have read them
    public ulong SignalsRepeated; // said to a second manager for that reason; not to a third, in case they are what kills it
    public ulong SureAfterPing; // the Pong of this ping makes the unsure sure
    public fixed int SignalPid[65];
    public fixed uint SignalUid[65];
    public fixed ulong Interrupts[8]; // the times of the last ctrl-alt-dels
    public int InterruptNext;

    // Stores not done, not yet said.
    public RefusedSlot* Refused;
    public int RefusedCount;

    // The end.
    public ShutdownKind Ending; // 0: not yet
    public int ExitCode;
    public fixed byte Why[1000];
    public int WhyLength;

    /// <summary>Bytes of a packet on its way in or out.</summary>
    public byte* Packet;

    /// <summary>Bytes of a line for the console.</summary>
    public byte* Line;
    public int LineLength;

    public const int MaxRefused = 64;

    /// <summary>The state with its tables, or null when there is no memory.</summary>
    public static KeeperState* Create()
    {
        var exits = (nint)KeeperProtocol.MaxExits * Unsafe.SizeOf<KeeperExit>();
        var stored = (nint)KeeperProtocol.MaxStored * sizeof(StoredSlot);
        var refused = (nint)MaxRefused * sizeof(RefusedSlot);
        var state = Align(sizeof(KeeperState));
        var total = state + Align(exits) + Align(stored) + Align(refused) + KeeperProtocol.MaxMessage + 4096;
        // PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS
        var memory = Raw.Call(Nr.mmap, 0, total, 3, 0x22, -1, 0);
        if (memory < 0)
            return null;
        var s = (KeeperState*)memory;
        s->Exits = (KeeperExit*)(memory + state);
        s->Stored = (StoredSlot*)((byte*)s->Exits + Align(exits));
        s->Refused = (RefusedSlot*)((byte*)s->Stored + Align(stored));
        s->Packet = (byte*)s->Refused + Align(refused);
        s->Line = s->Packet + KeeperProtocol.MaxMessage;
        s->First = 1;
        s->Socket = s->Pidfd = s->SignalFd = s->ExeFd = -1;
        return s;
    }

    private static nint Align(nint size) => (size + 4095) & ~4095;
}

/// <summary>How far a new manager has been told what it must know.</summary>
internal enum LinkPhase { Hello, Stored, Exits, Go, Live }

/// <summary>A descriptor that is held, and its name.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StoredSlot
{
    public int Fd;
    public byte Length;
    public fixed byte Name[KeeperProtocol.MaxName];
}

/// <summary>A Store that did not work.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RefusedSlot
{
    public int Errno;
    public byte Length;
    public fixed byte Name[KeeperProtocol.MaxName];
}
