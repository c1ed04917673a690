using Microsoft.Extensions.Logging;
using Supervisor.Control;
using Supervisor.Engine;
using Supervisor.Journal;
using Supervisor.Launch;
using Supervisor.Manager.Sockets;
using Supervisor.Linux;
using Supervisor.Sandbox;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>Carries out what the engine wants of processes and of what they need: images, users, directories, cgroups, namespaces, starts and signals.</summary>
internal sealed partial class UnitResources(UnitEngine engine, Loop loop, KeeperLink keeper, ManagerPaths paths, HostFacts facts, ILogger log)
{
    private readonly Dictionary<string, UnitOwned> _owned = [];
    private readonly ImageLeases _images = new(keeper);

    public required Action<Event> Tell { get; init; }

    public required ProcessTable Processes { get; init; }

    public required JournalLink Journal { get; init; }

    public required SocketUnits Sockets { get; init; }

    public required FdStore Descriptors { get; init; }

    public required UnitHistory History { get; init; }

    public required DynamicUsers DynamicUsers { get; init; }

    public ImageLeases Images => _images;

    public UnitOwned? Find(string unit) => _owned.GetValueOrDefault(unit);

    /// <summary>The unit whose cgroup a process is in, null when it is in none.</summary>
    public string? UnitOfProcess(int pid)
    {
        if (Processes.UnitOf(pid) is { } known)
            return known;
        if (facts.Cgroups.UnifiedMount is not { } mount || ProcFs.CgroupPath(pid) is not { } path)
            return null;
        var full = path == "/" ? mount : mount + path;
        foreach (var owned in _owned.Values)
        {
            if (owned.Cgroup is { } cgroup && (full == cgroup || full.StartsWith(cgroup + "/", StringComparison.Ordinal)))
                return owned.Unit;
        }
        return null;
    }

    public void Spawn(Effect.Spawn e)
    {
        var failure = TrySpawn(e, out var pid);
        if (failure is null)
        {
            Tell(new Event.SpawnSucceeded(e.Unit, e.Role, pid));
            return;
        }
        Tell(new Event.SpawnFailed(e.Unit, e.Role, failure));
    }

    public void Signal(Effect.Signal e)
    {
        var runtime = engine.Find(e.Unit)!;
        var targets = new List<int>();
        if (e.Target.HasFlag(SignalTarget.Main) && runtime.MainPid > 0)
            targets.Add(runtime.MainPid);
        if (e.Target.HasFlag(SignalTarget.Control) && runtime.ControlPid > 0)
            targets.Add(runtime.ControlPid);
        foreach (var pid in targets)
            Send(pid, e);
        if (!e.Target.HasFlag(SignalTarget.Cgroup) || Find(e.Unit)?.Cgroup is not { } cgroup)
            return;
        foreach (var pid in CgroupFiles.Processes(cgroup).Where(p => !targets.Contains(p)))
        {
            // by pidfd, and the cgroup looked at again: the number may be a stranger's by now
            if (!Sys.PidfdOpen(pid).TryGet(out var pidfd, out _))
                continue;
            if (UnitOfProcess(pid) == e.Unit)
                SendTo(pidfd, e);
            pidfd.Close();
        }
    }

    public void KillCgroup(string unit)
    {
        if (Find(unit)?.Cgroup is not { } cgroup)
            return;
        _owned[unit].CgroupKilled = true;
        if (Sys.WriteControl($"{cgroup}/cgroup.kill", "1"u8).Failed(out var error) && error.Errno != Errno.ENOENT)
        {
            log.UnitWarning(unit, $"cannot kill its cgroup at once: {error}; its processes are killed one by one");
            Signal(new Effect.Signal(unit, SignalTarget.Cgroup | SignalTarget.Main | SignalTarget.Control, 9, Hangup: false));
        }
    }

