using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>From dead to running, and reload.</summary>
internal sealed partial class ServiceMachine
{
    /// <summary>A forking service's command has ended and its main process is being looked for.</summary>
    private bool _awaitingPid;

    /// <summary>A Type=idle service's command is put off.</summary>
    private bool _awaitingIdle;

    private static readonly Duration IdleMax = Duration.Seconds(5);

    private bool _reloadFailed;

    /// <summary>When the last reload was begun, µs.</summary>
    private ulong _reloadBegan;

    private bool IsNotify => Type is ServiceType.Notify or ServiceType.NotifyReload;

    internal bool IsAwaitingIdle => _awaitingIdle;

    public override bool ReloadFailed => _reloadFailed;

    public override bool TakeStart()
    {
        var interval = Unit.Unit.Get(Directives.StartLimitIntervalSec).Value.Microseconds;
        var burst = Unit.Unit.Get(Directives.StartLimitBurst).Value;
        Engine.Touch(Unit);
        if (_starts.Allow(Engine.Now, interval, burst))
            return true;
        Engine.Log(Unit, LogPriority.Error, $"started more than {burst} times in {interval / 1_000_000.0:0.###} s, not started again (StartLimitBurst=)");
        Unit.Result = UnitResult.StartLimitHit;
        Enter(ServiceState.Failed, "started too often");
        Engine.ActOn(Unit, Directives.StartLimitAction, null, "was started too often");
        return false;
    }

    private void BeginStart()
    {
        if (_state != ServiceState.AutoRestart)
            Unit.Restarts = 0;
        (_noRestart, _oomKilled, _killAll, _reloadFailed, _mainKnown, _notified, _watchdogOverride, _busNameTaken) =
            (false, false, false, false, false, Notified.Nothing, null, false);
        (Unit.Result, Unit.MainExit, Unit.StatusText, Unit.StatusErrno) = (UnitResult.Success, null, null, 0);
        Unit.Trigger = Unit.Job?.Trigger;
        (Unit.StatusBusError, Unit.StatusVarlinkError, Unit.NotifyAccess) = (null, null, null);
        Enter(ServiceState.Preparing);
        ArmState(StartTimeout);
        WatchBusName(true);
        Engine.Emit(new Effect.AcquireResources(Unit.Name));
    }

    private void EnterCondition()
    {
        if (EnterCommands(ServiceState.Condition, ProcessRole.Condition))
            return;
        EnterStartPre();
    }

    private void EnterStartPre()
    {
        if (EnterCommands(ServiceState.StartPre, ProcessRole.StartPre))
            return;
        EnterStart();
    }

    private void EnterStart()
    {
        if (Type == ServiceType.Idle && Engine.IsBusyBeside(Unit))
        {
            Enter(ServiceState.Start, "waits until nothing else is going on (Type=idle)");
            _awaitingIdle = true;
            Engine.AwaitIdle(Unit);
            Engine.ArmTimer(Unit, UnitTimer.Runtime, IdleMax);
            return;
        }
        if (EnterCommands(ServiceState.Start, ProcessRole.Start))
            return;
        EnterStartPost(); // a oneshot that only stops something
    }

    private void StartIdle()
    {
        if (!_awaitingIdle)
            return;
        _awaitingIdle = false;
        Engine.CancelTimer(Unit, UnitTimer.Runtime);
        ArmState(StartTimeout);
        Run(ProcessRole.Start, 0);
    }

    private void EnterStartPost()
    {
        if (EnterCommands(ServiceState.StartPost, ProcessRole.StartPost))
            ArmWatchdogOnce();
        else
            EnterRunning(UnitResult.Success);
    }

    /// <summary>Enters the state with the first command of its group. False when there is none.</summary>
    private bool EnterCommands(ServiceState state, ProcessRole role)
    {
        if (Commands(role).Count == 0)
            return false;
        Enter(state);
        ArmState(StartTimeout);
        Run(role, 0);
        return true;
    }

    /// <summary>The next command has as much time as the first.</summary>
    private bool RunNextStart()
    {
        if (!RunNext())
            return false;
        ArmState(StartTimeout);
        return true;
    }

