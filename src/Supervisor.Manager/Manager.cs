using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Supervisor.Control;
using Supervisor.Engine;
using Supervisor.Init;
using Supervisor.Linux;
using Supervisor.Manager.Sockets;
using Supervisor.Sandbox;
using Supervisor.Units;
using UnitName = Supervisor.Units.UnitName;

namespace Supervisor.Manager;

/// <summary>The manager: everything that the loop drives, wired together. It owns all mutable state.</summary>
internal sealed partial class Manager
{
    public const string Version = "0.1.0";

    private const uint EpollIn = 1, EpollOut = 4;

    private readonly ManagerOptions _options;
    private readonly ManagerPaths _paths;
    private readonly KeeperInitial _initial;
    private readonly Dictionary<string, Fd> _held;
    private readonly Loop _loop = new();
    private readonly KeeperLink _keeper;
    private readonly JournalLink _journal;
    private readonly ILogger _log;
    private readonly StateStore _store;
    private readonly GeneratorLink _generators;
    private readonly UnitSource _units;
    private readonly UnitEngine _engine;
    private readonly UnitHistory _history = new();
    private readonly JobBook _jobs = new();
    private readonly SocketUnits _sockets;
    private readonly ClockWatch _clocks;
    private readonly PathUnits _pathUnits;
    private readonly FdStore _descriptors;
    private readonly ProcessTable _processes;
    private readonly UnitResources _resources;
    private readonly EffectRunner _effects;
    private readonly StatusBuilder _status;
    private readonly ControlService _control;
    private readonly List<string> _notes = [];
    private VarlinkServer? _server;
    private int _exitCode;
    private Engine.ShutdownKind? _ending;

    public Manager(ManagerOptions options, KeeperClient client, KeeperInitial initial)
    {
        _options = options;
        _paths = new ManagerPaths(options);
        _initial = initial;
        _held = initial.Stored.ToDictionary(s => s.Name, s => s.Fd, StringComparer.Ordinal);
        var journal = (JournalLink?)null;
        var provider = new ManagerLoggerProvider((priority, text) => journal?.Record(UnitOfMessage(text), priority, text), foreground: true);
        _log = new LoggerFactory([provider]).CreateLogger("manager");
        _keeper = new KeeperLink(client, _log);
        _journal = journal = new JournalLink(_keeper, _loop, _paths.JournalDirectory);
        _store = new StateStore(_paths.UnitStates);
        _generators = new GeneratorLink(_loop, _log, _paths, options);
        var system = options.Mode == ManagerMode.System;
        var facts = HostFactsReader.Read(!system, DirectoryBases.System, options.RuntimeDirectory) with
        {
            ImageDirectories = system ? null : DirectoryBases.Nested(options.RuntimeDirectory, options.StateDirectory),
        };
        _units = UnitSource.Of(_paths);
        _clocks = new ClockWatch(_loop, _log) { Tell = e => _effects!.Handle(e) };
        _clocks.Begin(initial.KeeperStarted, system && Virtualization.Container() is not null);
        _engine = new UnitEngine(_units, Math.Max(1, Sys.Now())) { Clock = _clocks.Clock };
        _pathUnits = new PathUnits(_engine, _loop, _keeper) { Tell = e => _effects!.Handle(e) };
        _sockets = new SocketUnits(_engine, _loop, _keeper)
        {
            Tell = e => _effects!.Handle(e), Without = (unit, text) => _resources!.Without(unit, text), NetworkOf = unit => _resources!.Find(unit)?.Namespaces?.Find("net") ?? Fd.None,
        };
        _processes = new ProcessTable(_keeper);
        if (!Sandbox.DynamicUsers.Open(options.RuntimeDirectory).TryGet(out var users, out var error))
            throw new InvalidOperationException($"cannot keep dynamic users in {options.RuntimeDirectory}: {error}");
        _descriptors = new FdStore(_loop, _keeper, _store, _log) { Changed = unit => _resources!.Find(unit)?.DropPlans() };
        _resources = new UnitResources(_engine, _loop, _keeper, _paths, facts, _log)
        {
            Descriptors = _descriptors, Tell = e => _effects!.Handle(e), Processes = _processes, Journal = _journal, Sockets = _sockets, History = _history, DynamicUsers = users,
        };
        _effects = new EffectRunner(_engine, _loop, _log)
        {
            Resources = _resources, Jobs = _jobs, History = _history, Sockets = _sockets, Clocks = _clocks, Paths = _pathUnits, Timers = new TimerUnits(_engine, _loop, _paths.TimerStamps, _log) { Tell = e => _effects!.Handle(e) },
            OnStateChanged = OnStateChanged, OnPersist = Persist, OnCollect = Collect, OnAllStopped = OnAllStopped,
            OnActOnSystem = ActOnSystem, BusNames = new BusNames(_loop, _log) { Tell = e => _effects!.Handle(e) },
        };
        _status = new StatusBuilder(_engine, _history, _resources);
        _control = new ControlService
        {
            Engine = _engine, Jobs = _jobs, Tell = e => _effects.Handle(e), Status = _status, Resources = _resources, History = _history, Info = Info, Reload = Reload,
            Reexecute = Reexecute, Shutdown = Shutdown,
        };
        _loop.OnBug = bug => _log.Bug(bug.ToString());
    }

