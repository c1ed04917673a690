using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>The end of a run, and whether another one follows by itself.</summary>
internal sealed partial class ServiceMachine
{
    /// <summary>The stop was asked for.</summary>
    private bool _noRestart;

    private void EnterDead(UnitResult result)
    {
        Note(result);
        var restart = ShallRestart();
        (Unit.MainPid, Unit.ControlPid, _mainSpawning, _controlSpawning) = (0, 0, false, false);
        EmitRelease(restart || Unit.Job?.Type == JobType.Restart);
        Enter(Rest, willRestart: restart);
        if (!restart)
            return;
        Enter(ServiceState.AutoRestart);
        Engine.ArmTimer(Unit, UnitTimer.State, Unit.Unit.Get(Directives.RestartSec).Value);
    }

    private void EmitRelease(bool again)
    {
        var keep = Unit.Unit.Get(Directives.RuntimeDirectoryPreserve).Value switch
        {
            RuntimeDirectoryPreserve.Yes => true,
            RuntimeDirectoryPreserve.Restart => again,
            _ => false,
        };
        Engine.Emit(new Effect.ReleaseResources(Unit.Name, keep, again));
    }

    /// <summary>The end state that the result asks for.</summary>
    private ServiceState Rest =>
        Unit.Result is UnitResult.Success or UnitResult.ExecCondition ? ServiceState.Dead : ServiceState.Failed;

    /// <summary>No restart after all.</summary>
    private void EnterRest()
    {
        EmitRelease(again: false);
        // A stop that was asked for leaves no failure behind; the result still tells of it.
        Enter(_noRestart ? ServiceState.Dead : Rest);
    }

    private bool ShallRestart()
    {
        if (_noRestart || Engine.IsShuttingDown || Unit.Unit.LoadState != LoadState.Loaded)
            return false;
        if (Unit.MainExit is { } exit)
        {
            if (ExitRules.Contains(Unit.Unit.Get(Directives.RestartPreventExitStatus).Value, exit))
                return false;
            if (ExitRules.Contains(Unit.Unit.Get(Directives.RestartForceExitStatus).Value, exit))
                return true;
        }
        return IsCovered(Unit.Unit.Get(Directives.Restart).Value, Unit.Result);
    }

    /// <summary>The table of systemd.service(5), Restart=.</summary>
    internal static bool IsCovered(RestartPolicy policy, UnitResult result) => policy switch
    {
        _ when result == UnitResult.ExecCondition => false,
        RestartPolicy.Always => true,
        RestartPolicy.OnSuccess => result == UnitResult.Success,
        RestartPolicy.OnFailure => result != UnitResult.Success,
        RestartPolicy.OnAbnormal => result is not (UnitResult.Success or UnitResult.ExitCode),
        RestartPolicy.OnWatchdog => result == UnitResult.Watchdog,
        RestartPolicy.OnAbort => result is UnitResult.Signal or UnitResult.CoreDump,
        _ => false,
    };

    private void QueueRestart()
    {
        if (Unit.Job is not null)
            return; // a start that waits for its turn does the same, a stop ends it
        Unit.Restarts++;
        Engine.Touch(Unit);
        Engine.Log(Unit, LogPriority.Info, $"restarting, {Unit.Restarts} in a row");
        Engine.Request(Unit.Name, JobType.Restart, $"Restart={RestartWord}, after RestartSec=", Unit);
    }

    private string RestartWord => Unit.Unit.Get(Directives.Restart).Value switch
    {
        RestartPolicy.No => "no (RestartForceExitStatus=)",
        RestartPolicy.OnSuccess => "on-success",
        RestartPolicy.OnFailure => "on-failure",
        RestartPolicy.OnAbnormal => "on-abnormal",
        RestartPolicy.OnWatchdog => "on-watchdog",
        RestartPolicy.OnAbort => "on-abort",
        _ => "always",
    };

    public override void RequestRefused(string why)
    {
        Engine.Log(Unit, LogPriority.Error, $"cannot restart: {why}");
        JobLost();
    }

    /// <summary>The restart's job has been lost (a dependency failed, it was cancelled): there will be no other.</summary>
    public override void JobLost()
    {
        if (_state != ServiceState.AutoRestart || Engine.IsArmed(Unit, UnitTimer.State))
            return;
        if (Unit.Result == UnitResult.Success)
            Unit.Result = UnitResult.Resources;
        EnterRest();
    }
}
