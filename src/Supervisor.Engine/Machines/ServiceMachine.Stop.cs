using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>From running to dead.</summary>
internal sealed partial class ServiceMachine
{
    private void EnterStop(UnitResult result)
    {
        Note(result);
        if (Commands(ProcessRole.Stop).Count == 0)
        {
            EnterKill(ServiceState.StopSigterm, UnitResult.Success);
            return;
        }
        Enter(ServiceState.Stop);
        ArmState(StopTimeout);
        Run(ProcessRole.Stop, 0);
    }

    private void StopDone(UnitResult result)
    {
        if (result == UnitResult.Success && RunNext())
        {
            ArmState(StopTimeout);
            return;
        }
        EnterKill(ServiceState.StopSigterm, result);
    }

    /// <summary>It says that it stops: as if it had had the signal.</summary>
    private void StopNotified()
    {
        Enter(ServiceState.StopSigterm, "stopping, it says");
        ArmState(StopTimeout);
    }

    private void WatchdogBarked()
    {
        Engine.Log(Unit, LogPriority.Error, "watchdog: no sign of life in time (WatchdogSec=)");
        EnterKill(ServiceState.StopWatchdog, UnitResult.Watchdog);
    }

    /// <summary>Enters the state that kills, or if there is nothing to kill, the next one that has something to do.</summary>
    private void EnterKill(ServiceState state, UnitResult result)
    {
        Note(result);
        while (true)
        {
            if (Kill(state))
            {
                Enter(state);
                ArmState(state == ServiceState.StopWatchdog ? AbortTimeout : StopTimeout);
                return;
            }
            var sendKill = Unit.Unit.Get(Directives.SendSIGKILL).Value;
            switch (state)
            {
                case ServiceState.StopWatchdog or ServiceState.StopSigterm when sendKill:
                    state = ServiceState.StopSigkill;
                    break;
                case ServiceState.StopWatchdog or ServiceState.StopSigterm or ServiceState.StopSigkill:
                    if (EnterStopPost())
                        return;
                    state = ServiceState.FinalSigterm;
                    break;
                case ServiceState.FinalSigterm when sendKill:
                    state = ServiceState.FinalSigkill;
                    break;
                default:
                    EnterDead(UnitResult.Success);
                    return;
            }
        }
    }

    private Duration AbortTimeout
    {
        get
        {
            var abort = Unit.Unit.Get(Directives.TimeoutAbortSec);
            return abort.IsSet ? abort.Value : StopTimeout;
        }
    }

    /// <summary>False when there is no ExecStopPost=.</summary>
    private bool EnterStopPost()
    {
        if (Commands(ProcessRole.StopPost).Count == 0)
            return false;
        Unit.ControlPid = 0; // what no signal could end is given up
        Enter(ServiceState.StopPost);
        ArmState(StopTimeout);
        Run(ProcessRole.StopPost, 0);
        return true;
    }

    private void StopKillDone(UnitResult result)
    {
        Note(result);
        // What is left of the group is waited for after ExecStopPost=, unless it may be a command that nobody knows.
        if (!MainAlive && !ControlAlive && !(_killAll && _populated))
            EnterStopPostOrFinal();
    }

    private void EnterStopPostOrFinal()
    {
        if (!EnterStopPost())
            EnterKill(ServiceState.FinalSigterm, UnitResult.Success);
    }

    private void StopTermTimedOut()
    {
        TimedOut("stop", Directives.TimeoutStopSec);
        if (_state == ServiceState.StopSigterm && Unit.Unit.Get(Directives.TimeoutStopFailureMode).Value == TimeoutFailureMode.Abort)
            EnterKill(ServiceState.StopWatchdog, UnitResult.Timeout);
        else if (Unit.Unit.Get(Directives.SendSIGKILL).Value)
            EnterKill(ServiceState.StopSigkill, UnitResult.Timeout);
        else
        {
            Note(UnitResult.Timeout);
            EnterStopPostOrFinal();
        }
    }

    private void StopKillTimedOut()
    {
        Note(UnitResult.Timeout);
        if (IsSpawning)
        {
            ArmState(StopTimeout); // it will be there some time, and must not come into the next state
            return;
        }
        Engine.Log(Unit, LogPriority.Warning, "processes are still there after the last signal, going on");
        EnterStopPostOrFinal();
    }

    private void StopPostDone(UnitResult result)
    {
        if (result == UnitResult.Success && RunNext())
        {
            ArmState(StopTimeout);
            return;
        }
        EnterKill(ServiceState.FinalSigterm, result);
    }

    private void FinalKillDone(UnitResult result)
    {
        Note(result);
        var mode = KillMode;
        var group = mode == Units.KillMode.ControlGroup || (mode == Units.KillMode.Mixed && _state == ServiceState.FinalSigkill);
        if (MainAlive || ControlAlive || (group && _populated))
            return;
        // Mixed: what is left of the group has not had its signal yet.
        if (_state == ServiceState.FinalSigterm && mode == Units.KillMode.Mixed && _populated)
            EnterKill(ServiceState.FinalSigkill, UnitResult.Success);
        else
            EnterDead(UnitResult.Success);
    }

    private void FinalTermTimedOut()
    {
        TimedOut("stop", Directives.TimeoutStopSec);
        if (Unit.Unit.Get(Directives.SendSIGKILL).Value)
            EnterKill(ServiceState.FinalSigkill, UnitResult.Timeout);
        else if (IsSpawning)
            ArmState(StopTimeout);
        else
            EnterDead(UnitResult.Timeout);
    }

    private void FinalKillTimedOut()
    {
        if (IsSpawning)
        {
            Note(UnitResult.Timeout);
            ArmState(StopTimeout);
            return;
        }
        Engine.Log(Unit, LogPriority.Error, "processes are still there after the last signal, left behind");
        EnterDead(UnitResult.Timeout);
    }
}
