using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Events of socket units, starts that wait for their turn, and services that were made for one connection.</summary>
public sealed partial class UnitEngine
{
    /// <summary>Sockets whose service is put off until nothing is in its way.</summary>
    private readonly List<UnitRuntime> _deferred = [];

    /// <summary>Units that have gone down: some of them are not remembered.</summary>
    private readonly Queue<UnitRuntime> _ended = new();

    private static void OnSocket(SocketMachine socket, Event happened)
    {
        switch (happened)
        {
            case Event.ResourcesReady: socket.On(SocketInput.ResourcesReady); break;
            case Event.ResourcesFailed failed: socket.OnResourcesFailed(failed.Failure); break;
            case Event.SpawnSucceeded spawned: socket.OnSpawned(spawned.Pid); break;
            case Event.SpawnFailed failed: socket.OnSpawnFailed(failed.Failure); break;
            case Event.ProcessExited exited: socket.OnExited(exited.Pid, exited.Exit); break;
            case Event.CgroupEmpty: socket.OnCgroupEmpty(); break;
            case Event.SocketsReady: socket.On(SocketInput.Opened); break;
            case Event.SocketsFailed failed: socket.OnFailed(failed.Failure); break;
            case Event.SocketReadable: socket.On(SocketInput.Readable); break;
            case Event.Connected connected: socket.OnConnected(connected.Connection, connected.Details); break;
            default: break;
        }
    }

    /// <summary>Whether a start of the unit would stop something that runs, or take a stop's place.</summary>
    internal bool WouldDisturb(string name)
    {
        var transaction = new Transaction(this, Current);
        return transaction.Build(Load(name), JobType.Start, JobMode.Replace, IsShuttingDown) is null && transaction.Disturbs;
    }

    /// <summary>The socket waits for <see cref="SocketInput.QueueEmpty"/>.</summary>
    internal void AwaitQueue(UnitRuntime socket)
    {
        if (!_deferred.Contains(socket))
            _deferred.Add(socket);
    }

    /// <summary>True when one that waited goes on.</summary>
    private bool EndQueueWait()
    {
        if (_jobs.Count > 0)
            return false;
        foreach (var unit in _deferred.ToArray())
        {
            if (unit.Machine is not SocketMachine { State: SocketState.Deferred } socket)
            {
                _deferred.Remove(unit);
                continue;
            }
            // one that is patient looks again after whatever happens
            if (unit.Unit.Get(Directives.DeferTrigger).Value == DeferTrigger.Patient && WouldDisturb(socket.Triggers!))
                continue;
            _deferred.Remove(unit);
            _current = NoteCause(unit.Cause, unit, "nothing else is going on");
            socket.On(SocketInput.QueueEmpty);
            return true;
        }
        return false;
    }

    private void EndConnection(UnitRuntime service, ConnectionDetails connection)
    {
        if (Find(connection.Socket)?.Machine is SocketMachine socket)
            socket.ConnectionChanged(service);
        else
            Emit(new Effect.CloseConnection(service.Name));
    }

    /// <summary>A service that was made for a connection is gone with it, and so is what failed and says that nobody need remember it (CollectMode=).</summary>
    private void CollectEnded()
    {
        while (_ended.TryDequeue(out var unit))
        {
            if (!IsDown(unit.Active) || unit.Job is not null || Find(unit.Name) != unit)
                continue;
            var forgetful = unit.Unit.Get(Directives.CollectMode).Value == CollectMode.InactiveOrFailed;
            if (unit.Active == ActiveState.Failed ? forgetful && !IsReferenced(unit) : unit.Connection is not null)
                Emit(new Effect.Collect(unit.Name));
        }
    }

    private bool IsReferenced(UnitRuntime unit)
    {
        foreach (var kind in Needs)
            if (Dependents(unit, kind).Any())
                return true;
        return _triggers.Exists(m => m.Triggers is { } name && Find(name) == unit);
    }
}
