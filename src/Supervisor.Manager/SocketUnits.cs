using System.Globalization;
using System.Net;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>The listening sockets of socket units: opened here, watched here until someone comes, kept by the keeper across managers, passed to services.</summary>
internal sealed class SocketUnits(UnitEngine engine, Loop loop, KeeperLink keeper)
{
    private const uint EpollIn = 1;

    private readonly Dictionary<string, List<Fd>> _open = [];

    public required Action<Event> Tell { get; init; }

    /// <summary>The descriptors of a socket unit in the order of its Listen lines; none when it is not open.</summary>
    public IReadOnlyList<Fd> Of(string unit) => _open.TryGetValue(unit, out var fds) ? fds : [];

    /// <summary>Takes back what the keeper held ("socket:UNIT:INDEX").</summary>
    public void Adopt(string unit, int index, Fd fd)
    {
        if (!_open.TryGetValue(unit, out var list))
            _open[unit] = list = [];
        while (list.Count <= index)
            list.Add(Fd.None);
        list[index] = fd;
    }

    public void Open(string name)
    {
        if (_open.ContainsKey(name))
        {
            Tell(new Event.SocketsReady(name));
            return;
        }
        var unit = engine.Find(name)!.Unit;
        var fds = new List<Fd>();
        foreach (var listen in unit.Get(Directives.ListenAddresses).Value)
        {
            if (!Listen(unit, listen).TryGet(out var fd, out var error))
            {
                fds.ForEach(f => f.Close());
                Tell(new Event.SocketsFailed(name, new Failure($"cannot listen on {listen.Address}", error, listen.Origin)));
                return;
            }
            fds.Add(fd);
        }
        _open[name] = fds;
        for (var i = 0; i < fds.Count; i++)
            keeper.Store(KeeperName(name, i), fds[i]);
        Tell(new Event.SocketsReady(name));
    }

    public void Close(string name)
    {
        if (!_open.Remove(name, out var fds))
            return;
        for (var i = 0; i < fds.Count; i++)
        {
            loop.Forget(fds[i]);
            keeper.Drop(KeeperName(name, i));
            fds[i].Close();
        }
        var unit = engine.Find(name)?.Unit;
        foreach (var listen in unit?.Get(Directives.ListenAddresses).Value ?? [])
        {
            if (listen.Address.StartsWith('/') && unit!.Get(Directives.RemoveOnStop).Value)
                _ = Sys.UnlinkAt(Fd.Cwd, listen.Address); // gone already is as good
        }
    }

    public void Watch(string name, bool watch)
    {
        foreach (var fd in Of(name))
        {
            loop.Forget(fd);
            if (!watch)
                continue;
            loop.Watch(fd, EpollIn, _ =>
            {
                foreach (var each in Of(name))
                    loop.Forget(each);
                Tell(new Event.SocketReadable(name));
            });
        }
    }

    private static string KeeperName(string unit, int index) => $"socket:{index.ToString(CultureInfo.InvariantCulture)}:{unit}";

    private static OsResult<Fd> Listen(Unit unit, ListenAddress listen)
    {
        var type = listen.Kind switch { "ListenDatagram" => 2, "ListenSequentialPacket" => 5, _ => 1 };
        var backlog = (int)Math.Min(unit.Get(Directives.Backlog).Value, int.MaxValue);
        var address = listen.Address;
        if (address.StartsWith('@'))
        {
            if (!Sys.UnixSocket(type).TryGet(out var named, out var noSocket))
                return noSocket;
            var held = Sys.BindUnix(named, address);
            return Finish(named, type == 2 || !held.Ok ? held : Sys.Listen(named, backlog));
        }
        if (address.StartsWith('/'))
        {
            if (Sys.MakeDirectories(Path.GetDirectoryName(address)!).Failed(out var noDirectory))
                return noDirectory;
            // only a socket that nobody serves may be in the way: its file is left over from an earlier run
            if (Sys.StatAt(Fd.Cwd, address, 0x100).TryGet(out var there, out _) && ((uint)there.st_mode & 0xF000) == 0xC000)
                _ = Sys.UnlinkAt(Fd.Cwd, address);
            if (!Sys.UnixSocket(type).TryGet(out var socket, out var error))
                return error;
            var result = Sys.BindUnix(socket, address);
            if (result.Ok)
                result = Sys.ChmodAt(Fd.Cwd, address, unit.Get(Directives.SocketMode).Value);
            return Finish(socket, type == 2 ? result : result.Ok ? Sys.Listen(socket, backlog) : result);
        }
        if (!TryParse(address, out var ip, out var port))
            return new OsError(Errno.EINVAL, "bind", address);
        if (!Sys.InternetSocket(ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6, type).TryGet(out var inet, out var e))
            return e;
        var bound = Sys.BindInternet(inet, ip, port);
        return Finish(inet, type == 2 || !bound.Ok ? bound : Sys.Listen(inet, backlog));
    }

    private static OsResult<Fd> Finish(Fd socket, OsResult result)
    {
        if (!result.Failed(out var error))
            return socket;
        socket.Close();
        return error;
    }

    /// <summary>"22", "127.0.0.1:80", "[::1]:80".</summary>
    internal static bool TryParse(string text, out IPAddress address, out ushort port)
    {
        address = IPAddress.IPv6Any;
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port))
            return port > 0;
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
            return false;
        var host = text.AsSpan(0, colon);
        return host is ['[', .., ']']
            ? IPAddress.TryParse(host[1..^1], out address!) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            : IPAddress.TryParse(host, out address!) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
    }
}
