using System.Net;

namespace Supervisor.Units;

/// <summary>The kinds of ListenX= lines that are opened here.</summary>
public enum ListenKind { Stream, Datagram, SequentialPacket, FIFO, Special, Netlink, MessageQueue }

/// <summary>One line of a socket unit that says where it listens.</summary>
/// <param name="Text">As it was written, specifiers expanded.</param>
/// <param name="Socket">The address of what is a socket; null for files and message queues.</param>
public sealed record ListenAddress(ListenKind Kind, string Text, SocketAddress? Socket, Origin Origin)
{
    /// <summary>The file that it makes or opens; null when it has none.</summary>
    public string? File => Kind is ListenKind.FIFO or ListenKind.Special ? Text : Socket is SocketAddress.Unix { IsAbstract: false } unix ? unix.Name : null;

    /// <summary>People come one by one, and each can be given a service of its own.</summary>
    public bool CanAccept => Kind is ListenKind.Stream or ListenKind.SequentialPacket;

    /// <summary>The address as tools show it.</summary>
    public string Shown => Socket is SocketAddress.AnyAddress { Port: var port } ? $"[::]:{port}" : Text;
}

/// <summary>Where a socket is bound.</summary>
public abstract record SocketAddress
{
    private SocketAddress()
    {
    }

    /// <summary>A path, or "@name".</summary>
    public sealed record Unix(string Name) : SocketAddress
    {
        public bool IsAbstract => Name[0] == '@';
    }

    /// <param name="Scope">The interface of a link-local address, by name or number.</param>
    public sealed record Internet(IPAddress Address, ushort Port, string? Scope) : SocketAddress;

    /// <summary>A port of every address: IPv6's where there is IPv6, and what BindIPv6Only= says of IPv4.</summary>
    public sealed record AnyAddress(ushort Port) : SocketAddress;

    public sealed record Vsock(uint Cid, uint Port) : SocketAddress;

    public sealed record Netlink(int Family, uint Group) : SocketAddress;
}

public enum BindIPv6Only { Default, Both, IPv6Only }

/// <summary>IPPROTO_UDPLITE, IPPROTO_SCTP, IPPROTO_MPTCP.</summary>
public enum SocketProtocol { Default = 0, Sctp = 132, UdpLite = 136, Mptcp = 262 }

public enum SocketTimestamps { Off, Microseconds, Nanoseconds }

public enum DeferTrigger { No, Yes, Patient }

/// <summary>One NAME=value of XAttrEntryPoint= and its kin.</summary>
public readonly record struct ExtendedAttribute(string Name, string Value);
