using System.Text;
using Supervisor.Init;
using Supervisor.Manager;
using Supervisor.Sandbox;
using static Supervisor.Fuzz.BrokenProperty;

namespace Supervisor.Fuzz;

/// <summary>What describes a machine, and what an earlier manager left.</summary>
internal static class MachineTargets
{
    public static Target Appliance { get; } = new("appliance", CheckAppliance)
    {
        LengthMax = 16 * 1024, AllocationPerByte = 8192, AllocationBase = 1 << 20,
        Words = Target.Texts("\nhostname: ", "\nimages:\n  - path: ", "\nnetwork:\n  address: 10.0.2.15/24\n", "\n  - ", ": ", "&a ", "*a", "!!str ", "|\n  ", "[", "{", "\n---\n", "%YAML 1.2\n", "? "),
        Seeds = Target.Texts("hostname: a\nnetwork:\n  address: 10.0.2.15/24\n  gateway: 10.0.2.2\nimages:\n  - path: /a.raw\n    profile: default\nmodules: [a, b]\n"),
    };

    public static Target Modules { get; } = new("modules", input =>
    {
        var text = Encoding.UTF8.GetString(input);
        var zero = text.IndexOf('\0', StringComparison.Ordinal);
        var tree = ModuleTree.Parse("/lib/modules/x", zero < 0 ? text : text[..zero], zero < 0 ? "" : text[(zero + 1)..]);
        var unknown = new List<string>();
        var order = tree.Order(text.Split([' ', '/', ':', '\n', '.'], StringSplitOptions.RemoveEmptyEntries).Take(20), unknown);
        UnlessEqual(order.Count, order.Distinct().Count(), "modules in an order, each once");
    })
    {
        Words = Target.Texts("\na.ko: b.ko", ".ko.xz", ":", " kernel/"), Seeds = Target.Texts("kernel/a.ko: kernel/b.ko\nkernel/b.ko: kernel/a.ko\n\0kernel/c.ko\n"), AllocationPerByte = 4096,
    };

    public static Target Mounts { get; } = new("mountinfo", input =>
    {
        var text = Encoding.UTF8.GetString(input);
        _ = HostFactsReader.RootHasParent(text);
        _ = HostFactsReader.ParseVersion(text);
        _ = TmpfsOf(text);
    })
    {
        Words = Target.Texts(" - ", " / / ", "cgroup2", "\n", "6.18", "size=", "mode="), Seeds = Target.Texts("41 31 0:38 / / rw - rootfs r rw\n", "6.1.0-56-cloud", "mode=0700,size=5M,ro,rw"),
    };

    public static Target SavedState { get; } = new("state", input =>
    {
        if (StateStore.Body(input) is { } body)
            Unless(body.Length == input.Length - 16, "a body of another length");
    })
    { Seeds = Target.Texts("SVSTATE1\0\0\0\0\0\0\0\0") };

    private static int TmpfsOf(string text) => Sandbox.Plan.TmpfsOptions.Parse(text).FileSystem.Count;

    private static void CheckAppliance(byte[] input)
    {
        var (appliance, error) = ApplianceFile.Parse("/etc/appliance.yaml", input);
        Unless(appliance is null == error is not null, "neither an appliance nor an error");
        var lines = input.AsSpan().Count((byte)'\n') + input.AsSpan().Count((byte)'\r') + 2;
        Unless(error is null || error.Line >= 0 && error.Line <= lines, $"a line out of range: {error}");
    }
}
