namespace Supervisor.Binary.Tests;

/// <summary>Small images: every compression, a folder as an image, the four profiles from inside, and the profile as a ceiling.</summary>
public sealed class PortableTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly Nested _host = shared.Nested;

    /// <summary>Attaches a oneshot service, lets its script check from inside, and detaches.</summary>
    private string Holds(string name, string profile, string directives, string script, Func<ImageTree, ImageTree>? more = null)
    {
        var tree = ImageTree.Service(name, $"Type=oneshot\n{directives}", $"set -ex\n{script}");
        var image = _host.Image(more is null ? tree : more(tree), name + ".raw");
        var attach = _host.Supervisor("attach", $"--profile={profile}", image).Succeeded();
        var start = _host.Supervisor("start", name);
        var log = _host.Supervisor("logs", name).All;
        _host.Supervisor("detach", "--now", name).Succeeded();
        Assert.True(start.Status == 0, $"{profile}: {directives}\n{script}\n{start}\n{log}");
        return attach.All + log;
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("lzo")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    [InlineData("lzma")]
    public void Every_compression_can_be_read(string compression)
    {
        var name = "packed" + compression;
        var image = _host.Image(ImageTree.Service(name, "Type=oneshot", "true"), name + ".raw", compression);
        _host.Supervisor("inspect", image).Succeeded().Says(name + ".service", "Probe 1");
        _host.Supervisor("attach", image).Succeeded();
        _host.Supervisor("detach", name).Succeeded();
    }

    [Fact]
    public void A_folder_is_an_image_too()
    {
        ImageTree.Service("folder", "Type=oneshot", "test -x /usr/bin/main; no touch /x").Lay(_host.At(_host.ImageDirectory + "/folder"));
        _host.Supervisor("attach", _host.ImageDirectory + "/folder").Succeeded();
        _host.Supervisor("start", "folder").Succeeded();
        _host.Supervisor("detach", "--now", "folder").Succeeded();
    }

    [Theory]
    [InlineData("default", "test $(id -u) -ge 61184; probe socket 2 | grep -q ok; probe socket 17 | grep -q EAFNOSUPPORT; probe mount | grep -q EPERM; probe mprotect | grep -q EPERM; probe unshare 0x40000000 | grep -q EPERM; no touch /x; touch /tmp/x; test ! -e /dev/vda; test -e /etc/machine-id")]
    [InlineData("nonetwork", "test $(id -u) -ge 61184; probe socket 2 | grep -q EAFNOSUPPORT; probe socket 16 | grep -q ok; test \"$(tail -n +3 /proc/net/dev | wc -l)\" = 1; probe mount | grep -q EPERM")]
    [InlineData("trusted", "test $(id -u) = 0; touch /tmp/x; test \"$(ls /run)\" != ''; no touch /x; probe personality | grep -q ok")]
    public void A_profile_from_inside(string profile, string script) => Holds("inside" + profile, profile, "", script);

    [Fact]
    public void The_strict_profile_from_inside()
    {
        if (!Machine.HasController("pids"))
        {
            // The profile's TasksMax= needs it; the rest of the profile is the same with the directive lifted by the administrator.
            Assert.Skip("the cgroup v2 tree of this machine has no pids controller, which TasksMax= of the profile strict needs");
        }
        Holds("insidestrict", "strict", "", "grep -q 'CapBnd:.0000000000000000' /proc/self/status; probe socket 2 | grep -q EAFNOSUPPORT; probe socket 16 | grep -q EAFNOSUPPORT; probe socket 1 | grep -q ok; grep -q 'NoNewPrivs:.1' /proc/self/status");
    }

    [Theory]
    [InlineData("User=root", "test $(id -u) != 0 || no grep -q ' 0 *0 ' /proc/self/uid_map")]
    [InlineData("DynamicUser=no", "test $(id -u) -ge 61184")]
    [InlineData("PrivateUsers=no", "no grep -q 4294967295 /proc/self/uid_map")]
    [InlineData("CapabilityBoundingSet=CAP_SYS_PTRACE CAP_SYS_MODULE", "grep -qE 'CapBnd:.0000000000000000' /proc/self/status")]
    [InlineData("SystemCallFilter=@system-service @mount", "probe mount | grep -q EPERM")]
    [InlineData("SystemCallFilter=~@privileged", "probe mount | grep -q EPERM; ls / > /dev/null")]
    [InlineData("RestrictAddressFamilies=AF_PACKET", "probe socket 17 | grep -q EAFNOSUPPORT")]
    [InlineData("RestrictAddressFamilies=AF_UNIX", "probe socket 2 | grep -q EAFNOSUPPORT")]
    [InlineData("BindPaths=/etc:/mnt", "test ! -e /mnt/shadow", "/mnt")]
    [InlineData("ReadWritePaths=/", "no touch /x")]
    [InlineData("ProtectSystem=no", "no touch /x")]
    [InlineData("PrivateDevices=no", "test ! -e /dev/vda; test ! -e /dev/mem")]
    [InlineData("MemoryDenyWriteExecute=no", "probe mprotect | grep -q EPERM")]
    [InlineData("RestrictNamespaces=no", "probe unshare 0x40000000 | grep -q EPERM")]
    [InlineData("NoNewPrivileges=no", "grep -q 'NoNewPrivs:.1' /proc/self/status")]
    [InlineData("AmbientCapabilities=CAP_SYS_ADMIN", "grep -q 'CapAmb:.0000000000000000' /proc/self/status")]
    [InlineData("SystemCallArchitectures=native x86", "probe int80 && exit 1; true")]
    [InlineData("EnvironmentFile=/etc/shadow", "test -z \"$root\"; no sh -c \"env | grep -q root:\"")]
    public void An_image_can_narrow_its_sandbox_but_not_widen_it(string directive, string script, string? folder = null)
    {
        var name = "ask" + Math.Abs(directive.GetHashCode(StringComparison.Ordinal) % 100_000);
        var tree = ImageTree.Service(name, $"Type=oneshot\n{directive}", $"set -ex\n{script}");
        if (folder is not null)
            tree.Folder(folder);
        var image = _host.Image(tree, name + ".raw");
        var attach = _host.Supervisor("attach", image);
        if (attach.Status != 0)
        {
            attach.Says(directive.Split('=')[0]); // refused as a whole, by name: as good
            return;
        }
        var start = _host.Supervisor("start", name);
        var log = _host.Supervisor("logs", name).All;
        _host.Supervisor("detach", "--now", name).Succeeded();
        if (start.Status != 0)
            Assert.True(start.All.Contains(directive.Split('=')[0], StringComparison.Ordinal), $"{directive}\n{attach}\n{start}\n{log}");
    }

    [Fact]
    public void Attach_says_that_an_image_asks_for_more_than_it_gets()
    {
        var image = _host.Image(ImageTree.Service("greedy", "CapabilityBoundingSet=CAP_SYS_PTRACE", "exec sleep 1000"), "greedy.raw");
        _host.Supervisor("attach", image).Succeeded().Says("CAP_SYS_PTRACE", "ceiling");
        _host.Supervisor("detach", "greedy").Succeeded();
    }

    [Fact]
    public void The_administrator_may_widen()
    {
        var image = _host.Image(ImageTree.Service("widened", "Type=oneshot", "set -ex\ntest -e /mnt/outside; probe personality | grep -q ok").Folder("/mnt"), "widened.raw");
        _host.Supervisor("attach", image).Succeeded();
        Directory.CreateDirectory(_host.At("/run/check/bound"));
        File.WriteAllText(_host.At("/run/check/bound/outside"), "");
        Directory.CreateDirectory(_host.At("/run/supervisor/units/widened.service.d"));
        File.WriteAllText(_host.At("/run/supervisor/units/widened.service.d/50-own.conf"), "[Service]\nLockPersonality=no\nBindPaths=/run/check/bound:/mnt\n");
        _host.Supervisor("systemctl", "daemon-reload").Succeeded();
        var start = _host.Supervisor("start", "widened");
        Assert.True(start.Status == 0, $"{start}\n{_host.Supervisor("logs", "widened")}");
        _host.Supervisor("detach", "--now", "widened").Succeeded();
    }

    [Fact]
    public void The_dynamic_user_has_a_name_inside() =>
        Holds("named", "default", "User=somebody", "test \"$(id -un)\" = somebody; test \"$(id -gn)\" = somebody; grep -q ^root: /etc/passwd; no sh -c \"echo x >> /etc/passwd\"");

    [Fact]
    public void Directories_appear_where_the_image_expects_them() =>
        Holds(
            "placed", "default", "RuntimeDirectory=placed\nStateDirectory=placed\nCacheDirectory=placed\nLogsDirectory=placed",
            "for d in /run /var/lib /var/cache /var/log; do touch $d/placed/x; test \"$(stat -c %u $d/placed)\" = \"$(id -u)\"; no touch $d/x; done; test $RUNTIME_DIRECTORY = /run/placed; test $STATE_DIRECTORY = /var/lib/placed",
            tree => tree.Folder("/var/lib/placed").Folder("/var/cache/placed").Folder("/var/log/placed"));

    [Fact]
    public void An_image_with_var_run_as_a_link_works_and_one_whose_run_leads_out_does_not_get_out()
    {
        var canary = Path.Combine(_host.Scratch, "canary");
        Directory.CreateDirectory(canary);
        var before = Witness.Tree(canary);
        Holds("linked", "default", "RuntimeDirectory=linked", "test \"$(readlink /var/run)\" = ../run; touch /var/run/linked/x");
        var tree = ImageTree.Service("escapes", "Type=oneshot\nStateDirectory=escapes\nLogsDirectory=escapes", "touch /var/lib/escapes/x")
            .Link("/var/lib/escapes", "../../../../.." + canary).Link("/var/log/escapes", canary);
        _host.Supervisor("attach", _host.Image(tree, "escapes.raw"));
        _host.Supervisor("start", "escapes");
        _host.Supervisor("detach", "--now", "escapes");
        Assert.Equal(before, Witness.Tree(canary));
    }

    [Fact]
    public void State_is_kept_after_detach_and_cleaned_when_asked()
    {
        var image = _host.Image(ImageTree.Service("stateful", "Type=oneshot\nStateDirectory=stateful", "touch /var/lib/stateful/kept-file").Folder("/var/lib/stateful"), "stateful.raw");
        _host.Supervisor("attach", image).Succeeded();
        _host.Supervisor("start", "stateful").Succeeded();
        _host.Supervisor("detach", "--now", "stateful").Succeeded().Says("kept", "stateful");
        Assert.Contains(_host.Files(), f => f.EndsWith("/kept-file", StringComparison.Ordinal));
        _host.Supervisor("attach", image).Succeeded();
        _host.Supervisor("start", "stateful").Succeeded();
        _host.Supervisor("detach", "--now", "--clean", "stateful").Succeeded();
        Assert.DoesNotContain(_host.Files(), f => f.Contains("/kept-file", StringComparison.Ordinal));
    }

    [Fact]
    public void Redis_with_its_own_sandbox_inside_the_profile()
    {
        using var host = Nested.Start();
        host.Supervisor("attach", host.Image(Machine.RedisImage)).Succeeded();
        host.Supervisor("start", "redis-server").Succeeded();
        Assert.Contains("+PONG", Ask(host), StringComparison.Ordinal);
        host.Supervisor("detach", "--now", "redis").Succeeded();
    }

    internal static string Ask(Nested host) =>
        host.Enter("/bin/sh", "-c", "printf 'SET greeting hello\\r\\nGET greeting\\r\\nPING\\r\\nQUIT\\r\\n' | /run/tools/nc 127.0.0.1 6379").Succeeded().Says("hello").Out;
}
