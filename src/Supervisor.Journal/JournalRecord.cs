namespace Supervisor.Journal;

/// <summary>One line that a service (or the manager) wrote, with what is known of its writer. Pid, uid and comm are the kernel's word, never the writer's.</summary>
/// <param name="Realtime">µs since 1970.</param>
/// <param name="Monotonic">µs since boot.</param>
/// <param name="Priority">syslog(3): 0 emergency to 7 debug.</param>
/// <param name="Identifier">SyslogIdentifier=, else the program's name.</param>
/// <param name="Message">The line as it was written, without its end; not escaped.</param>
/// <param name="Extra">LogExtraFields= of the unit, "FIELD=value".</param>
public sealed record JournalRecord(
    ulong Realtime, ulong Monotonic, string Unit, string InvocationId, int Pid, uint Uid, string Comm, int Priority, string Identifier, byte[] Message,
    IReadOnlyList<string> Extra);

/// <summary>What the daemon is told of a stream of lines before its first one.</summary>
/// <param name="Priority">Of lines without a "&lt;N&gt;" prefix.</param>
/// <param name="LevelMax">LogLevelMax=: lines of a higher number are dropped.</param>
public sealed record StreamInfo(string Unit, string InvocationId, string Identifier, int Priority, int LevelMax, IReadOnlyList<string> Extra)
{
    /// <summary>SyslogLevelPrefix=: a line may begin with its own "&lt;N&gt;".</summary>
    public bool ReadsPrefix { get; init; } = true;

    /// <summary>StandardOutput=kmsg: lines go to the kernel's log, too.</summary>
    public bool ToKernelLog { get; init; }

    /// <summary>StandardOutput=journal+console.</summary>
    public bool ToConsole { get; init; }
}
