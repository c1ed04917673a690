namespace Supervisor.Engine;

// The life of a socket unit
// =========================
//
//   dead ─► preparing ─► start-pre ─► start-chown ─► start-post ─► listening ◄─► running
//     ▲                      │                           │             │ ▲
//     │                      ▼                           ▼             ▼ │
//     └── final-sigkill ◄── final-sigterm ◄── stop-post ◄── stop-pre   deferred
//                                                 ▲           ▼
//                                  stop-pre-sigkill ◄── stop-pre-sigterm
//
// Going up. `preparing` waits for what commands need (cgroup, namespaces, user) and is passed over without commands, as every state below is that has none. `start-pre`:
// ExecStartPre=. `start-chown`: the sockets are opened and given to their owners. `start-post`: ExecStartPost=.
//
// `listening`: bound and watched. Without Accept= the first who comes has the service started, and the socket is `running` while the service is up or on its way: it has the
// sockets, and they are not watched. When the service is down again (or waits for its restart), back to `listening`, since clients may wait. With Accept= the socket stays
// `listening`: each connection is accepted here and given to a service of its own.
//
// `deferred`: somebody came, and starting the service would stop something that runs (DeferTrigger=): the start is put off until nothing is in the way. With yes that is as long as
// there are jobs, with patient as long as DeferTriggerMaxSec= allows; then the socket fails.
//
// Limits. TriggerLimit…= makes the socket fail, before the service is asked for: a service that will not start although clients come would make a loop. PollLimit…= only pauses:
// nobody looks at the sockets until the interval is over. A connection beyond MaxConnections= or MaxConnectionsPerSource= is closed.
//
// Going down. `stop-pre`: ExecStopPre=. Then the sockets are closed. `stop-post`: ExecStopPost=. What is left of commands gets KillSignal= and FinalKillSignal= (`final-…`). A command
// that takes too long gets the same two signals at once. The first thing that went wrong is the result.

/// <summary>Sub-states of a socket unit, in systemd's words; `preparing` is ours.</summary>
internal enum SocketState
{
    Dead,
    Preparing,
    StartPre,
    StartChown,
    StartPost,
    Listening,
    Deferred,
    Running,
    StopPre,
    StopPreSigterm,
    StopPreSigkill,
    StopPost,
    FinalSigterm,
    FinalSigkill,
    Failed,
}

internal static class SocketStates
{
    private static readonly string[] Words =
    [
        "dead", "preparing", "start-pre", "start-chown", "start-post", "listening", "deferred", "running", "stop-pre", "stop-pre-sigterm", "stop-pre-sigkill", "stop-post", "final-sigterm",
        "final-sigkill", "failed",
    ];

    public static string Word(SocketState state) => Words[(int)state];

    public static SocketState Parse(string word) => (SocketState)Math.Max(Array.IndexOf(Words, word), 0);

    public static ActiveState Active(SocketState state) => state switch
    {
        SocketState.Dead => ActiveState.Inactive,
        SocketState.Failed => ActiveState.Failed,
        SocketState.Listening or SocketState.Deferred or SocketState.Running => ActiveState.Active,
        <= SocketState.StartPost => ActiveState.Activating,
        _ => ActiveState.Deactivating,
    };

    /// <summary>The states in which the sockets are there.</summary>
    public static bool IsOpen(SocketState state) => state is >= SocketState.StartPost and <= SocketState.StopPreSigkill;
}
