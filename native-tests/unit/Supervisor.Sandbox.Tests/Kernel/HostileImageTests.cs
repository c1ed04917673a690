using System.Security.Cryptography;
using System.Text;

namespace Supervisor.Sandbox.Tests.Kernel;

/// <summary>
/// Images in which a well-known path leads out of them or is not what it should be. Whether the service starts or not, a tree of the host beside the image stays as it
/// was, to the last mode and time.
/// </summary>
public sealed class HostileImageTests
{
    private static readonly string[] Places =
        ["dev", "proc", "sys", "run", "tmp", "var", "var/tmp", "var/lib", "var/lib/app", "etc", "etc/passwd", "etc/group", "etc/machine-id", "etc/resolv.conf", "root", "home", "usr/lib/modules"];

    public static TheoryData<string, string> Images
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var place in Places)
            {
                foreach (var what in (string[])["absolute link", "relative link", "link to itself", "file", "fifo", "device"])
                    data.Add(place, what);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void The_host_is_not_touched(string place, string what)
    {
        using var rig = new Rig();
        var canary = rig.At("canary");
        Rig.Shell($"mkdir -p {canary}/app {canary}/tmp {canary}/lib/app {canary}/pts {canary}/shm; echo secret > {canary}/file; chmod 640 {canary}/file; cp {canary}/file {canary}/passwd; cp {canary}/file {canary}/null");
        // links that escape point at the canary from wherever they are, or at the file in it where a file belongs
        var isFile = place is "etc/passwd" or "etc/group" or "etc/machine-id" or "etc/resolv.conf";
        var target = isFile ? $"{canary}/file" : canary;
        var up = string.Concat(Enumerable.Repeat("../", 12));
        using var image = new TestImage(rig, tree => Rig.Shell($"cd {tree} && mkdir -p $(dirname {place}) && rm -rf {place} && " + what switch
        {
            "absolute link" => $"ln -s {target} {place}",
            "relative link" => $"ln -s {up}{target[1..]} {place}",
            "link to itself" => $"ln -s $(basename {place}) {place}",
            "file" => $": > {place}",
            "fifo" => $"mkfifo {place}",
            _ => $"mknod {place} c 1 3",
        }));
        var before = Fingerprint(canary);
        var mounts = File.ReadAllText("/proc/self/mountinfo");
        var directives = ImageTests.DefaultProfile + "\nStateDirectory=app\nRuntimeDirectory=app\nPrivateIPC=yes\n";
        var outcome = rig.RunUnit($"[Service]\nType=oneshot\nRootImage=/image.raw\n{directives}\nExecStart=/usr/bin/sh\n",
            ["/usr/bin/sh", "-c", $"cat {canary}/file {target} /{place}/file; echo x > /{place}/written; mkdir /{place}/made"], image.Apply);
        Assert.Equal(before, Fingerprint(canary));
        Assert.Equal(mounts, File.ReadAllText("/proc/self/mountinfo"));
        Assert.DoesNotContain("secret", outcome.Output, StringComparison.Ordinal);
        if (outcome.Failure is { } failure)
            Assert.StartsWith("cannot ", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_no_files_are_not_read()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig, tree => Rig.Shell($"cd {tree}/etc && rm passwd && truncate -s 8G passwd && rm group && mkfifo group"));
        var view = RootView.Of(image.Mount);
        Assert.Null(view.ReadFile("/etc/passwd", 1 << 20));
        Assert.Null(view.ReadFile("/etc/group", 1 << 20));
        Assert.Equal(PathKind.File, view.Look("/etc/passwd").Kind);
        Assert.Equal(new PathFacts("/run/x/y", PathKind.Missing), view.Look("/var/run/x/y"));
        Assert.Equal(new PathFacts("/usr/bin", PathKind.Directory), view.Look("/bin/../bin/."));
    }

    /// <summary>Every name with its kind, mode, owner, time of change and content.</summary>
    private static string Fingerprint(string directory) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(
            Rig.Shell($"find {directory} -printf '%P %y %m %U %G %T@ %C@ %s %l\\n' | sort; find {directory} -type f -exec sha256sum {{}} +"))));
}
