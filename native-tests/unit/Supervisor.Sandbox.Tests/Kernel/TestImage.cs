using Supervisor.Linux;

namespace Supervisor.Sandbox.Tests.Kernel;

/// <summary>A small image with busybox, as a directory and as a mounted squashfs file.</summary>
internal sealed class TestImage : IDisposable
{
    private readonly string _file;

    /// <summary>Builds it; <paramref name="change"/> gets the tree before it becomes a file.</summary>
    public TestImage(Rig rig, Action<string>? change = null)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mksquashfs"), "needs mksquashfs (package squashfs-tools)");
        Tree = rig.At("tree");
        foreach (var directory in (string[])["usr/bin", "usr/lib/modules", "etc", "proc", "sys", "dev", "run", "tmp", "var/tmp", "var/lib/app", "var/cache/app", "var/log/app", "root", "home"])
            Directory.CreateDirectory($"{Tree}/{directory}");
        Rig.Shell($"cp {Rig.Tools}/busybox {Tree}/usr/bin/ && chroot {Tree} /usr/bin/busybox --install -s /usr/bin && ln -s usr/bin {Tree}/bin && ln -s /run {Tree}/var/run");
        if (File.Exists($"{Rig.Tools}/probe"))
            File.Copy($"{Rig.Tools}/probe", $"{Tree}/usr/bin/probe");
        File.WriteAllText($"{Tree}/etc/passwd", "root:x:0:0:root:/root:/bin/sh\ninside:x:1:1::/:/bin/false\n");
        File.WriteAllText($"{Tree}/etc/group", "root:x:0:\n");
        File.WriteAllText($"{Tree}/etc/os-release", "ID=test\n");
        File.WriteAllText($"{Tree}/etc/machine-id", "");
        File.WriteAllText($"{Tree}/etc/resolv.conf", "");
        change?.Invoke(Tree);
        _file = rig.At("image.raw");
        Rig.Shell($"mksquashfs {Tree} {_file} -noappend -quiet -no-progress -all-root");
        var file = Sys.Open(_file, 0).Value;
        var attached = Sys.LoopAttach(file, _file);
        file.Close();
        Assert.True(attached.Ok, attached.Ok ? "" : attached.Error.ToString());
        LoopNumber = attached.Value.Number;
        Mount = Sys.MountDevice("squashfs", $"/dev/loop{LoopNumber}", 7).Value;
        attached.Value.Device.Close();
    }

    public string Tree { get; }

    public Fd Mount { get; }

    public int LoopNumber { get; }

    /// <summary>The service's root is this image.</summary>
    public void Apply(Setup setup)
    {
        setup.Root = new RootSource.Mount("squashfs", $"/dev/loop{LoopNumber}");
        setup.Image = Mount;
        setup.ViewRoot = Mount;
    }

    public void Dispose() => Mount.Close();
}
