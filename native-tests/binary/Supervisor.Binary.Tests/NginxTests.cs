using System.Globalization;

namespace Supervisor.Binary.Tests;

/// <summary>Debian's nginx from its image: attached, started, looked at from all sides, killed, detached.</summary>
public sealed class NginxTests
{
    private static Nested Attached(out string image)
    {
        var host = Nested.Start();
        image = host.Image(Machine.NginxImage);
        host.Supervisor("attach", image).Succeeded();
        return host;
    }

    private static Nested Serving()
    {
        var host = Attached(out _);
        host.Supervisor("start", "nginx").Succeeded();
        return host;
    }

    [Fact]
    public void Attach_says_what_it_writes_and_writes_just_that()
    {
        using var host = Nested.Start();
        var image = host.Image(Machine.NginxImage);
        var before = host.Files();
        var outcome = host.Supervisor("attach", image).Succeeded().Says("nginx.raw", "squashfs", "Debian", "prefix nginx", "supervisor start nginx");
        var written = host.Files().Except(before).Where(f => f[0] is 'f' or 'l').Select(f => "/run" + f.Split(' ')[3]).ToList();
        Assert.Equal(
            ["/run/state/units.attached/nginx.service", "/run/state/units.attached/nginx.service.d/10-profile.conf", "/run/state/units.attached/nginx.service.d/20-portable.conf"],
            written.Where(f => f.Contains("units.attached", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        foreach (var file in written.Where(f => f.Contains("units.attached", StringComparison.Ordinal)))
            outcome.Says("+ " + file);
        Assert.StartsWith($"# Drop-in created for image '{image}', do not edit.\n[Service]\nRootImage={image}\n", File.ReadAllText(host.At("/run/state/units.attached/nginx.service.d/20-portable.conf")), StringComparison.Ordinal);
    }

    [Fact]
    public void Attach_to_the_runtime_directory()
    {
        using var host = Nested.Start();
        host.Supervisor("attach", "--runtime", host.Image(Machine.NginxImage)).Succeeded();
        Assert.True(File.Exists(host.At("/run/supervisor/units.attached/nginx.service")));
        host.Supervisor("is-attached", "nginx").Succeeded().Says("attached-runtime");
        host.Supervisor("detach", "nginx").Succeeded();
        Assert.False(File.Exists(host.At("/run/supervisor/units.attached/nginx.service")));
    }

    [Fact]
    public void List_inspect_and_is_attached()
    {
        using var host = Attached(out var image);
        host.Supervisor("list").Succeeded().Says("nginx", "attached");
        host.Supervisor("inspect", image).Succeeded().Says("nginx.service", "Debian GNU/Linux 12");
        host.Supervisor("is-attached", image).Succeeded().Says("attached");
        host.Supervisor("start", "nginx").Succeeded();
        host.Supervisor("is-attached", image).Succeeded().Says("running");
    }

    [Fact]
    public void It_serves_its_page()
    {
        using var host = Serving();
        host.Fetch().Succeeded().Says("<title>Welcome to nginx!</title>");
        Assert.Contains("GET / HTTP/1.1", File.ReadAllText(Directory.GetFiles(host.At(Nested.StateDirectory), "access.log", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Single()), StringComparison.Ordinal);
    }

    [Fact]
    public void Status_tells_all_of_it()
    {
        using var host = Serving();
        var status = host.Supervisor("status", "nginx").Succeeded();
        status.Says("nginx.service", "A high performance web server", "running", "nginx.raw", "default", "nginx: master process", "nginx: worker process");
        var uid = Witness.Status(host, host.MainPid("nginx"))["Uid"].Split('\t')[0];
        status.Says(uid);
        Assert.InRange(int.Parse(uid, CultureInfo.InvariantCulture), 61184, 65519);
    }

    [Fact]
    public void The_sandbox_as_the_kernel_shows_it()
    {
        using var host = Serving();
        var main = host.MainPid("nginx");
        var status = Witness.Status(host, main);
        Assert.Equal("nginx", status["Name"]);
        Assert.Equal("2", status["Seccomp"]);
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal("0000000000000000", status["CapEff"]);
        Assert.Equal("0000000000000000", status["CapAmb"]);
        Assert.DoesNotContain("\t0", "\t" + status["Uid"], StringComparison.Ordinal);
        Assert.Equal(host.KeeperPid, int.Parse(status["PPid"], CultureInfo.InvariantCulture));

        var mounts = Witness.Mounts(host, main);
        Assert.True(mounts.First(m => m.Point == "/") is { ReadOnly: true, Type: "squashfs" } root && root.Options.Contains("nosuid") && root.Options.Contains("nodev"));
        Assert.Contains(mounts, m => m is { Point: "/tmp", Type: "tmpfs" } && m.Options.Contains("nosuid") && m.Options.Contains("nodev"));
        Assert.Contains(mounts, m => m is { Point: "/proc", Type: "proc" });
        Assert.DoesNotContain(mounts, m => m.Source.StartsWith("/dev/vd", StringComparison.Ordinal) && !m.ReadOnly && m.Point == "/");
        Assert.Empty(Directory.GetFileSystemEntries(host.At($"/proc/{main}/root/home")));
        Assert.False(Directory.Exists(host.At($"/proc/{main}/root{Machine.Top}")));

        foreach (var kind in (string[])["mnt", "user"])
            Assert.NotEqual(Witness.Namespace(host, host.ManagerPid, kind), Witness.Namespace(host, main, kind));
        foreach (var kind in (string[])["net", "ipc"]) // the profile shares these with the host
            Assert.Equal(Witness.Namespace(host, host.ManagerPid, kind), Witness.Namespace(host, main, kind));
        Assert.DoesNotContain(Witness.Descriptors(host, main), d => d.Contains(Nested.RuntimeDirectory + "/control", StringComparison.Ordinal));
    }

    [Fact]
    public void The_image_does_not_show_in_the_hosts_mount_table()
    {
        using var host = Serving();
        Assert.DoesNotContain(Witness.Mounts(host, 1), m => m.Type == "squashfs");
        Assert.DoesNotContain(Witness.Mounts(host, host.ManagerPid), m => m.Type == "squashfs");
    }

    [Fact]
    public void Killed_it_is_back_under_a_new_pid()
    {
        using var host = Serving();
        var main = host.MainPid("nginx");
        host.Signal("KILL", main);
        Command.Until(() => host.MainPid("nginx") is var now && now != 0 && now != main && host.Fetch().Status == 0, () => $"it serves again\n{host.Supervisor("status", "nginx")}\n{host.Supervisor("logs", "nginx")}");
        host.Supervisor("status", "nginx").Says("1 restart", "SIGKILL");
        Assert.DoesNotContain(Witness.Processes(host), p => p.Pid == main);
    }

    [Fact]
    public void Four_deaths_leave_no_more_than_one()
    {
        using var host = Serving();
        var descriptors = 0;
        for (var i = 0; i < 4; i++) // five starts in ten seconds are the default limit
        {
            var main = host.MainPid("nginx");
            host.Signal("KILL", main);
            Command.Until(() => host.MainPid("nginx") is var now && now != 0 && now != main && host.Fetch().Status == 0, "it serves again");
            if (i == 0)
                descriptors = Witness.Descriptors(host, host.ManagerPid).Count + Witness.Descriptors(host, host.KeeperPid).Count;
        }
        Command.Until(
            () => Witness.Descriptors(host, host.ManagerPid).Count + Witness.Descriptors(host, host.KeeperPid).Count == descriptors, "keeper and manager have no more descriptors than before");
        Assert.Single(Witness.LoopDevices(host.ImageDirectory["/run".Length..]).Distinct());
    }

    [Fact]
    public void A_new_manager_adopts_it()
    {
        using var host = Serving();
        var main = host.MainPid("nginx");
        var manager = host.ManagerPid;
        host.Signal("KILL", manager);
        host.Fetch().Succeeded(); // served without any manager, or with one that has just come
        Command.Until(() => host.MainPid("nginx") == main && host.ManagerPid != manager, () => $"adopted\n{host.Console}");
        host.Supervisor("status", "nginx").Says("running", "nginx: worker process").SaysNot("restart");
        host.Signal("KILL", main);
        Command.Until(() => host.MainPid("nginx") is var now && now != 0 && now != main && host.Fetch().Status == 0, () => $"it serves again\n{host.Supervisor("status", "nginx")}");
    }

    [Fact]
    public void Reload_keeps_the_master_and_replaces_the_workers()
    {
        using var host = Serving();
        var main = host.MainPid("nginx");
        var workers = Witness.Processes(host).Where(p => p.Parent == main).Select(p => p.Pid).ToList();
        host.Supervisor("reload", "nginx").Succeeded();
        Command.Until(() => Witness.Processes(host).Where(p => p.Parent == main).All(p => !workers.Contains(p.Pid)), "the workers are new");
        Assert.Equal(main, host.MainPid("nginx"));
        host.Fetch().Succeeded();
    }

    [Fact]
    public void Detach_of_a_running_image_needs_now()
    {
        using var host = Serving();
        host.Supervisor("detach", "nginx").Failed().Says("nginx.service", "--now");
        host.Fetch().Succeeded();
    }

    [Fact]
    public void Detach_leaves_nothing_but_the_log()
    {
        using var host = Nested.Start();
        var image = host.Image(Machine.NginxImage);
        host.Supervisor("list").Succeeded(); // everything that is made once is there now
        var files = host.Files();
        var cgroups = host.Cgroups().Order().ToList();
        var ipc = Witness.Ipc(host);
        var mounts = Witness.Mounts(host, host.ManagerPid);
        var processes = Witness.Processes(host).Select(p => p.Pid).Order().ToList();
        var managerDescriptors = Witness.Descriptors(host, host.ManagerPid).Count;
        var keeperDescriptors = Witness.Descriptors(host, host.KeeperPid).Count;
        var etc = Witness.Tree("/etc");
        var tmp = Directory.GetFileSystemEntries("/var/tmp").Order().ToList();

        host.Supervisor("attach", image).Succeeded();
        host.Supervisor("start", "nginx").Succeeded();
        host.Fetch().Succeeded();
        var main = host.MainPid("nginx");
        var uid = Witness.Status(host, main)["Uid"].Split('\t')[0];
        Assert.NotEmpty(Witness.LoopDevices(host.ImageDirectory["/run".Length..]));
        host.Supervisor("detach", "--now", "nginx").Succeeded().Says("stopped nginx.service", "audit");

        Assert.Equal(processes, Witness.Processes(host).Select(p => p.Pid).Order());
        Assert.Equal(mounts, Witness.Mounts(host, host.ManagerPid));
        Assert.Empty(Witness.LoopDevices(host.ImageDirectory["/run".Length..]));
        Assert.Equal(cgroups, host.Cgroups().Order());
        Assert.Equal(ipc, Witness.Ipc(host));
        Command.Until(() => Witness.Descriptors(host, host.ManagerPid).Count == managerDescriptors, "the manager has no more descriptors than before");
        Command.Until(() => Witness.Descriptors(host, host.KeeperPid).Count == keeperDescriptors, "the keeper has no more descriptors than before");
        Assert.Equal(etc, Witness.Tree("/etc"));
        Assert.Equal(tmp, Directory.GetFileSystemEntries("/var/tmp").Order());
        // targets that were reached on the way stay reached, and are remembered
        var left = host.Files().Except(files).Where(f => !(f.Contains(" /supervisor/state/", StringComparison.Ordinal) && f.EndsWith(".target", StringComparison.Ordinal))).ToList();
        Assert.All(left, f => Assert.Contains(" /state/log", f, StringComparison.Ordinal)); // nginx's own access log is a log, too
        Assert.DoesNotContain(host.Files(), f => f.Contains($" {uid}:", StringComparison.Ordinal) && !f.Contains(" /state/log", StringComparison.Ordinal));
        host.Supervisor("list").Succeeded().SaysNot("nginx");
        host.Supervisor("is-attached", "nginx").Says("detached");
        host.Supervisor("logs", "nginx").Succeeded().Says("nginx");
    }

    [Fact]
    public void Detach_works_when_the_image_is_gone()
    {
        using var host = Serving();
        File.Delete(host.At(host.ImageDirectory + "/nginx.raw"));
        host.Supervisor("detach", "--now", "nginx").Succeeded();
        host.Supervisor("is-attached", "nginx").Says("detached");
    }

    [Fact]
    public void An_attached_image_is_still_attached_after_a_new_start()
    {
        using var host = Serving();
        host.Signal("KILL", host.ManagerPid);
        Command.Until(() => host.Supervisor("list").Out.Contains("nginx", StringComparison.Ordinal), "the new manager lists it");
    }
}
