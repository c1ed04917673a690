using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>The commands of a socket unit, one process at a time; and going on where another manager ended.</summary>
internal sealed partial class SocketMachine
{
    private bool _controlSpawning;

    /// <summary>There may be processes in the cgroup.</summary>
    private bool _populated;

    /// <summary>Resources for commands are held.</summary>
    private bool _acquired;

    /// <summary>The sockets may be open.</summary>
    private bool _open;

    private ProcessRole _role;
    private int _index;
    private bool _lostControl;

    private bool ControlAlive => Unit.ControlPid != 0 || _controlSpawning;

    /// <summary>There may be a process that nobody knows: everything in the cgroup has to go, whatever KillMode= says.</summary>
    private bool _killAll;

    private KillMode KillMode => _killAll ? Units.KillMode.ControlGroup : Unit.Unit.Get(Directives.KillMode).Value;

    /// <summary>It runs commands, or has its sockets in a network of its own.</summary>
    public static bool NeedsResources(Unit unit) =>
        unit.Get(Directives.SocketExecStartPre).Value.Count + unit.Get(Directives.SocketExecStartPost).Value.Count + unit.Get(Directives.SocketExecStopPre).Value.Count
            + unit.Get(Directives.SocketExecStopPost).Value.Count > 0
        || unit.Get(Directives.PrivateNetwork).Value || unit.Get(Directives.NetworkNamespacePath).Value is not null;

    private IReadOnlyList<ExecCommand> Commands(ProcessRole role) => Unit.Unit.Get(role switch
    {
        ProcessRole.StartPre => Directives.SocketExecStartPre,
        ProcessRole.StartPost => Directives.SocketExecStartPost,
        ProcessRole.StopPre => Directives.SocketExecStopPre,
        _ => Directives.SocketExecStopPost,
    }).Value;

    /// <summary>Enters the state with the first command of its group. False when there is none.</summary>
    private bool EnterCommands(SocketState state, ProcessRole role)
    {
        if (Commands(role).Count == 0)
            return false;
        if (!_acquired)
        {
            Engine.Log(Unit, LogPriority.Warning, $"{Words.Of(role)}= is new since it was started, and is not run");
            return false;
        }
        Unit.ControlPid = 0; // what no signal could end is given up
        Enter(state);
        Run(role, 0);
        return true;
    }

    private void Run(ProcessRole role, int index)
    {
        (_role, _index, _populated, _controlSpawning, Unit.ControlPid) = (role, index, true, true, 0);
        Engine.ArmTimer(Unit, UnitTimer.State, Timeout);
        Engine.Touch(Unit);
        Engine.Emit(new Effect.Spawn(Unit.Name, role, index, Commands(role)[index], 0));
    }

    /// <summary>Runs the next command of the group. False: that was the last.</summary>
    private bool RunNext()
    {
        if (_index + 1 >= Commands(_role).Count)
            return false;
        Run(_role, _index + 1);
        return true;
    }

    public void OnResourcesFailed(Failure failure)
    {
        if (_state == SocketState.Preparing)
            Engine.Log(Unit, LogPriority.Error, failure.ToString());
        On(SocketInput.ResourcesFailed);
    }

    public void OnSpawned(int pid)
    {
        (_controlSpawning, Unit.ControlPid, _populated) = (false, pid, true);
        Engine.Touch(Unit);
        On(SocketInput.Spawned);
    }

    public void OnSpawnFailed(Failure failure)
    {
        if (!_controlSpawning)
            return;
        _controlSpawning = false;
        Engine.Touch(Unit);
        Engine.Log(Unit, LogPriority.Error, failure.ToString());
        On(SocketInput.ControlGone, IsIgnored ? UnitResult.Success : failure.ExitStatus == 0 ? UnitResult.Resources : UnitResult.ExitCode);
    }

    public void OnExited(int pid, ProcessExit exit)
    {
        if (pid != Unit.ControlPid)
            return;
        Unit.ControlPid = 0;
        Engine.Touch(Unit);
        var result = ExitRules.OfCommand(exit);
        var ignored = IsIgnored;
        if (result != UnitResult.Success)
            Engine.Log(Unit, ignored ? LogPriority.Notice : LogPriority.Warning, $"{Words.Of(_role)}= process {exit}");
        On(SocketInput.ControlGone, ignored ? UnitResult.Success : result);
    }

