using System.Text.Json;
using Supervisor.Engine;
using Supervisor.Generators;
using Supervisor.Init;
using Supervisor.Linux;
using Supervisor.Portable;
using Supervisor.Units;
using UnitName = Supervisor.Units.UnitName;

namespace Supervisor.Manager;

/// <summary>Taking over from an earlier manager, and the first units of a fresh one.</summary>
internal sealed partial class Manager
{
    private const string OwnRecord = ".manager";

    private void AdoptUnits()
    {
        var damaged = new List<string>();
        var records = _store.LoadAll(damaged);
        foreach (var unit in damaged)
            _log.UnitError(unit, "its saved state is damaged; it begins as stopped");
        if (_initial.Generation == 1)
        {
            // nothing of an earlier keeper lives: what it saved is of no use
            foreach (var (unit, _) in records)
                _ = _store.Remove(unit);
            return;
        }
        if (_initial.PreviousCode != 0)
            _log.Warning($"the manager before {UnitHistory.Describe(new ProcessExit(_initial.PreviousCode switch { 1 => ExitKind.Exited, 3 => ExitKind.Dumped, _ => ExitKind.Killed }, _initial.PreviousStatus))}; taking over");
        ManagerRecord? own = null;
        foreach (var (name, body) in records)
        {
            try
            {
                if (name == FdStore.Record)
                    _descriptors.Adopt(body, Take);
                else if (name == OwnRecord)
                    own = JsonSerializer.Deserialize(body, RecordJson.Default.ManagerRecord);
                else if (JsonSerializer.Deserialize(body, RecordJson.Default.UnitRecord) is { Snapshot: not null } record)
                    AdoptUnit(record);
            }
            catch (JsonException bad)
            {
                _log.UnitError(name, $"its saved state cannot be read: {bad.Message}");
            }
        }
        _engine.FinishAdoption(_clocks.Read());
        foreach (var effect in _engine.TakeEffects())
            _effects.CarryOut(effect);
        OnExits(_initial.Exits);
        foreach (var (name, fd) in _held)
        {
            _keeper.Drop(name); // of a unit that is no more
            fd.Close();
        }
        _held.Clear();
        if (own?.ShutdownKind is { } kind)
            Shutdown((Engine.ShutdownKind)kind, own.ExitCode);
    }

    private void AdoptUnit(UnitRecord record)
    {
        var snapshot = record.Snapshot;
        var unit = _units.Find(snapshot.Unit);
        var past = _history.Of(snapshot.Unit);
        (past.LastRestartAt, past.LastRestartReason, past.Failure, past.Degraded) = (record.LastRestartAt, record.LastRestartReason, record.Failure, record.Degraded ?? []);
        var alive = snapshot.Active is "active" or "reloading" or "activating" or "deactivating" && unit.Type == UnitType.Service;
        alive |= unit.Type == UnitType.Socket && snapshot.Acquired;
        if (unit.Type == UnitType.Socket)
            _sockets.Adopt(unit.Name, Take);
        if (snapshot.Connection is not null)
            _sockets.Connections.Adopt(snapshot.Unit, Take);
        if (alive)
            _resources.Adopt(unit, Guid.TryParse(snapshot.InvocationId, out var id) ? id : Guid.NewGuid(), Take);
        if (unit.Type == UnitType.Path && snapshot.Sub is "waiting" or "preparing")
            _pathUnits.Adopt(unit, Take);
        bool Lives(int pid) => pid > 0 && (Take(ProcessTable.Name(pid)) is { } pidfd && _processes.Adopt(pid, unit.Name, pidfd) || _initial.Exits.Any(e => e.Pid == pid));
        var facts = new AdoptFacts(Lives(snapshot.MainPid), Lives(snapshot.ControlPid), alive && _resources.Find(unit.Name)?.CgroupWatch?.Populated == true);
        _engine.Adopt(snapshot, facts);
    }

    /// <summary>Generators, then the first units. A manager that dies before it came to these leaves a mark, and the next one begins again.</summary>
    private void GenerateAndStart()
    {
        if (_initial.Generation > 1 && !Sys.Exists(_paths.Starting))
            return;
        if (Sys.WriteFileAtomically(_paths.Starting, []).Failed(out var error))
            _log.Warning($"cannot note that units are still to be started: {error}");
        _generators.Run(changed =>
        {
            if (changed)
                ReloadUnits(); // of what was asked for meanwhile
            StartUnits();
            _ = Sys.UnlinkAt(Fd.Cwd, _paths.Starting); // it is not there when it could not be written
        });
    }

    /// <summary>What the command line, or the boot, says is to run.</summary>
    private void StartUnits()
    {
        if (_ending is not null)
            return;
        var start = new List<string>(_options.Start);
        if (_options.Mode == ManagerMode.System && _boot is { } boot)
        {
            foreach (var image in boot.Appliance?.Images ?? [])
                AttachAtBoot(image);
            if (KernelWords.DefaultUnit(boot.CommandLine, initramfs: false) is { } wanted)
                start.Add(wanted);
            else
                start.AddRange(boot.Start.Select(UnitName.WithSuffix));
            if (start.Count == 0)
                start.Add("default.target");
        }
        var left = start.Count;
        foreach (var unit in start)
        {
            var number = _jobs.Open(
                outcome =>
                {
                    if (outcome.Result is not (JobResult.Done or JobResult.Skipped))
                        _log.UnitError(unit, $"did not start: {_history.Of(unit).Failure ?? outcome.Text ?? Words.Of(outcome.Result)}");
                    if (--left == 0 && _boot is not null)
                        PrintBootTimes();
                },
                wait: true);
            _effects.Handle(new Event.JobRequest(unit, JobType.Start, JobMode.Replace, number, "the command line", Manual: true));
        }
    }

    private void AttachAtBoot(ApplianceImage image)
    {
        var directories = new PortableDirectories(_paths.Attached, _paths.RuntimeAttached, PortableDirectories.SystemImages, PortableDirectories.SystemProfiles, $"{_paths.Runtime}/profiles",
            [.. _paths.UnitPath.Where(p => !p.Attached && !_paths.IsGenerated(p.Path)).Select(p => p.Path)]);
        if (Attachments.Find(image.Path!.Text, directories) is not null)
            return; // of an earlier boot
        var options = new AttachOptions(image.Profile?.Text ?? "default", Runtime: true);
        if (Attacher.Plan(image.Path.Text, [], options, directories, out var errors) is not { } plan)
        {
            foreach (var error in errors)
                _log.Error($"cannot attach: {error.Message}");
            return;
        }
        if (Attacher.Apply(plan) is { } failed)
            _log.Error(failed.Message);
        else
            _log.Info($"attached {plan.Image}: {string.Join(", ", plan.Units.Select(u => u.Name))}, profile {plan.Profile}");
        _units.Forget();
    }

    private void SaveManager()
    {
        var record = new ManagerRecord((int?)_ending, _exitCode, _engine.Causes.Next.Value);
        if (_store.Save(OwnRecord, JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.ManagerRecord)).Failed(out var error))
            _log.Error($"cannot save the manager's state: {error}");
    }
}
