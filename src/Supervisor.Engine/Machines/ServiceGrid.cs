using System.Diagnostics;
using static Supervisor.Engine.ServiceAction;
using static Supervisor.Engine.ServiceInput;
using S = Supervisor.Engine.ServiceState;

namespace Supervisor.Engine;

/// <summary>What can happen to a service: the columns of the grid.</summary>
internal enum ServiceInput
{
    /// <summary>A job's turn: run, stop, reload.</summary>
    JobStart,
    JobStop,
    JobReload,
    ResourcesReady,
    ResourcesFailed,

    /// <summary>A process that was asked for is there.</summary>
    Spawned,

    /// <summary>The main or the control process has ended, or could not be made.</summary>
    MainGone,
    ControlGone,

    /// <summary>The answer to the question for the main process of a forking service.</summary>
    MainPid,
    NoMainPid,

    /// <summary>READY=1, RELOADING=1, STOPPING=1.</summary>
    Ready,
    Reloading,
    Stopping,

    /// <summary>BusName= has got an owner, has none any more.</summary>
    BusNameTaken,
    BusNameGone,

    /// <summary>Nothing else is going on: Type=idle has waited for it.</summary>
    Idle,
    CgroupEmpty,
    OutOfMemory,
    StateTimeout,
    RuntimeTimeout,
    WatchdogTimeout,
}

/// <summary>What is done about it. Each is one method of <see cref="ServiceMachine"/>.</summary>
internal enum ServiceAction
{
    /// <summary>Nothing to do here and now; what there was to remember has been remembered.</summary>
    Ignore,

    // Answers to a job: it has what it wants; it waits for what is going on; its turn is not yet; it cannot be.
    Already,
    Underway,
    Later,
    Refuse,

    BeginStart,
    BeginCondition,
    FailPreparing,
    PreparingTimedOut,
    AbandonPreparing,
    ConditionDone,
    StartPreDone,
    StartSpawned,
    StartMainDone,
    StartForkDone,
    StartPidKnown,
    StartPidUnknown,
    StartReady,
    StartBusName,
    StartIdle,
    StartDeserted,
    StartTimedOut,
    StartOutOfMemory,
    StartPostMainDone,
    StartPostDone,
    StartPostPidKnown,
    StartPostPidUnknown,
    StartPostDeserted,
    RunningMainDone,
    RunningDeserted,
    RunningTooLong,
    BeginReload,
    BeginReloadNotify,
    ReloadMainDone,
    ReloadDone,
    ReloadReady,
    ReloadPostDone,
    ReloadTimedOut,
    ReloadTooLong,
    WatchdogBarked,
    BeginStop,
    StopNotified,
    RunningOutOfMemory,
    StopDone,
    StopTimedOut,
    KillStart,
    KillNewcomer,
    StopKillDone,
    StopTermTimedOut,
    StopKillTimedOut,
    StopPostDone,
    StopPostTimedOut,
    FinalKillDone,
    FinalTermTimedOut,
    FinalKillTimedOut,
    ForbidRestart,
    QueueRestart,
    CancelRestart,
    KillStray,
}

