using System.Globalization;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>What /proc says of one process; every read may find it gone.</summary>
internal static class ProcFs
{
    /// <param name="StartTime">Clock ticks after boot: with the pid it names a process for good (proc(5), field 22).</param>
    internal readonly record struct Stat(string Comm, char State, int ParentPid, ulong StartTime, ulong CpuTicks);

    /// <summary>/proc/PID/stat, null when there is no such process.</summary>
    public static Stat? ReadStat(int pid)
    {
        if (!Sys.ReadFile($"/proc/{pid}/stat", 8192).TryGet(out var bytes, out _))
            return null;
        // "PID (COMM) S PPID …": COMM may hold anything, so the last ')' ends it
        ReadOnlySpan<byte> text = bytes;
        var open = text.IndexOf((byte)'(');
        var close = text.LastIndexOf((byte)')');
        if (open < 0 || close < open)
            return null;
        var fields = Encoding.ASCII.GetString(text[(close + 1)..]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 20
            ? null
            : new Stat(Encoding.UTF8.GetString(text[(open + 1)..close]), fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture),
                Number(fields[19]), Number(fields[11]) + Number(fields[12]));

        static ulong Number(string s) => ulong.Parse(s, CultureInfo.InvariantCulture);
    }

    /// <summary>The command line with its zero bytes as spaces, or "[comm]" for a process without one.</summary>
    public static string CommandLine(int pid)
    {
        if (!Sys.ReadFile($"/proc/{pid}/cmdline").TryGet(out var bytes, out _))
            return "";
        var text = Encoding.UTF8.GetString(bytes.AsSpan().TrimEnd((byte)0)).Replace('\0', ' ');
        return text.Length > 0 ? text : ReadStat(pid) is { } stat ? $"[{stat.Comm}]" : "";
    }

    /// <summary>The cgroup v2 path ("0::/…" of /proc/PID/cgroup), null when the process is gone.</summary>
    public static string? CgroupPath(int pid)
    {
        if (!Sys.ReadFile($"/proc/{pid}/cgroup").TryGet(out var bytes, out _))
            return null;
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            if (line.StartsWith("0::", StringComparison.Ordinal))
                return line[3..];
        }
        return null;
    }

    /// <summary>Resident memory in bytes that is the process's own share (Pss of smaps_rollup, else 0).</summary>
    public static ulong ProportionalMemory(int pid)
    {
        if (!Sys.ReadFile($"/proc/{pid}/smaps_rollup").TryGet(out var bytes, out _))
            return 0;
        foreach (var line in Encoding.ASCII.GetString(bytes).Split('\n'))
        {
            if (line.StartsWith("Pss:", StringComparison.Ordinal))
                return ulong.Parse(line.AsSpan(4).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
        }
        return 0;
    }
}
