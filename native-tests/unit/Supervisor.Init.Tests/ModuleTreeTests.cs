namespace Supervisor.Init.Tests;

public sealed class ModuleTreeTests
{
    private const string Dep = """
        kernel/drivers/virtio/virtio.ko:
        kernel/drivers/virtio/virtio_ring.ko: kernel/drivers/virtio/virtio.ko
        kernel/drivers/virtio/virtio_pci.ko: kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
        kernel/net/core/failover.ko:
        kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
        kernel/drivers/net/virtio-net.ko.xz: kernel/drivers/net/net_failover.ko kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko kernel/net/core/failover.ko
        extra/ring-a.ko: extra/ring-b.ko
        extra/ring-b.ko: extra/ring-a.ko

        no colon here
        """;

    private readonly ModuleTree _tree = ModuleTree.Parse("/lib/modules/6", Dep, "kernel/fs/squashfs.ko\n");

    [Fact]
    public void What_a_module_needs_comes_before_it_and_each_comes_once()
    {
        var unknown = new List<string>();
        var order = _tree.Order(["virtio-net", "virtio_pci", "virtio_net"], unknown).Select(m => m.Name).ToList();
        Assert.Empty(unknown);
        Assert.Equal(order.Count, order.Distinct().Count());
        Assert.Equal(["failover", "net_failover", "virtio", "virtio_net", "virtio_pci", "virtio_ring"], order.Order());
        (string, string)[] before = [("virtio", "virtio_ring"), ("virtio_ring", "virtio_net"), ("failover", "net_failover"), ("net_failover", "virtio_net"), ("virtio_ring", "virtio_pci")];
        Assert.All(before, p => Assert.True(order.IndexOf(p.Item1) < order.IndexOf(p.Item2), $"{p.Item1} before {p.Item2}"));
    }

    [Fact]
    public void Files_are_below_the_directory() =>
        Assert.Equal("/lib/modules/6/kernel/drivers/net/virtio-net.ko.xz", _tree.Order(["virtio_net"], []).Single(m => m.Name == "virtio_net").File);

    [Fact]
    public void What_is_built_in_needs_no_file_and_what_is_not_there_is_said()
    {
        var unknown = new List<string>();
        Assert.Empty(_tree.Order(["squashfs", "nonsense"], unknown));
        Assert.Equal(["nonsense"], unknown);
    }

    [Fact]
    public void A_circle_ends() => Assert.Equal(["ring_a", "ring_b"], _tree.Order(["ring_a"], []).Select(m => m.Name).Order());

    [Fact]
    public void A_real_list_is_understood()
    {
        var directory = Directory.Exists("/lib/modules") ? Directory.GetDirectories("/lib/modules").FirstOrDefault(d => File.Exists($"{d}/modules.dep")) : null;
        if (directory is null)
            Assert.Skip("no kernel with modules is installed");
        var unknown = new List<string>();
        var tree = ModuleTree.Load(directory).Value;
        var all = File.ReadLines($"{directory}/modules.dep").Select(l => Path.GetFileName(l[..l.IndexOf(':')]).Split('.')[0]).ToList();
        var order = tree.Order(all, unknown);
        Assert.Empty(unknown);
        Assert.Equal(all.Select(n => n.Replace('-', '_')).Distinct().Count(), order.Count);
    }
}
