using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Somebody comes: to the service that gets the sockets, or as a connection with a service of its own.</summary>
internal sealed partial class SocketMachine
{
    private RateLimit _triggers;
    private RateLimit _polls;

    /// <summary>The services that have a connection, and where it came from (null when that is not counted).</summary>
    private readonly SortedDictionary<string, string?> _connections = new(StringComparer.Ordinal);

    private uint _accepted;
    private uint _refused;

    internal (uint Accepted, int Now, uint Refused) Counts => (_accepted, _connections.Count, _refused);

    private int TriggerBurst => Unit.Unit.Get(Directives.SocketTriggerLimitBurst).Value ?? (IsAccept ? 200 : 20);

    private int PollBurst => Unit.Unit.Get(Directives.PollLimitBurst).Value ?? (IsAccept ? 150 : 15);

    private ulong PollInterval => Unit.Unit.Get(Directives.PollLimitIntervalSec).Value.Microseconds;

    /// <summary>A service that is up already has been told of no sockets; it is left alone until it ends.</summary>
    private void Listen()
    {
        if (Service is { Machine.IsAtRest: false })
        {
            Enter(SocketState.Running);
            return;
        }
        Enter(SocketState.Listening);
        if (!IsAccept && Unit.Unit.Get(Directives.FlushPending).Value)
            Engine.Emit(new Effect.FlushSockets(Unit.Name));
        Watch();
    }

    /// <summary>Watches, or waits for the end of the interval in which there were too many polls.</summary>
    private void Watch()
    {
        if (!_polls.IsUsedUp(Engine.Now, PollInterval, PollBurst))
        {
            Engine.Emit(new Effect.WatchSockets(Unit.Name, true));
            return;
        }
        Engine.Emit(new Effect.WatchSockets(Unit.Name, false));
        Engine.ArmTimerAt(Unit, UnitTimer.Trigger, _polls.Begin + PollInterval + 1);
    }

    /// <summary>False, and the socket goes down, when that was once too often.</summary>
    private bool TakeTrigger()
    {
        Engine.Touch(Unit);
        _ = _polls.Allow(Engine.Now, PollInterval, PollBurst);
        var interval = Unit.Unit.Get(Directives.SocketTriggerLimitIntervalSec).Value.Microseconds;
        if (_triggers.Allow(Engine.Now, interval, TriggerBurst))
            return true;
        Engine.Log(Unit, LogPriority.Error, $"triggered more than {TriggerBurst} times in {interval / 1_000_000.0:0.###} s (TriggerLimitBurst=)");
        EnterStopPre(UnitResult.TriggerLimitHit);
        return false;
    }

    private void Trigger()
    {
        if (!TakeTrigger())
            return;
        if (Unit.Job?.Type == JobType.Stop)
            Engine.Emit(new Effect.WatchSockets(Unit.Name, false)); // its own stop waits for its turn
        else if (Service is { Job.Type: JobType.Start or JobType.Restart })
            Enter(SocketState.Running);
        else if (IsDeferred)
        {
            Enter(SocketState.Deferred, "somebody came, and what is in the service's way is not stopped for that (DeferTrigger=)");
            Engine.ArmTimer(Unit, UnitTimer.State, Unit.Unit.Get(Directives.DeferTriggerMaxSec).Value);
            Engine.AwaitQueue(Unit);
        }
        else
            StartService();
    }

    private void StartService()
    {
        Enter(SocketState.Running, "someone came");
        Engine.Request(Triggers!, JobType.Start, $"someone came to {Unit.Name}", Unit);
    }

    private bool IsDeferred => Unit.Unit.Get(Directives.DeferTrigger).Value != DeferTrigger.No && Engine.WouldDisturb(Triggers!);

    private void TryDeferred()
    {
        if (!IsDeferred)
            StartService();
        else if (Unit.Unit.Get(Directives.DeferTrigger).Value == DeferTrigger.Patient)
            Engine.AwaitQueue(Unit);
        else
        {
            Engine.Log(Unit, LogPriority.Error, $"{Triggers} cannot be started without stopping something that runs (DeferTrigger=)");
            EnterStopPre(UnitResult.Resources);
        }
    }