    /// <summary>Runs until the keeper is told to end, or is gone.</summary>
    public int Run()
    {
        if (Prepare() is { } failure)
        {
            _log.Error(failure.ToString());
            _keeper.Shutdown(Init.ShutdownKind.Exit, 1, failure.ToString());
            return 1;
        }
        AdoptUnits();
        _loop.Watch(_keeper.Fd, EpollIn, _ => OnKeeper());
        _keeper.Ready();
        _log.Info(_initial.Generation == 1
            ? $"supervisor {Version} is ready, {(_options.Mode == ManagerMode.System ? "system" : "nested")} manager, process {Environment.ProcessId}"
            : $"manager {_initial.Generation} has taken over, process {Environment.ProcessId}");
        GenerateAndStart();
        _loop.Run();
        return _exitCode;
    }

    private Failure? Prepare()
    {
        foreach (var (directory, mode) in new[] { (_paths.Runtime, 0x1EDu), ($"{_paths.Runtime}/run", 0x1EDu), (_paths.State, 0x1EDu) })
        {
            if (Sys.MakeDirectories(directory, mode).Failed(out var error))
                return new Failure($"cannot make {directory}", error);
        }
        if (Lock() is { } taken)
            return taken;
        if (Portable.BuiltInProfiles.LayDown($"{_paths.Runtime}/profiles").Failed(out var noProfiles))
            return new Failure("cannot lay down the built-in profiles", noProfiles);
        if (_store.Prepare().Failed(out var noStore))
            return new Failure($"cannot make {_paths.UnitStates}", noStore);
        foreach (var (name, fd) in _held.ToList())
        {
            if (_journal.Adopt(name, fd))
                _held.Remove(name);
        }
        if (_journal.Start() is { } noJournal)
            return noJournal;
        if (Take(KeeperNames.Notify) is not { } notify)
        {
            if (!NotifySocket.Bind(_paths.NotifySocket).TryGet(out notify, out var error))
                return new Failure("cannot listen for readiness messages", error);
            _keeper.Store(KeeperNames.Notify, notify);
        }
        var notifications = new NotifySocket(notify, OnNotify);
        _loop.Watch(notify, EpollIn, _ => notifications.OnReadable());
        if (Take(KeeperNames.Control) is not { } control)
        {
            if (!VarlinkServer.Listen(_paths.ControlSocket).TryGet(out control, out var error))
                return new Failure("cannot listen for commands", error);
            _keeper.Store(KeeperNames.Control, control);
        }
        var own = Raw.CallFast(Nr.getuid);
        _server = new VarlinkServer(control, _control.Handle, peer => peer.Uid == 0 || peer.Uid == (uint)own)
        {
            Watch = (fd, write) => _loop.Watch(fd, EpollIn | (write ? EpollOut : 0), ready => _server!.OnReady(fd, (ready & ~EpollOut) != 0, (ready & EpollOut) != 0)),
            Forget = _loop.Forget,
            Report = text => _log.Warning(text),
        };
        _loop.Watch(control, EpollIn, _ => _server.OnAcceptable());
        return null;
    }

