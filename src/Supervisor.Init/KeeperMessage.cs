using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>A descriptor that the keeper held for the manager; the manager owns this copy, the keeper keeps its own until Drop.</summary>
public readonly record struct StoredFd(string Name, Fd Fd);

/// <summary>Everything that a fresh manager is told before it goes.</summary>
/// <param name="Generation">1 for the first manager since the keeper started, 2 for the next …</param>
/// <param name="Mode">What the keeper is.</param>
/// <param name="PreviousCode">si_code of the end of the manager before (1 exited, 2 killed, 3 dumped core); 0 when there was none or when it was planned.</param>
/// <param name="PreviousStatus">Its exit status or signal.</param>
/// <param name="Stored">The descriptors stored by earlier managers, in the order in which they were stored.</param>
/// <param name="Exits">What ended and was not acknowledged; see <see cref="KeeperExit"/> for why some may be known already.</param>
/// <param name="LostExits">Exits that had to be forgotten since the keeper started, because no manager lived to take them.</param>
/// <param name="KeeperStarted">µs of CLOCK_BOOTTIME.</param>
/// <param name="ManagerStarted">µs of CLOCK_BOOTTIME.</param>
public sealed record KeeperInitial(
    int Generation,
    KeeperMode Mode,
    int PreviousCode,
    int PreviousStatus,
    IReadOnlyList<StoredFd> Stored,
    IReadOnlyList<KeeperExit> Exits,
    ulong LostExits,
    ulong KeeperStarted,
    ulong ManagerStarted);

/// <summary>Something that the keeper says while the manager runs.</summary>
public abstract record KeeperMessage
{
    private KeeperMessage()
    {
    }

    /// <summary>Processes ended. Those that the manager does not know are orphans that the keeper inherited.</summary>
    public sealed record Exited(IReadOnlyList<KeeperExit> Exits) : KeeperMessage;

    /// <summary>The keeper was sent a signal; <paramref name="Request"/> is what that asks for.</summary>
    public sealed record Signal(int Number, KeeperRequest Request, int SenderPid, uint SenderUid) : KeeperMessage;

    /// <summary>Are you alive? Answer <see cref="KeeperClient.Pong"/> from the loop.</summary>
    public sealed record Ping(ulong Sequence) : KeeperMessage;

    /// <summary>A <see cref="KeeperClient.Store"/> did not work: ENOSPC when the table is full.</summary>
    public sealed record Refused(string Name, Errno Errno) : KeeperMessage;

    /// <summary>The keeper is dead. What a manager can still do is stop everything and exit.</summary>
    public sealed record Gone : KeeperMessage;
}
