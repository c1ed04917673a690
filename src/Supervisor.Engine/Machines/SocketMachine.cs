using System.Diagnostics;
using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>One socket unit. <see cref="SocketGrid"/> says which action an event means; the actions are methods here and in the files beside.</summary>
internal sealed partial class SocketMachine(UnitEngine engine, UnitRuntime unit) : UnitMachine(engine, unit)
{
    private SocketState _state;
    private RateLimit _starts;
    private Verdict _verdict;

    internal SocketState State => _state;

    private bool IsAccept => Unit.Unit.Get(Directives.Accept).Value;

    /// <summary>Service=, else the unit's own name with another ending; null when each connection has one of its own.</summary>
    public override string? Triggers => DefaultDependencyRules.TriggeredBy(Unit.Unit);

    private UnitRuntime? Service => Triggers is { } name ? Engine.Find(name) : null;

    private Duration Timeout => Unit.Unit.Get(Directives.SocketTimeoutSec).Value;

    public override Verdict Probe(JobType type) => SocketGrid.Decide(_state, Input(type)) switch
    {
        SocketAction.Already => Verdict.Already,
        SocketAction.Underway => Verdict.Underway,
        SocketAction.Later => Verdict.Later,
        SocketAction.Refuse => Verdict.Refused,
        _ => Verdict.Go,
    };

    public override bool TakeStart()
    {
        var (interval, burst) = (Unit.Unit.Get(Directives.StartLimitIntervalSec).Value.Microseconds, Unit.Unit.Get(Directives.StartLimitBurst).Value);
        Engine.Touch(Unit);
        if (_starts.Allow(Engine.Now, interval, burst))
            return true;
        Engine.Log(Unit, LogPriority.Error, $"started more than {burst} times in {interval / 1_000_000.0:0.###} s, not started again (StartLimitBurst=)");
        Unit.Result = UnitResult.StartLimitHit;
        Enter(SocketState.Failed, "started too often");
        Engine.ActOn(Unit, Directives.StartLimitAction, null, "was started too often");
        return false;
    }

    public override Verdict Start() => Ask(SocketInput.JobStart);

    public override Verdict Stop() => Ask(SocketInput.JobStop);

