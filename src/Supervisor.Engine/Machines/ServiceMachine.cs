using System.Diagnostics;
using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>One service. <see cref="ServiceGrid"/> says which action an event means; the actions are methods here and in the files beside.</summary>
internal sealed partial class ServiceMachine(UnitEngine engine, UnitRuntime unit) : UnitMachine(engine, unit)
{
    private ServiceState _state;
    private RateLimit _starts;

    /// <summary>An answer of <see cref="Act"/> to a job.</summary>
    private Verdict _verdict;

    internal ServiceState State => _state;

    public override bool IsAtRest => _state is ServiceState.Dead or ServiceState.Failed or ServiceState.AutoRestart;

    private ServiceType Type => Unit.Unit.Get(Directives.Type).Value;

    public override Verdict Probe(JobType type) => ServiceGrid.Decide(_state, Input(type)) switch
    {
        ServiceAction.Already => Verdict.Already,
        ServiceAction.Underway => Verdict.Underway,
        ServiceAction.Later => Verdict.Later,
        ServiceAction.Refuse => Verdict.Refused,
        _ => Verdict.Go,
    };

    public override Verdict Start() => Ask(ServiceInput.JobStart);

    public override Verdict Stop() => Ask(ServiceInput.JobStop);

    public override bool CanReload => Type == ServiceType.NotifyReload || Commands(ProcessRole.Reload).Count > 0;

    public override Verdict Reload() => CanReload ? Ask(ServiceInput.JobReload) : Verdict.Refused;

    public override void TimerElapsed(UnitTimer timer) => On(timer switch
    {
        UnitTimer.State => ServiceInput.StateTimeout,
        UnitTimer.Runtime => ServiceInput.RuntimeTimeout,
        UnitTimer.Watchdog => ServiceInput.WatchdogTimeout,
        _ => throw new UnreachableException(),
    });

    internal void On(ServiceInput input, UnitResult result = UnitResult.Success, bool skip = false) => Act(ServiceGrid.Decide(_state, input), result, skip);

    private static ServiceInput Input(JobType type) => type switch
    {
        JobType.Start => ServiceInput.JobStart,
        JobType.Stop => ServiceInput.JobStop,
        JobType.Reload => ServiceInput.JobReload,
        _ => throw new UnreachableException(),
    };

    private Verdict Ask(ServiceInput input)
    {
        _verdict = Verdict.Underway;
        On(input);
        return _verdict;
    }

    /// <param name="result">Of the process that ended; Success for everything else.</param>
    /// <param name="skip">An ExecCondition= command that says "not now".</param>
    private void Act(ServiceAction action, UnitResult result, bool skip)
    {
        switch (action)
        {
            case ServiceAction.Ignore: break;
            case ServiceAction.Already: _verdict = Verdict.Already; break;
            case ServiceAction.Underway: _verdict = Verdict.Underway; break;
            case ServiceAction.Later: _verdict = Verdict.Later; break;
            case ServiceAction.Refuse: _verdict = Verdict.Refused; break;

            case ServiceAction.BeginStart: BeginStart(); break;
            case ServiceAction.BeginCondition: EnterCondition(); break;
            case ServiceAction.FailPreparing: EnterDead(UnitResult.Resources); break;
            case ServiceAction.PreparingTimedOut: TimedOut("preparing to start", Directives.TimeoutStartSec); EnterDead(UnitResult.Timeout); break;
            case ServiceAction.AbandonPreparing: _noRestart = true; EnterDead(UnitResult.Success); break;
            case ServiceAction.ConditionDone: ConditionDone(result, skip); break;
            case ServiceAction.StartPreDone: StartPreDone(result); break;
            case ServiceAction.StartSpawned: StartSpawned(); break;
            case ServiceAction.StartMainDone: StartMainDone(result); break;
            case ServiceAction.StartForkDone: StartForkDone(result); break;
            case ServiceAction.StartPidKnown: StartPidKnown(); break;
            case ServiceAction.StartPidUnknown: StartPidUnknown(); break;
            case ServiceAction.StartReady: StartReady(); break;
            case ServiceAction.StartDeserted: StartDeserted(); break;
            case ServiceAction.StartBusName: StartBusName(); break;
            case ServiceAction.StartIdle: StartIdle(); break;
            case ServiceAction.StartTimedOut: TimedOut("start", Directives.TimeoutStartSec); EnterKill(FirstSignal(Directives.TimeoutStartFailureMode), UnitResult.Timeout); break;
            case ServiceAction.StartOutOfMemory: StartOutOfMemory(); break;
            case ServiceAction.StartPostMainDone: StartPostMainDone(result); break;
            case ServiceAction.StartPostDone: StartPostDone(result); break;
            case ServiceAction.StartPostPidKnown: StartPostPidKnown(); break;
            case ServiceAction.StartPostPidUnknown: StartPostPidUnknown(); break;
            case ServiceAction.StartPostDeserted: StartPostDeserted(); break;
            case ServiceAction.RunningMainDone: EnterRunning(result); break;
            case ServiceAction.RunningDeserted: RunningDeserted(); break;
            case ServiceAction.RunningTooLong: TimedOut("running", Directives.RuntimeMaxSec); EnterStop(UnitResult.Timeout); break;
            case ServiceAction.BeginReload: BeginReload(); break;
            case ServiceAction.BeginReloadNotify: BeginReloadNotify(); break;
            case ServiceAction.ReloadMainDone: ReloadMainDone(result); break;
            case ServiceAction.ReloadDone: ReloadDone(result); break;
            case ServiceAction.ReloadReady: EnterReloadPost(); break;
            case ServiceAction.ReloadPostDone: ReloadPostDone(result); break;
            case ServiceAction.ReloadTimedOut: ReloadTimedOut(); break;
            case ServiceAction.ReloadTooLong: TimedOut("running", Directives.RuntimeMaxSec); EnterKill(ServiceState.StopSigterm, UnitResult.Timeout); break;
            case ServiceAction.WatchdogBarked: WatchdogBarked(); break;
            case ServiceAction.BeginStop: _noRestart = true; EnterStop(UnitResult.Success); break;
            case ServiceAction.StopNotified: StopNotified(); break;
            case ServiceAction.RunningOutOfMemory: RunningOutOfMemory(); break;
            case ServiceAction.StopDone: StopDone(result); break;
            case ServiceAction.StopTimedOut: TimedOut("stop", Directives.TimeoutStopSec); EnterKill(FirstSignal(Directives.TimeoutStopFailureMode), UnitResult.Timeout); break;
            case ServiceAction.KillStart: _noRestart = true; EnterKill(ServiceState.StopSigterm, UnitResult.Success); break;
            case ServiceAction.KillNewcomer: _ = Kill(_state); break;
            case ServiceAction.StopKillDone: StopKillDone(result); break;
            case ServiceAction.StopTermTimedOut: StopTermTimedOut(); break;
            case ServiceAction.StopKillTimedOut: StopKillTimedOut(); break;
            case ServiceAction.StopPostDone: StopPostDone(result); break;
            case ServiceAction.StopPostTimedOut: TimedOut("stop-post", Directives.TimeoutStopSec); EnterKill(ServiceState.FinalSigterm, UnitResult.Timeout); break;
            case ServiceAction.FinalKillDone: FinalKillDone(result); break;
            case ServiceAction.FinalTermTimedOut: FinalTermTimedOut(); break;
            case ServiceAction.FinalKillTimedOut: FinalKillTimedOut(); break;
            case ServiceAction.ForbidRestart: _noRestart = true; break;
            case ServiceAction.QueueRestart: QueueRestart(); break;
            case ServiceAction.CancelRestart: _noRestart = true; EnterRest(); break;
            case ServiceAction.KillStray: KillStray(); break;
            default: throw new UnreachableException();
        }
    }

