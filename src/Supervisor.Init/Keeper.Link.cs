using System.Runtime.CompilerServices;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>What is said to the manager and what it says. Nothing here waits.</summary>
public static unsafe partial class Keeper
{
    private const int MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, MSG_CMSG_CLOEXEC = 0x40000000;
    private const int MaxTurnMessages = 512; // then time and signals have their turn

    /// <summary>Says what there is to say until it is said or the socket is full.</summary>
    private static void SendPending()
    {
        s->SocketFull = false;
        while (s->Socket >= 0 && !s->HungUp && SendNext())
        {
        }
    }

    /// <summary>One message; false when there is none or it does not fit now.</summary>
    private static bool SendNext()
    {
        switch (s->Phase)
        {
            case LinkPhase.Hello:
                if (!SendHello())
                    return false;
                s->Phase = LinkPhase.Stored;
                return true;
            case LinkPhase.Stored:
                if (s->StoredSaid == s->StoredCount)
                {
                    s->Phase = LinkPhase.Exits;
                    return true;
                }
                var slot = s->Stored + s->StoredSaid;
                if (!SendNamed(KeeperMessageType.Stored, 0, slot->Name, slot->Length, slot->Fd))
                    return false;
                s->StoredSaid++;
                return true;
            case LinkPhase.Exits:
                if (s->Sent < s->Last)
                    return SendExits();
                s->Phase = LinkPhase.Go;
                return true;
            case LinkPhase.Go:
                if (!Send(new KeeperHeader { Type = KeeperMessageType.Go }, 0))
                    return false;
                s->Phase = LinkPhase.Live;
                return true;
            default:
                return SendEvent();
        }
    }

    private static bool SendEvent()
    {
        if (s->PingUnsent)
        {
            if (!Send(new KeeperHeader { Type = KeeperMessageType.Ping, B = s->PingSequence }, 0))
                return false;
            s->PingUnsent = false;
            return true;
        }
        if (s->Signals != 0)
        {
            var signal = System.Numerics.BitOperations.TrailingZeroCount(s->Signals) + 1;
            if (!Send(new KeeperHeader { Type = KeeperMessageType.Signal, A = signal, B = (ulong)(uint)s->SignalPid[signal] << 32 | s->SignalUid[signal] }, 0))
                return false;
            s->Signals &= ~(1UL << (signal - 1));
            s->SignalsUnsure |= 1UL << (signal - 1);
            s->SureAfterPing = s->PingSequence + 1;
            s->PingNextAt = 0; // asked as soon as no other ping is out
            return true;
        }
        if (s->RefusedCount > 0)
        {
            if (!SendNamed(KeeperMessageType.Refused, s->Refused->Errno, s->Refused->Name, s->Refused->Length, -1))
                return false;
            s->RefusedCount--;
            new Span<RefusedSlot>(s->Refused + 1, s->RefusedCount).CopyTo(new Span<RefusedSlot>(s->Refused, s->RefusedCount));
            return true;
        }
        return s->Sent < s->Last && SendExits();
    }

    private static bool SendHello()
    {
        var body = (KeeperHello*)(s->Packet + KeeperHeader.Size);
        body->Mode = s->Mode;
        body->PreviousCode = s->PreviousCode;
        body->PreviousStatus = s->PreviousStatus;
        body->PendingExits = (uint)(s->Last - s->Sent);
        body->KeeperStarted = s->Started;
        body->ManagerStarted = s->ManagerStarted;
        return Send(new KeeperHeader { Type = KeeperMessageType.Hello, Count = (ushort)s->StoredCount, A = s->Generation, B = s->Lost }, KeeperHello.Size);
    }

    private static bool SendExits()
    {
        var count = (int)Math.Min(s->Last - s->Sent, KeeperProtocol.MaxBatch);
        var to = (KeeperExit*)(s->Packet + KeeperHeader.Size);
        for (var i = 0; i < count; i++)
            to[i] = *Slot(s->Sent + 1 + (ulong)i);
        if (!Send(new KeeperHeader { Type = KeeperMessageType.Exited, Count = (ushort)count }, count * KeeperExit.Size))
            return false;
        s->Sent += (ulong)count;
        s->StalledAt = 0;
        return true;
    }

    private static bool SendNamed(KeeperMessageType type, int a, byte* name, int length, int fd)
    {
        Unsafe.CopyBlockUnaligned(s->Packet + KeeperHeader.Size, name, (uint)length);
        return Send(new KeeperHeader { Type = type, A = a, Count = (ushort)length }, length, fd);
    }

