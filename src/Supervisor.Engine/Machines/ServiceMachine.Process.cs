using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>The two processes that a service has a hold of: the main one, and the one of another command (control).</summary>
internal sealed partial class ServiceMachine
{
    private const int SIGKILL = 9;

    private bool _mainSpawning;
    private bool _controlSpawning;

    /// <summary>There is or was a main process in this run. When not, any process of the cgroup counts.</summary>
    private bool _mainKnown;

    /// <summary>There may be processes in the cgroup; what it was before the spawn that is under way.</summary>
    private bool _populated;
    private bool _populatedBefore;

    /// <summary>The command that was started last, and which of its group.</summary>
    private ProcessRole _role;
    private int _index;

    private bool _oomKilled;

    /// <summary>There may be a process that nobody knows: everything in the cgroup has to go, whatever KillMode= says.</summary>
    private bool _killAll;

    private KillMode KillMode => _killAll ? Units.KillMode.ControlGroup : Unit.Unit.Get(Directives.KillMode).Value;

    private bool MainAlive => Unit.MainPid != 0 || _mainSpawning;

    private bool ControlAlive => Unit.ControlPid != 0 || _controlSpawning;

    private bool IsSpawning => _mainSpawning || _controlSpawning;

    /// <summary>Something is there that can be called the service.</summary>
    private bool IsGood =>
        (Type != ServiceType.Dbus || _busNameTaken) && (MainAlive || ((!_mainKnown || Unit.Unit.Get(Directives.ExitType).Value == ExitType.Cgroup) && _populated));

    private bool IsMain(ProcessRole role) => role == ProcessRole.Start && Type != ServiceType.Forking;

    private void Run(ProcessRole role, int index)
    {
        (_role, _index, _populatedBefore, _populated) = (role, index, _populated, true);
        if (IsMain(role))
            (_mainSpawning, _mainKnown, Unit.MainPid, Unit.MainExit) = (true, true, 0, null);
        else
            (_controlSpawning, Unit.ControlPid) = (true, 0);
        Engine.Touch(Unit);
        Engine.Emit(new Effect.Spawn(Unit.Name, role, index, Commands(role)[index], Unit.MainPid));
    }

    /// <summary>Runs the next command of the group. False: that was the last.</summary>
    private bool RunNext()
    {
        // A reload may have left fewer commands than there were.
        if (_index + 1 >= Commands(_role).Count)
            return false;
        Run(_role, _index + 1);
        return true;
    }

    public void OnSpawned(ProcessRole role, int pid)
    {
        if (IsMain(role))
            (_mainSpawning, Unit.MainPid, Unit.MainStarted) = (false, pid, Engine.Now);
        else
            (_controlSpawning, Unit.ControlPid) = (false, pid);
        _populated = true;
        Engine.Touch(Unit);
        On(ServiceInput.Spawned);
    }

    public void OnSpawnFailed(ProcessRole role, Failure failure)
    {
        var main = IsMain(role);
        if (!(main ? _mainSpawning : _controlSpawning))
            return;
        Engine.Log(Unit, LogPriority.Error, failure.ToString());
        if (main)
            _mainSpawning = false;
        else
            _controlSpawning = false;
        _populated = _populatedBefore; // when nothing else was in the cgroup, nobody will tell that it is empty
        var exit = new ProcessExit(ExitKind.Exited, failure.ExitStatus);
        if (main && failure.ExitStatus != 0)
            (Unit.MainExit, Unit.MainExited) = (exit, Engine.Now);
        Engine.Touch(Unit);
        var result = IsIgnored(role) ? UnitResult.Success : failure.ExitStatus == 0 ? UnitResult.Resources : UnitResult.ExitCode;
        if (main)
            Note(result);
        // A condition that cannot be run is not one that says "not now".
        On(main ? ServiceInput.MainGone : ServiceInput.ControlGone, result);
    }

    public void OnResources(Guid invocation)
    {
        if (_state == ServiceState.Preparing)
            Unit.InvocationId = invocation;
        On(ServiceInput.ResourcesReady);
    }

    public void OnResourcesFailed(Failure failure)
    {
        if (_state == ServiceState.Preparing)
            Engine.Log(Unit, LogPriority.Error, failure.ToString());
        On(ServiceInput.ResourcesFailed);
    }

    public void OnExited(int pid, ProcessExit exit)
    {
        if (pid == Unit.MainPid)
            MainExited(exit);
        else if (pid == Unit.ControlPid)
            ControlExited(exit);
    }

    private void MainExited(ProcessExit exit)
    {
        (Unit.MainPid, Unit.MainExit, Unit.MainExited) = (0, exit, Engine.Now);
        Engine.Touch(Unit);
        var result = ExitRules.OfMain(exit, Type != ServiceType.Oneshot, Unit.Unit.Get(Directives.SuccessExitStatus).Value);
        if (result == UnitResult.Signal && exit.Status == SIGKILL && _oomKilled)
            result = UnitResult.OomKill;
        var ignored = IsIgnored(ProcessRole.Start);
        if (result != UnitResult.Success)
            Engine.Log(Unit, ignored ? LogPriority.Notice : LogPriority.Warning, $"main process {exit}");
        if (ignored)
            result = UnitResult.Success;
        Note(result);
        On(ServiceInput.MainGone, result);
    }

