using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>Processes: they live, talk, make others, end, and heed signals or not.</summary>
internal sealed partial class World
{
    private readonly record struct Exit(string Unit, int Pid, ProcessExit How);

    /// <summary>Ends that no manager has been told of: the keeper has them.</summary>
    private readonly List<Exit> _unreported = [];

    /// <summary>Who has the bus name of a unit, and of which the manager wants to be told.</summary>
    private readonly Dictionary<string, FakeProcess> _names = [];
    private readonly HashSet<string> _watchedNames = [];

    private bool Populated(string unit) => _processes.Exists(p => p.Alive && p.Unit == unit);

    private bool LeavesOthers(string unit) => _units.Find(unit).Get(Directives.KillMode).Value == KillMode.Process;

    private ServiceType TypeOf(string unit) => _units.Find(unit).Get(Directives.Type).Value;

    private void Spawn(Effect.Spawn spawn)
    {
        CheckSpawn(spawn);
        if (!TakeConnection(spawn))
        {
            Tell2(new Event.SpawnFailed(spawn.Unit, spawn.Role, new("cannot start: the connection that it was made for is closed")));
            return;
        }
        if (OneIn(25))
        {
            Tell2(new Event.SpawnFailed(spawn.Unit, spawn.Role, new("cannot execute", null, default, OneIn(2) ? 203 : 0)));
            return;
        }
        Spawns++;
        var main = spawn.Role == ProcessRole.Start && TypeOf(spawn.Unit) != ServiceType.Forking;
        var process = new FakeProcess(_nextPid++, spawn.Unit, spawn.Role, OneIn(6)) { IsMain = main };
        _processes.Add(process);
        Tell2(new Event.SpawnSucceeded(spawn.Unit, spawn.Role, process.Pid));
        if (main && TypeOf(spawn.Unit) != ServiceType.Oneshot)
            LiveAsDaemon(process);
        else
            LiveAsCommand(process);
    }

    /// <summary>The answer to a spawn, before anything that the process itself does.</summary>
    private void Tell2(Event answer) => Later(0, () => Tell(answer));

    private void LiveAsCommand(FakeProcess process)
    {
        var daemon = TypeOf(process.Unit) == ServiceType.Forking && process.Role == ProcessRole.Start;
        At(1 + Soon(OneIn(12) ? 40_000_000 : 500_000), () =>
        {
            if (!process.Alive)
                return;
            if (daemon || OneIn(10))
                Fork(process.Unit);
            End(process, RandomExit(5));
        });
    }

    private void LiveAsDaemon(FakeProcess process)
    {
        if (OneIn(3))
            At(1 + Soon(2_000_000), () =>
            {
                if (process.Alive)
                    Fork(process.Unit);
            });
        if (!OneIn(8))
            At(1 + Soon(3_000_000), () => Say(process, new(process.Unit, Ready: true)));
        if (TypeOf(process.Unit) == ServiceType.Dbus && !OneIn(8))
            At(1 + Soon(3_000_000), () => TakeName(process));
        if (OneIn(12))
            At(1 + Soon(30_000_000), () =>
            {
                if (!process.Alive)
                    return;
                Tell(new Event.OutOfMemory(process.Unit));
                End(process, new(ExitKind.Killed, 9));
            });
        if (!OneIn(4))
            At(1 + Soon(60_000_000), () => End(process, RandomExit(2)));
        for (var i = _random.Next(6); i > 0; i--)
            At(1 + Soon(20_000_000), () => Say(process, RandomWord(process)));
    }

    private Event.Notify RandomWord(FakeProcess process) => _random.Next(9) switch
    {
        0 => new(process.Unit, Reloading: true),
        1 => new(process.Unit, Ready: true),
        2 => new(process.Unit, Stopping: true),
        3 => new(process.Unit, ExtendTimeoutMicroseconds: Soon(5_000_000)),
        4 => new(process.Unit, WatchdogMicroseconds: Soon(5_000_000)),
        5 => new(process.Unit, WatchdogTrigger: OneIn(4), Status: "hm"),
        6 when !LeavesOthers(process.Unit) && _processes.Find(p => p.Alive && p.Unit == process.Unit && p.Role is null) is { } child => new(process.Unit, MainPid: child.Pid),
        _ => new(process.Unit, Watchdog: true),
    };

