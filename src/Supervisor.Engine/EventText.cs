using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Events in words, for the chain of causes.</summary>
internal static class EventText
{
    public static string? UnitOf(Event happened) => happened switch
    {
        Event.JobRequest e => e.Unit,
        Event.ConditionResult e => e.Unit,
        Event.ResourcesReady e => e.Unit,
        Event.ResourcesFailed e => e.Unit,
        Event.SpawnSucceeded e => e.Unit,
        Event.SpawnFailed e => e.Unit,
        Event.ProcessExited e => e.Unit,
        Event.OutOfMemory e => e.Unit,
        Event.MainPidKnown e => e.Unit,
        Event.Notify e => e.Unit,
        Event.CgroupEmpty e => e.Unit,
        Event.BusName e => e.Unit,
        Event.BusFailed e => e.Unit,
        Event.TimerElapsed e => e.Unit,
        Event.SocketsReady e => e.Unit,
        Event.SocketsFailed e => e.Unit,
        Event.SocketReadable e => e.Unit,
        Event.Connected e => e.Unit,
        Event.StampRead e => e.Unit,
        Event.WakeFailed e => e.Unit,
        Event.PathsQuiet e => e.Unit,
        Event.PathFound e => e.Unit,
        Event.PathsFailed e => e.Unit,
        _ => null,
    };

    public static string Describe(Event happened) => happened switch
    {
        Event.JobRequest e => $"{e.Requester} asked for {Words.Of(e.Type)}",
        Event.CancelJob e => $"job {e.Job} was cancelled on request",
        Event.ConditionResult { Outcome: ConditionOutcome.Met } => "its conditions hold",
        Event.ConditionResult e => $"{e.Text} does not hold",
        Event.ResourcesReady => "its resources are there",
        Event.ResourcesFailed e => e.Failure.ToString(),
        Event.SpawnSucceeded e => $"{Words.Of(e.Role)}= runs as process {e.Pid}",
        Event.SpawnFailed e => $"{Words.Of(e.Role)}=: {e.Failure}",
        Event.ProcessExited e => $"process {e.Pid} {e.Exit}",
        Event.OutOfMemory => "the kernel killed a process for lack of memory",
        Event.MainPidKnown { Pid: { } pid } => $"its main process is {pid}",
        Event.MainPidKnown => "it has no main process that is known",
        Event.Notify e => $"it said {Said(e)}",
        Event.CgroupEmpty => "its last process is gone",
        Event.BusName { Taken: true } => "its name on the bus has an owner",
        Event.BusName => "its name on the bus has no owner any more",
        Event.BusFailed e => e.Failure.ToString(),
        Event.TimerElapsed e => e.Timer switch
        {
            UnitTimer.State => "the time of its state had passed",
            UnitTimer.Runtime => "RuntimeMaxSec= had passed",
            UnitTimer.Watchdog => "WatchdogSec= had passed without a sign of life",
            UnitTimer.Trigger => "its time had come",
            UnitTimer.Uphold => "it may be started again for a unit that upholds it",
            _ => "JobTimeoutSec= had passed",
        },
        Event.SocketsReady => "its sockets listen",
        Event.SocketsFailed e => e.Failure.ToString(),
        Event.SocketReadable => "someone came",
        Event.Connected e => $"{e.Details.RemoteAddress ?? "someone"} came",
        Event.StampRead { Realtime: 0 } => "it had never elapsed",
        Event.StampRead => "when it last elapsed was read",
        Event.WakeFailed e => e.Failure.ToString(),
        Event.ClockSet => "the clock was set",
        Event.ZoneChanged => "the time zone was changed",
        Event.PathsQuiet => "its paths are watched",
        Event.PathFound e => $"{e.Path} is there or has changed",
        Event.PathsFailed e => e.Failure.ToString(),
        Event.Shutdown e => $"{e.Kind switch { ShutdownKind.Poweroff => "power off", ShutdownKind.Reboot => "reboot", ShutdownKind.Halt => "halt", _ => "exit" }} was asked for",
        _ => "",
    };

    private static string Said(Event.Notify message)
    {
        var said = new List<string>();
        if (message.Ready)
            said.Add("READY=1");
        if (message.Reloading)
            said.Add("RELOADING=1");
        if (message.Stopping)
            said.Add("STOPPING=1");
        if (message.MainPid is { } pid)
            said.Add($"MAINPID={pid}");
        if (message.WatchdogTrigger)
            said.Add("WATCHDOG=trigger");
        return said.Count == 0 ? "something" : string.Join(' ', said);
    }
}
