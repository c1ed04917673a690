using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Generators;

/// <summary>What the machine is and has.</summary>
internal static class GeneratorFactsReader
{
    private const int LinkMax = 40;

    private static readonly string[] ProgramPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static GeneratorFacts Read(GeneratorSettings settings) => new()
    {
        HasUnit = name => settings.UnitPath.Any(d => Sys.StatAt(Fd.Cwd, $"{d}/{name}", LibC.AT_SYMLINK_NOFOLLOW).Ok),
        HasProgram = name => ProgramPath.Any(d => Sys.StatAt(Fd.Cwd, $"{d}/{name}").TryGet(out var stat, out _) && ((uint)stat.st_mode & 0x49) != 0),
        Resolve = Resolve,
        InContainer = Virtualization.Container() is not null || OfInit("container") is not null,
    };

    /// <summary>A variable of PID 1's environment: what a container manager says is there.</summary>
    public static string? OfInit(string name)
    {
        if (!Sys.ReadFile("/proc/1/environ").TryGet(out var bytes, out _))
            return null;
        foreach (var entry in Encoding.UTF8.GetString(bytes).Split('\0'))
        {
            if (entry.StartsWith(name + "=", StringComparison.Ordinal))
                return entry[(name.Length + 1)..];
        }
        return null;
    }

    public static IReadOnlyList<string> Consoles() =>
        Sys.ReadFile("/sys/class/tty/console/active", 4096).TryGet(out var bytes, out _)
            ? Encoding.UTF8.GetString(bytes).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(c => !c.Split('/').Contains("..")).ToList()
            : [];

    /// <summary>ioctl TCGETS of a name below /dev.</summary>
    public static unsafe bool IsTerminal(string name)
    {
        if (!Sys.Open($"/dev/{name}", LibC.O_RDWR | LibC.O_NONBLOCK | LibC.O_NOCTTY).TryGet(out var fd, out _))
            return false;
        var termios = stackalloc byte[64];
        var result = Raw.Call(Nr.ioctl, fd.Number, 0x5401, (nint)termios);
        fd.Close();
        return result >= 0;
    }

    /// <summary>The path with its links followed, as far as there is something; what is not there stays as it is.</summary>
    internal static string Resolve(string path)
    {
        var left = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var done = "";
        var links = 0;
        while (left.TryPop(out var part))
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                done = done[..Math.Max(0, done.LastIndexOf('/'))];
                continue;
            }
            if (links < LinkMax && Sys.ReadlinkAt(Fd.Cwd, $"{done}/{part}").TryGet(out var target, out _))
            {
                links++;
                if (target.StartsWith('/'))
                    done = "";
                foreach (var next in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                    left.Push(next);
            }
            else
                done += "/" + part;
        }
        return done.Length == 0 ? "/" : done;
    }
}