    private void TakeName(FakeProcess process)
    {
        if (process.Alive)
            SetName(process.Unit, process);
    }

    private void SetName(string unit, FakeProcess? owner)
    {
        if (owner is null)
            _names.Remove(unit);
        else
            _names[unit] = owner;
        Later(Soon(1000), () => TellName(unit));
    }

    private void TellName(string unit)
    {
        if (_watchedNames.Contains(unit))
            Tell(new Event.BusName(unit, _names.ContainsKey(unit)));
    }

    /// <summary>What a service does that is told to reload by a signal.</summary>
    private void ReloadItself(FakeProcess process)
    {
        var since = _now;
        if (OneIn(10))
            return;
        At(1 + Soon(100_000), () => Say(process, new(process.Unit, Reloading: true, Ready: OneIn(3), ReloadingSince: OneIn(10) ? null : since)));
        if (!OneIn(6))
            At(100_002 + Soon(3_000_000), () => Say(process, new(process.Unit, Ready: true)));
    }

    private void Say(FakeProcess process, Event.Notify message)
    {
        if (process.Alive)
            Tell(message);
    }

    private void Fork(string unit)
    {
        var child = new FakeProcess(_nextPid++, unit, null, OneIn(6));
        _processes.Add(child);
        if (OneIn(2))
            At(1 + Soon(50_000_000), () => End(child, RandomExit(2)));
    }

    private ProcessExit RandomExit(int odds) => OneIn(odds)
        ? _random.Next(4) switch
        {
            0 => new(ExitKind.Killed, 11),
            1 => new(ExitKind.Dumped, 6),
            _ => new(ExitKind.Exited, _random.Next(1, 6)),
        }
        : new(ExitKind.Exited, 0);

    private void End(FakeProcess process, ProcessExit how)
    {
        if (!process.Alive)
            return;
        process.Alive = false;
        if (_names.GetValueOrDefault(process.Unit) == process)
            SetName(process.Unit, null);
        var exit = new Exit(process.Unit, process.Pid, how);
        _unreported.Add(exit);
        // Told of the exit and of the empty cgroup in either order, as the kernel does.
        Later(Soon(500), () => Report(exit));
        EmptyLater(process.Unit);
    }

    private void Report(Exit exit)
    {
        if (_unreported.Remove(exit))
            Tell(new Event.ProcessExited(exit.Unit, exit.Pid, exit.How));
    }

    private void EmptyLater(string unit)
    {
        if (!Populated(unit))
            Later(Soon(500), () =>
            {
                if (!Populated(unit))
                    Tell(new Event.CgroupEmpty(unit));
            });
    }

    private void Signal(string unit, SignalTarget target, int number)
    {
        var runtime = _engine.Find(unit);
        foreach (var process in _processes.ToArray())
        {
            if (!process.Alive || process.Unit != unit)
                continue;
            var meant = target.HasFlag(SignalTarget.Cgroup)
                || (target.HasFlag(SignalTarget.Main) && process.Pid == runtime?.MainPid)
                || (target.HasFlag(SignalTarget.Control) && process.Pid == runtime?.ControlPid);
            if (!meant)
                continue;
            if (number == 9)
                At(Soon(2000), () => End(process, new(ExitKind.Killed, 9)));
            else if (number == 10)
                ReloadItself(process);
            else if (!process.IgnoresTerm)
                At(Soon(OneIn(5) ? 30_000_000 : 300_000), () => End(process, OneIn(3) ? new(ExitKind.Exited, 0) : new(ExitKind.Killed, number)));
        }
    }

    private void ReadPidFile(Effect.ReadPidFile read)
    {
        int? pid = OneIn(6) ? null : _processes.Find(p => p.Alive && p.Unit == read.Unit && p.Role is null)?.Pid;
        if (pid is null && read.Wait && OneIn(2))
            return; // the file never comes
        Later(Soon(200_000), () => Tell(new Event.MainPidKnown(read.Unit, pid is { } p && _processes.Exists(x => x.Pid == p && x.Alive) ? pid : null)));
    }
}
