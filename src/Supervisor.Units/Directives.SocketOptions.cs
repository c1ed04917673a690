namespace Supervisor.Units;

/// <summary>What is set on the sockets themselves, before or after they are bound.</summary>
public static partial class Directives
{
    public static readonly Directive<uint> Backlog =
        new() { Section = "Socket", Name = "Backlog", Default = uint.MaxValue, Parse = Syntax.Backlog(), Since = 1, Help = "Connections that may wait" };

    public static readonly Directive<SocketProtocol> SocketProtocol =
        new() { Section = "Socket", Name = "SocketProtocol", Default = Units.SocketProtocol.Default, Parse = Syntax.Words(("udplite", Units.SocketProtocol.UdpLite), ("sctp", Units.SocketProtocol.Sctp), ("mptcp", Units.SocketProtocol.Mptcp)), Since = 229, Help = "The protocol" };

    public static readonly Directive<BindIPv6Only> BindIPv6Only =
        new() { Section = "Socket", Name = "BindIPv6Only", Default = Units.BindIPv6Only.Default, Parse = Syntax.Words(("default", Units.BindIPv6Only.Default), ("both", Units.BindIPv6Only.Both), ("ipv6-only", Units.BindIPv6Only.IPv6Only)), Since = 1, Help = "Whether IPv6 sockets take IPv4" };

    public static readonly Directive<string?> BindToDevice =
        new() { Section = "Socket", Name = "BindToDevice", Default = null, Parse = Syntax.Interface(), Since = 1, Help = "The interface that it is bound to" };

    public static readonly Directive<bool> ReusePort =
        new() { Section = "Socket", Name = "ReusePort", Default = false, Parse = Syntax.Bool(), Since = 206, Help = "Several sockets may have the address" };

    public static readonly Directive<bool> FreeBind =
        new() { Section = "Socket", Name = "FreeBind", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "The address need not be there" };

    public static readonly Directive<bool> Transparent =
        new() { Section = "Socket", Name = "Transparent", Default = false, Parse = Syntax.Bool(), Since = 1, Ceiling = Ceiling.Withheld, Help = "The address need not be this machine's" };

    public static readonly Directive<bool> KeepAlive =
        new() { Section = "Socket", Name = "KeepAlive", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "Look whether the peer is there" };

    public static readonly Directive<Duration> KeepAliveTimeSec =
        new() { Section = "Socket", Name = "KeepAliveTimeSec", Default = default, Parse = Syntax.Time(), Since = 216, Help = "How long nothing comes before the first look" };

    public static readonly Directive<Duration> KeepAliveIntervalSec =
        new() { Section = "Socket", Name = "KeepAliveIntervalSec", Default = default, Parse = Syntax.Time(), Since = 216, Help = "The time between looks" };

    public static readonly Directive<int> KeepAliveProbes =
        new() { Section = "Socket", Name = "KeepAliveProbes", Default = 0, Parse = Syntax.Int(0, int.MaxValue), Since = 216, Help = "Looks before the peer is gone" };

    public static readonly Directive<bool> NoDelay =
        new() { Section = "Socket", Name = "NoDelay", Default = false, Parse = Syntax.Bool(), Since = 216, Help = "Send at once" };

    public static readonly Directive<Duration> DeferAcceptSec =
        new() { Section = "Socket", Name = "DeferAcceptSec", Default = default, Parse = Syntax.Time(), Since = 216, Help = "Wait so long for the first byte" };

    public static readonly Directive<string?> TCPCongestion =
        new() { Section = "Socket", Name = "TCPCongestion", Default = null, Parse = Syntax.Text(), Since = 1, Help = "The congestion algorithm" };

    public static readonly Directive<int?> SocketPriority =
        new() { Section = "Socket", Name = "Priority", Default = null, Parse = Syntax.OptionalInt(int.MinValue, int.MaxValue), Since = 1, Help = "The priority of packets" };

    public static readonly Directive<int?> IPTOS =
        new() { Section = "Socket", Name = "IPTOS", Default = null, Parse = Syntax.TypeOfService(), Since = 1, Help = "Type of service of packets" };

    public static readonly Directive<int?> IPTTL =
        new() { Section = "Socket", Name = "IPTTL", Default = null, Parse = Syntax.OptionalInt(1, 255), Since = 1, Help = "Time to live of packets" };

    public static readonly Directive<int?> Mark =
        new() { Section = "Socket", Name = "Mark", Default = null, Parse = Syntax.OptionalInt(int.MinValue, int.MaxValue), Since = 1, Ceiling = Ceiling.Withheld, Help = "The mark of packets" };

    public static readonly Directive<int> ReceiveBuffer =
        new() { Section = "Socket", Name = "ReceiveBuffer", Default = 0, Parse = Syntax.Bytes(), Since = 1, Help = "The receive buffer" };

    public static readonly Directive<int> SendBuffer =
        new() { Section = "Socket", Name = "SendBuffer", Default = 0, Parse = Syntax.Bytes(), Since = 1, Help = "The send buffer" };

    public static readonly Directive<int> PipeSize =
        new() { Section = "Socket", Name = "PipeSize", Default = 0, Parse = Syntax.Bytes(), Since = 1, Help = "What a pipe holds" };

