using System.Globalization;
using System.Text;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>What processes say of their service: who is believed, and what becomes of it.</summary>
internal sealed partial class Manager
{
    /// <summary>NotifyAccess= decides by the sender's process, which the kernel names. Descriptors that are taken are taken out of <paramref name="fds"/>.</summary>
    private void OnNotify(Credentials sender, NotifyMessage message, List<Fd> fds)
    {
        if (_resources.UnitOfProcess(sender.Pid) is not { } name || _engine.Find(name) is not { } runtime)
            return;
        var allowed = (runtime.NotifyAccess ?? UnitResources.NotifyAccessOf(runtime.Unit)) switch
        {
            NotifyAccess.All => true,
            NotifyAccess.Main => sender.Pid == runtime.MainPid,
            NotifyAccess.Exec => sender.Pid == runtime.MainPid || sender.Pid == runtime.ControlPid,
            _ => false,
        };
        if (!allowed)
        {
            _log.UnitWarning(name, $"process {sender.Pid} may not send readiness messages (NotifyAccess=), ignored");
            return;
        }
        if (message.FdStore)
            KeepDescriptors(name, runtime.Unit, message, fds);
        else if (message is { FdStoreRemove: true, FdName: { } gone })
            _descriptors.Remove(name, gone);
        var main = MainPidOf(name, message, fds);
        _effects.Handle(new Event.Notify(name, message.Ready, message.Reloading, message.Stopping, message.Status, message.Errno, main, message.Watchdog, message.WatchdogTrigger,
            message.WatchdogMicroseconds, message.ExtendTimeoutMicroseconds, message.MonotonicMicroseconds, message.RestartReset, message.Access, message.BusError, message.VarlinkError));
    }

    private void KeepDescriptors(string name, Unit unit, NotifyMessage message, List<Fd> fds)
    {
        var max = unit.Get(Directives.FileDescriptorStoreMax).Value;
        if (max == 0)
        {
            _log.UnitWarning(name, "a descriptor is not kept for it: it has no store (FileDescriptorStoreMax=)");
            return;
        }
        _descriptors.Add(name, message.FdName, message.FdPoll, [.. fds], max);
        fds.Clear();
    }

    /// <summary>The new main process, if it is one of the unit's and the very one that was meant.</summary>
    private int? MainPidOf(string name, NotifyMessage message, List<Fd> fds)
    {
        var pid = message is { MainPidfd: true } && fds is [var pidfd] ? PidOf(pidfd) : message.MainPid;
        if (pid is not { } wanted || _resources.UnitOfProcess(wanted) != name || !_processes.TryAdd(wanted, name))
            return null;
        if (message.MainPidfdId is { } id && _processes.PidfdOf(wanted) is { } known && (!Sys.Stat(known).TryGet(out var stat, out _) || stat.st_ino != id))
        {
            _log.UnitWarning(name, $"process {wanted} is not the one that it meant (MAINPIDFDID=), ignored");
            return null;
        }
        return wanted;
    }

    /// <summary>The process of a pidfd; null for another descriptor, or when it is gone or in no PID namespace of ours.</summary>
    private static int? PidOf(Fd pidfd)
    {
        if (!Sys.ReadFile($"/proc/self/fdinfo/{pidfd.Number.ToString(CultureInfo.InvariantCulture)}", 4096).TryGet(out var info, out _))
            return null;
        foreach (var line in Encoding.ASCII.GetString(info).Split('\n'))
            if (line.StartsWith("Pid:", StringComparison.Ordinal) && int.TryParse(line.AsSpan(4), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var pid) && pid > 1)
                return pid;
        return null;
    }
}
