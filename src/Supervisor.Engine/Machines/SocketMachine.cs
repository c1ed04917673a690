using System.Diagnostics;
using Supervisor.Units;

namespace Supervisor.Engine;

// The life of a socket unit (Accept=no)
// =====================================
//
//   dead ─► opening ─► listening ◄─► running ─► dead
//              └─────────► failed ◄─────┘
//
// `listening`: bound, and watched: the first who comes has the service started. `running`: the service is up, or on its way, and has the sockets; they are not
// watched. When the service is down again, back to `listening`, since clients may wait. A service that will not start although clients come would make a loop:
// more than 20 triggers in 2 s, or the service's own start limit, make the socket `failed`.

/// <summary>Sub-states of a socket unit, in systemd's words; `opening` is ours.</summary>
internal enum SocketState { Dead, Opening, Listening, Running, Failed }

/// <summary>What can happen to a socket unit: the columns of its grid.</summary>
internal enum SocketInput { JobStart, JobStop, JobReload, Ready, Failed, Readable, ServiceUp, ServiceDown, ServiceStartLimit }

internal enum SocketAction { Ignore, Already, Underway, Refuse, Open, Listen, Fail, Trigger, Close, HandOver, ListenAgain, GiveUp }

/// <summary>The table of a socket unit.</summary>
internal static class SocketGrid
{
    public static SocketAction Decide(SocketState state, SocketInput input) => (input, state) switch
    {
        (SocketInput.JobStart, SocketState.Dead or SocketState.Failed) => SocketAction.Open,
        (SocketInput.JobStart, SocketState.Opening) => SocketAction.Underway,
        (SocketInput.JobStart, SocketState.Listening or SocketState.Running) => SocketAction.Already,
        (SocketInput.JobStop, SocketState.Dead or SocketState.Failed) => SocketAction.Already,
        (SocketInput.JobStop, SocketState.Opening or SocketState.Listening or SocketState.Running) => SocketAction.Close,
        (SocketInput.JobReload, _) => SocketAction.Refuse,
        (SocketInput.Ready, SocketState.Opening) => SocketAction.Listen,
        (SocketInput.Ready, _) => SocketAction.Ignore,
        (SocketInput.Failed, SocketState.Opening) => SocketAction.Fail,
        (SocketInput.Failed, _) => SocketAction.Ignore,
        (SocketInput.Readable, SocketState.Listening) => SocketAction.Trigger,
        (SocketInput.Readable, _) => SocketAction.Ignore,
        (SocketInput.ServiceUp, SocketState.Listening) => SocketAction.HandOver,
        (SocketInput.ServiceUp, _) => SocketAction.Ignore,
        (SocketInput.ServiceDown, SocketState.Running) => SocketAction.ListenAgain,
        (SocketInput.ServiceDown, _) => SocketAction.Ignore,
        (SocketInput.ServiceStartLimit, SocketState.Listening or SocketState.Running) => SocketAction.GiveUp,
        (SocketInput.ServiceStartLimit, _) => SocketAction.Ignore,
        _ => throw new UnreachableException($"{input} in {state}"),
    };
}

/// <summary>One socket unit.</summary>
internal sealed class SocketMachine(UnitEngine engine, UnitRuntime unit) : UnitMachine(engine, unit)
{
    private const ulong TriggerInterval = 2_000_000;
    private const int TriggerBurst = 20;

    private static readonly string[] StateWords = ["dead", "opening", "listening", "running", "failed"];

    private SocketState _state;
    private RateLimit _triggers;
    private Verdict _verdict;

    internal SocketState State => _state;

    /// <summary>Service=, else the unit's own name with another ending.</summary>
    public string ServiceName => DefaultDependencyRules.ServiceOf(Unit.Unit);

    public override string? Triggers => ServiceName;

    public override Verdict Probe(JobType type) => SocketGrid.Decide(_state, Input(type)) switch
    {
        SocketAction.Already => Verdict.Already,
        SocketAction.Underway => Verdict.Underway,
        SocketAction.Refuse => Verdict.Refused,
        _ => Verdict.Go,
    };

    public override Verdict Start() => Ask(SocketInput.JobStart);

    public override Verdict Stop() => Ask(SocketInput.JobStop);

    private static SocketInput Input(JobType type) => type switch
    {
        JobType.Start => SocketInput.JobStart,
        JobType.Stop => SocketInput.JobStop,
        _ => SocketInput.JobReload,
    };

    private Verdict Ask(SocketInput input)
    {
        _verdict = Verdict.Underway;
        On(input);
        return _verdict;
    }

