using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>Which processes of a unit a signal is for.</summary>
[Flags]
public enum SignalTarget { Main = 1, Control = 2, Cgroup = 4 }

/// <summary>syslog(3)'s priorities, those that the engine uses.</summary>
public enum LogPriority { Error = 3, Warning = 4, Notice = 5, Info = 6, Debug = 7 }

/// <summary>Something that is to be done. Effects are carried out in the order in which they come; answers come back as events, at once or later.</summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Answered by <see cref="Event.ConditionResult"/>.</summary>
    public sealed record CheckConditions(string Unit) : Effect;

    /// <summary>
    /// Image mounted, user, directories and cgroup made; what an earlier run left in the cgroup (KillMode=process) stays. Answered by <see cref="Event.ResourcesReady"/> or
    /// <see cref="Event.ResourcesFailed"/>; to be done again is no error. <see cref="ReleaseResources"/> may come before the answer: then there is none.
    /// </summary>
    public sealed record AcquireResources(string Unit) : Effect;

    /// <summary>The run is over. Is carried out before a later <see cref="AcquireResources"/> of the unit begins; what is not there is no error.</summary>
    /// <param name="KeepRuntimeDirectory">RuntimeDirectoryPreserve= as it applies to this end.</param>
    /// <param name="Restarting">It will be started again at once: what is dear to make (the image's mount, the user) is better kept.</param>
    public sealed record ReleaseResources(string Unit, bool KeepRuntimeDirectory, bool Restarting) : Effect;

    /// <summary>Answered by <see cref="Event.SpawnSucceeded"/> or <see cref="Event.SpawnFailed"/>.</summary>
    /// <param name="Index">Of the command among the unit's commands for this role.</param>
    /// <param name="MainPid">$MAINPID, 0 when there is none.</param>
    public sealed record Spawn(string Unit, ProcessRole Role, int Index, ExecCommand Command, int MainPid) : Effect;

    /// <summary>A process that is gone is no error. <paramref name="Hangup"/>: SIGHUP and SIGCONT follow it (SendSIGHUP=); SIGCONT always does for a signal that asks to end.</summary>
    public sealed record Signal(string Unit, SignalTarget Target, int Number, bool Hangup) : Effect;

    /// <summary>SIGKILL to everything in the cgroup, at once (cgroup.kill).</summary>
    public sealed record KillCgroup(string Unit) : Effect;

    /// <summary>Find the main process of a Type=forking service: PIDFile=, or the only process there is. Answered by <see cref="Event.MainPidKnown"/>.</summary>
    /// <param name="Wait">The file may not be there yet: answer when it is. False: answer now.</param>
    public sealed record ReadPidFile(string Unit, bool Wait) : Effect;

    /// <summary>Tell by <see cref="Event.BusName"/> whether the name has an owner, now and at each change; null: stop telling.</summary>
    public sealed record WatchBusName(string Unit, string? Name) : Effect;

    /// <summary>Replaces a timer of the same kind.</summary>
    /// <param name="At">µs.</param>
    public sealed record ArmTimer(string Unit, UnitTimer Timer, ulong At) : Effect;

    public sealed record CancelTimer(string Unit, UnitTimer Timer) : Effect;

    /// <param name="Text">One line for people; null when the words for the states say it all.</param>
    public sealed record StateChanged(
        string Unit, ActiveState Old, ActiveState New, string OldSub, string NewSub, UnitResult Result, CauseId Cause, string? Text) : Effect;

    /// <summary>The request is now job <paramref name="Job"/>, new or one that it was merged into; <see cref="JobFinished"/> follows.</summary>
    /// <param name="Notes">What was found on the way and did not stop it: a cycle that was broken, a wanted unit that there is none of.</param>
    public sealed record JobAccepted(ulong Request, uint Job, string Unit, IReadOnlyList<string> Notes) : Effect;

    public sealed record JobRefused(ulong Request, string Unit, Failure Failure) : Effect;

    /// <param name="Text">Why, when it is not <see cref="JobResult.Done"/>.</param>
    public sealed record JobFinished(uint Job, string Unit, JobType Type, JobResult Result, string? Text, CauseId Cause) : Effect;

    public sealed record Log(string? Unit, LogPriority Priority, string Text) : Effect;

    /// <summary>Bind, listen, and give files to their owners. Answered by <see cref="Event.SocketsReady"/> or <see cref="Event.SocketsFailed"/>.</summary>
    public sealed record OpenSockets(string Unit) : Effect;

    public sealed record CloseSockets(string Unit) : Effect;

    /// <summary>
    /// Tell by <see cref="Event.SocketReadable"/> when someone comes, once; with Accept= by <see cref="Event.Connected"/> of each who has come. False: stop telling (the service has
    /// them now).
    /// </summary>
    public sealed record WatchSockets(string Unit, bool Watch) : Effect;

    /// <summary>Whoever waits at the sockets, and whatever lies there, is dropped.</summary>
    public sealed record FlushSockets(string Unit) : Effect;

    /// <summary>The connection is for this service, whose commands get it. One that is never started may follow: <see cref="CloseConnection"/> then tells.</summary>
    public sealed record HandConnection(string Unit, int Connection, string Service) : Effect;

    /// <summary>The connection is closed.</summary>
    public sealed record RefuseConnection(string Unit, int Connection) : Effect;

    /// <summary>The service has its connection, or is no more: it is not kept here any longer.</summary>
    public sealed record CloseConnection(string Unit) : Effect;

    /// <summary>The unit has ended and nobody needs it: <see cref="UnitEngine.Remove"/> it, and forget what is remembered of it. Comes after everything else that there is to do for it.</summary>
    public sealed record Collect(string Unit) : Effect;

    /// <summary>Tell by <see cref="Event.ClockSet"/> and <see cref="Event.ZoneChanged"/> from now on. To be done again is no error.</summary>
    public sealed record WatchClocks : Effect;

    /// <summary>When did this Persistent= timer last elapse? Answered by <see cref="Event.StampRead"/>.</summary>
    public sealed record ReadStamp(string Unit) : Effect;

    /// <summary>Write down, for later boots, when it last elapsed. To be done again is no error.</summary>
    /// <param name="Realtime">µs since 1970.</param>
    public sealed record WriteStamp(string Unit, ulong Realtime) : Effect;

    /// <summary>Wake the machine, should it sleep. Answered by <see cref="Event.WakeFailed"/> when that cannot be; replaces an earlier one.</summary>
    /// <param name="At">µs of CLOCK_BOOTTIME.</param>
    public sealed record ArmWake(string Unit, ulong At) : Effect;

    public sealed record CancelWake(string Unit) : Effect;

    /// <summary>
    /// Watch what the path unit names, then look at it. Answered by <see cref="Event.PathsQuiet"/>, <see cref="Event.PathFound"/> or <see cref="Event.PathsFailed"/>; the last
    /// two may come later as well. What an earlier manager watched goes on.
    /// </summary>
    public sealed record WatchPaths(string Unit) : Effect;

    public sealed record UnwatchPaths(string Unit) : Effect;

    /// <summary>
    /// Save <see cref="UnitEngine.Snapshot"/> of the unit (nothing to remember when it is null: remove what is saved). Comes before the other effects of the
    /// same event, so that what is begun is written down before it is begun.
    /// </summary>
    public sealed record Persist(string Unit) : Effect;

    /// <summary>FailureAction= and the like: the whole system is to end as <paramref name="Action"/> says.</summary>
    /// <param name="ExitStatus">For an exit.</param>
    /// <param name="Argument">RebootArgument=.</param>
    public sealed record ActOnSystem(string Unit, SystemAction Action, int ExitStatus, string? Argument, string Why) : Effect;

    /// <summary>The end of <see cref="Event.Shutdown"/>.</summary>
    /// <param name="Left">Units of which processes may be left: they did not end in time.</param>
    public sealed record AllStopped(ShutdownKind Kind, IReadOnlyList<string> Left) : Effect;
}
