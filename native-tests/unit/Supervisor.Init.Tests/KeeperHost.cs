using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Supervisor.Init.Tests;

/// <summary>The published keeper with one of the managers of Host/Scenarios.cs, run to its end in a directory of its own.</summary>
internal sealed class KeeperHost : IDisposable
{
    public KeeperHost(string scenario, bool ownNamespace = false, int count = 0)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("keeper").FullName;
        File.WriteAllText($"{Directory}/count", $"{count}");
        string[] command = [Path.Combine(AppContext.BaseDirectory, "host", "keeper-host"), "keeper", scenario, Directory];
        if (ownNamespace)
            command = ["unshare", "--pid", "--fork", "--mount-proc", .. command];
        Process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardInput = true })!;
    }

    public string Directory { get; }

    public Process Process { get; }

    /// <summary>What the managers saw, once the keeper has ended.</summary>
    public string[] Log { get; private set; } = [];

    /// <summary>What the keeper printed.</summary>
    public string Printed { get; private set; } = "";

    /// <summary>Waits for the end: the exit status. The loop must not have allocated, whatever it went through.</summary>
    public int Finish(int seconds = 60)
    {
        var printed = Process.StandardError.ReadToEndAsync();
        if (!Process.WaitForExit(TimeSpan.FromSeconds(seconds)))
        {
            Process.Kill(entireProcessTree: true);
            Assert.Fail($"did not end within {seconds} s; log:\n{string.Join('\n', Lines("log"))}");
        }
        Printed = printed.GetAwaiter().GetResult();
        Log = Lines("log");
        Assert.True(Lines("keeper") is ["allocated 0"], $"the keeper said {string.Join(", ", Lines("keeper"))}; printed {Printed}");
        return Process.ExitCode;
    }

    /// <summary>Waits until a line of the log begins so.</summary>
    public string WaitFor(string beginning)
    {
        using var watcher = new FileSystemWatcher(Directory, "log");
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < TimeSpan.FromSeconds(30))
        {
            if (Lines("log").FirstOrDefault(l => l.StartsWith(beginning, StringComparison.Ordinal)) is { } line)
                return line;
            watcher.WaitForChanged(WatcherChangeTypes.All, 100);
        }
        throw new TimeoutException($"no line begins with {beginning}");
    }

    /// <summary>The numbers in the first line that begins so.</summary>
    public long[] Numbers(string beginning) =>
        [.. Regex.Matches(Log.First(l => l.StartsWith(beginning, StringComparison.Ordinal)), @"\d+").Select(m => long.Parse(m.Value))];

    private string[] Lines(string name) => File.Exists($"{Directory}/{name}") ? File.ReadAllLines($"{Directory}/{name}") : [];

    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill(entireProcessTree: true);
        Process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
