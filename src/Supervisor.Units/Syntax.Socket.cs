using System.Globalization;
using System.Net;
using System.Text;

namespace Supervisor.Units;

/// <summary>Readers of socket units.</summary>
public static partial class Syntax
{
    /// <summary>sun_path without its last zero (unix(7)).</summary>
    private const int UnixPathMax = 107;

    public static SettingParser<IReadOnlyList<ListenAddress>> Listen(ListenKind kind) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var text = c.Expand(c.Text);
        SocketAddress? socket = null;
        switch (kind)
        {
            case ListenKind.FIFO or ListenKind.Special:
                if (!CheckPath(c, text, null))
                    return current;
                text = Normal(text);
                break;
            case ListenKind.MessageQueue:
                if (text.Length is < 2 or > 256 || text[0] != '/' || text.AsSpan(1).Contains('/') || text is "/." or "/..")
                    return Wrong(c, current, "not the name of a message queue (/NAME, with no other slash)");
                break;
            case ListenKind.Netlink:
                if ((socket = NetlinkAddress(text)) is null)
                    return Wrong(c, current, "not a netlink family (such as route, audit, kobject-uevent) with a group behind it");
                break;
            default:
                if ((socket = Address(text, kind, out var problem)) is null)
                    return Wrong(c, current, problem!);
                if (socket is SocketAddress.Unix { IsAbstract: false } && !CheckPath(c, text, null))
                    return current;
                if (socket is SocketAddress.Unix { IsAbstract: false })
                    socket = new SocketAddress.Unix(text = Normal(text));
                break;
        }
        return c.HasError ? current : Grown<ListenAddress>.Of(current, new ListenAddress(kind, text, socket, c.Origin));
    };

    private static SocketAddress? Address(string text, ListenKind kind, out string? problem)
    {
        problem = null;
        if (text[0] is '/' or '@')
        {
            var length = Encoding.UTF8.GetByteCount(text);
            if (length > UnixPathMax)
                problem = $"too long for a socket: {length} bytes, and {UnixPathMax} are the most";
            else if (length == 1)
                problem = "a name is missing";
            return problem is null ? new SocketAddress.Unix(text) : null;
        }
        if (text.StartsWith("vsock:", StringComparison.Ordinal))
        {
            if (Vsock(text.AsSpan(6)) is { } vsock)
                return vsock;
            problem = "not of the form vsock:CID:PORT";
            return null;
        }
        if (kind == ListenKind.SequentialPacket)
        {
            problem = "sequential packets are for a path, a @name or vsock:CID:PORT";
            return null;
        }
        if (IsDigits(text))
        {
            if (TryPort(text, out var port))
                return new SocketAddress.AnyAddress(port);
            problem = "not a port (1 to 65535)";
            return null;
        }
        problem = "not a path, a @name, a port, ADDRESS:PORT, [ADDRESS]:PORT or vsock:CID:PORT";
        return Internet(text, ref problem);
    }

    /// <summary>"127.0.0.1:80", "[::1]:80", "[fe80::1]:80%eth0".</summary>
    private static SocketAddress.Internet? Internet(string text, ref string? problem)
    {
        var v6 = text.StartsWith('[');
        string? scope = null;
        if (v6 && text.LastIndexOf('%') is var percent && percent > text.LastIndexOf(']'))
            (text, scope) = (text[..percent], text[(percent + 1)..]);
        var colon = text.LastIndexOf(':');
        if (colon < 1 || scope is "" || !IsDigits(text.AsSpan(colon + 1)))
            return null;
        if (!TryPort(text.AsSpan(colon + 1), out var port))
        {
            problem = "not a port (1 to 65535)";
            return null;
        }
        var host = text.AsSpan(0, colon);
        if (v6 ? host[^1] != ']' : host.Count('.') != 3)
            return null;
        return IPAddress.TryParse(v6 ? host[1..^1] : host, out var address) && v6 == (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
            ? new(address, port, scope)
            : null;
    }

    private static SocketAddress.Vsock? Vsock(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        var cid = uint.MaxValue; // VMADDR_CID_ANY
        if (colon < 0 || (colon > 0 && !uint.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out cid)))
            return null;
        return uint.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? new(cid, port) : null;
    }

    private static SocketAddress.Netlink? NetlinkAddress(string text)
    {
        var parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var group = 0u;
        if (parts.Length is 0 or > 2 || (parts.Length == 2 && !uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out group)))
            return null;
        foreach (var (name, family) in NetlinkFamilies)
        {
            if (name == parts[0])
                return new(family, group);
        }
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 32 ? new(number, group) : null;
    }

    /// <summary>netlink(7), linux/netlink.h.</summary>
    private static readonly (string Name, int Family)[] NetlinkFamilies =
    [
        ("route", 0), ("firewall", 3), ("inet-diag", 4), ("nflog", 5), ("xfrm", 6), ("selinux", 7), ("iscsi", 8), ("audit", 9), ("fib-lookup", 10), ("connector", 11),
        ("netfilter", 12), ("ip6-fw", 13), ("dnrtmsg", 14), ("kobject-uevent", 15), ("generic", 16), ("scsitransport", 18), ("ecryptfs", 19), ("rdma", 20),
    ];

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.IsEmpty && text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool TryPort(ReadOnlySpan<char> text, out ushort port) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0;

    public static SettingParser<string?> Interface() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        return c.Text.Length <= 15 && c.Text is not ("." or "..") && c.Text.AsSpan().IndexOfAny("/:% \t") < 0 && Ascii.IsValid(c.Text)
            ? c.Text
            : Wrong(c, current, "not the name of a network interface");
    };

    /// <summary>sd_listen_fds(3): LISTEN_FDNAMES has colons between the names.</summary>
    public static SettingParser<string?> DescriptorName() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        var name = c.Expand(c.Text);
        return name.Length <= 255 && name.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 && !name.Contains(':') ? name
            : Wrong(c, current, "not a name for descriptors (at most 255 characters of ASCII, no colon)");
    };

    public static SettingParser<int?> TypeOfService() => (current, c) => c.Text switch
    {
        "" => null,
        "low-delay" => 0x10,
        "throughput" => 0x08,
        "reliability" => 0x04,
        "low-cost" => 0x02,
        _ => byte.TryParse(c.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n
            : Wrong(c, current, "not one of low-delay, throughput, reliability, low-cost, and not a number up to 255"),
    };

    /// <summary>Bytes, as many as an int holds; 0 leaves it to the kernel.</summary>
    public static SettingParser<int> Bytes() => (current, c) =>
        c.Text.Length == 0 ? 0 : TrySize(c.Text, out var n) && n <= int.MaxValue ? (int)n : Wrong(c, current, "not a size up to 2G (a number, with K, M or G)");

    public static SettingParser<IReadOnlyList<Sourced<string>>> SourcedPaths() => Each<Sourced<string>>((c, word) => CheckPath(c, word, word) ? (true, new(Normal(word), c.Origin)) : default);

    public static SettingParser<IReadOnlyList<Sourced<ExtendedAttribute>>> ExtendedAttributes() => Each<Sourced<ExtendedAttribute>>((c, word) =>
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var dot = word.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && equals > dot + 1 && equals <= 255)
            return (true, new(new ExtendedAttribute(word[..equals], word[(equals + 1)..]), c.Origin));
        c.Error("not of the form NAMESPACE.NAME=value", word);
        return default;
    });

    public static SettingParser<bool> NoContextFromNet() => (current, c) =>
        !TryBool(c.Text, out var value) ? Wrong(c, current, "not a boolean (yes, no, true, false, on, off, 1, 0)")
        : value ? Wrong(c, current, "is not supported: no SELinux context is made of a peer's here")
        : false;
}
