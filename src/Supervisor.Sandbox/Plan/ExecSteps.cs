using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>The end: where it starts, and the program.</summary>
internal static class ExecSteps
{
    private const int O_PATH = 0x200000, O_DIRECTORY = 0x10000;

    public static void WorkingDirectory(PlanScope s)
    {
        var setting = s.Get(Directives.WorkingDirectory);
        var path = setting.Value.Home ? s.Context.Identity.Home ?? "/" : setting.Value.Path ?? "/";
        s.Step("leave the manager's directory", setting.Origin, ExitStatus.Chdir, "/").Chdir("/");
        if (path != "/")
        {
            s.Step($"work in {path}", setting.Origin, ExitStatus.Chdir, path);
            // From "/" as the root of the walk, and through no magic link: never a directory that only a descriptor leads to.
            var onError = setting.Value.Optional ? OnError.SkipStep(Errno.ENOENT, Errno.ENOTDIR) : default;
            var directory = s.Builder.OpenInRoot(PlanBuilder.Cwd, path, O_PATH | O_DIRECTORY, onError: onError);
            s.Builder.Fchdir(directory, setting.Value.Optional ? OnError.IgnoreAll : default).Close(directory);
        }
        var umask = s.Get(Directives.UMask);
        s.Step($"set the file mode mask to 0{Convert.ToString(umask.Value, 8)}", umask.Origin, ExitStatus.Exec).Umask(umask.Value);
    }

    /// <summary>Texts with the process's own number, while getpid(2) is allowed.</summary>
    public static void PrepareTexts(PlanScope s)
    {
        s.Step("note its process number", s.Command.Origin, ExitStatus.Exec);
        Note(Registers.ExecPid, "SYSTEMD_EXEC_PID=");
        if (s.Context.Passed > 0)
            Note(Registers.ListenPid, "LISTEN_PID=");
        if (s.Get(Directives.WatchdogSec).Value is { Microseconds: not 0, IsInfinite: false })
            Note(Registers.WatchdogPid, "WATCHDOG_PID=");

        void Note(PlanRegister text, string prefix) => s.Builder.Call("getpid", null, PlanOperation.FormatPid, default, s.Use(text), prefix.Length);
    }

    public static void Execute(PlanScope s)
    {
        var command = s.Command;
        s.Step($"execute {command.Path}", command.Origin, ExitStatus.Exec, command.Path);
        // A filter has done this already: it need not allow rt_sigprocmask(2).
        if (!s.Filtered)
            s.Builder.SetSignalMask(0);
        var paths = command.Path.Contains('/') ? [command.Path] : EnvironmentDefaults.SearchPathOf(s).Split(':').Select(d => $"{d}/{command.Path}").ToArray();
        for (var i = 0; i < paths.Length; i++)
        {
            s.Builder.Call("execve", paths[i], Nr.execve, i < paths.Length - 1 ? OnError.Ignore(Errno.ENOENT, Errno.ENOTDIR) : default,
                paths[i], s.Use(Registers.Arguments), s.Use(Registers.Environment));
        }
    }
}