    /// <summary>Two managers in one runtime directory would undo each other's work. The lock goes with the process.</summary>
    private Failure? Lock()
    {
        var path = $"{_paths.Runtime}/lock";
        if (!Sys.Open(path, Tmds.Linux.LibC.O_RDWR | Tmds.Linux.LibC.O_CREAT, 0x180).TryGet(out var fd, out var error))
            return new Failure("cannot lock the runtime directory", error);
        return Sys.TryLock(fd, path).Failed(out error) ? new Failure($"cannot run: another manager has {_paths.Runtime}", error) : null;
    }

    private Fd? Take(string name)
    {
        if (!_held.Remove(name, out var fd))
            return null;
        return fd;
    }

    private void OnKeeper()
    {
        if (!_keeper.Receive().TryGet(out var messages, out var error))
        {
            _log.Error($"cannot understand the keeper: {error}");
            return;
        }
        foreach (var message in messages)
        {
            switch (message)
            {
                case KeeperMessage.Exited exited:
                    OnExits(exited.Exits);
                    break;
                case KeeperMessage.Ping ping:
                    _keeper.Pong(ping.Sequence);
                    break;
                case KeeperMessage.Signal signal:
                    OnSignal(signal);
                    break;
                case KeeperMessage.Refused refused:
                    _log.Error($"the keeper cannot hold {refused.Name}: {refused.Errno.Describe()}");
                    break;
                case KeeperMessage.Gone:
                    _log.Error("the keeper is gone: stopping everything");
                    Shutdown(Engine.ShutdownKind.Exit, 1);
                    _loop.Forget(_keeper.Fd);
                    break;
            }
        }
    }

    private void OnExits(IReadOnlyList<KeeperExit> exits)
    {
        foreach (var exit in exits)
        {
            if (exit.Pid == _journal.Pid)
            {
                _log.Warning($"the journal {UnitHistory.Describe(ExitOf(exit))}; it is started again");
                _journal.OnExited();
            }
            else if (exit.Pid == _generators.Pid)
                _generators.OnExited(ExitOf(exit));
            else
                _resources.Exited(exit.Pid, ExitOf(exit));
        }
        if (exits.Count > 0)
            _keeper.Acknowledge(exits[^1].Sequence);
    }

    private static ProcessExit ExitOf(KeeperExit exit) => new(exit.Code switch { 1 => ExitKind.Exited, 3 => ExitKind.Dumped, _ => ExitKind.Killed }, exit.Status);

    private void OnSignal(KeeperMessage.Signal signal)
    {
        switch (signal.Request)
        {
            case KeeperRequest.StopAll:
                Shutdown(Engine.ShutdownKind.Exit, 0);
                break;
            case KeeperRequest.Poweroff:
                Shutdown(Engine.ShutdownKind.Poweroff, 0);
                break;
            case KeeperRequest.Reboot:
                Shutdown(Engine.ShutdownKind.Reboot, 0);
                break;
            case KeeperRequest.Halt:
                Shutdown(Engine.ShutdownKind.Halt, 0);
                break;
            case KeeperRequest.Reload:
                Reload(static () => { });
                break;
            case KeeperRequest.Reexecute:
                Reexecute();
                break;
            case KeeperRequest.Dump:
                foreach (var unit in _engine.Units)
                    _log.UnitInfo(unit.Name, $"{Words.Of(unit.Active)} ({unit.Sub}), main PID {unit.MainPid}");
                break;
            default:
                break;
        }
    }

    private void OnStateChanged(Effect.StateChanged change)
    {
        var past = _history.Of(change.Unit);
        if (change.NewSub == "auto-restart" && _engine.Find(change.Unit)?.MainExit is { } exit)
            (past.LastRestartAt, past.LastRestartReason) = (Sys.Now(0), UnitHistory.Describe(exit));
        if (change.NewSub == "preparing" || change.New == ActiveState.Active)
            past.Failure = null;
        if (change.New != change.Old || change.Text is not null)
        {
            var text = change.Text ?? $"{Words.Of(change.New)} ({change.NewSub})";
            if (change.New == ActiveState.Failed)
            {
                past.Failure ??= change.Text ?? $"it ended with result {Words.Of(change.Result)}";
                _log.UnitError(change.Unit, text);
            }
            else
                _log.UnitInfo(change.Unit, text);
        }
        _control.Announce(change);
    }

