using System.Globalization;
using System.Text;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager.Sockets;

/// <summary>The sockets of socket units: opened here, watched here until someone comes, kept by the keeper across managers, passed to services.</summary>
internal sealed class SocketUnits(UnitEngine engine, Loop loop, KeeperLink keeper)
{
    private const uint EpollIn = 1, EpollHangup = 16;
    private const ulong CLONE_NEWNET = 0x40000000;
    private const int FlushMax = 4096;

    private readonly Dictionary<string, List<Fd>> _open = [];

    public required Action<Event> Tell { get; init; }

    /// <summary>What a unit does without on this machine.</summary>
    public required Action<string, string> Without { get; init; }

    /// <summary>The network namespace of a unit that has one of its own.</summary>
    public required Func<string, Fd> NetworkOf { get; init; }

    public Connections Connections { get; } = new(keeper);

    /// <summary>The descriptors of a socket unit in the order of its Listen lines; none when it is not open.</summary>
    public IReadOnlyList<Fd> Of(string unit) => _open.TryGetValue(unit, out var fds) ? fds : [];

    /// <summary>What services know the unit's descriptors by.</summary>
    public static string NameOf(Unit unit) => unit.Get(Directives.FileDescriptorName).Value ?? unit.Name;

    /// <summary>Takes back what the keeper held for an earlier manager.</summary>
    public void Adopt(string unit, Func<string, Fd?> held)
    {
        var fds = new List<Fd>();
        while (held(KeeperName(unit, fds.Count)) is { } fd)
            fds.Add(fd);
        if (fds.Count > 0)
            _open[unit] = fds;
    }

    public void Open(string name)
    {
        var unit = engine.Find(name)!.Unit;
        var addresses = unit.Get(Directives.ListenAddresses).Value;
        CloseAll(name);
        var fds = new List<Fd>();
        if (InNetworkOf(name, () => OpenAll(unit, addresses, fds)) is { } failure)
        {
            fds.ForEach(f => f.Close());
            Tell(new Event.SocketsFailed(name, failure));
            return;
        }
        _open[name] = fds;
        for (var i = 0; i < fds.Count; i++)
            keeper.Store(KeeperName(name, i), fds[i]);
        Tell(new Event.SocketsReady(name));
    }

    private Failure? OpenAll(Unit unit, IReadOnlyList<ListenAddress> addresses, List<Fd> fds)
    {
        if (SocketFiles.OwnerOf(unit, out var owner) is { } unknown)
            return unknown;
        foreach (var listen in addresses)
        {
            if (SocketOpener.Open(unit, listen, owner, text => Without(unit.Name, text), out var fd) is { } failure)
                return failure;
            fds.Add(fd);
        }
        SocketFiles.Link(unit, text => Without(unit.Name, text));
        return null;
    }

    public void Close(string name)
    {
        if (!_open.ContainsKey(name))
            return;
        CloseAll(name);
        if (engine.Find(name)?.Unit is { } unit)
            SocketFiles.Remove(unit);
    }

    public void Watch(string name, bool watch)
    {
        var addresses = engine.Find(name)?.Unit.Get(Directives.ListenAddresses).Value ?? [];
        var fds = Of(name);
        for (var i = 0; i < fds.Count; i++)
        {
            var fd = fds[i];
            loop.Forget(fd);
            if (!watch || !loop.TryWatch(fd, EpollIn, ready => OnReady(name, fd, ready)).Failed(out var error))
                continue;
            Tell(new Event.SocketsFailed(name, new Failure(i < addresses.Count ? $"cannot wait for something to come to {addresses[i].Text}" : "cannot wait for someone to come", error, i < addresses.Count ? addresses[i].Origin : default)));
            return;
        }
    }

