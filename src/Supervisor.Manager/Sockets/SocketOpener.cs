using System.Globalization;
using System.Net;
using System.Text;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;
using SocketAddress = Supervisor.Units.SocketAddress;

namespace Supervisor.Manager.Sockets;

/// <summary>One Listen…= line → a descriptor that is bound, has its options and owner, and listens.</summary>
internal static class SocketOpener
{
    public static Failure? Open(Unit unit, ListenAddress listen, SocketFiles.Owner? owner, Action<string> without, out Fd fd)
    {
        switch (listen.Kind)
        {
            case ListenKind.FIFO:
                return SocketFiles.OpenFifo(unit, listen, owner, without, out fd);
            case ListenKind.Special:
                return SocketFiles.OpenSpecial(unit, listen, out fd);
            case ListenKind.MessageQueue:
                return SocketFiles.OpenMessageQueue(unit, listen, owner, out fd);
        }
        var failure = Make(unit, listen, out fd, out var family, out var type);
        failure ??= SocketOptions.ApplyBeforeBind(unit, fd, family, type, without);
        failure ??= Bind(unit, listen, fd, family);
        failure ??= SocketOptions.ApplyAfterBind(unit, fd, family, type, without);
        if (failure is null)
        {
            var socket = fd;
            SocketOptions.Describe(unit, Directives.XAttrListen, a => Sys.SetAttribute(socket, a.Name, Encoding.UTF8.GetBytes(a.Value)), without);
        }
        // until it listens nobody can connect, so that whoever does finds the owner and mode that are meant
        if (failure is null && listen.File is not null)
            failure = SocketFiles.Finish(unit, listen, owner, without);
        if (failure is null && listen.CanAccept && Sys.Listen(fd, (int)Math.Min(unit.Get(Directives.Backlog).Value, int.MaxValue)).Failed(out var error))
            failure = new Failure($"cannot listen on {listen.Text}", error, listen.Origin);
        if (failure is not null)
            fd.Close();
        return failure;
    }

    private static Failure? Make(Unit unit, ListenAddress listen, out Fd fd, out int family, out int type)
    {
        type = listen.Kind switch { ListenKind.Stream => LibC.SOCK_STREAM, ListenKind.Datagram => LibC.SOCK_DGRAM, ListenKind.SequentialPacket => LibC.SOCK_SEQPACKET, _ => LibC.SOCK_RAW };
        family = listen.Socket switch
        {
            SocketAddress.Unix => Sys.AF_UNIX,
            SocketAddress.Internet { Address.AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork } => Sys.AF_INET,
            SocketAddress.Vsock => Sys.AF_VSOCK,
            SocketAddress.Netlink => Sys.AF_NETLINK,
            _ => Sys.AF_INET6,
        };
        var protocol = unit.Get(Directives.SocketProtocol);
        var number = listen.Socket is SocketAddress.Netlink netlink ? netlink.Family : family is Sys.AF_INET or Sys.AF_INET6 ? (int)protocol.Value : 0;
        var made = Sys.Socket(family, type, number);
        // a port alone is IPv6's where there is IPv6
        if (!made.TryGet(out fd, out var error) && listen.Socket is SocketAddress.AnyAddress && error.Errno == Errno.EAFNOSUPPORT)
            made = Sys.Socket(family = Sys.AF_INET, type, number);
        if (!made.TryGet(out fd, out error))
        {
            return error.Errno is Errno.EPROTONOSUPPORT or Errno.ESOCKTNOSUPPORT && protocol.IsSet
                ? new Failure($"cannot listen on {listen.Text} with this protocol", error, protocol.Origin)
                : new Failure($"cannot listen on {listen.Text}", error, listen.Origin);
        }
        if (family is Sys.AF_INET or Sys.AF_INET6 or Sys.AF_VSOCK && Sys.SetSocketOption(fd, LibC.SOL_SOCKET, LibC.SO_REUSEADDR, 1).Failed(out error))
            return new Failure($"cannot listen on {listen.Text}", error, listen.Origin);
        return null;
    }

    private static Failure? Bind(Unit unit, ListenAddress listen, Fd fd, int family)
    {
        var scope = 0u;
        if (listen.Socket is SocketAddress.Internet { Scope: { } name } && !uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out scope)
            && !Sys.InterfaceIndex(name).TryGet(out scope, out var unknown))
            return new Failure($"cannot listen on {listen.Text}: there is no interface {name}", unknown, listen.Origin);
        var bound = listen.Socket switch
        {
            SocketAddress.Unix { IsAbstract: true } named => Sys.BindUnix(fd, named.Name),
            SocketAddress.Unix file => BindFile(unit, fd, file.Name),
            SocketAddress.Internet internet => Sys.BindInternet(fd, internet.Address, internet.Port, scope),
            SocketAddress.Vsock vsock => Sys.BindVsock(fd, vsock.Cid, vsock.Port),
            SocketAddress.Netlink netlink => Sys.BindNetlink(fd, netlink.Group),
            SocketAddress.AnyAddress any => Sys.BindInternet(fd, family == Sys.AF_INET6 ? IPAddress.IPv6Any : IPAddress.Any, any.Port),
            _ => OsResult.Success,
        };
        return bound.Failed(out var error) ? new Failure($"cannot listen on {listen.Text}", error, listen.Origin) : null;
    }

    private static OsResult BindFile(Unit unit, Fd fd, string path)
    {
        if (SocketFiles.MakeParents(unit, path).Failed(out var error))
            return error;
        SocketFiles.RemoveLeftover(path);
        var mask = Sys.Umask(0x1FFu & ~unit.Get(Directives.SocketMode).Value);
        var bound = Sys.BindUnix(fd, path);
        Sys.Umask(mask);
        return bound;
    }
}
