using System.Globalization;
using System.Net;
using Supervisor.Engine;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Manager.Sockets;

/// <summary>
/// Connections that were accepted for services of their own (Accept=), until the service has its copy. The keeper holds one from the moment when it is clear whose it is; one
/// that nobody has yet goes with the manager, and the client sees its end.
/// </summary>
internal sealed class Connections(KeeperLink keeper)
{
    private const string Kind = "connection";

    private readonly Dictionary<int, Fd> _fresh = [];
    private readonly Dictionary<string, Fd> _ofService = [];

    /// <summary>A number for a connection that nobody has.</summary>
    public int Add(Fd connection)
    {
        _fresh[connection.Number] = connection;
        return connection.Number;
    }

    public void Hand(int number, string service)
    {
        if (!_fresh.Remove(number, out var connection))
            return;
        _ofService[service] = connection;
        keeper.Store(KeeperNames.Of(Kind, service), connection);
    }

    public void Refuse(int number)
    {
        if (_fresh.Remove(number, out var connection))
            connection.Close();
    }

    /// <summary>The service's own copy, if it has one, is all that is left of it.</summary>
    public void Close(string service)
    {
        if (!_ofService.Remove(service, out var connection))
            return;
        keeper.Drop(KeeperNames.Of(Kind, service));
        connection.Close();
    }

    public Fd Of(string service) => _ofService.GetValueOrDefault(service, Fd.None);

    /// <summary>Takes back what the keeper held.</summary>
    public void Adopt(string service, Func<string, Fd?> held)
    {
        if (held(KeeperNames.Of(Kind, service)) is { } connection)
            _ofService[service] = connection;
    }

    /// <summary>Who has connected to whom; null when he is gone already.</summary>
    public static ConnectionDetails? Describe(string socket, Fd connection)
    {
        var cookie = Sys.SocketCookie(connection).TryGet(out var n, out _) ? n : 0;
        if (!Sys.OwnName(connection).TryGet(out var own, out _))
            return null;
        if (own.Family == Sys.AF_UNIX)
        {
            return Sys.PeerCredentials(connection).TryGet(out var peer, out _)
                ? new(socket, string.Create(CultureInfo.InvariantCulture, $"{peer.Pid}-{peer.Uid}"), string.Create(CultureInfo.InvariantCulture, $"user {peer.Uid}"), null, null, cookie)
                : new(socket, "unknown", null, null, null, cookie);
        }
        if (!Sys.PeerName(connection).TryGet(out var remote, out _))
            return null;
        if (own.Family == Sys.AF_VSOCK)
        {
            var cid = remote.Cid.ToString(CultureInfo.InvariantCulture);
            return new(socket, string.Create(CultureInfo.InvariantCulture, $"{own.Cid}:{own.Port}-{remote.Cid}:{remote.Port}"), $"vsock {cid}", $"vsock:{cid}", Number(remote.Port), cookie);
        }
        return own.Address is null || remote.Address is null
            ? new(socket, "unknown", null, null, null, cookie)
            : new(socket, $"{Text(own.Address)}:{Number(own.Port)}-{Text(remote.Address)}:{Number(remote.Port)}", Text(remote.Address), Text(remote.Address), Number(remote.Port), cookie);
    }

    private static string Number(uint n) => n.ToString(CultureInfo.InvariantCulture);

    /// <summary>Who comes by IPv4 has an address of IPv4, whatever the socket is.</summary>
    private static string Text(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