    /// <summary>FlushPending=.</summary>
    public void Flush(string name)
    {
        var addresses = engine.Find(name)!.Unit.Get(Directives.ListenAddresses).Value;
        var fds = Of(name);
        var buffer = new byte[65536];
        for (var i = 0; i < Math.Min(fds.Count, addresses.Count); i++)
        {
            if (addresses[i].Kind == ListenKind.MessageQueue)
            {
                Sys.EmptyMessageQueue(fds[i]);
                continue;
            }
            for (var left = FlushMax; left > 0; left--)
            {
                if (!addresses[i].CanAccept)
                {
                    if (addresses[i].Kind == ListenKind.Special || !Sys.Read(fds[i], buffer).TryGet(out _, out _))
                        break;
                }
                else if (Sys.Accept(fds[i]).TryGet(out var pending, out _))
                    pending.Close();
                else
                    break;
            }
        }
    }

    private void OnReady(string name, Fd fd, uint ready)
    {
        if ((ready & EpollIn) == 0)
        {
            Tell(new Event.SocketsFailed(name, new Failure((ready & EpollHangup) != 0 ? "cannot listen any longer: somebody has shut the socket down" : "cannot listen any longer: the socket has an error")));
            return;
        }
        if (engine.Find(name)?.Unit.Get(Directives.Accept).Value == true)
        {
            Accept(name, fd);
            return;
        }
        foreach (var each in Of(name))
            loop.Forget(each);
        Tell(new Event.SocketReadable(name));
    }

    private void Accept(string name, Fd fd)
    {
        if (!Sys.Accept(fd).TryGet(out var connection, out var error))
        {
            // who is gone before he was seen does not matter; without descriptors or memory there is nobody that could be served
            if (error.Errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM or Errno.EINVAL or Errno.ENOTSOCK or Errno.EOPNOTSUPP)
                Tell(new Event.SocketsFailed(name, new Failure("cannot accept a connection", error)));
            return;
        }
        var unit = engine.Find(name)!.Unit;
        if (Connections.Describe(name, connection) is not { } details || Prepare(unit, connection) is not null)
        {
            connection.Close();
            return;
        }
        var number = Connections.Add(connection);
        Tell(new Event.Connected(name, number, details));
        Connections.Refuse(number); // without effect for one that has an owner
    }

    /// <summary>A connection does not inherit every option of what it came to.</summary>
    private Failure? Prepare(Unit unit, Fd connection)
    {
        if (!Sys.OwnName(connection).TryGet(out var own, out var error) || !Sys.SocketType(connection).TryGet(out var type, out error))
            return new Failure("cannot look at a connection", error);
        var failure = SocketOptions.ApplyAfterBind(unit, connection, own.Family, type, text => Without(unit.Name, text));
        SocketOptions.Describe(unit, Directives.XAttrAccept, a => Sys.SetAttribute(connection, a.Name, Encoding.UTF8.GetBytes(a.Value)), text => Without(unit.Name, text));
        return failure;
    }

    private void CloseAll(string name)
    {
        if (!_open.Remove(name, out var fds))
            return;
        for (var i = 0; i < fds.Count; i++)
        {
            loop.Forget(fds[i]);
            keeper.Drop(KeeperName(name, i));
            fds[i].Close();
        }
    }

    /// <summary>PrivateNetwork= and NetworkNamespacePath= of a socket unit: its sockets are of that network.</summary>
    private Failure? InNetworkOf(string name, Func<Failure?> action)
    {
        var network = NetworkOf(name);
        if (!network.IsOpen)
            return action();
        var origin = engine.Find(name)!.Unit.OriginOf(Directives.PrivateNetwork);
        if (!Sys.Open("/proc/thread-self/ns/net", 0).TryGet(out var own, out var error))
            return new Failure("cannot open its sockets in its network", error, origin);
        Failure? failure;
        if (Sys.Setns(network, CLONE_NEWNET).Failed(out error))
            failure = new Failure("cannot open its sockets in its network", error, origin);
        else
        {
            failure = action();
            // a manager in another network is none: the next one, which the keeper starts, begins where it should
            if (Sys.Setns(own, CLONE_NEWNET).Failed(out error))
            {
                loop.Stop();
                failure = new Failure("cannot return to the manager's own network", error, origin);
            }
        }
        own.Close();
        return failure;
    }

    private static string KeeperName(string unit, int index) => KeeperNames.Of($"socket{index.ToString(CultureInfo.InvariantCulture)}", unit);
}