    public void OnFailed(Failure failure)
    {
        Engine.Log(Unit, LogPriority.Error, failure.ToString());
        On(SocketInput.Failed);
    }

    public override void TriggeredChanged(UnitRuntime service)
    {
        if (service.Result == UnitResult.StartLimitHit && service.Active == ActiveState.Failed)
            On(SocketInput.ServiceStartLimit);
        else
            On(service.Active is ActiveState.Inactive or ActiveState.Failed ? SocketInput.ServiceDown : SocketInput.ServiceUp);
    }

    /// <summary>The service could not even be asked to start.</summary>
    public override void RequestRefused(string why)
    {
        Engine.Log(Unit, LogPriority.Error, why);
        Close(SocketState.Failed, UnitResult.Resources);
    }

    internal void On(SocketInput input)
    {
        switch (SocketGrid.Decide(_state, input))
        {
            case SocketAction.Ignore: break;
            case SocketAction.Already: _verdict = Verdict.Already; break;
            case SocketAction.Underway: _verdict = Verdict.Underway; break;
            case SocketAction.Refuse: _verdict = Verdict.Refused; break;
            case SocketAction.Open: Open(); break;
            case SocketAction.Listen: Listen(); break;
            case SocketAction.Fail: Close(SocketState.Failed, UnitResult.Resources); break;
            case SocketAction.Trigger: Trigger(); break;
            case SocketAction.Close: Close(SocketState.Dead, UnitResult.Success); break;
            case SocketAction.HandOver: Watch(false); Enter(SocketState.Running); break;
            case SocketAction.ListenAgain: Listen(); break;
            case SocketAction.GiveUp: Close(SocketState.Failed, UnitResult.ServiceStartLimitHit); break;
            default: throw new UnreachableException();
        }
    }

    private void Open()
    {
        Unit.Result = UnitResult.Success;
        Enter(SocketState.Opening);
        Engine.Emit(new Effect.OpenSockets(Unit.Name));
    }

    /// <summary>A service that is up already has been told of no sockets; it is left alone until it ends.</summary>
    private void Listen()
    {
        if (Engine.Find(ServiceName) is { } service && !UnitEngine.IsDown(service.Active))
        {
            Enter(SocketState.Running);
            return;
        }
        Enter(SocketState.Listening);
        Watch(true);
    }

    private void Trigger()
    {
        Engine.Touch(Unit);
        if (!_triggers.Allow(Engine.Now, TriggerInterval, TriggerBurst))
        {
            Engine.Log(Unit, LogPriority.Error, $"triggered more than {TriggerBurst} times in {TriggerInterval / 1_000_000} s");
            Close(SocketState.Failed, UnitResult.TriggerLimitHit);
            return;
        }
        Enter(SocketState.Running, "someone came");
        Engine.Request(ServiceName, JobType.Start, $"someone came to {Unit.Name}", Unit);
    }

    private void Close(SocketState next, UnitResult result)
    {
        Unit.Result = result;
        Watch(false);
        Engine.Emit(new Effect.CloseSockets(Unit.Name));
        Enter(next);
    }

    private void Watch(bool watch) => Engine.Emit(new Effect.WatchSockets(Unit.Name, watch));

    private void Enter(SocketState next, string? text = null)
    {
        _state = next;
        Engine.ChangeState(Unit, Active(next), StateWords[(int)next], text, false);
    }

    private static ActiveState Active(SocketState state) => state switch
    {
        SocketState.Dead => ActiveState.Inactive,
        SocketState.Opening => ActiveState.Activating,
        SocketState.Failed => ActiveState.Failed,
        _ => ActiveState.Active,
    };

    public override UnitSnapshot Save(UnitSnapshot snapshot) => snapshot with { LimitBegin = _triggers.Begin, LimitCount = _triggers.Count };

    public override void Restore(UnitSnapshot snapshot, AdoptFacts facts)
    {
        _state = (SocketState)Math.Max(Array.IndexOf(StateWords, snapshot.Sub), 0);
        _triggers = new() { Begin = snapshot.LimitBegin, Count = snapshot.LimitCount };
        (Unit.Active, Unit.Sub) = (Active(_state), StateWords[(int)_state]);
    }

    /// <summary>The sockets themselves were kept for the new manager; that they are watched was not.</summary>
    public override void Resume()
    {
        if (_state == SocketState.Opening)
            Engine.Emit(new Effect.OpenSockets(Unit.Name));
        else if (_state is SocketState.Listening or SocketState.Running)
            Listen();
    }
}
