using Supervisor.Linux;

namespace Supervisor.Units;

/// <summary>Something that could not be done: what was attempted, the system call that failed if one did, and who asked for it.</summary>
/// <param name="Attempt">A sentence that begins with "cannot".</param>
/// <param name="Cause">The system call that failed, if that was it.</param>
/// <param name="Origin">The setting that asked for it.</param>
/// <param name="ExitStatus">systemd's public number for a failed step (200 and up, systemd.exec(5)), 0 when it is none.</param>
public sealed record Failure(string Attempt, OsError? Cause = null, Origin Origin = default, int ExitStatus = 0)
{
    /// <summary>The one form of an error: "cannot mount a private /tmp: mount /tmp: EPERM, operation not permitted — PrivateTmp=, web.service:14".</summary>
    public override string ToString()
    {
        var text = Cause is { } cause ? $"{Attempt}: {cause}" : Attempt;
        return Origin == default ? text : $"{text} — {Origin}";
    }
}
