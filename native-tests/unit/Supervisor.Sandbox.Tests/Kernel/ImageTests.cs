namespace Supervisor.Sandbox.Tests.Kernel;

/// <summary>Services whose root is an image.</summary>
public sealed class ImageTests
{
    internal static readonly string DefaultProfile = Portable.BuiltInProfiles.Text("default")!;

    private const string No = "no() { if \"$@\" 2>/dev/null; then echo \"worked: $*\"; exit 99; fi; }\n";

    [Fact]
    public void The_whole_default_profile()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        var output = Run(rig, image, DefaultProfile + "\nRuntimeDirectory=app\nStateDirectory=app\nCacheDirectory=app\nLogsDirectory=app\n", """
            test "$(id -un)" = check
            test "$(id -gn)" = check
            test "$(id -u)" -ge 61184
            grep -q '^inside:' /etc/passwd
            no touch /x; no touch /etc/x; no touch /usr/x; no touch /var/x; no touch /run/x; no touch /root; no touch /dev/x
            touch /tmp/x; touch /var/tmp/x
            test -z "$(ls -A /root 2>/dev/null)"; test -z "$(ls -A /home 2>/dev/null)"
            for d in $RUNTIME_DIRECTORY $STATE_DIRECTORY $CACHE_DIRECTORY $LOGS_DIRECTORY; do echo $d; touch $d/x; test "$(stat -c %U $d/x)" = check; done
            touch /var/run/app/through-a-link
            for n in null zero full random urandom tty; do test -c /dev/$n; done
            test ! -e /dev/vda; test ! -e /dev/loop0
            test $(wc -c < /etc/machine-id) = 33
            no sh -c ': >> /proc/sys/kernel/printk_delay'; no ls /usr/lib/modules
            grep -q 'CapEff:.0000000000000000' /proc/self/status
            grep -q 'CapPrm:.0000000000000000' /proc/self/status
            grep -q 'Seccomp:.2' /proc/self/status
            grep -q 'NoNewPrivs:.1' /proc/self/status
            grep -q "$(id -u) *$(id -u) *1" /proc/self/uid_map
            no unshare -n true; no mount -t tmpfs none /tmp
            test "$(ls /proc/self/fd | wc -l)" = 4
            no grep -qv ' / \| /proc\| /sys\| /dev\| /run\| /tmp\| /var/\(tmp\|lib/app\|cache/app\|log/app\)\| /etc/\(passwd\|group\|machine-id\|resolv.conf\)\| /root\| /home\| /usr/lib/modules' /proc/self/mountinfo
            grep ' / / ' /proc/self/mountinfo
            """);
        Assert.Equal(["/run/app", "/var/lib/app", "/var/cache/app", "/var/log/app"], output.Split('\n')[..4]);
        Assert.Matches(@" / / ro,nosuid,nodev,", output);
        Assert.Contains("squashfs", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ProtectProc=invisible;User=nobody", "test ! -e /proc/1; test -e /proc/self; id -un | grep -q nobody; grep -q '^nobody:x:65534' /etc/passwd")]
    [InlineData("", "test -e /proc/1; test -e /dev/null; test -d /sys/kernel; test -z \"$(ls -A /run)\"; no touch /x; test \"$(id -u)\" = 0")]
    [InlineData("MountAPIVFS=no", "test -z \"$(ls -A /dev)\"; test -z \"$(ls -A /sys)\"")]
    [InlineData("MountAPIVFS=no;PrivateDevices=yes", "test -c /dev/null; test -z \"$(ls -A /sys)\"")]
    [InlineData("TemporaryFileSystem=/var;StateDirectory=one two/three", "touch /var/lib/one/x /var/lib/two/three/x; touch /var/x")]
    [InlineData("TemporaryFileSystem=/var:ro;StateDirectory=one;DynamicUser=yes", "touch /var/lib/one/x; no touch /var/x; test \"$(stat -c %u /var/lib/one)\" = \"$(id -u)\"")]
    [InlineData("RuntimeDirectory=a a/b;RuntimeDirectoryMode=0700;User=nobody", "touch /run/a/b/x; test \"$(stat -c %a /run/a)\" = 700; test \"$RUNTIME_DIRECTORY\" = /run/a:/run/a/b")]
    [InlineData("StateDirectory=app:also ;TemporaryFileSystem=/var/lib", "touch /var/lib/app/x; test -e /var/lib/also/x")]
    [InlineData("BindPaths=/etc/hostname:/etc/machine-id", "test -s /etc/machine-id")]
    [InlineData("BindReadOnlyPaths=/etc:/run/host-etc", "test -e /run/host-etc/passwd; no touch /run/host-etc/x")]
    [InlineData("PrivateTmp=yes;PrivateNetwork=yes;PrivateIPC=yes;ProtectHostname=yes", "touch /tmp/x; grep -c : /proc/net/dev | grep -qx 1")]
    [InlineData("NoExecPaths=/tmp;PrivateTmp=yes", "cp /usr/bin/busybox /tmp/true; no /tmp/true")]
    [InlineData("NoExecPaths=/;ExecPaths=/usr/bin;PrivateTmp=yes", "cp /usr/bin/busybox /tmp/true; no /tmp/true; grep -q ' / / .*noexec' /proc/self/mountinfo")]
    [InlineData("WorkingDirectory=/var/tmp", "test \"$(pwd)\" = /var/tmp")]
    [InlineData("InaccessiblePaths=/etc/os-release /var", "no cat /etc/os-release; no cat /var/tmp/x; test -z \"$(ls -A /var)\"")]
    public void From_inside(string directives, string script)
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        Run(rig, image, directives.Replace(';', '\n'), script);
    }