    private void DeferTimedOut()
    {
        Engine.Log(Unit, LogPriority.Error, $"{Triggers} could not be started in time without stopping something that runs (DeferTriggerMaxSec=)");
        EnterStopPre(UnitResult.Timeout);
    }

    private void HandOver() => Enter(SocketState.Running);

    public void OnConnected(int connection, ConnectionDetails details)
    {
        if (SocketGrid.Decide(_state, SocketInput.Connected) == SocketAction.RefuseConnection || !TakeTrigger() || Unit.Job?.Type == JobType.Stop || IsFull(details))
        {
            Engine.Emit(new Effect.RefuseConnection(Unit.Name, connection));
            if (_state == SocketState.Listening)
                PausePolls();
            return;
        }
        var name = NameFor(details);
        var service = Engine.Load(name);
        _connections[service.Name] = details.Source;
        service.Connection = details;
        Engine.Touch(service);
        Engine.Emit(new Effect.HandConnection(Unit.Name, connection, service.Name));
        Engine.Request(service.Name, JobType.Start, $"someone came to {Unit.Name}", Unit);
        PausePolls();
    }

    private void PausePolls()
    {
        if (_polls.IsUsedUp(Engine.Now, PollInterval, PollBurst) && !Engine.IsArmed(Unit, UnitTimer.Trigger))
            Watch();
    }

    private bool IsFull(ConnectionDetails details)
    {
        var (most, perSource) = (Unit.Unit.Get(Directives.MaxConnections).Value, Unit.Unit.Get(Directives.MaxConnectionsPerSource).Value);
        var full = _connections.Count >= most ? $"{_connections.Count} connections are there already (MaxConnections=)" : null;
        if (full is null && perSource > 0 && details.Source is { } source && _connections.Values.Count(s => s == source) >= perSource)
            full = $"{perSource} connections from {source} are there already (MaxConnectionsPerSource=)";
        if (full is null)
            return false;
        _refused++;
        Engine.Log(Unit, LogPriority.Warning, $"a connection is closed: {full}");
        return true;
    }

    /// <summary>NAME@N-LOCAL-REMOTE.service. A number whose name is in use was given out by a manager that could not write that down.</summary>
    private string NameFor(ConnectionDetails details)
    {
        while (true)
        {
            var name = $"{UnitName.PrefixOf(Unit.Name)}@{_accepted++}-{details.Peer}.service";
            if (Engine.Find(name) is null)
                return name;
        }
    }

    /// <summary>A service of one of its connections has come up (then it has it) or is down (then nobody has it).</summary>
    internal void ConnectionChanged(UnitRuntime service)
    {
        if (UnitEngine.IsDown(service.Active) && service.Job is not null)
            return;
        Engine.Emit(new Effect.CloseConnection(service.Name));
        if (UnitEngine.IsDown(service.Active) && _connections.Remove(service.Name))
            Engine.Touch(Unit);
    }

    public override void TriggeredChanged(UnitRuntime service)
    {
        if (service.Result == UnitResult.StartLimitHit && service.Active == ActiveState.Failed)
            On(SocketInput.ServiceStartLimit);
        else if (!service.Machine.IsAtRest)
            On(SocketInput.ServiceUp);
        else if (service.Job is not { Type: JobType.Start or JobType.Restart }) // it will be up again in a moment, and has the sockets then
            On(SocketInput.ServiceDown);
    }

    /// <summary>The service could not even be asked to start.</summary>
    public override void RequestRefused(string why)
    {
        Engine.Log(Unit, LogPriority.Error, why);
        DropLostConnections();
        if (_state is SocketState.Listening or SocketState.Running)
            EnterStopPre(UnitResult.Resources);
    }

    /// <summary>Connections whose service is not there and will not come.</summary>
    private void DropLostConnections()
    {
        foreach (var name in _connections.Keys.ToArray())
        {
            if (Engine.Find(name) is { } service && (!UnitEngine.IsDown(service.Active) || service.Job is not null))
                continue;
            _connections.Remove(name);
            Engine.Emit(new Effect.CloseConnection(name));
            Engine.Touch(Unit);
        }
    }
}
