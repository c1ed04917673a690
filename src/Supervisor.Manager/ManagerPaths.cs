namespace Supervisor.Manager;

/// <summary>Every directory of a manager, derived from its options in this one place.</summary>
public sealed class ManagerPaths(ManagerOptions options)
{
    private bool System => options.Mode == ManagerMode.System;

    public string Runtime => options.RuntimeDirectory;

    public string State => options.StateDirectory;

    public string ControlSocket => $"{Runtime}/control";

    public string NotifySocket => $"{Runtime}/notify";

    public string UnitStates => $"{Runtime}/state";

    /// <summary>There while the first units are still to be started.</summary>
    public string Starting => $"{Runtime}/starting";

    public string JournalDirectory => $"{State}/journal";

    /// <summary>When Persistent= timers last elapsed: the times of files.</summary>
    public string TimerStamps => System ? "/var/lib/systemd/timers" : $"{State}/timers";

    /// <summary>Where attach writes, and where it writes with --runtime.</summary>
    public string Attached => System ? "/etc/systemd/system.attached" : $"{State}/units.attached";

    public string RuntimeAttached => System ? "/run/systemd/system.attached" : $"{Runtime}/units.attached";

    /// <summary>Where generators write: below the administrator's units, above everything, below everything.</summary>
    public (string Normal, string Early, string Late) Generated =>
        System ? ("/run/systemd/generator", "/run/systemd/generator.early", "/run/systemd/generator.late") : ($"{Runtime}/generator", $"{Runtime}/generator.early", $"{Runtime}/generator.late");

    public bool IsGenerated(string directory) => directory == Generated.Normal || directory == Generated.Early || directory == Generated.Late;

    /// <summary>Unit directories, first wins, with those that hold what images brought marked.</summary>
    public IReadOnlyList<(string Path, bool Attached)> UnitPath
    {
        get
        {
            if (System)
            {
                return
                [
                    ("/etc/systemd/system.control", false), ("/run/systemd/system.control", false), ("/run/systemd/transient", false),
                    (Generated.Early, false), ("/etc/systemd/system", false), (Attached, true), ("/run/systemd/system", false),
                    (RuntimeAttached, true), (Generated.Normal, false), ("/usr/local/lib/systemd/system", false),
                    ("/usr/lib/systemd/system", false), ("/lib/systemd/system", false), (Generated.Late, false),
                ];
            }
            var own = options.UnitPath ?? ["/etc/supervisor/units", $"{Runtime}/units"];
            return [(Generated.Early, false), .. own.Select(p => (p, false)), (Attached, true), (RuntimeAttached, true), (Generated.Normal, false), (Generated.Late, false)];
        }
    }
}
