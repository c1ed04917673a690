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
        WatchBusName(false);
        // RestartMode=direct: nobody sees the end between two runs.
        if (!restart || Unit.Unit.Get(Directives.RestartMode).Value == RestartMode.Normal)
            Enter(Rest, willRestart: restart);
        if (!restart)
            return;
        Enter(ServiceState.AutoRestart);
        Engine.ArmTimer(Unit, UnitTimer.State, RestartDelay);
    }

    /// <summary>The pause before the next restart: grows from RestartSec= to RestartMaxDelaySec= in RestartSteps= equal ratios (systemd.service(5)).</summary>
    private Duration RestartDelay
    {
        get
        {
            double first = Unit.Unit.Get(Directives.RestartSec).Value.Microseconds, last = Unit.Unit.Get(Directives.RestartMaxDelaySec).Value.Microseconds;
            var (steps, next) = (Unit.Unit.Get(Directives.RestartSteps).Value, Unit.Restarts + 1);
            var delay = first;
            if (next > 1 && steps > 0 && first > 0 && last > first && last < ulong.MaxValue)
                delay = next > steps ? last : first * Math.Pow(last / first, (next - 1) / (double)steps);
            delay += Unit.Unit.Get(Directives.RestartRandomizedDelaySec).Value.Microseconds * Chance.Of(Unit.InvocationId, Unit.Restarts);
            return delay >= ulong.MaxValue ? Duration.Infinity : new((ulong)delay);
        }
    }

    private Duration RuntimeLimit
    {
        get
        {
            var limit = Unit.Unit.Get(Directives.RuntimeMaxSec).Value;
            var extra = Unit.Unit.Get(Directives.RuntimeRandomizedExtraSec).Value.Microseconds;
            return limit.IsInfinite || extra == 0 ? limit : new(limit.Microseconds + (ulong)(extra * Chance.Of(Unit.InvocationId, -1)));
        }
    }

    /// <summary>From before the first command until the end, so that no change is missed.</summary>
    private void WatchBusName(bool watch)
    {
        if (Type == ServiceType.Dbus)
            Engine.Emit(new Effect.WatchBusName(Unit.Name, watch ? Unit.Unit.Get(Directives.BusName).Value : null));
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
        // who had connected is not there a second time
        if (_noRestart || Unit.Connection is not null || Engine.IsShuttingDown || Unit.Unit.LoadState != LoadState.Loaded)
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
        Engine.Request(Unit.Name, Unit.Unit.Get(Directives.RestartMode).Value == RestartMode.Normal ? JobType.Restart : JobType.Start, $"Restart={RestartWord}, after RestartSec=", Unit);
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
