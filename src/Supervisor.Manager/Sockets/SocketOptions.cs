using System.Text;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager.Sockets;

/// <summary>
/// What a unit wants set on its sockets, as a table. An option that keeps somebody out, or that a service relies on to know who speaks to it, fails the start when it cannot be set;
/// without any other the socket listens all the same, and status says so.
/// </summary>
internal static class SocketOptions
{
    private const int SOL_IP = 0, SOL_SOCKET = 1, SOL_TCP = 6, SOL_IPV6 = 41, SOL_NETLINK = 270;
    private const int SO_RCVBUF = 8, SO_SNDBUF = 7, SO_SNDBUFFORCE = 32, SO_RCVBUFFORCE = 33;

    /// <param name="Value">What to set it to; null to leave it alone.</param>
    private sealed record Option(Directive Row, Func<Unit, int?> Value, Kinds Kinds, int Level, int Number, bool Secure = false);

    /// <summary>The sockets that an option is one of.</summary>
    [Flags]
    private enum Kinds
    {
        V4 = 1, V6 = 2, Tcp4 = 4, Tcp6 = 8, Unix = 16, Netlink = 32, Vsock = 64, Internet = V4 | V6, Tcp = Tcp4 | Tcp6, Local = Unix | Netlink, Any = 127,
    }

    private static readonly Option[] BeforeBind =
    [
        new(Directives.BindIPv6Only, u => u.Get(Directives.BindIPv6Only).Value switch { BindIPv6Only.Both => 0, BindIPv6Only.IPv6Only => 1, _ => null }, Kinds.V6, SOL_IPV6, 26, true),
        On(Directives.ReusePort, Kinds.Internet, SOL_SOCKET, 15),
        On(Directives.FreeBind, Kinds.V4, SOL_IP, 15), On(Directives.FreeBind, Kinds.V6, SOL_IPV6, 78),
        On(Directives.Transparent, Kinds.V4, SOL_IP, 19, true), On(Directives.Transparent, Kinds.V6, SOL_IPV6, 75, true),
        new(Directives.Mark, u => u.Get(Directives.Mark).Value, Kinds.Internet, SOL_SOCKET, 36, true),
    ];

    private static readonly Option[] AfterBind =
    [
        On(Directives.KeepAlive, Kinds.Tcp | Kinds.Vsock, SOL_SOCKET, 9),
        new(Directives.KeepAliveTimeSec, u => Seconds(u, Directives.KeepAliveTimeSec), Kinds.Tcp, SOL_TCP, 4),
        new(Directives.KeepAliveIntervalSec, u => Seconds(u, Directives.KeepAliveIntervalSec), Kinds.Tcp, SOL_TCP, 5),
        new(Directives.KeepAliveProbes, u => Positive(u, Directives.KeepAliveProbes), Kinds.Tcp, SOL_TCP, 6),
        On(Directives.NoDelay, Kinds.Tcp, SOL_TCP, 1),
        new(Directives.DeferAcceptSec, u => Seconds(u, Directives.DeferAcceptSec), Kinds.Tcp, SOL_TCP, 9),
        On(Directives.Broadcast, Kinds.Internet, SOL_SOCKET, 6),
        On(Directives.PassCredentials, Kinds.Local, SOL_SOCKET, 16, true),
        On(Directives.PassPIDFD, Kinds.Unix, SOL_SOCKET, 76, true),
        On(Directives.PassSecurity, Kinds.Local, SOL_SOCKET, 34), // a kernel without security contexts has none to tell
        On(Directives.PassPacketInfo, Kinds.V4, SOL_IP, 8), On(Directives.PassPacketInfo, Kinds.V6, SOL_IPV6, 49), On(Directives.PassPacketInfo, Kinds.Netlink, SOL_NETLINK, 3),
        new(Directives.AcceptFileDescriptors, u => u.Get(Directives.AcceptFileDescriptors).Value ? null : 0, Kinds.Unix, SOL_SOCKET, 83, true),
        new(Directives.Timestamping, u => u.Get(Directives.Timestamping).Value == SocketTimestamps.Microseconds ? 1 : null, Kinds.Any, SOL_SOCKET, 29),
        new(Directives.Timestamping, u => u.Get(Directives.Timestamping).Value == SocketTimestamps.Nanoseconds ? 1 : null, Kinds.Any, SOL_SOCKET, 35),
        new(Directives.SocketPriority, u => u.Get(Directives.SocketPriority).Value, Kinds.Any, SOL_SOCKET, 12),
        new(Directives.IPTOS, u => u.Get(Directives.IPTOS).Value, Kinds.Internet, SOL_IP, 1), new(Directives.IPTOS, u => u.Get(Directives.IPTOS).Value, Kinds.V6, SOL_IPV6, 67),
        new(Directives.IPTTL, u => u.Get(Directives.IPTTL).Value, Kinds.Internet, SOL_IP, 2), new(Directives.IPTTL, u => u.Get(Directives.IPTTL).Value, Kinds.V6, SOL_IPV6, 16),
        new(Directives.ReceiveBuffer, u => Positive(u, Directives.ReceiveBuffer), Kinds.Any, SOL_SOCKET, SO_RCVBUFFORCE),
        new(Directives.SendBuffer, u => Positive(u, Directives.SendBuffer), Kinds.Any, SOL_SOCKET, SO_SNDBUFFORCE),
    ];