    public void OnCgroupEmpty()
    {
        if (_controlSpawning)
            return; // its process is there in a moment
        _populated = false;
        Engine.Touch(Unit);
        On(SocketInput.CgroupEmpty);
    }

    /// <summary>The command's "-".</summary>
    private bool IsIgnored => Commands(_role) is var commands && _index < commands.Count && commands[_index].IgnoreFailure;

    /// <summary>Signals what KillMode= says. True when there is something whose end is to be waited for.</summary>
    private bool Kill(SocketState state)
    {
        if (!_acquired || KillMode == Units.KillMode.None)
            return _controlSpawning;
        var hard = state is SocketState.StopPreSigkill or SocketState.FinalSigkill;
        var group = KillMode == Units.KillMode.ControlGroup || (KillMode == Units.KillMode.Mixed && hard);
        // what a command has left behind goes with the unit, not before
        var final = state is SocketState.FinalSigterm or SocketState.FinalSigkill;
        if (!ControlAlive && !(group && _populated && (final || _killAll)))
            return false;
        var soft = Unit.Unit.Get(Directives.KillSignal).Value;
        if (Unit.Job?.Type == JobType.Restart)
            soft = Unit.Unit.Get(Directives.RestartKillSignal).Value ?? soft;
        var number = hard ? Unit.Unit.Get(Directives.FinalKillSignal).Value : soft;
        Engine.Emit(new Effect.Signal(Unit.Name, (ControlAlive ? SignalTarget.Control : 0) | (group ? SignalTarget.Cgroup : 0), number, !hard && Unit.Unit.Get(Directives.SendSIGHUP).Value));
        return true;
    }

    /// <summary>Enters the state that kills, or if there is nothing to kill, the next one that has something to do.</summary>
    private void EnterKill(SocketState state, UnitResult result)
    {
        Note(result);
        if (Kill(state))
        {
            Enter(state);
            Engine.ArmTimer(Unit, UnitTimer.State, Timeout);
        }
        else if (state is SocketState.StopPreSigterm or SocketState.StopPreSigkill)
            EnterStopPost(UnitResult.Success);
        else if (state == SocketState.FinalSigterm && Unit.Unit.Get(Directives.SendSIGKILL).Value)
            EnterKill(SocketState.FinalSigkill, UnitResult.Success); // mixed: what is left of the group has not had its signal
        else
            EnterDead(UnitResult.Success);
    }

    private void AfterTerm(SocketState kill)
    {
        if (Unit.Unit.Get(Directives.SendSIGKILL).Value)
            EnterKill(kill, UnitResult.Timeout);
        else
            KillTimedOut();
    }

    private void KillTimedOut()
    {
        Note(UnitResult.Timeout);
        if (_controlSpawning)
        {
            Engine.ArmTimer(Unit, UnitTimer.State, Timeout); // it will be there some time, and must not come into the next state
            return;
        }
        Engine.Log(Unit, LogPriority.Warning, "processes are still there after the last signal, left behind");
        Unit.ControlPid = 0;
        if (_state is SocketState.StopPreSigterm or SocketState.StopPreSigkill)
            EnterStopPost(UnitResult.Success);
        else
            EnterDead(UnitResult.Success);
    }

    private void StopKillDone()
    {
        if (!ControlAlive && !(_killAll && _populated))
            EnterStopPost(UnitResult.Success); // it ended as it was told to
    }

    private void FinalKillDone()
    {
        var group = KillMode == Units.KillMode.ControlGroup || (KillMode == Units.KillMode.Mixed && _state == SocketState.FinalSigkill);
        if (ControlAlive || (group && _populated))
            return;
        if (_state == SocketState.FinalSigterm)
            EnterKill(SocketState.FinalSigkill, UnitResult.Success);
        else
            EnterDead(UnitResult.Success);
    }

