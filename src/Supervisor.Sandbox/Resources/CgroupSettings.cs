using System.Globalization;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>One value that a control group is given.</summary>
/// <param name="Controller">Of version 2, such as memory.</param>
/// <param name="File">Such as memory.max.</param>
/// <param name="What">After "cannot": <c>limit its memory to 1048576</c>.</param>
/// <param name="IsLimit">A wall, without which the unit does not start; a share or a protection is only missed.</param>
internal sealed record CgroupSetting(string Controller, string File, string Text, string What, Origin Origin, bool IsLimit)
{
    /// <summary>Where only version 1 has the controller: its name there, and what is written.</summary>
    public (string Controller, string File, string Text)[] Version1 { get; init; } = [];
}

/// <summary>What a unit says about its control group, as files and texts (the kernel's Documentation/admin-guide/cgroup-v2.rst).</summary>
internal static class CgroupSettings
{
    private const ulong Infinity = ulong.MaxValue;

    public static List<CgroupSetting> Of(Unit unit, IReadOnlySet<string> leftOut, out Failure? failure)
    {
        failure = null;
        var u = new UnitView(unit, leftOut);
        var list = new List<CgroupSetting>();
        if (u.Get(Directives.TasksMax) is { Value: { } tasks } max)
            list.Add(new("pids", "pids.max", Text(tasks), $"limit it to {Text(tasks)} tasks", max.Origin, true) { Version1 = [("pids", "pids.max", Text(tasks))] });
        Processors(u, list);
        Memory(u, list);
        if (u.Get(Directives.IOWeight) is { Value: { } weight } io)
            list.Add(new("io", "io.weight", $"default {weight}", $"give it the input and output weight {weight}", io.Origin, false));
        foreach (var (row, file, key, limit) in ((Directive<IReadOnlyList<Sourced<DeviceAmount>>>, string, string, bool)[])
        [
            (Directives.IODeviceWeight, "io.weight", "", false), (Directives.IODeviceLatencyTargetSec, "io.latency", "target=", false), (Directives.IOReadBandwidthMax, "io.max", "rbps=", true),
            (Directives.IOWriteBandwidthMax, "io.max", "wbps=", true), (Directives.IOReadIOPSMax, "io.max", "riops=", true), (Directives.IOWriteIOPSMax, "io.max", "wiops=", true),
        ])
        {
            foreach (var item in u.Get(row).Value)
            {
                var what = $"set {row.Name}= of {item.Value.Path}";
                if (Device(item.Value.Path).TryGet(out var device, out var error))
                    list.Add(new("io", file, $"{device} {key}{Text(item.Value.Value)}", what, item.Origin, limit));
                else if (limit)
                    failure ??= new Failure($"cannot {what}", error, item.Origin, Launch.ExitStatus.Cgroup);
            }
        }
        if (u.Get(Directives.AllowedCPUs) is { Value: { Count: > 0 } processors } cpus)
            list.Add(new("cpuset", "cpuset.cpus", $"{processors}", $"keep it to processors {processors}", cpus.Origin, true));
        if (u.Get(Directives.AllowedMemoryNodes) is { Value: { Count: > 0 } nodes } mems)
            list.Add(new("cpuset", "cpuset.mems", $"{nodes}", $"keep it to memory nodes {nodes}", mems.Origin, true));
        if (u.Get(Directives.CPUSetPartition) is { Value: { } kind } partition)
            list.Add(new("cpuset", "cpuset.cpus.partition", kind, $"make its processors a partition of kind {kind}", partition.Origin, true));
        return list;
    }

    private static void Processors(UnitView u, List<CgroupSetting> list)
    {
        if (u.Get(Directives.CPUWeight) is { Value: { } weight } share)
        {
            // shares are 1024 where weights are 100
            list.Add(weight == 0
                ? new("cpu", "cpu.idle", "1", "let it run when nobody else does", share.Origin, false) { Version1 = [("cpu", "cpu.shares", "2")] }
                : new("cpu", "cpu.weight", $"{weight}", $"give it the processor weight {weight}", share.Origin, false) { Version1 = [("cpu", "cpu.shares", $"{Math.Max(2, weight * 1024 / 100)}")] });
        }
        if (u.Get(Directives.CPUQuota) is not { Value: { } percent } quota)
            return;
        // the kernel takes periods from 1 ms to 1 s, and quotas from 1 ms on
        var period = Math.Clamp(u.Get(Directives.CPUQuotaPeriodSec).Value.Microseconds, 1_000, 1_000_000);
        var time = Math.Max(1_000, (ulong)(period * percent / 100));
        list.Add(new("cpu", "cpu.max", $"{time} {period}", $"limit it to {percent.ToString(CultureInfo.InvariantCulture)}% of a processor", quota.Origin, true)
        {
            Version1 = [("cpu", "cpu.cfs_period_us", $"{period}"), ("cpu", "cpu.cfs_quota_us", $"{time}")],
        });
    }

    private static void Memory(UnitView u, List<CgroupSetting> list)
    {
        Amount(Directives.MemoryMin, "memory.min", "keep memory for it", false);
        Amount(Directives.MemoryLow, "memory.low", "leave memory to it", false);
        Amount(Directives.MemoryHigh, "memory.high", "slow it down above an amount of memory", false);
        Amount(Directives.MemoryMax, "memory.max", "limit its memory", true, "memory.limit_in_bytes");
        Amount(Directives.MemorySwapMax, "memory.swap.max", "limit its swap", true);
        Amount(Directives.MemoryZSwapMax, "memory.zswap.max", "limit its compressed memory", true);
        if (u.Get(Directives.MemoryZSwapWriteback) is { Value: { } writeback } zswap)
            list.Add(new("memory", "memory.zswap.writeback", writeback ? "1" : "0", writeback ? "let its compressed pages go to the disk" : "keep its compressed pages in memory", zswap.Origin, false));

        void Amount(Directive<ulong?> row, string file, string what, bool limit, string? old = null)
        {
            if (u.Get(row) is { Value: { } bytes } setting)
                list.Add(new("memory", file, Text(bytes), $"{what} ({Text(bytes)})", setting.Origin, limit) { Version1 = old is null ? [] : [("memory", old, bytes == Infinity ? "-1" : $"{bytes}")] });
        }
    }

    /// <summary>MAJOR:MINOR of a block device, or of the one that a file is on; of a partition its disk, which is what the kernel counts by.</summary>
    private static OsResult<string> Device(string path)
    {
        if (!Sys.StatAt(Fd.Cwd, path).TryGet(out var stat, out var error))
            return error;
        var number = ((uint)stat.st_mode & 0xF000) == 0x6000 ? (ulong)stat.st_rdev : (ulong)stat.st_dev;
        var device = $"{(number >> 8 & 0xFFF) | (number >> 32 & ~0xFFFUL)}:{(number & 0xFF) | (number >> 12 & ~0xFFUL)}";
        if (device.StartsWith("0:", StringComparison.Ordinal))
            return new OsError(Errno.ENOTBLK, "stat", path);
        return Sys.Exists($"/sys/dev/block/{device}/partition") && Sys.ReadFile($"/sys/dev/block/{device}/../dev").TryGet(out var disk, out _)
            ? System.Text.Encoding.ASCII.GetString(disk).Trim()
            : device;
    }

    private static string Text(ulong value) => value == Infinity ? "max" : value.ToString(CultureInfo.InvariantCulture);
}