    public static Failure? ApplyBeforeBind(Unit unit, Fd socket, int family, int type, Action<string> without)
    {
        if (unit.Get(Directives.BindToDevice) is { Value: { } device } bound && family is Sys.AF_INET or Sys.AF_INET6
            && Sys.SetSocketOption(socket, SOL_SOCKET, 25, device).Failed(out var error))
            return new Failure("cannot bind to an interface", error, bound.Origin);
        return Apply(BeforeBind, unit, socket, family, type, without);
    }

    public static Failure? ApplyAfterBind(Unit unit, Fd socket, int family, int type, Action<string> without)
    {
        if (unit.Get(Directives.TCPCongestion) is { Value: { } algorithm } congestion && IsTcp(unit, family, type) && Sys.SetSocketOption(socket, SOL_TCP, 13, algorithm).Failed(out var error))
            without(new Failure("cannot use a congestion algorithm", error, congestion.Origin).ToString());
        foreach (var (row, name) in new[] { (Directives.SmackLabelIPIn, "security.SMACK64IPIN"), (Directives.SmackLabelIPOut, "security.SMACK64IPOUT") })
        {
            if (unit.Get(row) is { Value: { } label } wanted && Sys.SetAttribute(socket, name, Encoding.UTF8.GetBytes(label)).Failed(out error))
                return new Failure("cannot label a socket", error, wanted.Origin);
        }
        return Apply(AfterBind, unit, socket, family, type, without);
    }

    /// <summary>XAttrEntryPoint= and its kin: of no effect on who gets in.</summary>
    public static void Describe(Unit unit, Directive<IReadOnlyList<Sourced<ExtendedAttribute>>> row, Func<ExtendedAttribute, OsResult> set, Action<string> without)
    {
        foreach (var attribute in unit.Get(row).Value)
        {
            if (set(attribute.Value).Failed(out var error))
                without(new Failure("cannot set an extended attribute", error, attribute.Origin).ToString());
        }
    }

    private static Failure? Apply(Option[] options, Unit unit, Fd socket, int family, int type, Action<string> without)
    {
        var kinds = KindOf(unit, family, type);
        foreach (var option in options)
        {
            if ((option.Kinds & kinds) == 0 || option.Value(unit) is not { } value || !Set(socket, option, value).Failed(out var error))
                continue;
            var failure = new Failure("cannot set an option of a socket", error with { Call = $"setsockopt {option.Row.Name}" }, unit.OriginOf(option.Row));
            if (option.Secure)
                return failure;
            without(failure.ToString());
        }
        return null;
    }

    private static OsResult Set(Fd socket, Option option, int value)
    {
        var result = Sys.SetSocketOption(socket, option.Level, option.Number, value);
        // beyond what everybody may have it takes a privilege
        return result.Ok || option.Number is not (SO_RCVBUFFORCE or SO_SNDBUFFORCE) ? result : Sys.SetSocketOption(socket, option.Level, option.Number == SO_RCVBUFFORCE ? SO_RCVBUF : SO_SNDBUF, value);
    }

    private static Kinds KindOf(Unit unit, int family, int type) => family switch
    {
        Sys.AF_INET => Kinds.V4 | (IsTcp(unit, family, type) ? Kinds.Tcp4 : 0),
        Sys.AF_INET6 => Kinds.V6 | (IsTcp(unit, family, type) ? Kinds.Tcp6 : 0),
        Sys.AF_UNIX => Kinds.Unix,
        Sys.AF_NETLINK => Kinds.Netlink,
        _ => Kinds.Vsock,
    };

    private static bool IsTcp(Unit unit, int family, int type) =>
        family is Sys.AF_INET or Sys.AF_INET6 && type == LibC.SOCK_STREAM && unit.Get(Directives.SocketProtocol).Value is SocketProtocol.Default or SocketProtocol.Mptcp;

    private static Option On(Directive<bool> row, Kinds kinds, int level, int number, bool secure = false) => new(row, u => u.Get(row).Value ? 1 : null, kinds, level, number, secure);

    private static int? Positive(Unit unit, Directive<int> row) => unit.Get(row).Value is > 0 and var n ? n : null;

    /// <summary>At least one: a part of a second is not none.</summary>
    private static int? Seconds(Unit unit, Directive<Duration> row) =>
        unit.Get(row).Value is { Microseconds: > 0 } span ? (int)Math.Clamp((span.Microseconds + 999_999) / 1_000_000, 1, int.MaxValue) : null;
}
