using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>Sockets: people come to them, and each connection is somebody's or is closed, whenever the manager dies.</summary>
internal sealed partial class World
{
    private readonly HashSet<string> _openSockets = [];
    private readonly HashSet<string> _watchedSockets = [];

    /// <summary>Connections that nobody has; those that the keeper holds for a service; those that a process was given.</summary>
    private readonly HashSet<int> _fresh = [];
    private readonly Dictionary<string, int> _connected = [];
    private readonly HashSet<int> _served = [];
    private int _nextConnection = 1;

    public int Connections => _nextConnection - 1;

    private void OpenSockets(string unit) => Later(Soon(1000), () =>
    {
        if (OneIn(20))
        {
            Tell(new Event.SocketsFailed(unit, new("cannot bind")));
            return;
        }
        _openSockets.Add(unit);
        Tell(new Event.SocketsReady(unit));
    });

    private void WatchSockets(Effect.WatchSockets watch)
    {
        _watchedSockets.Remove(watch.Unit);
        if (!watch.Watch)
            return;
        Demand(_openSockets.Contains(watch.Unit), $"{watch.Unit} is watched and not open");
        _watchedSockets.Add(watch.Unit);
        SomeoneComes(watch.Unit);
    }

    private void SomeoneComes(string unit) => Later(Soon(OneIn(3) ? 5000 : 5_000_000), () =>
    {
        if (!_watchedSockets.Contains(unit))
            return;
        if (!_units.Find(unit).Get(Directives.Accept).Value)
        {
            _watchedSockets.Remove(unit);
            Tell(new Event.SocketReadable(unit));
            return;
        }
        var connection = _nextConnection++;
        _fresh.Add(connection);
        var source = $"10.0.0.{_random.Next(3)}";
        Tell(new Event.Connected(unit, connection, new(unit, $"10.0.0.9:80-{source}:{connection}", source, source, $"{connection}", (ulong)connection)));
        Demand(!_fresh.Contains(connection), $"connection {connection} to {unit} is nobody's and was not closed");
        if (OneIn(2) && _watchedSockets.Contains(unit))
            SomeoneComes(unit);
    });

    private void HandConnection(Effect.HandConnection hand)
    {
        Demand(_fresh.Remove(hand.Connection), $"connection {hand.Connection} is given to {hand.Service} and to somebody else");
        _connected.Add(hand.Service, hand.Connection);
    }

    /// <summary>False when the service was made for a connection that is closed: then its command cannot be started.</summary>
    private bool TakeConnection(Effect.Spawn spawn)
    {
        if (spawn.Role != ProcessRole.Start || _engine.Find(spawn.Unit)?.Connection is null)
            return true;
        if (!_connected.TryGetValue(spawn.Unit, out var connection))
            return false;
        Demand(_served.Add(connection), $"connection {connection} is served twice");
        return true;
    }

    private void CheckSocketState(Effect.StateChanged change)
    {
        if (!change.Unit.EndsWith(".socket", StringComparison.Ordinal) || !UnitEngine.IsDown(change.New))
            return;
        Demand(!_openSockets.Contains(change.Unit), $"{change.Unit} is {change.NewSub} and open");
        Demand(LeavesOthers(change.Unit) || !Populated(change.Unit), $"{change.Unit} is {change.NewSub} and a process of it is alive");
    }

    private void CheckSocketsAtEnd()
    {
        Demand(_openSockets.Count == 0, $"no socket is open: {string.Join(' ', _openSockets)}");
        Demand(_connected.Count == 0, $"no connection is kept: {string.Join(' ', _connected.Keys)}");
        Demand(!_saved.Keys.Any(n => n.Contains('@') && _saved[n].Active == "inactive"), $"no service of a connection is remembered: {string.Join(' ', _saved.Keys)}");
    }
}