    private void ControlExited(ProcessExit exit)
    {
        Unit.ControlPid = 0;
        Engine.Touch(Unit);
        var result = ExitRules.OfCommand(exit);
        var skip = _role == ProcessRole.Condition && exit is { Kind: ExitKind.Exited, Status: >= 1 and <= 254 };
        var ignored = IsIgnored(_role);
        if (result != UnitResult.Success)
            Engine.Log(Unit, ignored || skip ? LogPriority.Notice : LogPriority.Warning, skip ? $"{Words.Of(_role)}= says not now ({exit})" : $"{Words.Of(_role)}= process {exit}");
        if (ignored)
            (result, skip) = (UnitResult.Success, false);
        On(ServiceInput.ControlGone, result, skip);
    }

    /// <summary>The command's "-".</summary>
    private bool IsIgnored(ProcessRole role)
    {
        var commands = Commands(role);
        var index = role == _role ? _index : commands.Count - 1;
        return index >= 0 && index < commands.Count && commands[index].IgnoreFailure;
    }

    public void OnMainPid(int? pid)
    {
        if (!_awaitingPid)
            return;
        if (pid is { } known)
            SetMain(known);
        On(pid is null ? ServiceInput.NoMainPid : ServiceInput.MainPid);
    }

    private void SetMain(int pid)
    {
        if (pid == Unit.MainPid || pid == Unit.ControlPid)
            return;
        (Unit.MainPid, Unit.MainStarted, Unit.MainExit, _mainKnown, _populated) = (pid, Engine.Now, null, true, true);
        Engine.Touch(Unit);
    }

    public void OnCgroupEmpty()
    {
        _populatedBefore = false;
        if (IsSpawning)
            return; // its process is there in a moment
        _populated = false;
        Engine.Touch(Unit);
        On(ServiceInput.CgroupEmpty);
    }

    public void OnOutOfMemory()
    {
        _oomKilled = true;
        Engine.Log(Unit, LogPriority.Warning, "the kernel killed a process for lack of memory");
        if (OutOfMemoryPolicy != OOMPolicy.Continue)
            On(ServiceInput.OutOfMemory);
    }

    /// <summary>Who manages cgroups of its own sees for itself what became of them.</summary>
    private OOMPolicy OutOfMemoryPolicy => Unit.Unit.Get(Directives.OOMPolicy).Value ?? (Unit.Unit.Get(Directives.Delegate).Value ? OOMPolicy.Continue : OOMPolicy.Stop);

    private void StartOutOfMemory() => EnterKill(OutOfMemoryPolicy == OOMPolicy.Kill ? ServiceState.StopSigkill : ServiceState.StopSigterm, UnitResult.OomKill);

    private void RunningOutOfMemory()
    {
        if (OutOfMemoryPolicy == OOMPolicy.Kill)
            EnterKill(ServiceState.StopSigkill, UnitResult.OomKill);
        else
            EnterStop(UnitResult.OomKill);
    }

    /// <summary>Signals what KillMode= says. True when there is something whose end is to be waited for.</summary>
    private bool Kill(ServiceState state)
    {
        var mode = KillMode;
        if (mode == Units.KillMode.None)
            return IsSpawning;
        var hard = state is ServiceState.StopSigkill or ServiceState.FinalSigkill;
        var group = mode == Units.KillMode.ControlGroup || (mode == Units.KillMode.Mixed && hard);
        if (!MainAlive && !ControlAlive && !(group && _populated))
            return false;
        var number = KillNumber(state, hard);
        if (group && hard && number == SIGKILL)
            Engine.Emit(new Effect.KillCgroup(Unit.Name));
        else
        {
            var target = (MainAlive ? SignalTarget.Main : 0) | (ControlAlive ? SignalTarget.Control : 0) | (group ? SignalTarget.Cgroup : 0);
            Engine.Emit(new Effect.Signal(Unit.Name, target, number, !hard && Unit.Unit.Get(Directives.SendSIGHUP).Value));
        }
        return true;
    }

    private int KillNumber(ServiceState state, bool hard)
    {
        if (hard)
            return Unit.Unit.Get(Directives.FinalKillSignal).Value;
        if (state == ServiceState.StopWatchdog)
            return Unit.Unit.Get(Directives.WatchdogSignal).Value;
        var number = Unit.Unit.Get(Directives.KillSignal).Value;
        return Unit.Job?.Type == JobType.Restart ? Unit.Unit.Get(Directives.RestartKillSignal).Value ?? number : number;
    }

    private void KillStray()
    {
        if (ServiceStates.IsUp(_state) || _state == ServiceState.Exited)
            Engine.Emit(new Effect.Signal(Unit.Name, SignalTarget.Control, SIGKILL, false));
        else
            Engine.Emit(new Effect.KillCgroup(Unit.Name));
    }
}
