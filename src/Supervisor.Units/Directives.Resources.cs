namespace Supervisor.Units;

/// <summary>What a service may use.</summary>
public static partial class Directives
{
    public static readonly Directive<IReadOnlyList<Sourced<IPPrefix>>> IPAddressAllow =
        new() { Section = "Service", Name = "IPAddressAllow", Default = [], Parse = Syntax.Prefixes(), Since = 235, Ceiling = Ceiling.Withheld, Help = "Addresses that it may talk to all the same" };

    public static readonly Directive<IReadOnlyList<Sourced<IPPrefix>>> IPAddressDeny =
        new() { Section = "Service", Name = "IPAddressDeny", Default = [], Parse = Syntax.Prefixes(), Since = 235, Ceiling = Ceiling.Both, Help = "Addresses that it may not talk to" };

    public static readonly Directive<ulong?> TasksMax =
        new() { Section = "Service", Name = "TasksMax", Default = null, Parse = Syntax.Tasks(), Since = 227, Ceiling = Ceiling.Stricter, Help = "Processes and threads it may have" };

    public static readonly Directive<DevicePolicy> DevicePolicy =
        new()
        {
            Section = "Service", Name = "DevicePolicy", Default = Units.DevicePolicy.Auto, Since = 208, Ceiling = Ceiling.Stricter, Help = "Which devices it may open besides those of DeviceAllow=",
            Parse = Syntax.Words(("auto", Units.DevicePolicy.Auto), ("closed", Units.DevicePolicy.Closed), ("strict", Units.DevicePolicy.Strict)),
        };

    public static readonly Directive<IReadOnlyList<Sourced<DeviceRule>>> DeviceAllow =
        new() { Section = "Service", Name = "DeviceAllow", Default = [], Parse = Syntax.Devices(), Since = 208, Ceiling = Ceiling.Withheld, Help = "Devices that it may open" };

    public static readonly Directive<string?> Slice =
        new() { Section = "Service", Name = "Slice", Default = null, Parse = Syntax.SliceName(), Since = 1, Help = "The slice that it is in" };

    public static readonly Directive<bool> Delegate =
        new() { Section = "Service", Name = "Delegate", Default = false, Parse = Syntax.Delegation(), Since = 1, Ceiling = Ceiling.Withheld, Help = "It manages the control groups below its own" };

    private static void RegisterResources()
    {
        DirectiveTable.Add(IPAddressAllow);
        DirectiveTable.Add(IPAddressDeny);
        DirectiveTable.Add(TasksMax);
        DirectiveTable.Add(Slice);
        DirectiveTable.Add(Delegate);
        DirectiveTable.Add(DevicePolicy);
        DirectiveTable.Add(DeviceAllow);
    }
}
