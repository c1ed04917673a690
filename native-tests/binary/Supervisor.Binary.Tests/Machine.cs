namespace Supervisor.Binary.Tests;

/// <summary>What the tests run with: the published binary, the images, and what this machine has.</summary>
internal static class Machine
{
    public static string Top { get; } = FindTop();

    public static string Supervisor { get; } = Path.Combine(Top, "out/supervisor");

    public static string Busybox { get; } = new[] { "/bin/busybox", "/usr/bin/busybox" }.First(File.Exists);

    /// <summary>The programs in busybox, itself left out.</summary>
    public static IReadOnlyList<string> Applets { get; } =
        [.. Command.Run(Busybox, "--list").Succeeded().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(a => a != "busybox")];

    public static string Probe { get; } = Path.Combine(AppContext.BaseDirectory, "probe");

    public static string NginxImage { get; } = Path.Combine(Top, "images/nginx.raw");

    public static string RedisImage { get; } = Path.Combine(Top, "images/redis.raw");

    /// <summary>The root of the cgroup v2 tree: the mount of type cgroup2, wherever it is.</summary>
    public static string CgroupRoot { get; } = File.ReadLines("/proc/self/mountinfo")
        .Where(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal)).Select(line => line.Split(' ')[4]).First();

    /// <summary>In the version 2 tree, or in one of version 1.</summary>
    public static bool HasController(string name) =>
        File.ReadLines("/proc/self/mountinfo").Any(line => line.Contains(" - cgroup ", StringComparison.Ordinal) && line.Split(' ')[^1].Split(',').Contains(name)) ||
        File.ReadAllText(Path.Combine(CgroupRoot, "cgroup.controllers")).Split(' ', '\n').Contains(name);

    private static string FindTop()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Supervisor.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("the tests must run inside the work tree");
        return directory.FullName;
    }
}
