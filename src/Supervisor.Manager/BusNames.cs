using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>
/// Who has which name on the system bus: for Type=dbus services, and only while there is one. A client of the bus like any other; the bus may end and come back.
/// </summary>
internal sealed class BusNames(Loop loop, ILogger log)
{
    private const uint EpollIn = 1;
    private const ulong RetryInterval = 1_000_000;
    private const string SocketPath = "/run/dbus/system_bus_socket";

    private readonly Dictionary<string, string> _names = []; // by unit
    private readonly Dictionary<uint, string> _asked = []; // the name that a call was about
    private readonly byte[] _buffer = new byte[BusMessage.SizeMax];
    private Fd _socket = Fd.None;
    private int _filled;
    private bool _authenticated;
    private uint _serial;
    private IDisposable? _retry;

    public required Action<Event> Tell { get; init; }

    public void Watch(string unit, string? name)
    {
        if (name is null)
        {
            if (_names.Remove(unit) && _names.Count == 0)
                Disconnect();
            return;
        }
        var known = _names.ContainsValue(name);
        _names[unit] = name;
        if (_socket.IsOpen)
        {
            Ask(name, match: !known);
            return;
        }
        if (Connect().Failed(out var error))
        {
            var failure = new Failure("cannot reach the bus that its name is to be taken on", error);
            loop.Later(() => Tell(new Event.BusFailed(unit, failure)));
            Retry();
        }
    }

    private OsResult Connect()
    {
        if (_socket.IsOpen)
            return OsResult.Success;
        var address = Environment.GetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS") is { } set && set.StartsWith("unix:path=", StringComparison.Ordinal)
            ? set["unix:path=".Length..].Split(',', ';')[0]
            : SocketPath;
        if (!Sys.UnixSocket(1).TryGet(out var socket, out var error))
            return error;
        var uid = Raw.CallFast(Nr.getuid).ToString(CultureInfo.InvariantCulture);
        var greeting = Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {Convert.ToHexStringLower(Encoding.ASCII.GetBytes(uid))}\r\nBEGIN\r\n");
        if (Sys.ConnectUnix(socket, address).Failed(out error) || !Sys.Send(socket, greeting).TryGet(out _, out error))
        {
            socket.Close();
            return error;
        }
        (_socket, _filled, _authenticated, _serial) = (socket, 0, false, 0);
        _asked.Clear();
        loop.Watch(socket, EpollIn, _ => OnReadable());
        Send("Hello", null);
        foreach (var name in _names.Values.Distinct())
            Ask(name, match: true);
        return OsResult.Success;
    }

    private void Disconnect()
    {
        _retry?.Dispose();
        _retry = null;
        if (!_socket.IsOpen)
            return;
        loop.Forget(_socket);
        _socket.Close();
        _socket = Fd.None;
    }

    /// <summary>The bus has gone: what it knew last is believed until it is back.</summary>
    private void Lost(string why)
    {
        Disconnect();
        log.Warning($"lost the bus ({why}), trying again every second");
        Retry();
    }

    private void Retry() => _retry ??= loop.At(Sys.Now() + RetryInterval, () =>
    {
        _retry = null;
        if (_names.Count > 0 && !Connect().Ok)
            Retry();
    });

    /// <summary>The change is asked for before the state, so that none falls in between.</summary>
    private void Ask(string name, bool match)
    {
        if (match)
            Send("AddMatch", $"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{name}'");
        if (Send("NameHasOwner", name) is var serial && serial != 0)
            _asked[serial] = name;
    }

    private uint Send(string member, string? argument)
    {
        if (!_socket.IsOpen)
            return 0;
        var message = BusMessage.Call(++_serial, member, argument);
        if (Sys.Send(_socket, message).TryGet(out var sent, out var error) && sent == message.Length)
            return _serial;
        Lost(error.Errno == Errno.None ? "it does not read" : error.ToString());
        return 0;
    }

    private void OnReadable()
    {
        if (!Sys.Receive(_socket, _buffer.AsSpan(_filled)).TryGet(out var received, out var error))
        {
            if (error.Errno != Errno.EAGAIN)
                Lost(error.ToString());
            return;
        }
        if (received.Length == 0)
        {
            Lost("it has closed the connection");
            return;
        }
        _filled += received.Length;
        var used = 0;
        if (!_authenticated)
        {
            var line = _buffer.AsSpan(0, _filled).IndexOf("\r\n"u8);
            if (line < 0 && _filled < 1000)
                return;
            if (line < 0 || !_buffer.AsSpan(0, line).StartsWith("OK "u8))
            {
                Lost("it does not let the manager in");
                return;
            }
            (_authenticated, used) = (true, line + 2);
        }
        while (_socket.IsOpen)
        {
            var rest = _buffer.AsSpan(used, _filled - used);
            var length = BusMessage.LengthOf(rest);
            if (length < 0)
            {
                Lost("it sends what is no message");
                return;
            }
            if (length == 0 || length > rest.Length)
                break;
            var message = BusMessage.Parse(rest[..length]);
            used += length;
            if (message is { } whole)
                On(whole);
        }
        _buffer.AsSpan(used, _filled - used).CopyTo(_buffer);
        _filled -= used;
    }

    private void On(BusMessage message)
    {
        if (message is { Type: BusMessageType.Signal, Member: "NameOwnerChanged" } && message.Strings(3) is [var name, _, var owner])
            Announce(name, owner.Length > 0);
        else if (_asked.Remove(message.ReplyTo, out var asked))
        {
            if (message.Type == BusMessageType.Return && message.Boolean is { } taken)
                Announce(asked, taken);
            else
                log.Warning($"the bus does not say who has {asked}: {message.Strings(1)?[0]}");
        }
    }

    private void Announce(string name, bool taken)
    {
        foreach (var (unit, watched) in _names.ToArray())
            if (watched == name)
                Tell(new Event.BusName(unit, taken));
    }
}