    /// <summary>Every change of state goes through here: what belongs to the state that is left ends with it.</summary>
    private void Enter(ServiceState next, string? text = null, bool willRestart = false)
    {
        Engine.CancelTimer(Unit, UnitTimer.State);
        if (!ServiceStates.IsUp(next))
            Engine.CancelTimer(Unit, UnitTimer.Runtime);
        if (!ServiceStates.IsWatched(next))
            Engine.CancelTimer(Unit, UnitTimer.Watchdog);
        (_awaitingPid, _awaitingIdle) = (false, false);
        _state = next;
        Engine.ChangeState(Unit, ServiceStates.Active(next), ServiceStates.Word(next), text, willRestart);
    }

    /// <summary>The first thing that went wrong stays the result.</summary>
    private void Note(UnitResult result)
    {
        if (Unit.Result == UnitResult.Success)
            Unit.Result = result;
    }

    /// <summary>The state that TimeoutStartFailureMode= and its kin begin with.</summary>
    private ServiceState FirstSignal(Directive<TimeoutFailureMode> row) => Unit.Unit.Get(row).Value switch
    {
        TimeoutFailureMode.Abort => ServiceState.StopWatchdog,
        TimeoutFailureMode.Kill when Unit.Unit.Get(Directives.SendSIGKILL).Value => ServiceState.StopSigkill,
        _ => ServiceState.StopSigterm,
    };

    private void TimedOut(string what, Directive row) => Engine.Log(Unit, LogPriority.Warning, $"{what} took too long ({row.Name}=)");

    private IReadOnlyList<ExecCommand> Commands(ProcessRole role) => Unit.Unit.Get(role switch
    {
        ProcessRole.Condition => Directives.ExecCondition,
        ProcessRole.StartPre => Directives.ExecStartPre,
        ProcessRole.Start => Directives.ExecStart,
        ProcessRole.StartPost => Directives.ExecStartPost,
        ProcessRole.Reload => Directives.ExecReload,
        ProcessRole.ReloadPost => Directives.ExecReloadPost,
        ProcessRole.Stop => Directives.ExecStop,
        _ => Directives.ExecStopPost,
    }).Value;

    /// <summary>A timeout of 0 is none (systemd.service(5)).</summary>
    private void ArmState(Duration span) => Engine.ArmTimer(Unit, UnitTimer.State, span.Microseconds == 0 ? Duration.Infinity : span);

    /// <summary>A oneshot may take as long as it likes unless it says otherwise.</summary>
    private Duration StartTimeout
    {
        get
        {
            var timeout = Unit.Unit.Get(Directives.TimeoutStartSec);
            return !timeout.IsSet && Type == ServiceType.Oneshot ? Duration.Infinity : timeout.Value;
        }
    }

    private Duration StopTimeout => Unit.Unit.Get(Directives.TimeoutStopSec).Value;
}