    private void Persist(string unit)
    {
        var snapshot = _engine.Snapshot(unit);
        var past = _history.Of(unit);
        var result = snapshot is null
            ? _store.Remove(unit)
            : _store.Save(unit, JsonSerializer.SerializeToUtf8Bytes(
                new UnitRecord(snapshot, past.LastRestartAt, past.LastRestartReason, past.Failure, past.Degraded), RecordJson.Default.UnitRecord));
        if (result.Failed(out var error))
            _log.UnitError(unit, $"cannot save its state: {error}");
    }

    /// <summary>The unit is no more, and nobody is to remember it.</summary>
    private void Collect(string unit)
    {
        if (!_engine.Remove(unit))
            return;
        _units.Forget(unit);
        _history.Forget(unit);
        if (_store.Remove(unit).Failed(out var error))
            _log.UnitError(unit, $"cannot remove its saved state: {error}");
    }

    /// <summary>Generators run first, and the loop goes on while they do.</summary>
    private void Reload(Action done) => _generators.Run(_ =>
    {
        ReloadUnits();
        done();
    });

    private void ReloadUnits()
    {
        _units.Forget();
        _engine.Reload(_clocks.Read());
        foreach (var effect in _engine.TakeEffects())
            _effects.CarryOut(effect);
        foreach (var runtime in _engine.Units.ToList())
        {
            // no file says it any more and nothing of it runs: it is forgotten
            if (runtime.Unit.LoadState == LoadState.NotFound && runtime.Active is ActiveState.Inactive or ActiveState.Failed && _engine.Remove(runtime.Name))
                continue;
            if (_resources.Find(runtime.Name) is { } owned)
                owned.DropPlans(); // the next command is planned by the new files
        }
        foreach (var saved in _store.Names().Where(n => n is not (OwnRecord or FdStore.Record) && _engine.Find(n) is null))
        {
            if (_store.Remove(saved).Failed(out var error))
                _log.UnitError(saved, $"cannot remove its saved state: {error}");
        }
    }

    private void Reexecute()
    {
        _keeper.Restart();
        _loop.Stop();
    }

    private void Shutdown(Engine.ShutdownKind kind, int code)
    {
        if (_ending is not null)
            return;
        (_ending, _exitCode) = (kind, code);
        SaveManager();
        _log.Info($"stopping everything, then {Word(kind)}");
        _effects.Handle(new Event.Shutdown(kind, []));
    }

    private void OnAllStopped(Effect.AllStopped all)
    {
        if (all.Left.Count > 0)
            _log.Warning($"could not be stopped: {string.Join(", ", all.Left)}");
        _keeper.Shutdown(
            all.Kind switch
            {
                Engine.ShutdownKind.Poweroff => Init.ShutdownKind.Poweroff,
                Engine.ShutdownKind.Reboot => Init.ShutdownKind.Reboot,
                Engine.ShutdownKind.Halt => Init.ShutdownKind.Halt,
                _ => Init.ShutdownKind.Exit,
            },
            _exitCode, $"everything has stopped, {Word(all.Kind)}");
        _loop.Stop();
    }

    private static string Word(Engine.ShutdownKind kind) => kind switch { Engine.ShutdownKind.Poweroff => "power off", Engine.ShutdownKind.Reboot => "reboot", Engine.ShutdownKind.Halt => "halt", _ => "exit" };

    private ManagerInfo Info() => new(
        Version, _options.Mode == ManagerMode.System ? "system" : "nested", _initial.Generation, Environment.ProcessId, ParentPid(), _paths.Runtime, _paths.State, _paths.Attached,
        _paths.RuntimeAttached, _paths.JournalDirectory, [.. _paths.UnitPath.Select(p => new UnitDirectoryInfo(p.Path, p.Attached, _paths.IsGenerated(p.Path)))], [.. _notes, .. _generators.Notes]);

    private static int ParentPid() => (int)Raw.CallFast(Nr.getppid);

    /// <summary>"nginx.service: text" is a message about nginx.service; others are the manager's own.</summary>
    private static string UnitOfMessage(string text)
    {
        var colon = text.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && UnitName.IsValid(text[..colon]) ? text[..colon] : "manager";
    }
}
