using System.Globalization;
using System.Text;
using Supervisor.Control;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>A unit as status and show want it: the engine's state, the files' settings, and what the kernel says of its processes now.</summary>
internal sealed partial class StatusBuilder(UnitEngine engine, UnitHistory history, UnitResources resources)
{
    private const int UserHz = 100;

    /// <param name="full">With processes, memory and causes.</param>
    public UnitStatus Build(UnitRuntime runtime, bool full)
    {
        var unit = runtime.Unit;
        var past = history.Of(unit.Name);
        var owned = resources.Find(unit.Name);
        // µs of CLOCK_MONOTONIC → of CLOCK_REALTIME, as the clocks stand now
        var offset = Sys.Now(0) - Sys.Now();
        var processes = full && owned?.Cgroup is { } cgroup ? Processes(cgroup) : [];
        ulong Wall(ulong monotonic) => monotonic == 0 ? 0 : monotonic + offset;
        return WithTriggers(runtime, new UnitStatus
        {
            Name = unit.Name,
            Description = unit.Get(Directives.Description).Value ?? unit.Name,
            LoadState = unit.LoadState switch { Units.LoadState.Loaded => "loaded", Units.LoadState.NotFound => "not-found", Units.LoadState.BadSetting => "bad-setting", _ => "masked" },
            ActiveState = Words.Of(runtime.Active),
            SubState = runtime.Sub,
            Result = Words.Of(runtime.Result),
            Type = unit.Type == UnitType.Service ? unit.Get(Directives.Type).Value.ToString().ToLowerInvariant() : null,
            FragmentPath = unit.FragmentPath,
            DropIns = unit.DropIns,
            Problems = [.. unit.Diagnostics.Where(d => d.Severity > Severity.Note).Select(d => d.ToString())],
            StateChangedAt = Wall(runtime.StateChangedAt),
            ActiveEnterAt = Wall(runtime.ActiveEnter),
            MainPid = runtime.MainPid,
            MainStartedAt = Wall(runtime.MainStarted),
            MainExitedAt = Wall(runtime.MainExited),
            MainExit = runtime.MainExit is { } exit ? UnitHistory.Describe(exit) : null,
            MainExitCode = runtime.MainExit is { } code ? (int)code.Kind + 1 : 0,
            MainExitStatus = runtime.MainExit?.Status ?? 0,
            ControlPid = runtime.ControlPid,
            Restarts = runtime.Restarts,
            LastRestartAt = past.LastRestartAt,
            LastRestartReason = past.LastRestartReason,
            StatusText = runtime.StatusText,
            Failure = past.Failure,
            UnmetCondition = runtime.UnmetCondition,
            InvocationId = runtime.InvocationId == Guid.Empty ? null : runtime.InvocationId.ToString("N"),
            Image = unit.Portable?.Root,
            Profile = unit.Portable?.Profile,
            Withheld = [.. unit.Withheld.Select(w => w.Text)],
            User = owned?.Identity?.User,
            Uid = owned?.Identity?.Uid,
            DynamicUser = owned?.Identity?.IsDynamic ?? false,
            Cgroup = owned?.Cgroup,
            Processes = processes,
            MemoryBytes = processes.Count == 0 ? null : Memory(owned!.Cgroup!, processes),
            CpuMicroseconds = full ? Cpu(owned?.Cgroup, processes) : 0,
            Tasks = processes.Count,
            Job = runtime.Job is { } job ? Words.Of(job.Type) : null,
            Degraded = past.Degraded,
            Causes = full ? [.. engine.Causes.Chain(runtime.Cause).Select(c => $"{c.Unit}: {c.Text}")] : [],
            CanReload = unit.Type == UnitType.Service && unit.Get(Directives.ExecReload).Value.Count > 0,
            Listen = unit.Type == UnitType.Socket ? [.. unit.Get(Directives.ListenAddresses).Value.Select(l => l.Shown)] : [],
        }, full);
    }

    private static List<ProcessInfo> Processes(string cgroup)
    {
        var found = new List<ProcessInfo>();
        foreach (var pid in CgroupFiles.Processes(cgroup))
        {
            if (ProcFs.ReadStat(pid) is { } stat)
                found.Add(new ProcessInfo(pid, stat.ParentPid, ProcFs.CommandLine(pid)));
        }
        return found;
    }

    /// <summary>The cgroup's own account where there is a memory controller, else the sum of the processes' proportional shares; null when neither is known.</summary>
    private static ulong? Memory(string cgroup, List<ProcessInfo> processes)
    {
        if (Sys.ReadFile($"{cgroup}/memory.current", 64).TryGet(out var text, out _)
            && ulong.TryParse(Encoding.ASCII.GetString(text).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            return bytes;
        var sum = processes.Aggregate(0ul, (total, p) => total + ProcFs.ProportionalMemory(p.Pid));
        return sum == 0 ? null : sum;
    }

    private static ulong Cpu(string? cgroup, List<ProcessInfo> processes)
    {
        if (cgroup is not null && Sys.ReadFile($"{cgroup}/cpu.stat", 4096).TryGet(out var text, out _))
        {
            foreach (var line in Encoding.ASCII.GetString(text).Split('\n'))
            {
                if (line.StartsWith("usage_usec ", StringComparison.Ordinal))
                    return ulong.Parse(line.AsSpan(11), CultureInfo.InvariantCulture);
            }
        }
        return processes.Aggregate(0ul, (total, p) => total + (ProcFs.ReadStat(p.Pid)?.CpuTicks ?? 0)) * (1_000_000 / UserHz);
    }
}

/// <summary>Files of a cgroup v2 directory that are only read.</summary>
internal static class CgroupFiles
{
    /// <summary>The processes in a cgroup and below it.</summary>
    public static List<int> Processes(string cgroup)
    {
        var found = new List<int>();
        var queue = new Queue<string>([cgroup]);
        while (queue.TryDequeue(out var path))
        {
            if (Sys.ReadFile($"{path}/cgroup.procs", 1 << 22).TryGet(out var text, out _))
            {
                foreach (var line in Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    found.Add(int.Parse(line, CultureInfo.InvariantCulture));
            }
            if (!Sys.ListDirectory(path).TryGet(out var names, out _))
                continue;
            foreach (var name in names)
            {
                if (Sys.StatAt(Fd.Cwd, $"{path}/{name}").TryGet(out var stat, out _) && ((uint)stat.st_mode & 0xF000) == 0x4000)
                    queue.Enqueue($"{path}/{name}");
            }
        }
        return found;
    }
}