    public override void TimerElapsed(UnitTimer timer) => On(timer == UnitTimer.Trigger ? SocketInput.PollAgain : SocketInput.TimedOut);

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
        if (SocketGrid.Decide(_state, SocketInput.OpenFailed) != SocketAction.Ignore)
            Engine.Log(Unit, LogPriority.Error, failure.ToString());
        On(SocketInput.OpenFailed);
    }

    internal void On(SocketInput input, UnitResult result = UnitResult.Success)
    {
        switch (SocketGrid.Decide(_state, input))
        {
            case SocketAction.Ignore: break;
            case SocketAction.Already: _verdict = Verdict.Already; break;
            case SocketAction.Underway: _verdict = Verdict.Underway; break;
            case SocketAction.Later: _verdict = Verdict.Later; break;
            case SocketAction.Refuse: _verdict = Verdict.Refused; break;

            case SocketAction.Begin: Begin(); break;
            case SocketAction.Abandon: EnterDead(UnitResult.Success); break;
            case SocketAction.EnterStartPre: EnterStartPre(); break;
            case SocketAction.FailPreparing: EnterDead(UnitResult.Resources); break;
            case SocketAction.PreparingTimedOut: TimedOut("preparing to start"); EnterDead(UnitResult.Timeout); break;
            case SocketAction.StartPreDone: StartPreDone(result); break;
            case SocketAction.StartPreTimedOut: TimedOut("start-pre"); EnterKill(SocketState.FinalSigterm, UnitResult.Timeout); break;
            case SocketAction.EnterStartPost: EnterStartPost(); break;
            case SocketAction.FailOpen: EnterStopPre(UnitResult.Resources); break;
            case SocketAction.StartPostDone: StartPostDone(result); break;
            case SocketAction.StartPostTimedOut: TimedOut("start-post"); EnterKill(SocketState.StopPreSigterm, UnitResult.Timeout); break;

            case SocketAction.Trigger: Trigger(); break;
            case SocketAction.Connect or SocketAction.RefuseConnection: throw new UnreachableException(); // asked by OnConnected
            case SocketAction.WatchAgain: Watch(); break;
            case SocketAction.HandOver: HandOver(); break;
            case SocketAction.ListenAgain: Listen(); break;
            case SocketAction.GiveUp: EnterStopPre(UnitResult.ServiceStartLimitHit); break;
            case SocketAction.TryDeferred: TryDeferred(); break;
            case SocketAction.DeferTimedOut: DeferTimedOut(); break;

            case SocketAction.BeginStop: EnterStopPre(UnitResult.Success); break;
            case SocketAction.KillStart: EnterKill(SocketState.StopPreSigterm, UnitResult.Success); break;
            case SocketAction.StopPreDone: StopPreDone(result); break;
            case SocketAction.StopPreTimedOut: TimedOut("stop-pre"); EnterKill(SocketState.StopPreSigterm, UnitResult.Timeout); break;
            case SocketAction.StopKillDone: StopKillDone(); break;
            case SocketAction.StopTermTimedOut: TimedOut("stop"); AfterTerm(SocketState.StopPreSigkill); break;
            case SocketAction.StopKillTimedOut: KillTimedOut(); break;
            case SocketAction.StopPostDone: StopPostDone(result); break;
            case SocketAction.StopPostTimedOut: TimedOut("stop-post"); EnterKill(SocketState.FinalSigterm, UnitResult.Timeout); break;
            case SocketAction.FinalKillDone: FinalKillDone(); break;
            case SocketAction.FinalTermTimedOut: TimedOut("stop"); AfterTerm(SocketState.FinalSigkill); break;
            case SocketAction.FinalKillTimedOut: KillTimedOut(); break;
            case SocketAction.KillNewcomer: _ = Kill(_state); break;
            case SocketAction.KillStray: Engine.Emit(new Effect.KillCgroup(Unit.Name)); break;
            default: throw new UnreachableException();
        }
    }

    private void Begin()
    {
        Unit.Result = UnitResult.Success;
        if (!NeedsResources(Unit.Unit))
        {
            EnterStartChown();
            return;
        }
        _acquired = true;
        Enter(SocketState.Preparing);
        Engine.ArmTimer(Unit, UnitTimer.State, Timeout);
        Engine.Emit(new Effect.AcquireResources(Unit.Name));
    }

    private void EnterStartPre()
    {
        if (!EnterCommands(SocketState.StartPre, ProcessRole.StartPre))
            EnterStartChown();
    }

    private void StartPreDone(UnitResult result)
    {
        if (result != UnitResult.Success)
            EnterKill(SocketState.FinalSigterm, result);
        else if (!RunNext())
            EnterStartChown();
    }

    private void EnterStartChown()
    {
        Enter(SocketState.StartChown);
        Engine.Emit(new Effect.OpenSockets(Unit.Name));
    }

    private void EnterStartPost()
    {
        if (!EnterCommands(SocketState.StartPost, ProcessRole.StartPost))
            Listen();
    }

    private void StartPostDone(UnitResult result)
    {
        if (result != UnitResult.Success)
            EnterStopPre(result);
        else if (!RunNext())
            Listen();
    }

    private void EnterStopPre(UnitResult result)
    {
        Note(result);
        if (!EnterCommands(SocketState.StopPre, ProcessRole.StopPre))
            EnterStopPost(UnitResult.Success);
    }

    private void StopPreDone(UnitResult result)
    {
        Note(result);
        if (result != UnitResult.Success || !RunNext())
            EnterStopPost(result);
    }

    private void EnterStopPost(UnitResult result)
    {
        Note(result);
        if (!EnterCommands(SocketState.StopPost, ProcessRole.StopPost))
            EnterKill(SocketState.FinalSigterm, UnitResult.Success);
    }

    private void StopPostDone(UnitResult result)
    {
        Note(result);
        if (result != UnitResult.Success || !RunNext())
            EnterKill(SocketState.FinalSigterm, result);
    }

    private void EnterDead(UnitResult result)
    {
        Note(result);
        CloseSockets();
        if (_acquired)
            Engine.Emit(new Effect.ReleaseResources(Unit.Name, KeepRuntimeDirectory: false, Restarting: false));
        (_acquired, _populated, _killAll, _controlSpawning, Unit.ControlPid) = (false, false, false, false, 0);
        Enter(Unit.Result == UnitResult.Success ? SocketState.Dead : SocketState.Failed);
    }

    private void CloseSockets()
    {
        if (!_open)
            return;
        _open = false;
        Engine.Emit(new Effect.WatchSockets(Unit.Name, false));
        Engine.Emit(new Effect.CloseSockets(Unit.Name));
    }

    /// <summary>Every change of state goes through here: what belongs to the state that is left ends with it.</summary>
    private void Enter(SocketState next, string? text = null)
    {
        Engine.CancelTimer(Unit, UnitTimer.State);
        if (next != SocketState.Listening)
            Engine.CancelTimer(Unit, UnitTimer.Trigger);
        if (next == SocketState.StartChown)
            _open = true; // some of them may be, before the answer comes
        else if (!SocketStates.IsOpen(next))
            CloseSockets();
        else if (_state == SocketState.Listening && next != SocketState.Listening)
            Engine.Emit(new Effect.WatchSockets(Unit.Name, false));
        _state = next;
        Engine.ChangeState(Unit, SocketStates.Active(next), SocketStates.Word(next), text, false);
    }

    /// <summary>The first thing that went wrong stays the result.</summary>
    private void Note(UnitResult result)
    {
        if (Unit.Result == UnitResult.Success)
            Unit.Result = result;
    }

    private void TimedOut(string what) => Engine.Log(Unit, LogPriority.Warning, $"{what} took too long (TimeoutSec=)");
}
