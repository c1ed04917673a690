using System.Globalization;
using System.IO.Enumeration;
using System.Text;
using Supervisor.Linux;
using Supervisor.Sandbox.Firewall;
using Supervisor.Units;

namespace Supervisor.Sandbox.Devices;

/// <summary>DevicePolicy= and DeviceAllow= (systemd.resource-control(5)) → a program that the kernel asks at each open and mknod of a device in a cgroup.</summary>
public static class DeviceFilter
{
    private const string All = "rwm";

    /// <summary>What DevicePolicy=closed leaves besides: devices without anything behind them, and terminals.</summary>
    private static readonly DeviceRule[] Harmless =
    [
        new("/dev/null", All), new("/dev/zero", All), new("/dev/full", All), new("/dev/random", All), new("/dev/urandom", All), new("/dev/tty", All), new("/dev/ptmx", All),
        new("char-pts", "rw"),
    ];

    /// <summary>Puts the filter at the unit's cgroup, where it asks for one; null when it holds, or none is asked for.</summary>
    public static Failure? Attach(Unit unit, UnitCgroup cgroup)
    {
        var policy = unit.Get(Directives.DevicePolicy);
        var allow = unit.Get(Directives.DeviceAllow);
        if (policy.Value == DevicePolicy.Auto && allow.Value.Count == 0)
            return null;
        const string attempt = "cannot filter the service's devices";
        var origin = policy.Value != DevicePolicy.Auto ? policy.Origin : allow.Origin;
        if (!cgroup.Open().TryGet(out var fd, out var error))
            return new Failure(attempt, error, origin, Launch.ExitStatus.Bpf);
        var rules = allow.Value.Select(r => r.Value).Concat(policy.Value == DevicePolicy.Strict ? [] : Harmless);
        var code = Program(rules.SelectMany(Resolve));
        OsResult result = Sys.BpfLoad(Sys.BPF_PROG_TYPE_CGROUP_DEVICE, Sys.BPF_CGROUP_DEVICE, code, "sv_devices").TryGet(out var program, out error)
            ? Sys.BpfAttach(program, fd, Sys.BPF_CGROUP_DEVICE, Sys.BPF_F_ALLOW_MULTI)
            : error;
        program.Close();
        fd.Close();
        return result.Failed(out error) ? new Failure(attempt, error, origin, Launch.ExitStatus.Bpf) : null;
    }

    internal static byte[] Program(IEnumerable<DeviceMatch> matches)
    {
        var code = new Assembler();
        code.LoadDevice();
        foreach (var match in matches)
            code.AllowDevice(match);
        code.Return(false);
        return code.ToBytes();
    }

    /// <summary>What a rule means on this machine now; a device that is not there means nothing.</summary>
    internal static IEnumerable<DeviceMatch> Resolve(DeviceRule rule)
    {
        var access = (rule.Access.Contains('m') ? 1 : 0) | (rule.Access.Contains('r') ? 2 : 0) | (rule.Access.Contains('w') ? 4 : 0);
        if (rule.Device.StartsWith('/'))
        {
            if (Sys.StatAt(Fd.Cwd, rule.Device).TryGet(out var stat, out _) && ((uint)stat.st_mode & 0xF000) is 0x2000 or 0x6000)
            {
                var device = (ulong)stat.st_rdev;
                yield return new(((uint)stat.st_mode & 0xF000) == 0x6000, (int)(device >> 8 & 0xfff), (int)(device & 0xff | device >> 12 & 0xfff00), access);
            }
            yield break;
        }
        var isBlock = rule.Device.StartsWith("block-", StringComparison.Ordinal);
        var name = rule.Device[(isBlock ? 6 : 5)..];
        if (name == "*")
        {
            yield return new(isBlock, -1, -1, access);
            yield break;
        }
        foreach (var major in Majors(isBlock, name))
            yield return new(isBlock, major, -1, access);
    }

    /// <summary>Numbers of drivers in /proc/devices, by their name or a pattern of it.</summary>
    private static List<int> Majors(bool isBlock, string name)
    {
        var found = new List<int>();
        var inBlock = false;
        foreach (var line in Sys.ReadFile("/proc/devices").TryGet(out var bytes, out _) ? Encoding.ASCII.GetString(bytes).Split('\n') : [])
        {
            if (line.EndsWith("devices:", StringComparison.Ordinal))
                inBlock = line.StartsWith("Block", StringComparison.Ordinal);
            else if (inBlock == isBlock && line.Trim().Split(' ', 2) is [var number, var driver] && FileSystemName.MatchesSimpleExpression(name, driver.Trim(), ignoreCase: false)
                && int.TryParse(number, CultureInfo.InvariantCulture, out var major))
                found.Add(major);
        }
        return found;
    }
}

/// <summary>Devices of one kind.</summary>
/// <param name="Major">-1 for any.</param>
/// <param name="Minor">-1 for any.</param>
/// <param name="Access">BPF_DEVCG_ACC_*: 1 mknod, 2 read, 4 write.</param>
internal readonly record struct DeviceMatch(bool IsBlock, int Major, int Minor, int Access);