/// <summary>The one table of a service: what each event means in each state. It reads down by event; within one, along the life of a service.</summary>
internal static class ServiceGrid
{
    public static ServiceAction Decide(ServiceState state, ServiceInput input) => (input, state) switch
    {
        (JobStart, S.Dead or S.Failed or S.AutoRestart) => BeginStart,
        (JobStart, S.Preparing or S.Condition or S.StartPre or S.Start or S.StartPost) => Underway,
        (JobStart, S.Running or S.Exited or S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => Already,
        (JobStart, S.Stop or S.StopWatchdog or S.StopSigterm or S.StopSigkill or S.StopPost or S.FinalSigterm or S.FinalSigkill) => Later,

        (JobStop, S.Dead or S.Failed) => Already,
        (JobStop, S.Preparing) => AbandonPreparing,
        (JobStop, S.Condition or S.StartPre or S.Start or S.StartPost or S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => KillStart,
        (JobStop, S.Running or S.Exited) => BeginStop,
        (JobStop, S.Stop or S.StopWatchdog or S.StopSigterm or S.StopSigkill or S.StopPost or S.FinalSigterm or S.FinalSigkill) => ForbidRestart,
        (JobStop, S.AutoRestart) => CancelRestart,

        (JobReload, S.Running or S.Exited) => BeginReload,
        (JobReload, S.Preparing or S.Condition or S.StartPre or S.Start or S.StartPost or S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => Later,
        (JobReload, S.Dead or S.Failed or S.AutoRestart) => Refuse,
        (JobReload, S.Stop or S.StopWatchdog or S.StopSigterm or S.StopSigkill or S.StopPost or S.FinalSigterm or S.FinalSigkill) => Refuse,

        (ResourcesReady, S.Preparing) => BeginCondition,
        (ResourcesReady, _) => Ignore, // the answer to a question that was withdrawn
        (ResourcesFailed, S.Preparing) => FailPreparing,
        (ResourcesFailed, _) => Ignore,

        (Spawned, S.Condition or S.StartPre or S.StartPost or S.Reload or S.ReloadPost or S.Stop or S.StopPost) => Ignore,
        (Spawned, S.Start) => StartSpawned,
        (Spawned, S.StopWatchdog or S.StopSigterm or S.StopSigkill or S.FinalSigterm or S.FinalSigkill) => KillNewcomer,
        (Spawned, S.Dead or S.Preparing or S.Running or S.Exited or S.ReloadSignal or S.ReloadNotify or S.Failed or S.AutoRestart) => KillStray,

        (MainGone, S.Dead or S.Preparing or S.Condition or S.StartPre or S.Exited or S.Failed or S.AutoRestart) => Ignore,
        (MainGone, S.Start) => StartMainDone,
        (MainGone, S.StartPost) => StartPostMainDone,
        (MainGone, S.Running) => RunningMainDone,
        (MainGone, S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => ReloadMainDone,
        (MainGone, S.Stop or S.StopPost) => Ignore, // the command that runs is waited for first
        (MainGone, S.StopWatchdog or S.StopSigterm or S.StopSigkill) => StopKillDone,
        (MainGone, S.FinalSigterm or S.FinalSigkill) => FinalKillDone,

        (ControlGone, S.Dead or S.Preparing or S.Running or S.Exited or S.ReloadSignal or S.ReloadNotify or S.Failed or S.AutoRestart) => Ignore,
        (ControlGone, S.Condition) => ConditionDone,
        (ControlGone, S.StartPre) => StartPreDone,
        (ControlGone, S.Start) => StartForkDone,
        (ControlGone, S.StartPost) => StartPostDone,
        (ControlGone, S.Reload) => ReloadDone,
        (ControlGone, S.ReloadPost) => ReloadPostDone,
        (ControlGone, S.Stop) => StopDone,
        (ControlGone, S.StopWatchdog or S.StopSigterm or S.StopSigkill) => StopKillDone,
        (ControlGone, S.StopPost) => StopPostDone,
        (ControlGone, S.FinalSigterm or S.FinalSigkill) => FinalKillDone,

        (MainPid, S.Start) => StartPidKnown,
        (MainPid, S.StartPost) => StartPostPidKnown,
        (MainPid, _) => Ignore,
        (NoMainPid, S.Start) => StartPidUnknown,
        (NoMainPid, S.StartPost) => StartPostPidUnknown,
        (NoMainPid, _) => Ignore,

        (Ready, S.Start) => StartReady,
        (Ready, S.ReloadNotify) => ReloadReady,
        (Ready, _) => Ignore,
        (Reloading, S.Running or S.ReloadSignal) => BeginReloadNotify,
        (Reloading, _) => Ignore, // remembered; acted on when it comes to run
        (Stopping, S.Running) => StopNotified,
        (Stopping, _) => Ignore, // remembered likewise

        (BusNameTaken, S.Start) => StartBusName,
        (BusNameTaken, _) => Ignore,
        (BusNameGone, S.Running) => RunningDeserted,
        (BusNameGone, _) => Ignore, // looked at when it comes to run

        (Idle, S.Start) => StartIdle,
        (Idle, _) => Ignore,

        (CgroupEmpty, S.Start) => StartDeserted,
        (CgroupEmpty, S.StartPost) => StartPostDeserted,
        (CgroupEmpty, S.Running) => RunningDeserted,
        (CgroupEmpty, S.StopWatchdog or S.StopSigterm or S.StopSigkill) => StopKillDone,
        (CgroupEmpty, S.FinalSigterm or S.FinalSigkill) => FinalKillDone,
        (CgroupEmpty, S.Dead or S.Preparing or S.Condition or S.StartPre or S.Exited or S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => Ignore,
        (CgroupEmpty, S.Stop or S.StopPost or S.Failed or S.AutoRestart) => Ignore,

        (OutOfMemory, S.Condition or S.StartPre or S.Start or S.StartPost or S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => StartOutOfMemory,
        (OutOfMemory, S.Running or S.Exited) => RunningOutOfMemory,
        (OutOfMemory, S.Dead or S.Preparing or S.Failed or S.AutoRestart) => Ignore,
        (OutOfMemory, S.Stop or S.StopWatchdog or S.StopSigterm or S.StopSigkill or S.StopPost or S.FinalSigterm or S.FinalSigkill) => Ignore,

        (StateTimeout, S.Preparing) => PreparingTimedOut,
        (StateTimeout, S.Condition or S.StartPre or S.Start or S.StartPost) => StartTimedOut,
        (StateTimeout, S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => ReloadTimedOut,
        (StateTimeout, S.Stop) => StopTimedOut,
        (StateTimeout, S.StopWatchdog or S.StopSigterm) => StopTermTimedOut,
        (StateTimeout, S.StopSigkill) => StopKillTimedOut,
        (StateTimeout, S.StopPost) => StopPostTimedOut,
        (StateTimeout, S.FinalSigterm) => FinalTermTimedOut,
        (StateTimeout, S.FinalSigkill) => FinalKillTimedOut,
        (StateTimeout, S.AutoRestart) => QueueRestart,
        (StateTimeout, S.Dead or S.Running or S.Exited or S.Failed) => Ignore,

        (RuntimeTimeout, S.Running) => RunningTooLong,
        (RuntimeTimeout, S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => ReloadTooLong,
        (RuntimeTimeout, S.Start) => StartIdle, // the clock of a wait for nothing else to be going on
        (RuntimeTimeout, _) => Ignore,

        (WatchdogTimeout, S.StartPost or S.Running or S.Reload or S.ReloadSignal or S.ReloadNotify or S.ReloadPost) => WatchdogBarked,
        (WatchdogTimeout, _) => Ignore,

        _ => throw new UnreachableException($"{input} in {state}"),
    };
}