    public static readonly Directive<int> MessageQueueMaxMessages =
        new() { Section = "Socket", Name = "MessageQueueMaxMessages", Default = 0, Parse = Syntax.Int(0, int.MaxValue), Since = 1, Help = "Messages that a queue holds" };

    public static readonly Directive<int> MessageQueueMessageSize =
        new() { Section = "Socket", Name = "MessageQueueMessageSize", Default = 0, Parse = Syntax.Bytes(), Since = 1, Help = "The longest of them" };

    public static readonly Directive<bool> Broadcast =
        new() { Section = "Socket", Name = "Broadcast", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "Datagrams may be broadcast" };

    public static readonly Directive<bool> PassCredentials =
        new() { Section = "Socket", Name = "PassCredentials", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "Messages tell who sent them" };

    public static readonly Directive<bool> PassPIDFD =
        new() { Section = "Socket", Name = "PassPIDFD", Default = false, Parse = Syntax.Bool(), Since = 258, Help = "Messages bring their sender's pidfd" };

    public static readonly Directive<bool> PassSecurity =
        new() { Section = "Socket", Name = "PassSecurity", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "Messages bring their sender's security context" };

    public static readonly Directive<bool> PassPacketInfo =
        new() { Section = "Socket", Name = "PassPacketInfo", Default = false, Parse = Syntax.Bool(), Since = 246, Help = "Messages tell the address that they came to" };

    public static readonly Directive<bool> AcceptFileDescriptors =
        new() { Section = "Socket", Name = "AcceptFileDescriptors", Default = true, Parse = Syntax.Bool(), Since = 258, Help = "Messages may bring descriptors" };

    public static readonly Directive<SocketTimestamps> Timestamping =
        new() { Section = "Socket", Name = "Timestamping", Default = SocketTimestamps.Off, Parse = Syntax.Words(("off", SocketTimestamps.Off), ("us", SocketTimestamps.Microseconds), ("usec", SocketTimestamps.Microseconds), ("µs", SocketTimestamps.Microseconds), ("μs", SocketTimestamps.Microseconds), ("ns", SocketTimestamps.Nanoseconds), ("nsec", SocketTimestamps.Nanoseconds)), Since = 247, Help = "Messages tell when they came" };

    public static readonly Directive<string?> SmackLabel =
        new() { Section = "Socket", Name = "SmackLabel", Default = null, Parse = Syntax.Text(), Since = 196, Ceiling = Ceiling.Withheld, Help = "The SMACK label of a FIFO" };

    public static readonly Directive<string?> SmackLabelIPIn =
        new() { Section = "Socket", Name = "SmackLabelIPIn", Default = null, Parse = Syntax.Text(), Since = 196, Ceiling = Ceiling.Withheld, Help = "The SMACK label of what comes in" };

    public static readonly Directive<string?> SmackLabelIPOut =
        new() { Section = "Socket", Name = "SmackLabelIPOut", Default = null, Parse = Syntax.Text(), Since = 196, Ceiling = Ceiling.Withheld, Help = "The SMACK label of what goes out" };

    public static readonly Directive<bool> SELinuxContextFromNet =
        new() { Section = "Socket", Name = "SELinuxContextFromNet", Default = false, Parse = Syntax.NoContextFromNet(), Since = 217, Help = "The service runs in the peer's context (only no is supported)" };

    public static readonly Directive<IReadOnlyList<Sourced<ExtendedAttribute>>> XAttrEntryPoint =
        new() { Section = "Socket", Name = "XAttrEntryPoint", Default = [], Parse = Syntax.ExtendedAttributes(), Since = 262, Ceiling = Ceiling.Withheld, Help = "Extended attributes of its file" };

    public static readonly Directive<IReadOnlyList<Sourced<ExtendedAttribute>>> XAttrListen =
        new() { Section = "Socket", Name = "XAttrListen", Default = [], Parse = Syntax.ExtendedAttributes(), Since = 262, Ceiling = Ceiling.Withheld, Help = "Extended attributes of the socket that is listened on" };

    public static readonly Directive<IReadOnlyList<Sourced<ExtendedAttribute>>> XAttrAccept =
        new() { Section = "Socket", Name = "XAttrAccept", Default = [], Parse = Syntax.ExtendedAttributes(), Since = 262, Ceiling = Ceiling.Withheld, Help = "Extended attributes of the sockets of connections" };

    private static void RegisterSocketOptions()
    {
        foreach (var row in (ReadOnlySpan<Directive>)
            [Backlog, SocketProtocol, BindIPv6Only, BindToDevice, ReusePort, FreeBind, Transparent, KeepAlive, KeepAliveTimeSec, KeepAliveIntervalSec, KeepAliveProbes, NoDelay,
             DeferAcceptSec, TCPCongestion, SocketPriority, IPTOS, IPTTL, Mark, ReceiveBuffer, SendBuffer, PipeSize, MessageQueueMaxMessages, MessageQueueMessageSize, Broadcast,
             PassCredentials, PassPIDFD, PassSecurity, PassPacketInfo, AcceptFileDescriptors, Timestamping, SmackLabel, SmackLabelIPIn, SmackLabelIPOut, SELinuxContextFromNet,
             XAttrEntryPoint, XAttrListen, XAttrAccept])
            DirectiveTable.Add(row);
    }
}
