namespace Supervisor.Engine;

// The life of a service
// =====================
//
//   dead ─► preparing ─► condition ─► start-pre ─► start ─► start-post ─► running ─► stop ─► stop-sigterm ─► stop-sigkill ─► stop-post ─► final-sigterm ─► …
//     ▲                                                                     │ ▲                                                                    │
//     │                                                             reload ◄┘ │                                                                    │
//     └── auto-restart ◄── failed ◄────────────────────────────────────────────────────────────────────────────────────────────────── final-sigkill
//
// Going up. `preparing` waits for the resources (image, user, directories, cgroup); no process of the unit exists before they are there. Then each group of
// commands in turn, one command at a time: ExecCondition= (`condition`), ExecStartPre= (`start-pre`), ExecStart= (`start`), ExecStartPost= (`start-post`).
// A group without commands is passed over. `start` ends, by Type=:
//   simple, exec   when the process runs (its execve succeeded)
//   idle           the same; the process is not made before nothing else is going on, or 5 s have passed
//   dbus           when BusName= has an owner on the bus
//   oneshot        when the last command has ended well
//   notify, notify-reload   when the service says READY=1
//   forking        when the command has ended well and the main process is known, or cannot be known
// Then `running` while there is a main process (or, when it is not known or ExitType=cgroup says so, any process); `exited` when there is none and RemainAfterExit=yes; else on to `stop`.
//
// Reload. ReloadSignal= for notify-reload (`reload-signal` until it says RELOADING=1, `reload-notify` until READY=1), ExecReload= (`reload`), ExecReloadPost=
// (`reload-post`). A reload that fails leaves the service running.
//
// Going down. ExecStop= (`stop`) is run only for a service that had started and did not fail. Then KillSignal= (`stop-sigterm`; `stop-watchdog` with SIGABRT
// when the watchdog barked), FinalKillSignal= (`stop-sigkill`) for what did not heed it, ExecStopPost= (`stop-post`), and the same two signals again for what
// that left (`final-sigterm`, `final-sigkill`). A step with nothing to wait for is passed over. A command that fails or takes longer than the timeout of its
// state leads to `stop-sigterm`; a state that takes too long leads to the next, harder one; the last one ends although a process may be left, and says so.
//
// The end is `dead`, or `failed` when the result is neither success nor exec-condition; and from there at once `auto-restart` when Restart= says so.
//
// Precedence. The first thing that went wrong is the result, later ones do not replace it. A stop that was asked for forbids the restart. Which restart:
// RestartPreventExitStatus= before RestartForceExitStatus= before Restart=. The start limit is asked before conditions are, and a start that it refuses makes
// the unit `failed` without another restart.
//
// A process that was asked for and is not there yet counts as alive. When it appears in a state that kills, the signal of that state is sent again.

/// <summary>Sub-states of a service, in systemd's words; `preparing` is ours.</summary>
internal enum ServiceState
{
    Dead,

    /// <summary>Waits for image, user, directories, cgroup.</summary>
    Preparing,
    Condition,
    StartPre,
    Start,
    StartPost,
    Running,

    /// <summary>No process is left and the service counts as running (RemainAfterExit=).</summary>
    Exited,

    /// <summary>An ExecReload= command runs.</summary>
    Reload,

    /// <summary>ReloadSignal= was sent, and the service has not yet said RELOADING=1.</summary>
    ReloadSignal,

    /// <summary>The service said RELOADING=1 and not yet READY=1.</summary>
    ReloadNotify,

    /// <summary>An ExecReloadPost= command runs.</summary>
    ReloadPost,
    Stop,
    StopWatchdog,
    StopSigterm,
    StopSigkill,
    StopPost,
    FinalSigterm,
    FinalSigkill,
    Failed,

    /// <summary>Waits for RestartSec=, then for the restart job.</summary>
    AutoRestart,
}

internal static class ServiceStates
{
    private static readonly string[] Words =
    [
        "dead", "preparing", "condition", "start-pre", "start", "start-post", "running", "exited", "reload", "reload-signal", "reload-notify", "reload-post", "stop", "stop-watchdog",
        "stop-sigterm", "stop-sigkill", "stop-post", "final-sigterm", "final-sigkill", "failed", "auto-restart",
    ];

    public static string Word(ServiceState state) => Words[(int)state];

    public static bool TryParse(string word, out ServiceState state)
    {
        state = (ServiceState)Math.Max(Array.IndexOf(Words, word), 0);
        return Words[(int)state] == word;
    }

    public static ActiveState Active(ServiceState state) => state switch
    {
        ServiceState.Dead => ActiveState.Inactive,
        ServiceState.Failed => ActiveState.Failed,
        ServiceState.Running or ServiceState.Exited => ActiveState.Active,
        ServiceState.Reload or ServiceState.ReloadSignal or ServiceState.ReloadNotify or ServiceState.ReloadPost => ActiveState.Reloading,
        <= ServiceState.StartPost or ServiceState.AutoRestart => ActiveState.Activating,
        _ => ActiveState.Deactivating,
    };

    /// <summary>The states in which the watchdog is awake.</summary>
    public static bool IsWatched(ServiceState state) => state == ServiceState.StartPost || IsUp(state);

    /// <summary>The states that RuntimeMaxSec= counts.</summary>
    public static bool IsUp(ServiceState state) => state == ServiceState.Running || Active(state) == ActiveState.Reloading;
}
