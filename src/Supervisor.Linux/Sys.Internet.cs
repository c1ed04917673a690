using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>AF_INET and AF_INET6 sockets that are listened on.</summary>
public static unsafe partial class Sys
{
    /// <summary>socket(2), close-on-exec, not blocking, with SO_REUSEADDR.</summary>
    public static OsResult<Fd> InternetSocket(bool v6, int type)
    {
        var result = Raw.Call(Nr.socket, v6 ? LibC.AF_INET6 : LibC.AF_INET, type | LibC.O_CLOEXEC | LibC.O_NONBLOCK);
        if (result < 0)
            return Failure(result, "socket");
        var fd = new Fd((int)result);
        if (!SetSocketOption(fd, LibC.SOL_SOCKET, LibC.SO_REUSEADDR, 1).Failed(out var error))
            return fd;
        fd.Close();
        return error;
    }

    /// <summary>bind(2) to an address and port.</summary>
    public static OsResult BindInternet(Fd socket, IPAddress address, ushort port)
    {
        // sockaddr_in: u16 family, be16 port, 4 bytes address; sockaddr_in6: u16 family, be16 port, u32 flow, 16 bytes address, u32 scope
        var v6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        Span<byte> sockaddr = stackalloc byte[28];
        sockaddr.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(sockaddr, (ushort)(v6 ? LibC.AF_INET6 : LibC.AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[2..], port);
        address.TryWriteBytes(sockaddr[(v6 ? 8 : 4)..], out _);
        fixed (byte* p = sockaddr)
            return Void("bind", $"{(v6 ? $"[{address}]" : address)}:{port}", Raw.Retry(Nr.bind, socket.Number, (nint)p, v6 ? 28 : 16));
    }
}
