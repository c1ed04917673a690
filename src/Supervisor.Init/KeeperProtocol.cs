using System.Runtime.InteropServices;

namespace Supervisor.Init;

/// <summary>
/// What keeper and manager say to each other over a SOCK_SEQPACKET pair (the manager's end is its fd 3). A packet is one message: a
/// <see cref="KeeperHeader"/> (16 bytes, little-endian as the machine is), then a body whose form the type decides; at most <see cref="MaxMessage"/> bytes.
/// <code>
/// keeper → manager                count           a                b             body                      descriptor
///   Hello    first of all         stored fds      generation       lost exits    KeeperHello
///   Stored   one a stored fd      bytes of name                                  name                      the fd
///   Exited   a batch              exits                                          KeeperExit × count
///   Go       end of the initial part
///   Signal   one came             bytes of names  its number       pid &lt;&lt; 32 | uid of the sender
///   Ping     answer with Pong                                      sequence
///   Refused  a Store did not work bytes of name   errno                          name
/// manager → keeper
///   Ready    the manager works
///   Pong                                                           sequence of the ping
///   Store    keep this            bytes of name                                  name                      the fd
///   Drop     forget and close     bytes of name                                  name
///   Acknowledge                                                    last exit's sequence that need not come again
///   Restart  my next death is planned: start a new one at once
///   Shutdown                      bytes of why    exit code        kind          why (for the console)
/// </code>
/// After a start the keeper sends Hello, Stored for each descriptor, Exited until all that is unacknowledged has been said, Go; then events as they come.
/// The keeper never waits for the manager: what does not fit the socket stays in its tables, and what does not fit these stays unreaped in the kernel.
/// </summary>
public static class KeeperProtocol
{
    /// <summary>Where the manager finds its end.</summary>
    public const int ManagerFd = 3;

    public const int MaxMessage = 4096;

    /// <summary>Descriptors that the keeper holds at most.</summary>
    public const int MaxStored = 1024;

    /// <summary>Bytes of UTF-8 in a stored descriptor's name.</summary>
    public const int MaxName = 127;

    /// <summary>Exits that the keeper holds at most before it leaves processes unreaped.</summary>
    public const int MaxExits = 4096;

    /// <summary>Exits in one message.</summary>
    public const int MaxBatch = 64;
}

/// <summary>The kinds of message, by direction.</summary>
public enum KeeperMessageType : ushort
{
    Hello = 1,
    Stored = 2,
    Exited = 3,
    Go = 4,
    Signal = 5,
    Ping = 6,
    Refused = 7,

    Ready = 32,
    Pong = 33,
    Store = 34,
    Drop = 35,
    Acknowledge = 36,
    Restart = 37,
    Shutdown = 38,
}

/// <summary>What the keeper is: it decides what signals mean and how it ends.</summary>
public enum KeeperMode
{
    /// <summary>PID 1 of the machine: ends with reboot(2).</summary>
    Init = 1,

    /// <summary>PID 1 of a PID namespace: ends by exiting, which ends the namespace.</summary>
    Container = 2,

    /// <summary>A child subreaper below another init (<c>supervisor run</c>): ends by exiting, and touches only its own descendants.</summary>
    Nested = 3,
}

/// <summary>How everything is to end.</summary>
public enum ShutdownKind
{
    Poweroff = 1,
    Reboot = 2,
    Halt = 3,

    /// <summary>The keeper exits with the code; the machine's own PID 1 powers off instead.</summary>
    Exit = 4,
}

/// <summary>The first 16 bytes of every message.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KeeperHeader
{
    public KeeperMessageType Type;
    public ushort Count;
    public int A;
    public ulong B;

    public const int Size = 16;
}

/// <summary>The body of Hello (32 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KeeperHello
{
    public KeeperMode Mode;

    /// <summary>The end of the manager before this one (si_code and si_status of waitid(2)); 0 and 0 for the first and after a planned restart.</summary>
    public int PreviousCode;
    public int PreviousStatus;
    public uint PendingExits;

    /// <summary>When the keeper started, µs of CLOCK_BOOTTIME.</summary>
    public ulong KeeperStarted;

    /// <summary>When this manager was started, µs of CLOCK_BOOTTIME.</summary>
    public ulong ManagerStarted;

    public const int Size = 32;
}

/// <summary>One process that ended and was reaped (40 bytes).</summary>
/// <remarks>
/// A manager that died may have acted on an exit without having acknowledged it, so a new one can be told of it again, and the number may belong to another process by then.
/// <see cref="At"/> tells: a number is given out again only after it was reaped, so an exit older than the start of the process it seems to be about is another's.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct KeeperExit
{
    /// <summary>1, 2, 3 … since the keeper started.</summary>
    public ulong Sequence { get; init; }

    /// <summary>When it was reaped, µs of CLOCK_MONOTONIC.</summary>
    public ulong At { get; init; }

    /// <summary>User and system time in µs, of itself and of the descendants that it waited for.</summary>
    public ulong CpuMicroseconds { get; init; }

    public int Pid { get; init; }

    /// <summary>si_code of waitid(2): CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3.</summary>
    public int Code { get; init; }

    /// <summary>si_status: the exit status, or the signal.</summary>
    public int Status { get; init; }

    /// <summary>The largest resident set that it had, in KiB.</summary>
    public uint MaxRssKiB { get; init; }

    internal const int Size = 40;
}
