namespace Supervisor.Engine;

/// <summary>Handing over a service from one manager to the next; see <see cref="UnitEngine.Adopt"/>.</summary>
internal sealed partial class ServiceMachine
{
    private static readonly string[] NotifiedWords = ["nothing", "ready", "reloading", "stopping"];

    private bool _lostMain;
    private bool _lostControl;

    public override UnitSnapshot Save(UnitSnapshot snapshot) => snapshot with
    {
        MainSpawning = _mainSpawning,
        MainKnown = _mainKnown,
        ControlSpawning = _controlSpawning,
        Role = Words.Of(_role),
        CommandIndex = _index,
        AwaitingPid = _awaitingPid,
        Populated = _populated,
        NoRestart = _noRestart,
        ReloadFailed = _reloadFailed,
        OomKilled = _oomKilled,
        KillAll = _killAll,
        Notified = NotifiedWords[(int)_notified],
        WatchdogOverride = _watchdogOverride,
        BusNameTaken = _busNameTaken,
        AwaitingIdle = _awaitingIdle,
        ReloadBegan = _reloadBegan,
        LimitBegin = _starts.Begin,
        LimitCount = _starts.Count,
    };

    public override void Restore(UnitSnapshot snapshot, AdoptFacts facts)
    {
        _state = ServiceStates.TryParse(snapshot.Sub, out var state) ? state : ServiceState.Dead;
        (Unit.Active, Unit.Sub) = (ServiceStates.Active(_state), ServiceStates.Word(_state));
        _role = Words.TryParse(snapshot.Role, out ProcessRole role) ? role : default;
        (_mainSpawning, _mainKnown, _controlSpawning, _index) = (snapshot.MainSpawning, snapshot.MainKnown, snapshot.ControlSpawning, snapshot.CommandIndex);
        (_awaitingPid, _populated, _noRestart, _oomKilled) = (snapshot.AwaitingPid, facts.Populated, snapshot.NoRestart, snapshot.OomKilled);
        (_reloadFailed, _killAll, _watchdogOverride) = (snapshot.ReloadFailed, snapshot.KillAll, snapshot.WatchdogOverride);
        _notified = (Notified)Math.Max(Array.IndexOf(NotifiedWords, snapshot.Notified), 0);
        (_busNameTaken, _awaitingIdle, _reloadBegan) = (snapshot.BusNameTaken, snapshot.AwaitingIdle, snapshot.ReloadBegan);
        _starts = new() { Begin = snapshot.LimitBegin, Count = snapshot.LimitCount };
        (Unit.MainPid, Unit.ControlPid) = (snapshot.MainPid, snapshot.ControlPid);
        (_lostMain, _lostControl) = (snapshot.MainPid != 0 && !facts.MainAlive, snapshot.ControlPid != 0 && !facts.ControlAlive);
    }

    public override void Resume()
    {
        switch (_state)
        {
            case ServiceState.Dead or ServiceState.Failed or ServiceState.AutoRestart:
                ResumeRest();
                return;
            case ServiceState.Preparing:
                WatchBusName(true);
                Engine.Emit(new Effect.AcquireResources(Unit.Name));
                return;
        }
        WatchBusName(true);
        if (_awaitingIdle)
        {
            StartIdle(); // what it waited for has had its time
            return;
        }
        if (Engine.IsArmed(Unit, UnitTimer.Watchdog))
            ArmWatchdog(); // what it said while there was no manager nobody heard
        if (IsSpawning)
            ResumeSpawning();
        else if (_lostMain || _lostControl)
            ResumeLost();
        else if (_awaitingPid)
            AwaitPid(_state == ServiceState.StartPost || Commands(ProcessRole.StartPost).Count == 0);
        else if (_state is ServiceState.StopWatchdog or ServiceState.StopSigterm or ServiceState.StopSigkill or ServiceState.FinalSigterm or ServiceState.FinalSigkill)
            ResumeKill();
        else if (_state == ServiceState.Running)
            RunningDeserted();
    }

    /// <summary>The release of the last run, which is without effect when it was done.</summary>
    private void ResumeRest()
    {
        if (Unit.InactiveExit != 0)
            EmitRelease(_state == ServiceState.AutoRestart || Unit.Job?.Type is JobType.Restart);
        if (_state == ServiceState.AutoRestart && !Engine.IsArmed(Unit, UnitTimer.State) && Unit.Job is null)
            JobLost();
    }

    /// <summary>Whether it has run cannot be known, and twice would be wrong.</summary>
    private void ResumeSpawning()
    {
        Engine.Log(Unit, LogPriority.Warning, $"the manager ended while it spawned {Words.Of(_role)}=, which counts as failed");
        var main = _mainSpawning;
        (_mainSpawning, _controlSpawning) = (false, false);
        // Only a reload has a service beside it that is well and must not suffer for it.
        if (_populated && _state is not (ServiceState.Reload or ServiceState.ReloadPost))
        {
            _killAll = true;
            Engine.Emit(new Effect.KillCgroup(Unit.Name));
        }
        if (main)
            Note(UnitResult.Resources);
        On(main ? ServiceInput.MainGone : ServiceInput.ControlGone, UnitResult.Resources);
    }

    private void ResumeLost()
    {
        Engine.Log(Unit, LogPriority.Warning, "a process ended while there was no manager, and how is not known: that counts as a failure");
        if (_lostControl)
        {
            Unit.ControlPid = 0;
            On(ServiceInput.ControlGone, UnitResult.Resources);
        }
        if (!_lostMain || Unit.MainPid == 0)
            return;
        Unit.MainPid = 0;
        Note(UnitResult.Resources);
        On(ServiceInput.MainGone, UnitResult.Resources);
    }

    private void ResumeKill()
    {
        if (Kill(_state))
            return;
        On(ServiceInput.CgroupEmpty);
    }
}
