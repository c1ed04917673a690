using System.Diagnostics;
using static Supervisor.Engine.SocketAction;
using static Supervisor.Engine.SocketInput;
using S = Supervisor.Engine.SocketState;

namespace Supervisor.Engine;

/// <summary>What can happen to a socket unit: the columns of its grid.</summary>
internal enum SocketInput
{
    JobStart,
    JobStop,
    JobReload,
    ResourcesReady,
    ResourcesFailed,

    /// <summary>A process that was asked for is there.</summary>
    Spawned,

    /// <summary>The process of a command has ended, or could not be made.</summary>
    ControlGone,
    CgroupEmpty,

    /// <summary>The sockets listen; cannot be opened, or not be watched.</summary>
    Opened,
    OpenFailed,

    /// <summary>Somebody comes to sockets that a service gets; has come, and is to have a service of his own.</summary>
    Readable,
    Connected,

    /// <summary>The pause of PollLimitIntervalSec= is over.</summary>
    PollAgain,
    ServiceUp,
    ServiceDown,
    ServiceStartLimit,

    /// <summary>No job is left that a deferred start could have waited for.</summary>
    QueueEmpty,
    TimedOut,
}

internal enum SocketAction
{
    Ignore,
    Already,
    Underway,
    Later,
    Refuse,
    Begin,
    Abandon,
    EnterStartPre,
    FailPreparing,
    PreparingTimedOut,
    StartPreDone,
    StartPreTimedOut,
    EnterStartPost,
    FailOpen,
    StartPostDone,
    StartPostTimedOut,
    Trigger,
    Connect,
    RefuseConnection,
    WatchAgain,
    HandOver,
    ListenAgain,
    GiveUp,
    TryDeferred,
    DeferTimedOut,
    BeginStop,
    KillStart,
    StopPreDone,
    StopPreTimedOut,
    StopKillDone,
    StopTermTimedOut,
    StopKillTimedOut,
    StopPostDone,
    StopPostTimedOut,
    FinalKillDone,
    FinalTermTimedOut,
    FinalKillTimedOut,
    KillNewcomer,
    KillStray,
}

/// <summary>The one table of a socket unit.</summary>
internal static class SocketGrid
{
    public static SocketAction Decide(SocketState state, SocketInput input) => (input, state) switch
    {
        (JobStart, S.Dead or S.Failed) => Begin,
        (JobStart, S.Preparing or S.StartPre or S.StartChown or S.StartPost) => Underway,
        (JobStart, S.Listening or S.Deferred or S.Running) => Already,
        (JobStart, _) => Later,

        (JobStop, S.Dead or S.Failed) => Already,
        (JobStop, S.Preparing) => Abandon,
        (JobStop, S.StartPre or S.StartChown or S.StartPost) => KillStart,
        (JobStop, S.Listening or S.Deferred or S.Running) => BeginStop,
        (JobStop, _) => Underway,
        (JobReload, _) => Refuse,

        (ResourcesReady, S.Preparing) => EnterStartPre,
        (ResourcesReady, _) => Ignore, // the answer to a question that was withdrawn
        (ResourcesFailed, S.Preparing) => FailPreparing,
        (ResourcesFailed, _) => Ignore,

        (Spawned, S.StartPre or S.StartPost or S.StopPre or S.StopPost) => Ignore,
        (Spawned, S.StopPreSigterm or S.StopPreSigkill or S.FinalSigterm or S.FinalSigkill) => KillNewcomer,
        (Spawned, _) => KillStray,

        (ControlGone, S.StartPre) => StartPreDone,
        (ControlGone, S.StartPost) => StartPostDone,
        (ControlGone, S.StopPre) => StopPreDone,
        (ControlGone, S.StopPreSigterm or S.StopPreSigkill) => StopKillDone,
        (ControlGone, S.StopPost) => StopPostDone,
        (ControlGone, S.FinalSigterm or S.FinalSigkill) => FinalKillDone,
        (ControlGone, _) => Ignore,
        (CgroupEmpty, S.StopPreSigterm or S.StopPreSigkill) => StopKillDone,
        (CgroupEmpty, S.FinalSigterm or S.FinalSigkill) => FinalKillDone,
        (CgroupEmpty, _) => Ignore,

        (Opened, S.StartChown) => EnterStartPost,
        (Opened, _) => Ignore,
        (OpenFailed, S.StartChown or S.Listening) => FailOpen,
        (OpenFailed, _) => Ignore,

        (Readable, S.Listening) => Trigger,
        (Readable, _) => Ignore,
        (Connected, S.Listening) => Connect,
        (Connected, _) => RefuseConnection,
        (PollAgain, S.Listening) => WatchAgain,
        (PollAgain, _) => Ignore,

        (ServiceUp, S.Listening or S.Deferred) => HandOver,
        (ServiceUp, _) => Ignore,
        (ServiceDown, S.Running) => ListenAgain,
        (ServiceDown, _) => Ignore,
        (ServiceStartLimit, S.Listening or S.Deferred or S.Running) => GiveUp,
        (ServiceStartLimit, _) => Ignore,
        (QueueEmpty, S.Deferred) => TryDeferred,
        (QueueEmpty, _) => Ignore,

        (TimedOut, S.Preparing) => PreparingTimedOut,
        (TimedOut, S.StartPre) => StartPreTimedOut,
        (TimedOut, S.StartPost) => StartPostTimedOut,
        (TimedOut, S.Deferred) => DeferTimedOut,
        (TimedOut, S.StopPre) => StopPreTimedOut,
        (TimedOut, S.StopPreSigterm) => StopTermTimedOut,
        (TimedOut, S.StopPreSigkill) => StopKillTimedOut,
        (TimedOut, S.StopPost) => StopPostTimedOut,
        (TimedOut, S.FinalSigterm) => FinalTermTimedOut,
        (TimedOut, S.FinalSigkill) => FinalKillTimedOut,
        (TimedOut, S.Dead or S.StartChown or S.Listening or S.Running or S.Failed) => Ignore,

        _ => throw new UnreachableException($"{input} in {state}"),
    };
}
