namespace Supervisor.Binary.Tests;

/// <summary>Images that are damaged, incomplete or hostile: one clear sentence, a status that is not 0, and nothing left behind.</summary>
public sealed class BadImageTests : IDisposable
{
    private readonly Nested _host = Nested.Start();

    public void Dispose() => _host.Dispose();

    private Outcome Refused(string image, params string[] fragments)
    {
        var before = _host.Files();
        var descriptors = Witness.Descriptors(_host, _host.ManagerPid).Count;
        var outcome = _host.Supervisor("attach", image).Failed().Says(fragments).SaysNot("Exception", "   at ");
        Assert.InRange(outcome.All.TrimEnd().Split('\n').Length, 1, 4);
        Assert.Equal(before, _host.Files());
        Assert.Empty(Witness.LoopDevices(_host.ImageDirectory["/run".Length..]));
        Command.Until(() => Witness.Descriptors(_host, _host.ManagerPid).Count == descriptors, "the manager has closed the client's connection, and nothing else is open");
        return outcome;
    }

    /// <summary>What cannot be seen before the program runs is told by the start; what can, by attach. Either way nothing stays.</summary>
    private void RefusedOrNotStarted(ImageTree tree, string name, params string[] fragments)
    {
        var image = _host.Image(tree, name + ".raw");
        var before = _host.Files();
        var outcome = _host.Supervisor("attach", image);
        if (outcome.Status == 0)
        {
            outcome = _host.Supervisor("start", name).Failed();
            _host.Supervisor("detach", "--now", name).Succeeded();
        }
        outcome.Failed().Says(fragments);
        Assert.Equal(before, _host.Files());
        Assert.Empty(Witness.LoopDevices(_host.ImageDirectory["/run".Length..]));
        Assert.DoesNotContain(_host.Cgroups(), c => c.StartsWith(name, StringComparison.Ordinal));
    }

    private string Damaged(string name, Func<byte[], byte[]> damage)
    {
        var image = _host.Image(ImageTree.Service("probe", "", "exec sleep 1000"), name);
        File.WriteAllBytes(_host.At(image), damage(File.ReadAllBytes(_host.At(image))));
        return image;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(96)]
    [InlineData(5000)]
    [InlineData(500_000)]
    public void Truncated(int length) => Refused(Damaged("probe.raw", bytes => bytes[..length]), "probe.raw");

    [Fact]
    public void Without_its_last_page() => Refused(Damaged("probe.raw", bytes => bytes[..^4096]), "probe.raw");

    [Theory]
    [InlineData(0, 0x00)] // magic
    [InlineData(22, 63)] // block_log
    [InlineData(20, 99)] // compression
    [InlineData(28, 9)] // version
    public void Bad_superblock(int offset, byte value)
    {
        Refused(
            Damaged("probe.raw", bytes =>
            {
                bytes[offset] = value;
                return bytes;
            }),
            "probe.raw");
    }

    [Fact]
    public void Not_an_image_at_all()
    {
        File.WriteAllText(_host.At(_host.ImageDirectory + "/probe.raw"), new string('x', 100_000));
        Refused(_host.ImageDirectory + "/probe.raw", "probe.raw");
    }

    [Fact]
    public void Not_there() => Refused(_host.ImageDirectory + "/none.raw", "none.raw", "ENOENT");

    [Fact]
    public void A_fifo_instead_of_an_image()
    {
        _host.Enter("mkfifo", _host.ImageDirectory + "/probe.raw").Succeeded();
        Refused(_host.ImageDirectory + "/probe.raw", "probe.raw");
    }

    [Fact]
    public void Without_os_release()
    {
        var tree = ImageTree.Service("probe", "", "exec sleep 1000").Without("/usr/lib/os-release").Without("/etc/os-release");
        Refused(_host.Image(tree, "probe.raw"), "probe.raw", "os-release");
    }

    [Fact]
    public void Os_release_without_an_ID()
    {
        var tree = ImageTree.Service("probe", "", "exec sleep 1000").File("/usr/lib/os-release", "PRETTY_NAME=x\n");
        Refused(_host.Image(tree, "probe.raw"), "os-release", "ID");
    }

    [Fact]
    public void Os_release_that_leads_out_of_the_image()
    {
        var tree = ImageTree.Service("probe", "", "exec sleep 1000").Without("/usr/lib/os-release").Without("/etc/os-release")
            .Link("/etc/os-release", "../../../../../../etc/os-release");
        Refused(_host.Image(tree, "probe.raw"), "os-release").SaysNot("Debian");
    }

    [Fact]
    public void Without_a_matching_unit()
    {
        var tree = ImageTree.Minimal("probe").Unit("other.service", "[Service]\nExecStart=/usr/bin/sh\n");
        Refused(_host.Image(tree, "probe.raw"), "probe.raw", "probe");
    }

    [Fact]
    public void A_prefix_that_the_image_does_not_own()
    {
        var tree = ImageTree.Minimal("probe").Unit("ssh.service", "[Service]\nExecStart=/usr/bin/sh\n");
        var image = _host.Image(tree, "probe.raw");
        _host.Supervisor("attach", image, "ssh").Failed().Says("PORTABLE_PREFIXES", "ssh");
    }

