using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>What the service says of itself: sd_notify(3).</summary>
internal sealed partial class ServiceMachine
{
    private enum Notified { Nothing, Ready, Reloading, Stopping }

    /// <summary>The last thing it said of its state.</summary>
    private Notified _notified;

    /// <summary>WATCHDOG_USEC=, in place of WatchdogSec=.</summary>
    private ulong? _watchdogOverride;

    public void OnNotify(Event.Notify message)
    {
        if (IsAtRest || _state == ServiceState.Preparing)
            return;
        if (message.MainPid is { } pid)
            SetMain(pid);
        if (message.Status is not null || message.Errno is not null)
        {
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
