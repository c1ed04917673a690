using System.Buffers.Binary;
using System.Net;
using System.Text;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>One end of a socket.</summary>
/// <param name="Family">AF_INET, AF_INET6, AF_VSOCK; AF_UNIX, of which nothing more is said.</param>
/// <param name="Address">Of the first two.</param>
/// <param name="Cid">Of AF_VSOCK.</param>
public readonly record struct SocketName(int Family, IPAddress? Address, uint Port, uint Cid);

/// <summary>Sockets of families other than AF_UNIX: addresses, names, options.</summary>
public static unsafe partial class Sys
{
    public const int AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16, AF_VSOCK = 40;

    private const int AddressMax = 128;

    /// <summary>socket(2), close-on-exec, not blocking.</summary>
    public static OsResult<Fd> Socket(int family, int type, int protocol = 0) => NewFd("socket", Raw.Call(Nr.socket, family, type | LibC.O_CLOEXEC | LibC.O_NONBLOCK, protocol));

    /// <summary>bind(2) to an address and port; <paramref name="scope"/> is the number of the interface that a link-local address is of.</summary>
    public static OsResult BindInternet(Fd socket, IPAddress address, ushort port, uint scope = 0)
    {
        // sockaddr_in: u16 family, be16 port, 4 bytes address; sockaddr_in6: u16 family, be16 port, u32 flow, 16 bytes address, u32 scope
        var v6 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        Span<byte> sockaddr = stackalloc byte[28];
        sockaddr.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(sockaddr, (ushort)(v6 ? AF_INET6 : AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[2..], port);
        address.TryWriteBytes(sockaddr[(v6 ? 8 : 4)..], out _);
        BinaryPrimitives.WriteUInt32LittleEndian(sockaddr[24..], scope);
        return Bind(socket, sockaddr[..(v6 ? 28 : 16)], $"{(v6 ? $"[{address}]" : address)}:{port}");
    }

    /// <summary>bind(2) to a port of this machine, as the host of virtual machines knows it (vsock(7)).</summary>
    public static OsResult BindVsock(Fd socket, uint cid, uint port)
    {
        // sockaddr_vm: u16 family, u16 0, u32 port, u32 cid, 4 bytes 0
        Span<byte> sockaddr = stackalloc byte[16];
        sockaddr.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(sockaddr, AF_VSOCK);
        BinaryPrimitives.WriteUInt32LittleEndian(sockaddr[4..], port);
        BinaryPrimitives.WriteUInt32LittleEndian(sockaddr[8..], cid);
        return Bind(socket, sockaddr, $"vsock:{cid}:{port}");
    }

    /// <summary>bind(2) to multicast groups (netlink(7)).</summary>
    public static OsResult BindNetlink(Fd socket, uint groups)
    {
        // sockaddr_nl: u16 family, u16 0, u32 pid (the kernel chooses), u32 groups
        Span<byte> sockaddr = stackalloc byte[12];
        sockaddr.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(sockaddr, AF_NETLINK);
        BinaryPrimitives.WriteUInt32LittleEndian(sockaddr[8..], groups);
        return Bind(socket, sockaddr, $"netlink group {groups}");
    }

    /// <summary>getsockname(2).</summary>
    public static OsResult<SocketName> OwnName(Fd socket) => Name(socket, "getsockname", Nr.getsockname);

    /// <summary>getpeername(2).</summary>
    public static OsResult<SocketName> PeerName(Fd socket) => Name(socket, "getpeername", Nr.getpeername);

    /// <summary>setsockopt(2) with a text.</summary>
    public static OsResult SetSocketOption(Fd socket, int level, int option, string text)
    {
        byte* buffer = stackalloc byte[256];
        return CText.Write(text, new(buffer, 256)) is not Errno.None and var unusable
            ? new OsError(unusable, "setsockopt", text)
            : Void("setsockopt", text, Raw.Call(Nr.setsockopt, socket.Number, level, option, (nint)buffer, Encoding.UTF8.GetByteCount(text)));
    }

    /// <summary>SO_COOKIE: a number that no other socket of this boot has.</summary>
    public static OsResult<ulong> SocketCookie(Fd socket)
    {
        ulong cookie = 0;
        var size = 8;
        var n = Raw.Call(Nr.getsockopt, socket.Number, LibC.SOL_SOCKET, 57, (nint)(&cookie), (nint)(&size));
        return n < 0 ? Failure(n, "getsockopt SO_COOKIE") : cookie;
    }

    /// <summary>The number of a network interface (netdevice(7), SIOCGIFINDEX).</summary>
    public static OsResult<uint> InterfaceIndex(string name)
    {
        if (!Socket(AF_INET, LibC.SOCK_DGRAM).TryGet(out var socket, out var error))
            return error;
        byte* request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        if (!Encoding.UTF8.TryGetBytes(name, new(request, 15), out _))
            return new OsError(Errno.ENODEV, "ioctl SIOCGIFINDEX", name);
        var n = Raw.Call(Nr.ioctl, socket.Number, 0x8933, (nint)request);
        socket.Close();
        return n < 0 ? Failure(n, "ioctl SIOCGIFINDEX", name) : *(uint*)(request + 16);
    }

    private static OsResult Bind(Fd socket, ReadOnlySpan<byte> address, string shown)
    {
        fixed (byte* p = address)
            return Void("bind", shown, Raw.Retry(Nr.bind, socket.Number, (nint)p, address.Length));
    }

    private static OsResult<SocketName> Name(Fd socket, string call, int nr)
    {
        byte* sockaddr = stackalloc byte[AddressMax];
        var length = AddressMax;
        var n = Raw.Call(nr, socket.Number, (nint)sockaddr, (nint)(&length));
        if (n < 0)
            return Failure(n, call);
        var bytes = new ReadOnlySpan<byte>(sockaddr, Math.Min(length, AddressMax));
        var family = bytes.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return family switch
        {
            AF_INET when bytes.Length >= 8 => new SocketName(family, new IPAddress(bytes.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), 0),
            AF_INET6 when bytes.Length >= 24 => new SocketName(family, new IPAddress(bytes.Slice(8, 16)), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), 0),
            AF_VSOCK when bytes.Length >= 12 => new SocketName(family, null, BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])),
            _ => new SocketName(family, null, 0, 0),
        };
    }
}