    private void ConditionDone(UnitResult result, bool skip)
    {
        if (result != UnitResult.Success)
            EnterKill(ServiceState.StopSigterm, skip ? UnitResult.ExecCondition : result);
        else if (!RunNextStart())
            EnterStartPre();
    }

    private void StartPreDone(UnitResult result)
    {
        if (result != UnitResult.Success)
            EnterKill(ServiceState.StopSigterm, result);
        else if (!RunNextStart())
            EnterStart();
    }

    private void StartSpawned()
    {
        if (Type is ServiceType.Simple or ServiceType.Exec or ServiceType.Idle || (IsNotify && _notified == Notified.Ready) || (Type == ServiceType.Dbus && _busNameTaken))
            EnterStartPost();
    }

    private void StartReady()
    {
        if (IsNotify && !_mainSpawning)
            EnterStartPost();
    }

    private void StartBusName()
    {
        if (Type == ServiceType.Dbus && !_mainSpawning)
            EnterStartPost();
    }

    private void StartMainDone(UnitResult result)
    {
        switch (Type)
        {
            case ServiceType.Oneshot when result == UnitResult.Success:
                if (!RunNextStart())
                    EnterStartPost();
                break;
            case ServiceType.Notify or ServiceType.NotifyReload or ServiceType.Dbus when result == UnitResult.Success:
                Engine.Log(Unit, LogPriority.Error, Type == ServiceType.Dbus ? "ended before it took its name on the bus" : "ended before it said that it is ready");
                EnterKill(ServiceState.StopSigterm, UnitResult.Protocol);
                break;
            case ServiceType.Oneshot or ServiceType.Notify or ServiceType.NotifyReload or ServiceType.Dbus:
                EnterKill(ServiceState.StopSigterm, result);
                break;
            case ServiceType.Forking:
                break; // the command that is to fork is what counts now
            default:
                EnterRunning(result); // could not be executed
                break;
        }
    }

    private void StartForkDone(UnitResult result)
    {
        if (result != UnitResult.Success)
        {
            EnterKill(ServiceState.StopSigterm, result);
            return;
        }
        if (MainAlive)
            EnterStartPost(); // it has said so by MAINPID=
        else if (HasPidFile)
            AwaitPid(wait: Commands(ProcessRole.StartPost).Count == 0);
        else if (Unit.Unit.Get(Directives.GuessMainPID).Value)
            AwaitPid(wait: false);
        else
            EnterStartPost();
    }

    private bool HasPidFile => Unit.Unit.Get(Directives.PIDFile).Value is not null;

    private void AwaitPid(bool wait)
    {
        if (HasPidFile && !_populated)
        {
            NoDaemon();
            return;
        }
        _awaitingPid = true;
        Engine.Touch(Unit);
        Engine.Emit(new Effect.ReadPidFile(Unit.Name, wait));
    }

    private void StartPidKnown() => EnterStartPost();

    private void StartPidUnknown()
    {
        // An ExecStartPost= may be what writes the file; it is asked for again after that.
        if (HasPidFile && Commands(ProcessRole.StartPost).Count == 0)
            NoDaemon();
        else
            EnterStartPost();
    }

    private void StartPostPidKnown() => EnterRunning(UnitResult.Success);

    private void StartPostPidUnknown() => NoDaemon();

    private void NoDaemon()
    {
        Engine.Log(Unit, LogPriority.Error, $"no running process is named by PIDFile={Unit.Unit.Get(Directives.PIDFile).Value}");
        EnterKill(ServiceState.StopSigterm, UnitResult.Protocol);
    }

    private void StartDeserted()
    {
        if (MainAlive || ControlAlive)
            return;
        if (_awaitingPid && HasPidFile)
            NoDaemon();
    }

    private void StartPostMainDone(UnitResult result)
    {
        if (!ControlAlive)
            EnterStop(result);
    }