    [Theory]
    [InlineData("Restart=sometimes", "Restart=")]
    [InlineData("PrivateTmp=perhaps", "PrivateTmp=")]
    [InlineData("User=0day", "User=")]
    [InlineData("LimitNOFILE=many", "LimitNOFILE=")]
    [InlineData("TimeoutStartSec=5 parsecs", "TimeoutStartSec=")]
    [InlineData("CapabilityBoundingSet=CAP_EVERYTHING", "CapabilityBoundingSet=")]
    [InlineData("SystemCallFilter=@no-such-group", "SystemCallFilter=")]
    [InlineData("StateDirectory=../../etc", "StateDirectory=")]
    [InlineData("ExecStart=relative/path", "ExecStart=")]
    public void A_wrong_value(string line, string directive)
    {
        var tree = ImageTree.Service("probe", line, "exec sleep 1000");
        Refused(_host.Image(tree, "probe.raw"), "probe.service:5", directive);
    }

    [Fact]
    public void A_unit_name_that_is_taken()
    {
        _host.Unit("probe.service", "[Service]\nExecStart=/run/tools/true\n");
        Refused(_host.Image(ImageTree.Service("probe", "", "exec sleep 1000"), "probe.raw"), "probe.service", "/run/supervisor/units/probe.service");
    }

    [Fact]
    public void Attached_twice()
    {
        var image = _host.Image(ImageTree.Service("probe", "", "exec sleep 1000"), "probe.raw");
        _host.Supervisor("attach", image).Succeeded();
        var before = _host.Files();
        _host.Supervisor("attach", image).Failed().Says("probe.service");
        Assert.Equal(before, _host.Files());
    }

    [Fact]
    public void An_executable_that_is_not_there() =>
        RefusedOrNotStarted(
            ImageTree.Minimal("probe").Unit("probe.service", "[Service]\nType=exec\nExecStart=/usr/bin/absent --now\n"), "probe", "/usr/bin/absent", "ExecStart=", "probe.service:3");

    [Fact]
    public void An_executable_that_is_not_executable() =>
        RefusedOrNotStarted(
            ImageTree.Minimal("probe").File("/usr/bin/plain", "text").Unit("probe.service", "[Service]\nType=exec\nExecStart=/usr/bin/plain\n"), "probe", "/usr/bin/plain", "ExecStart=", "probe.service:3");

    [Fact]
    public void An_interpreter_that_is_not_there() =>
        RefusedOrNotStarted(
            ImageTree.Minimal("probe").Without("/usr/bin/sh").Script("/usr/bin/main", "true").Unit("probe.service", "[Service]\nType=exec\nExecStart=/usr/bin/main\n"), "probe", "/usr/bin/main", "ExecStart=", "probe.service:3");

    [Fact]
    public void A_missing_library()
    {
        // nginx needs libcrypt: everything of it but that one library.
        var tree = System.IO.Path.Combine(_host.Scratch, "without");
        Command.Run("unsquashfs", "-q", "-n", "-d", tree, Machine.NginxImage).Succeeded();
        File.Delete(tree + "/usr/lib/x86_64-linux-gnu/libcrypt.so.1");
        Command.Run("mksquashfs", tree, _host.Scratch + "/nginx.raw", "-quiet", "-no-progress", "-all-root").Succeeded();
        var image = _host.Image(_host.Scratch + "/nginx.raw");
        var before = _host.Files();
        var outcome = _host.Supervisor("attach", image);
        if (outcome.Status == 0)
        {
            outcome = _host.Supervisor("start", "nginx").Failed();
            _host.Supervisor("detach", "--now", "nginx").Succeeded();
        }
        outcome.Failed().Says("libcrypt.so.1", "nginx.service:", "ExecStartPre=");
        Assert.DoesNotContain(_host.Files().Except(before), f => !f.Contains(" /state/log", StringComparison.Ordinal));
        Assert.Empty(Witness.LoopDevices(_host.ImageDirectory["/run".Length..]));
    }

    [Fact]
    public void A_fifo_instead_of_a_unit()
    {
        var tree = System.IO.Path.Combine(_host.Scratch, "fifo");
        ImageTree.Minimal("probe").Folder("/usr/lib/systemd/system").Lay(tree);
        Command.Run("mkfifo", tree + "/usr/lib/systemd/system/probe.service", tree + "/etc/none").Succeeded();
        Command.Run("mksquashfs", tree, _host.Scratch + "/probe.raw", "-quiet", "-no-progress", "-all-root").Succeeded();
        Refused(_host.Image(_host.Scratch + "/probe.raw"), "probe.raw");
    }

    [Fact]
    public void A_unit_that_is_a_link_out_of_the_image()
    {
        var tree = ImageTree.Minimal("probe").Folder("/usr/lib/systemd/system").Link("/usr/lib/systemd/system/probe.service", "/etc/passwd/../../run/check/outside.service");
        File.WriteAllText(_host.At("/run/check/outside.service"), "[Service]\nExecStart=/usr/bin/sh\n");
        Refused(_host.Image(tree, "probe.raw"), "probe.raw");
    }
}
