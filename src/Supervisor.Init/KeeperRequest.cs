namespace Supervisor.Init;

/// <summary>What a signal to the keeper asks of the manager.</summary>
public enum KeeperRequest
{
    /// <summary>Nothing that exists here.</summary>
    None,

    /// <summary>Stop everything in order, then end with <see cref="ShutdownKind.Exit"/> 0.</summary>
    StopAll,
    Poweroff,
    Reboot,
    Halt,

    /// <summary>Read the unit files again.</summary>
    Reload,

    /// <summary>Be replaced by a new manager.</summary>
    Reexecute,

    /// <summary>Open log files and sockets anew.</summary>
    Reopen,

    /// <summary>Write the state to the log.</summary>
    Dump,
}

/// <summary>The meaning of signals: systemd(1)'s for PID 1, as far as what they ask for exists; TERM and INT end a nested keeper or a container.</summary>
public static class KeeperSignals
{
    private const int Hup = 1, Int = 2, Quit = 3, Usr1 = 10, Usr2 = 12, Term = 15, Pwr = 30, RtMin = 34;

    public static KeeperRequest Meaning(KeeperMode mode, int signal) => signal switch
    {
        Hup => KeeperRequest.Reload,
        Usr1 => KeeperRequest.Reopen,
        Usr2 => KeeperRequest.Dump,
        Term => mode == KeeperMode.Init ? KeeperRequest.Reexecute : KeeperRequest.StopAll,
        Int => mode == KeeperMode.Init ? KeeperRequest.Reboot : KeeperRequest.StopAll, // the kernel sends INT to the machine's PID 1 for ctrl-alt-del
        Quit => mode == KeeperMode.Init ? KeeperRequest.None : KeeperRequest.StopAll,
        Pwr => mode == KeeperMode.Init ? KeeperRequest.Poweroff : KeeperRequest.StopAll, // LXC stops a container with PWR
        RtMin + 3 => mode == KeeperMode.Init ? KeeperRequest.Halt : KeeperRequest.StopAll, // and docker stops a systemd container with RTMIN+3
        RtMin + 4 => mode == KeeperMode.Init ? KeeperRequest.Poweroff : KeeperRequest.StopAll,
        RtMin + 5 => mode == KeeperMode.Init ? KeeperRequest.Reboot : KeeperRequest.StopAll,
        RtMin + 25 => KeeperRequest.Reexecute,
        _ => KeeperRequest.None,
    };

    /// <summary>What the keeper does at once, without the manager: RTMIN+13, +14, +15 are halt, power off, reboot now.</summary>
    internal static ShutdownKind? Immediate(KeeperMode mode, int signal) => signal switch
    {
        RtMin + 13 => mode == KeeperMode.Init ? ShutdownKind.Halt : ShutdownKind.Exit,
        RtMin + 14 => mode == KeeperMode.Init ? ShutdownKind.Poweroff : ShutdownKind.Exit,
        RtMin + 15 => mode == KeeperMode.Init ? ShutdownKind.Reboot : ShutdownKind.Exit,
        _ => null,
    };
}
