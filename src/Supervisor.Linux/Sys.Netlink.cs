using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>rtnetlink(7): the few requests that bring an interface up. Each waits for the kernel's acknowledgement.</summary>
[SkipLocalsInit]
public static unsafe class Netlink
{
    private const ushort RTM_NEWLINK = 16, RTM_NEWADDR = 20, RTM_NEWROUTE = 24;
    private const ushort NLM_F_REQUEST = 1, NLM_F_ACK = 4, NLM_F_REPLACE = 0x100, NLM_F_CREATE = 0x400;
    private const ushort IFA_ADDRESS = 1, IFA_LOCAL = 2, RTA_OIF = 4, RTA_GATEWAY = 5;
    private const int MaxMessage = 256;

    /// <summary>A socket of NETLINK_ROUTE; with <paramref name="linkEvents"/> it becomes readable when an interface appears or changes (RTMGRP_LINK).</summary>
    public static OsResult<Fd> Open(bool linkEvents = false)
    {
        var fd = Raw.Call(Nr.socket, 16, LibC.SOCK_RAW | LibC.O_CLOEXEC, 0); // AF_NETLINK, NETLINK_ROUTE
        if (fd < 0)
            return new OsError((Errno)(-fd), "socket NETLINK_ROUTE");
        // struct sockaddr_nl: u16 family, u16 pad, u32 pid, u32 groups
        uint* address = stackalloc uint[3];
        address[0] = 16;
        address[1] = 0;
        address[2] = linkEvents ? 1u : 0;
        var bound = Raw.Call(Nr.bind, fd, (nint)address, 12);
        if (bound >= 0)
            return new Fd((int)fd);
        new Fd((int)fd).Close();
        return new OsError((Errno)(-bound), "bind NETLINK_ROUTE");
    }

    /// <summary>Sets IFF_UP.</summary>
    public static OsResult SetUp(Fd netlink, int index)
    {
        byte* message = stackalloc byte[MaxMessage];
        var at = Begin(message, RTM_NEWLINK, 0);
        // struct ifinfomsg: u8 family, u8 pad, u16 type, s32 index, u32 flags, u32 change
        Unsafe.InitBlock(message + at, 0, 16);
        *(int*)(message + at + 4) = index;
        *(uint*)(message + at + 8) = 1;
        *(uint*)(message + at + 12) = 1;
        return Exchange(netlink, message, at + 16, "RTM_NEWLINK");
    }

    /// <summary>Gives the interface an address; one that it has already is no error.</summary>
    public static OsResult AddAddress(Fd netlink, int index, IPAddress address, int prefixLength)
    {
        byte* message = stackalloc byte[MaxMessage];
        var at = Begin(message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
        // struct ifaddrmsg: u8 family, u8 prefixlen, u8 flags, u8 scope, u32 index; IFA_F_NODAD (2): an address of ours is usable at once
        message[at] = Family(address);
        message[at + 1] = (byte)prefixLength;
        message[at + 2] = address.AddressFamily == AddressFamily.InterNetworkV6 ? (byte)2 : (byte)0;
        message[at + 3] = 0;
        *(int*)(message + at + 4) = index;
        at += 8;
        at = Attribute(message, at, IFA_LOCAL, address);
        at = Attribute(message, at, IFA_ADDRESS, address);
        return Exchange(netlink, message, at, "RTM_NEWADDR");
    }

    /// <summary>The default route; one that is there is replaced.</summary>
    public static OsResult SetDefaultRoute(Fd netlink, int index, IPAddress gateway)
    {
        byte* message = stackalloc byte[MaxMessage];
        var at = Begin(message, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
        // struct rtmsg: u8 family, dst_len, src_len, tos, table (RT_TABLE_MAIN), protocol (RTPROT_STATIC), scope (RT_SCOPE_UNIVERSE), type (RTN_UNICAST), u32 flags
        Unsafe.InitBlock(message + at, 0, 12);
        message[at] = Family(gateway);
        message[at + 4] = 254;
        message[at + 5] = 4;
        message[at + 7] = 1;
        at += 12;
        at = Attribute(message, at, RTA_GATEWAY, gateway);
        *(ushort*)(message + at) = 8;
        *(ushort*)(message + at + 2) = RTA_OIF;
        *(int*)(message + at + 4) = index;
        return Exchange(netlink, message, at + 8, "RTM_NEWROUTE");
    }

    private static byte Family(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? (byte)2 : (byte)10;

    /// <summary>struct nlmsghdr: u32 len, u16 type, u16 flags, u32 seq, u32 pid.</summary>
    private static int Begin(byte* message, ushort type, int flags)
    {
        *(ushort*)(message + 4) = type;
        *(ushort*)(message + 6) = (ushort)(NLM_F_REQUEST | NLM_F_ACK | flags);
        *(uint*)(message + 8) = 1;
        *(uint*)(message + 12) = 0;
        return 16;
    }

    /// <summary>struct rtattr: u16 len, u16 type, then the bytes, padded to 4.</summary>
    private static int Attribute(byte* message, int at, ushort type, IPAddress address)
    {
        address.TryWriteBytes(new Span<byte>(message + at + 4, 16), out var length);
        *(ushort*)(message + at) = (ushort)(4 + length);
        *(ushort*)(message + at + 2) = type;
        return at + 4 + length;
    }

    private static OsResult Exchange(Fd netlink, byte* message, int length, string call)
    {
        *(int*)message = length;
        var sent = Raw.Retry(Nr.sendto, netlink.Number, (nint)message, length);
        if (sent < 0)
            return new OsError((Errno)(-sent), call);
        byte* reply = stackalloc byte[8192];
        while (true)
        {
            var n = (int)Raw.Retry(Nr.recvfrom, netlink.Number, (nint)reply, 8192);
            if (n < 0)
                return new OsError((Errno)(-n), call);
            for (var at = 0; at + 20 <= n;)
            {
                // NLMSG_ERROR (2) for our sequence: s32 error, 0 is the acknowledgement
                if (*(ushort*)(reply + at + 4) == 2 && *(uint*)(reply + at + 8) == 1)
                {
                    var error = *(int*)(reply + at + 16);
                    return error == 0 ? OsResult.Success : new OsError((Errno)(-error), call);
                }
                var size = *(int*)(reply + at);
                if (size < 16)
                    break;
                at += (size + 3) & ~3;
            }
        }
    }
}
