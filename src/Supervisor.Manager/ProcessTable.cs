using System.Globalization;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>
/// The processes that matter to a unit's state: main and control processes, by number and by pidfd. The keeper holds a copy of each pidfd, so that a new manager
/// cannot mistake a stranger with a reused number for them.
/// </summary>
internal sealed class ProcessTable(KeeperLink keeper)
{
    private readonly Dictionary<int, (string Unit, Fd Pidfd)> _processes = [];

    /// <summary>The unit that the process belongs to as main or control process.</summary>
    public string? UnitOf(int pid) => _processes.TryGetValue(pid, out var entry) ? entry.Unit : null;

    public Fd? PidfdOf(int pid) => _processes.TryGetValue(pid, out var entry) ? entry.Pidfd : null;

    /// <summary>Takes <paramref name="pidfd"/> over.</summary>
    public void Add(int pid, string unit, Fd pidfd)
    {
        Remove(pid);
        _processes[pid] = (unit, pidfd);
        keeper.Store(Name(pid), pidfd);
    }

    /// <summary>A process that was not started here (a daemon that forked): false when it is gone already.</summary>
    public bool TryAdd(int pid, string unit)
    {
        if (_processes.ContainsKey(pid))
            return true;
        if (!Sys.PidfdOpen(pid).TryGet(out var pidfd, out _))
            return false;
        Add(pid, unit, pidfd);
        return true;
    }

    /// <summary>Takes back what the keeper held for an earlier manager; false when the process has ended (its exit is reported apart).</summary>
    public bool Adopt(int pid, string unit, Fd pidfd)
    {
        _processes[pid] = (unit, pidfd);
        return Sys.PidfdSendSignal(pidfd, 0).Ok;
    }

    public void Remove(int pid)
    {
        if (!_processes.Remove(pid, out var entry))
            return;
        keeper.Drop(Name(pid));
        entry.Pidfd.Close();
    }

    /// <summary>Sends a signal by pidfd; a process that is gone is no error.</summary>
    public OsResult Signal(int pid, int signal)
    {
        if (!_processes.TryGetValue(pid, out var entry))
            return OsResult.Success;
        return Sys.PidfdSendSignal(entry.Pidfd, signal).Failed(out var error) && error.Errno != Errno.ESRCH ? error : OsResult.Success;
    }

    public static string Name(int pid) => $"pid:{pid.ToString(CultureInfo.InvariantCulture)}";
}