    private void StartPostDone(UnitResult result)
    {
        if (result != UnitResult.Success)
            EnterKill(ServiceState.StopSigterm, result);
        else if (RunNextStart())
            return;
        else if (Type == ServiceType.Forking && HasPidFile && !_mainKnown)
            AwaitPid(wait: true);
        else
            EnterRunning(UnitResult.Success);
    }

    private void StartPostDeserted() => StartDeserted();

    /// <summary>Where a start, a reload and the end of the main process lead: running, exited, or on to stop.</summary>
    private void EnterRunning(UnitResult result)
    {
        Note(result);
        if (Unit.Result != UnitResult.Success)
            EnterKill(ServiceState.StopSigterm, result);
        else if (IsGood)
        {
            Enter(ServiceState.Running, _state == ServiceState.Running && Unit.MainPid == 0 ? "its main process has ended, others go on" : null);
            Engine.ArmTimerOnce(Unit, UnitTimer.Runtime, RuntimeLimit);
            ArmWatchdogOnce();
            if (_notified == Notified.Reloading)
                BeginReloadNotify();
            else if (_notified == Notified.Stopping)
                StopNotified();
        }
        else if (Unit.Unit.Get(Directives.RemainAfterExit).Value)
            Enter(ServiceState.Exited);
        else
            EnterStop(UnitResult.Success);
    }

    private void RunningDeserted()
    {
        if (!IsGood)
            EnterRunning(UnitResult.Success);
    }

    private void BeginReload()
    {
        _reloadFailed = false;
        var signalled = Type == ServiceType.NotifyReload && Unit.MainPid != 0;
        if (signalled)
        {
            // what it says from now on is about this reload; what it says was meant for an earlier one is told apart by its time
            (_notified, _reloadBegan) = (Notified.Ready, Engine.Now);
            Engine.Emit(new Effect.Signal(Unit.Name, SignalTarget.Main, Unit.Unit.Get(Directives.ReloadSignal).Value, false));
        }
        if (Commands(ProcessRole.Reload).Count > 0)
        {
            Enter(ServiceState.Reload);
            ArmState(StartTimeout);
            Run(ProcessRole.Reload, 0);
        }
        else if (signalled)
        {
            Enter(ServiceState.ReloadSignal);
            ArmState(StartTimeout);
        }
        else
            EnterReloadPost();
    }

    private void BeginReloadNotify()
    {
        Enter(ServiceState.ReloadNotify, "reloading, it says");
        ArmState(StartTimeout);
    }

    private void ReloadMainDone(UnitResult result)
    {
        // While a command still runs, its end decides.
        if (!ControlAlive)
            EnterRunning(result);
    }

    private void ReloadDone(UnitResult result)
    {
        if (result == UnitResult.Success && RunNextStart())
            return;
        _reloadFailed |= result != UnitResult.Success;
        if (_notified == Notified.Reloading)
            BeginReloadNotify();
        else if (_reloadFailed)
            EnterRunning(UnitResult.Success);
        else
            EnterReloadPost();
    }

    private void EnterReloadPost()
    {
        if (!EnterCommands(ServiceState.ReloadPost, ProcessRole.ReloadPost))
            EnterRunning(UnitResult.Success);
    }

    private void ReloadPostDone(UnitResult result)
    {
        if (result == UnitResult.Success && RunNextStart())
            return;
        _reloadFailed |= result != UnitResult.Success;
        EnterRunning(UnitResult.Success);
    }

    private void ReloadTimedOut()
    {
        TimedOut("reload", Directives.TimeoutStartSec);
        if (ControlAlive && !_reloadFailed)
        {
            // Its end is waited for: no second command of the unit may run beside it.
            _reloadFailed = true;
            Engine.Emit(new Effect.Signal(Unit.Name, SignalTarget.Control, SIGKILL, false));
            ArmState(StopTimeout);
            return;
        }
        if (_controlSpawning)
        {
            ArmState(StopTimeout);
            return;
        }
        (_reloadFailed, Unit.ControlPid) = (true, 0);
        if (_notified == Notified.Reloading) // it may say READY=1 yet, and is not waited for any longer
            _notified = Notified.Ready;
        EnterRunning(UnitResult.Success);
    }
}
