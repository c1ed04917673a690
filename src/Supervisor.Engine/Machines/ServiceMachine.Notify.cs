using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>What the service says of itself: sd_notify(3).</summary>
internal sealed partial class ServiceMachine
{
    private enum Notified { Nothing, Ready, Reloading, Stopping }

    /// <summary>The last thing it said of its state.</summary>
    private Notified _notified;

    private bool _busNameTaken;

    /// <summary>WATCHDOG_USEC=, in place of WatchdogSec=.</summary>
    private ulong? _watchdogOverride;

    public void OnNotify(Event.Notify message)
    {
        if (IsAtRest || _state == ServiceState.Preparing)
            return;
        if (message.MainPid is { } pid)
            SetMain(pid);
        if (message.Access is { } access)
        {
            Unit.NotifyAccess = access;
            Engine.Touch(Unit);
        }
        if (message.Status is not null || message.Errno is not null || message.BusError is not null || message.VarlinkError is not null)
        {
            Unit.StatusBusError = message.BusError ?? Unit.StatusBusError;
            Unit.StatusVarlinkError = message.VarlinkError ?? Unit.StatusVarlinkError;
            Unit.StatusText = message.Status ?? Unit.StatusText;
            Unit.StatusErrno = message.Errno ?? Unit.StatusErrno;
            Engine.Touch(Unit);
        }
        if (message.ExtendTimeoutMicroseconds is { } extend)
            Engine.ExtendTimer(Unit, _state == ServiceState.Running ? UnitTimer.Runtime : UnitTimer.State, extend);
        if (message.WatchdogMicroseconds is { } watchdog)
        {
            _watchdogOverride = watchdog;
            ArmWatchdog();
        }
        if (message.Watchdog)
            ArmWatchdog();
        if (message.RestartReset)
        {
            Unit.Restarts = 0;
            Engine.Touch(Unit);
        }
        if (message.Reloading && _state == ServiceState.ReloadSignal)
        {
            if (!(message.ReloadingSince >= _reloadBegan))
                return; // about an earlier reload, or it does not say which
            if (message.Ready)
                Say(Notified.Reloading, ServiceInput.Reloading); // a reload that is over in no time says both at once
        }
        // Last of them what ends the run, so that nothing is acted on after that.
        if (message.Ready)
            Say(Notified.Ready, ServiceInput.Ready);
        if (message.Reloading && !message.Ready)
            Say(Notified.Reloading, ServiceInput.Reloading);
        if (message.Stopping)
            Say(Notified.Stopping, ServiceInput.Stopping);
        if (message.WatchdogTrigger)
            On(ServiceInput.WatchdogTimeout);
    }

    /// <summary>BusName= has an owner, or has none any more.</summary>
    public void OnBusName(bool taken)
    {
        if (IsAtRest || taken == _busNameTaken)
            return;
        _busNameTaken = taken;
        Engine.Touch(Unit);
        On(taken ? ServiceInput.BusNameTaken : ServiceInput.BusNameGone);
    }

    public void OnBusFailed(Failure failure)
    {
        if (IsAtRest || _busNameTaken)
            return;
        Engine.Log(Unit, LogPriority.Error, failure.ToString());
        if (_state is ServiceState.Condition or ServiceState.StartPre or ServiceState.Start)
            EnterKill(ServiceState.StopSigterm, UnitResult.Resources);
        else if (_state == ServiceState.Preparing)
            EnterDead(UnitResult.Resources);
    }

    private void Say(Notified what, ServiceInput input)
    {
        _notified = what;
        Engine.Touch(Unit);
        On(input);
    }

    private Duration WatchdogSpan
    {
        get
        {
            var span = _watchdogOverride is { } said ? new(said) : Unit.Unit.Get(Directives.WatchdogSec).Value;
            return span.Microseconds == 0 ? Duration.Infinity : span;
        }
    }

    /// <summary>From now on again, where the watchdog is awake.</summary>
    private void ArmWatchdog()
    {
        if (ServiceStates.IsWatched(_state))
            Engine.ArmTimer(Unit, UnitTimer.Watchdog, WatchdogSpan);
    }

    private void ArmWatchdogOnce() => Engine.ArmTimerOnce(Unit, UnitTimer.Watchdog, WatchdogSpan);
}