    public override UnitSnapshot Save(UnitSnapshot snapshot) => snapshot with
    {
        ControlSpawning = _controlSpawning,
        Role = Words.Of(_role),
        CommandIndex = _index,
        Populated = _populated,
        KillAll = _killAll,
        Acquired = _acquired,
        LimitBegin = _triggers.Begin,
        LimitCount = _triggers.Count,
        StartLimitBegin = _starts.Begin,
        StartLimitCount = _starts.Count,
        Accepted = _accepted,
        Refused = _refused,
        Connections = [.. _connections.Select(c => c.Value is null ? c.Key : $"{c.Key} {c.Value}")],
    };

    public override void Restore(UnitSnapshot snapshot, AdoptFacts facts)
    {
        _state = SocketStates.Parse(snapshot.Sub);
        (Unit.Active, Unit.Sub) = (SocketStates.Active(_state), SocketStates.Word(_state));
        _role = Words.TryParse(snapshot.Role, out ProcessRole role) ? role : ProcessRole.StartPre;
        (_controlSpawning, _index, _acquired, _populated) = (snapshot.ControlSpawning, snapshot.CommandIndex, snapshot.Acquired, snapshot.Acquired && facts.Populated);
        _open = SocketStates.IsOpen(_state) || _state == SocketState.StartChown;
        (Unit.ControlPid, _killAll) = (snapshot.ControlPid, snapshot.KillAll);
        _lostControl = snapshot.ControlPid != 0 && !facts.ControlAlive;
        _triggers = new() { Begin = snapshot.LimitBegin, Count = snapshot.LimitCount };
        _starts = new() { Begin = snapshot.StartLimitBegin, Count = snapshot.StartLimitCount };
        (_accepted, _refused) = (snapshot.Accepted, snapshot.Refused);
        foreach (var line in snapshot.Connections)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            _connections[space < 0 ? line : line[..space]] = space < 0 ? null : line[(space + 1)..];
        }
    }

    /// <summary>The sockets themselves were kept for the new manager; that they are watched was not.</summary>
    public override void Resume()
    {
        DropLostConnections();
        if (!SocketStates.IsOpen(_state) && Unit.InactiveExit != 0)
            Engine.Emit(new Effect.CloseSockets(Unit.Name)); // the manager before may not have come to it, or not to the end of opening them
        switch (_state)
        {
            case SocketState.Preparing:
                Engine.Emit(new Effect.AcquireResources(Unit.Name));
                return;
            case SocketState.StartChown:
                Engine.Emit(new Effect.OpenSockets(Unit.Name));
                return;
            case SocketState.Deferred:
                Engine.AwaitQueue(Unit);
                return;
            case SocketState.Listening or SocketState.Running:
                Listen();
                return;
            case SocketState.Dead or SocketState.Failed:
                if (Unit.InactiveExit != 0)
                    Engine.Emit(new Effect.ReleaseResources(Unit.Name, KeepRuntimeDirectory: false, Restarting: false)); // without effect when it was done
                return;
        }
        if (_controlSpawning)
        {
            // whether it has run cannot be known, and twice would be wrong
            Engine.Log(Unit, LogPriority.Warning, $"the manager ended while it spawned {Words.Of(_role)}=, which counts as failed");
            _controlSpawning = false;
            if (!_populated)
                On(SocketInput.ControlGone, UnitResult.Resources);
            else
            {
                _killAll = true;
                EnterKill(_state is SocketState.StartPre or >= SocketState.StopPost ? SocketState.FinalSigkill : SocketState.StopPreSigkill, UnitResult.Resources);
            }
        }
        else if (_lostControl && Unit.ControlPid != 0)
        {
            Engine.Log(Unit, LogPriority.Warning, "a process ended while there was no manager, and how is not known: that counts as a failure");
            Unit.ControlPid = 0;
            On(SocketInput.ControlGone, UnitResult.Resources);
        }
        else if (_state is SocketState.StopPreSigterm or SocketState.StopPreSigkill or SocketState.FinalSigterm or SocketState.FinalSigkill && !Kill(_state))
            On(ControlAlive ? SocketInput.CgroupEmpty : SocketInput.ControlGone);
    }
}
