using Supervisor.Init;
using Supervisor.Linux;

namespace Supervisor.Init.Host;

/// <summary>
/// <c>keeper-host keeper SCENARIO DIRECTORY</c> keeps; the keeper starts <c>keeper-host manager SCENARIO DIRECTORY</c>. What the managers see goes into
/// DIRECTORY/log, a line each; what the keeper was at its end into DIRECTORY/keeper.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is not [var role, var scenario, var directory])
            return 64;
        var log = new LogFile(directory);
        return role switch
        {
            "keeper" => Keep(scenario, directory),
            "manager" => Scenarios.Run(scenario, log, directory),
            _ => 64,
        };
    }

    private static int Keep(string scenario, string directory)
    {
        var options = new KeeperOptions { ManagerArguments = ["manager", scenario, directory] };
        if (scenario.StartsWith("vm", StringComparison.Ordinal))
            return Keeper.Run(options); // slow, and alone: the product's own times
        options = options with
        {
            PingInterval = TimeSpan.FromMilliseconds(200),
            PingTimeout = TimeSpan.FromMilliseconds(700),
            StartTimeout = TimeSpan.FromSeconds(scenario == "never-ready" ? 1 : 60),
            KillTimeout = TimeSpan.FromMilliseconds(500),
        };
        var code = Keeper.Run(options);
        var allocated = Keeper.Allocated;
        var end = new LogFile(directory, "keeper");
        end.Line($"allocated {allocated}");
        return code;
    }
}

/// <summary>Lines appended to a file, each in one write.</summary>
internal sealed class LogFile(string directory, string name = "log")
{
    public void Line(string text)
    {
        var fd = Sys.Open($"{directory}/{name}", 0x441, 0x1A4).Value; // O_WRONLY | O_CREAT | O_APPEND
        _ = Sys.WriteAll(fd, System.Text.Encoding.UTF8.GetBytes(text + "\n")).Ok;
        fd.Close();
    }
}
