namespace Supervisor.Units;

/// <summary>What the control group of a service gets of the machine (systemd.resource-control(5)).</summary>
public static partial class Directives
{
    public static readonly Directive<uint?> CPUWeight = Weight("CPUWeight", 232, "Its share of the processors", idle: true);

    public static readonly Directive<decimal?> CPUQuota =
        new() { Section = "Service", Name = "CPUQuota", Default = null, Parse = Syntax.Percentage(), Since = 213, Help = "Processor time that it may use, 100% for one processor" };

    public static readonly Directive<Duration> CPUQuotaPeriodSec =
        new() { Section = "Service", Name = "CPUQuotaPeriodSec", Default = Duration.Milliseconds(100), Parse = Syntax.Time(), Since = 242, Help = "The time in which CPUQuota= is counted" };

    public static readonly Directive<ulong?> MemoryMin = Memory("MemoryMin", 240, "Memory that is kept for it");
    public static readonly Directive<ulong?> MemoryLow = Memory("MemoryLow", 240, "Memory that is left to it");
    public static readonly Directive<ulong?> MemoryHigh = Memory("MemoryHigh", 231, "Memory above which it is slowed down");
    public static readonly Directive<ulong?> MemoryMax = Memory("MemoryMax", 231, "Memory that it may have", Ceiling.Stricter);
    public static readonly Directive<ulong?> MemorySwapMax = Memory("MemorySwapMax", 232, "Swap that it may have", Ceiling.Stricter);
    public static readonly Directive<ulong?> MemoryZSwapMax = Memory("MemoryZSwapMax", 253, "Compressed memory that it may have", Ceiling.Stricter);

    public static readonly Directive<bool?> MemoryZSwapWriteback =
        new() { Section = "Service", Name = "MemoryZSwapWriteback", Default = null, Parse = Syntax.OptionalBool(), Since = 256, Help = "Compressed pages may go to the disk" };

    public static readonly Directive<uint?> IOWeight = Weight("IOWeight", 230, "Its share of input and output", idle: false);

    public static readonly Directive<IReadOnlyList<Sourced<DeviceAmount>>> IODeviceWeight = PerDevice("IODeviceWeight", 230, "Its share of a device", DeviceAmountKind.Weight);
    public static readonly Directive<IReadOnlyList<Sourced<DeviceAmount>>> IOReadBandwidthMax = PerDevice("IOReadBandwidthMax", 230, "Bytes that it may read a second", DeviceAmountKind.Amount);
    public static readonly Directive<IReadOnlyList<Sourced<DeviceAmount>>> IOWriteBandwidthMax = PerDevice("IOWriteBandwidthMax", 230, "Bytes that it may write a second", DeviceAmountKind.Amount);
    public static readonly Directive<IReadOnlyList<Sourced<DeviceAmount>>> IOReadIOPSMax = PerDevice("IOReadIOPSMax", 230, "Reads that it may make a second", DeviceAmountKind.Amount);
    public static readonly Directive<IReadOnlyList<Sourced<DeviceAmount>>> IOWriteIOPSMax = PerDevice("IOWriteIOPSMax", 230, "Writes that it may make a second", DeviceAmountKind.Amount);
    public static readonly Directive<IReadOnlyList<Sourced<DeviceAmount>>> IODeviceLatencyTargetSec = PerDevice("IODeviceLatencyTargetSec", 240, "The latency that it should have on a device", DeviceAmountKind.Time);

    public static readonly Directive<NumberSet> AllowedCPUs =
        new() { Section = "Service", Name = "AllowedCPUs", Default = NumberSet.Empty, Parse = Syntax.Numbers(), Since = 244, Help = "Processors that it may run on" };

    public static readonly Directive<NumberSet> AllowedMemoryNodes =
        new() { Section = "Service", Name = "AllowedMemoryNodes", Default = NumberSet.Empty, Parse = Syntax.Numbers(), Since = 244, Help = "Memory nodes that it may use" };

    public static readonly Directive<string?> CPUSetPartition =
        new()
        {
            Section = "Service", Name = "CPUSetPartition", Default = null, Since = 261, Ceiling = Ceiling.Withheld, Help = "The kind of its partition",
            Parse = Syntax.Words<string?>(("member", "member"), ("root", "root"), ("isolated", "isolated")),
        };

    public static readonly Directive<string?> DelegateSubgroup =
        new() { Section = "Service", Name = "DelegateSubgroup", Default = null, Parse = Syntax.GroupName(), Since = 254, Help = "The cgroup below its own that it starts in, with Delegate=" };

    private static Directive<uint?> Weight(string name, int since, string help, bool idle) =>
        new() { Section = "Service", Name = name, Default = null, Parse = Syntax.Weight(idle), Since = since, Help = help };

    private static Directive<ulong?> Memory(string name, int since, string help, Ceiling ceiling = Ceiling.Free) =>
        new() { Section = "Service", Name = name, Default = null, Parse = Syntax.Memory(), Since = since, Ceiling = ceiling, Help = help };

    private static Directive<IReadOnlyList<Sourced<DeviceAmount>>> PerDevice(string name, int since, string help, DeviceAmountKind kind) =>
        new() { Section = "Service", Name = name, Default = [], Parse = Syntax.DeviceAmounts(kind), Since = since, Help = help };

    private static void RegisterCgroup()
    {
        DirectiveTable.Add(CPUWeight);
        DirectiveTable.Add(CPUQuota);
        DirectiveTable.Add(CPUQuotaPeriodSec);
        DirectiveTable.Add(MemoryMin);
        DirectiveTable.Add(MemoryLow);
        DirectiveTable.Add(MemoryHigh);
        DirectiveTable.Add(MemoryMax);
        DirectiveTable.Add(MemorySwapMax);
        DirectiveTable.Add(MemoryZSwapMax);
        DirectiveTable.Add(MemoryZSwapWriteback);
        DirectiveTable.Add(IOWeight);
        DirectiveTable.Add(IODeviceWeight);
        DirectiveTable.Add(IOReadBandwidthMax);
        DirectiveTable.Add(IOWriteBandwidthMax);
        DirectiveTable.Add(IOReadIOPSMax);
        DirectiveTable.Add(IOWriteIOPSMax);
        DirectiveTable.Add(IODeviceLatencyTargetSec);
        DirectiveTable.Add(AllowedCPUs);
        DirectiveTable.Add(AllowedMemoryNodes);
        DirectiveTable.Add(CPUSetPartition);
        DirectiveTable.Add(DelegateSubgroup);
    }
}
