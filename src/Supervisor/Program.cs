using Supervisor.Cli;
using Supervisor.Generators;
using Supervisor.Init;
using Supervisor.Linux;
using Supervisor.Manager;

namespace Supervisor;

/// <summary>Who am I? By PID, by the name I was called, by the first word.</summary>
internal static class Program
{
    private const int UsageError = 2;

    private static int Main(string[] args)
    {
        // what the kernel's command line leaves for init is no word of ours
        if (Environment.ProcessId == 1 && args is not ["run" or "manager" or "journal" or GeneratorProcess.Verb, ..])
            return Keep(ManagerMode.System, args is ["init", .. var options] ? options : []);
        return args switch
        {
            ["run", .. var rest] => Keep(ManagerMode.Nested, rest),
            ["init", .. var rest] => Keep(ManagerMode.System, rest),
            ["manager", .. var rest] => Manage(rest),
            ["journal", .. var rest] => JournalProcess.Run(rest),
            [GeneratorProcess.Verb, .. var rest] => GeneratorProcess.Run(rest),
            ["relay", var port, var socket] => Relayed(port, socket),
            _ => CommandLine.Run(Path.GetFileName(Environment.GetCommandLineArgs()[0]), args),
        };
    }

    /// <summary>Becomes the keeper; the manager's options are checked here, where the person who wrote them can read the answer.</summary>
    private static int Keep(ManagerMode mode, string[] args)
    {
        var (options, error) = ManagerOptions.Parse(args, mode);
        if (options is null)
        {
            _ = Sys.WriteAll(new Fd(2), System.Text.Encoding.UTF8.GetBytes($"supervisor: {error}\n"));
            return UsageError;
        }
        if (options.Test)
            return TestRun.Run(options);
        string[] system = options.Mode == ManagerMode.System ? ["--system"] : [];
        return Keeper.Run(new KeeperOptions { ManagerArguments = ["manager", .. system, .. args] });
    }

    private static int Relayed(string port, string socket)
    {
        _ = Sys.WriteAll(new Fd(2), System.Text.Encoding.UTF8.GetBytes(Relay.Run(port, socket) + "\n"));
        return 1;
    }

    private static int Manage(string[] args)
    {
        var (options, error) = ManagerOptions.Parse(args, ManagerMode.Nested);
        if (options is not null)
            return ManagerProcess.Run(options);
        _ = Sys.WriteAll(new Fd(2), System.Text.Encoding.UTF8.GetBytes($"supervisor: {error}\n"));
        return UsageError;
    }
}
