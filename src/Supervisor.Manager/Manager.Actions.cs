using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>FailureAction= and the like: what the end of a unit means to the whole system.</summary>
internal sealed partial class Manager
{
    private void ActOnSystem(Effect.ActOnSystem act)
    {
        // A nested manager has no machine to end: only itself.
        if (_options.Mode != ManagerMode.System && act.Action.End != SystemEnd.Exit)
        {
            _log.Error($"{act.Why}: cannot {Word(KindOf(act.Action))}, this manager is nested and has no machine");
            return;
        }
        if (act.Argument is not null && act.Action.End == SystemEnd.Reboot)
            _log.Warning($"{act.Why}: RebootArgument={act.Argument} is not passed on");
        _log.Error($"{act.Why}: {Word(KindOf(act.Action))}{act.Action.Force switch { 1 => ", without stopping units in order", 2 => ", at once", _ => "" }}");
        if (act.Action.Force == 2)
        {
            if (Sys.Reboot(KindOf(act.Action) switch { Engine.ShutdownKind.Reboot => 0x01234567, Engine.ShutdownKind.Halt => unchecked((int)0xCDEF0123), _ => 0x4321FEDC }).Failed(out var error))
                _log.Error($"{act.Why}: {error}; going on as with -force");
        }
        if (act.Action.Force == 0)
            Shutdown(KindOf(act.Action), act.ExitStatus);
        else
        {
            _exitCode = act.ExitStatus;
            OnAllStopped(new Effect.AllStopped(KindOf(act.Action), []));
        }
    }

    private static Engine.ShutdownKind KindOf(SystemAction action) => action.End switch
    {
        SystemEnd.Poweroff => Engine.ShutdownKind.Poweroff,
        SystemEnd.Reboot => Engine.ShutdownKind.Reboot,
        SystemEnd.Halt => Engine.ShutdownKind.Halt,
        _ => Engine.ShutdownKind.Exit,
    };
}