    [Fact]
    public void A_directory_as_root()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        var text = $"[Service]\nType=oneshot\nRootDirectory={image.Tree}\nDynamicUser=yes\nStateDirectory=app\nExecStart=/usr/bin/sh\n";
        rig.RunUnit(text, ["sh", "-ec", $"{No}touch /var/lib/app/x; no touch /x; test \"$(id -un)\" = check; test ! -e {rig.Directory}"],
            s => s.Root = new RootSource.Directory(image.Tree)).Succeeded();
        Assert.False(File.Exists($"{image.Tree}/x"));
    }

    [Fact]
    public void An_older_kernel_mounts_the_device_again()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        rig.Facts = rig.Facts with { Kernel = new Version(6, 1) };
        Run(rig, image, DefaultProfile, "touch /tmp/x; no touch /x; test \"$(id -un)\" = check");
    }

    [Fact]
    public void A_root_that_cannot_be_pivoted_from_is_covered()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        rig.Facts = rig.Facts with { CanPivot = false };
        Run(rig, image, DefaultProfile, $"touch /tmp/x; no touch /x; test ! -e {rig.Directory}; test ! -e ../../..{rig.Directory}; test \"$(id -un)\" = check");
    }

    [Fact]
    public void A_mount_point_that_the_image_lacks_is_named()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig, tree => Directory.Delete($"{tree}/var/lib/app"));
        var outcome = rig.RunUnit(Unit("StateDirectory=app"), null, image.Apply);
        Assert.Equal("cannot show StateDirectory app: openat2 /var/lib/app: ENOENT, no such file or directory — StateDirectory=, /t/check.service:4", outcome.Failure?.ToString());
        Assert.Equal(Launch.ExitStatus.StateDirectory, outcome.Failure!.ExitStatus);
    }

    [Fact]
    public void A_source_that_the_host_lacks_is_named()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        var outcome = rig.RunUnit(Unit("BindPaths=/nowhere/at/all:/tmp"), null, image.Apply);
        Assert.Equal("cannot show /nowhere/at/all at /tmp: openat /nowhere/at/all: ENOENT, no such file or directory — BindPaths=, /t/check.service:4", outcome.Failure?.ToString());
    }

    [Fact]
    public void A_program_that_the_image_lacks_is_named()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        var outcome = rig.RunUnit("[Service]\nType=oneshot\nRootImage=/image.raw\nExecStart=/usr/bin/no-such-thing\n", null, image.Apply);
        Assert.Contains("cannot execute /usr/bin/no-such-thing", outcome.Failure?.ToString(), StringComparison.Ordinal);
        Assert.Equal(Launch.ExitStatus.Exec, outcome.Failure!.ExitStatus);
    }

    [Fact]
    public void Nothing_shows_on_the_host_and_nothing_stays()
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        var mounts = File.ReadAllText("/proc/self/mountinfo");
        var descriptors = Directory.GetFiles("/proc/self/fd").Length;
        for (var i = 0; i < 3; i++)
            Run(rig, image, DefaultProfile + "\nStateDirectory=app\n", "grep -c . /proc/self/mountinfo");
        Assert.Equal(mounts, File.ReadAllText("/proc/self/mountinfo"));
        Assert.Equal(descriptors, Directory.GetFiles("/proc/self/fd").Length);
    }

    [Theory]
    [InlineData("/proc/self/fd/3")]
    [InlineData("/proc/self/cwd")]
    [InlineData("/dev/fd/0/..")]
    public void A_working_directory_through_a_descriptor_is_refused(string path)
    {
        using var rig = new Rig();
        using var image = new TestImage(rig);
        var outcome = rig.RunUnit(Unit($"WorkingDirectory={path}".Replace("/..", "", StringComparison.Ordinal)), null, image.Apply);
        Assert.Equal(Launch.ExitStatus.Chdir, outcome.Failure?.ExitStatus);
    }

    private static string Unit(string directives) => $"[Service]\nType=oneshot\nRootImage=/image.raw\n{directives}\nExecStart=/usr/bin/true\n";

    private static string Run(Rig rig, TestImage image, string directives, string script) =>
        rig.RunUnit($"[Service]\nType=oneshot\nRootImage=/image.raw\n{directives}\nExecStart=/usr/bin/sh\n", ["sh", "-ec", $"export PATH=/usr/bin\n{No}{script}\ntrue"], image.Apply).Succeeded();
}