    public void ReadPidFile(string unit, bool wait)
    {
        if (Find(unit) is not { } owned)
            return;
        owned.PidFileWatch?.Dispose();
        owned.PidFileWatch = null;
        var settings = engine.Find(unit)!.Unit;
        if (settings.Get(Directives.PIDFile).Value is not { } file)
        {
            Tell(new Event.MainPidKnown(unit, settings.Get(Directives.GuessMainPID).Value ? Guess(owned) : null));
            return;
        }
        if (TryPidFile(owned, file) is { } pid)
        {
            Tell(new Event.MainPidKnown(unit, pid));
            return;
        }
        if (!wait)
        {
            Tell(new Event.MainPidKnown(unit, null));
            return;
        }
        WaitForPidFile(owned, file);
    }

    /// <summary>Processes of keeper's report that belong to a unit.</summary>
    public void Exited(int pid, ProcessExit exit)
    {
        if (Processes.UnitOf(pid) is not { } unit)
            return;
        Processes.Remove(pid);
        Tell(new Event.ProcessExited(unit, pid, exit));
    }

    public void ReleaseImage(string path) => _images.ReleaseUnused(path);

    private void Send(int pid, Effect.Signal e)
    {
        if (Processes.Signal(pid, e.Number).Failed(out var error))
            log.UnitWarning(e.Unit, $"cannot send {Signals.Name(e.Number)} to process {pid}: {error}");
        if (e.Hangup)
            _ = Processes.Signal(pid, 1);
        if (e.Hangup || e.Number is 15 or 1 or 2 or 3)
            _ = Processes.Signal(pid, 18); // a stopped process cannot end
    }

    private static void SendTo(Fd pidfd, Effect.Signal e)
    {
        _ = Sys.PidfdSendSignal(pidfd, e.Number); // gone in between is as good
        if (e.Hangup)
            _ = Sys.PidfdSendSignal(pidfd, 1);
        if (e.Hangup || e.Number is 15 or 1 or 2 or 3)
            _ = Sys.PidfdSendSignal(pidfd, 18);
    }

    private int? TryPidFile(UnitOwned owned, string file)
    {
        if (owned.Cgroup is null)
            return null;
        var processes = CgroupFiles.Processes(owned.Cgroup);
        if (processes.Count == 0)
            return null;
        // as the service itself sees the path; any of its processes shows that
        var pid = PidFile.ReadAsSeenBy(processes[0], file);
        return pid > 0 && processes.Contains(pid) && Processes.TryAdd(pid, owned.Unit) ? pid : null;
    }

    /// <summary>The one process of the cgroup whose parent is the keeper: a daemon that forked away from its starter.</summary>
    private int? Guess(UnitOwned owned)
    {
        if (owned.Cgroup is null)
            return null;
        var processes = CgroupFiles.Processes(owned.Cgroup);
        var orphans = processes.Where(p => ProcFs.ReadStat(p) is { } stat && !processes.Contains(stat.ParentPid)).ToList();
        return orphans is [var pid] && Processes.TryAdd(pid, owned.Unit) ? pid : null;
    }

    private void WaitForPidFile(UnitOwned owned, string file)
    {
        if (CgroupFiles.Processes(owned.Cgroup!) is not [var first, ..]
            || !Sys.Open($"/proc/{first}/root", Tmds.Linux.LibC.O_PATH | Tmds.Linux.LibC.O_DIRECTORY).TryGet(out var root, out _))
        {
            Tell(new Event.MainPidKnown(owned.Unit, null));
            return;
        }
        void Look()
        {
            if (owned.PidFileWatch is null || TryPidFile(owned, file) is not { } pid)
                return;
            owned.PidFileWatch.Dispose();
            owned.PidFileWatch = null;
            Tell(new Event.MainPidKnown(owned.Unit, pid));
        }
        var started = PidFileWatch.Start(loop, root, file, Look);
        root.Close();
        if (started.TryGet(out var watch, out var error))
        {
            owned.PidFileWatch = watch;
            loop.Later(Look); // it may have come between the first look and the watch
        }
        else
        {
            log.UnitWarning(owned.Unit, $"cannot wait for the PID file {file}: {error}");
            Tell(new Event.MainPidKnown(owned.Unit, null));
        }
    }
}