    /// <summary>Sends the packet: the header, and <paramref name="body"/> bytes that are in place already.</summary>
    private static bool Send(KeeperHeader header, int body, int fd = -1)
    {
        *(KeeperHeader*)s->Packet = header;
        byte* control = stackalloc byte[24];
        iovec iov = new() { iov_base = s->Packet, iov_len = (size_t)(ulong)(KeeperHeader.Size + body) };
        msghdr message = default;
        message.msg_iov = &iov;
        message.msg_iovlen = 1;
        if (fd >= 0)
        {
            *(ulong*)control = 20;
            *(int*)(control + 8) = LibC.SOL_SOCKET;
            *(int*)(control + 12) = LibC.SCM_RIGHTS;
            *(int*)(control + 16) = fd;
            *(int*)(control + 20) = 0;
            message.msg_control = control;
            message.msg_controllen = (socklen_t)24u;
        }
        var n = Raw.Retry(Nr.sendmsg, s->Socket, (nint)(&message), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            return true;
        // Full, no memory, or too many descriptors under way (ETOOMANYREFS): again when the manager has read. Anything else: it is going.
        if ((Errno)(-n) is Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM or Errno.ETOOMANYREFS)
            s->SocketFull = true;
        else
            s->HungUp = true;
        return false;
    }

    /// <summary>Takes what the manager said.</summary>
    private static void TakeMessages()
    {
        byte* control = stackalloc byte[64];
        for (var i = 0; i < MaxTurnMessages && !s->HungUp && s->RefusedCount < KeeperState.MaxRefused; i++)
        {
            iovec iov = new() { iov_base = s->Packet, iov_len = (size_t)(ulong)KeeperProtocol.MaxMessage };
            msghdr message = default;
            message.msg_iov = &iov;
            message.msg_iovlen = 1;
            message.msg_control = control;
            message.msg_controllen = (socklen_t)24u; // room for one descriptor: the kernel closes what is more
            var n = (int)Raw.Retry(Nr.recvmsg, s->Socket, (nint)(&message), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
            if (n == -(int)Errno.EAGAIN)
                return;
            if (n <= 0)
            {
                s->HungUp = true;
                return;
            }
            var fd = (uint)message.msg_controllen >= 20 && *(int*)(control + 8) == LibC.SOL_SOCKET && *(int*)(control + 12) == LibC.SCM_RIGHTS ? *(int*)(control + 16) : -1;
            if (n < KeeperHeader.Size || !Take((KeeperHeader*)s->Packet, n - KeeperHeader.Size, fd))
            {
                Print("the manager sent what no manager sends: killing it"u8);
                s->HungUp = true;
                SignalManager(SIGKILL);
            }
        }
    }

    /// <summary>One message with <paramref name="body"/> bytes after its header; <paramref name="fd"/> belongs to this method.</summary>
    private static bool Take(KeeperHeader* header, int body, int fd)
    {
        if (header->Type != KeeperMessageType.Store && fd >= 0)
        {
            _ = Raw.Call(Nr.close, fd);
            return false;
        }
        var text = s->Packet + KeeperHeader.Size;
        var isName = header->Count == body && body is > 0 and <= KeeperProtocol.MaxName;
        switch (header->Type)
        {
            case KeeperMessageType.Ready:
                s->IsReady = true;
                s->PingAskedAt = 0;
                s->PingNextAt = s->SignalsUnsure != 0 ? 0 : Now() + s->PingInterval;
                Auxiliary.ReleaseProgramPages(); // what the start of the manager has brought in is not needed again
                return true;
            case KeeperMessageType.Pong:
                if (header->B == s->PingSequence && s->PingAskedAt != 0)
                {
                    s->PingAskedAt = 0;
                    if (s->SignalsUnsure != 0 && s->PingSequence < s->SureAfterPing)
                        return true;
                    s->SignalsUnsure = 0;
                    s->PingNextAt = Now() + s->PingInterval;
                }
                return true;
            case KeeperMessageType.Store when isName:
                Store(text, body, fd);
                return true;
            case KeeperMessageType.Drop when isName:
                Drop(text, body);
                return true;
            case KeeperMessageType.Acknowledge when header->B <= s->Sent:
                s->First = Math.Max(s->First, header->B + 1);
                return true;
            case KeeperMessageType.Restart:
                s->RestartPlanned = true;
                return true;
            case KeeperMessageType.Shutdown when header->Count == body && body <= 1000 && header->B is >= 1 and <= 4:
                s->Ending = (ShutdownKind)header->B;
                s->ExitCode = header->A;
                s->WhyLength = body;
                Unsafe.CopyBlockUnaligned(s->Why, text, (uint)body);
                return true;
            default:
                if (fd >= 0)
                    _ = Raw.Call(Nr.close, fd);
                return false;
        }
    }

    /// <summary>Holds the descriptor under the name; the one that was there is closed.</summary>
    private static void Store(byte* name, int length, int fd)
    {
        var at = Find(name, length);
        var error = fd < 0 ? Errno.EMFILE : at == KeeperProtocol.MaxStored ? Errno.ENOSPC : Errno.None; // without one: it did not fit the keeper's table
        if (error != Errno.None)
        {
            if (fd >= 0)
                _ = Raw.Call(Nr.close, fd);
            var refused = s->Refused + s->RefusedCount++;
            refused->Errno = (int)error;
            refused->Length = (byte)length;
            Unsafe.CopyBlockUnaligned(refused->Name, name, (uint)length);
            return;
        }
        var slot = s->Stored + at;
        if (at == s->StoredCount)
        {
            s->StoredCount++;
            slot->Length = (byte)length;
            Unsafe.CopyBlockUnaligned(slot->Name, name, (uint)length);
            if (s->Phase > LinkPhase.Stored)
                s->StoredSaid = s->StoredCount;
        }
        else
            _ = Raw.Call(Nr.close, slot->Fd);
        slot->Fd = fd;
    }

    private static void Drop(byte* name, int length)
    {
        var at = Find(name, length);
        if (at == s->StoredCount)
            return;
        _ = Raw.Call(Nr.close, s->Stored[at].Fd);
        s->StoredCount--;
        if (at < s->StoredSaid)
            s->StoredSaid--;
        new Span<StoredSlot>(s->Stored + at + 1, s->StoredCount - at).CopyTo(new Span<StoredSlot>(s->Stored + at, s->StoredCount - at));
    }

    /// <summary>Where the name is, or the end of the table.</summary>
    private static int Find(byte* name, int length)
    {
        var wanted = new ReadOnlySpan<byte>(name, length);
        for (var i = 0; i < s->StoredCount; i++)
        {
            if (new ReadOnlySpan<byte>(s->Stored[i].Name, s->Stored[i].Length).SequenceEqual(wanted))
                return i;
        }
        return s->StoredCount;
    }
}
