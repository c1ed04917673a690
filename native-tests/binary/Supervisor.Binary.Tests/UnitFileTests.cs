namespace Supervisor.Binary.Tests;

/// <summary>enable, disable, mask and their kin.</summary>
public sealed class UnitFileTests
{
    private static readonly string Script = Path.Combine(Machine.Top, "native-tests/binary/Supervisor.Binary.Tests/unit-files");

    [Fact]
    public void Offline_they_say_and_do_what_systemctl_of_systemd_252_does() =>
        Assert.Equal(File.ReadAllText(Script + ".expected"), Command.Run(Script, Machine.Supervisor, "systemctl").Out);

    [Fact]
    public void Links_in_a_root_do_not_lead_out_of_it()
    {
        var root = Directory.CreateTempSubdirectory("unit-files").FullName;
        var outside = Directory.CreateTempSubdirectory("unit-files-outside").FullName;
        try
        {
            Directory.CreateDirectory($"{root}/usr/lib/systemd/system");
            Directory.CreateDirectory($"{root}/etc/systemd");
            File.CreateSymbolicLink($"{root}/etc/systemd/system", outside);
            File.WriteAllText($"{root}/usr/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
            Command.Run(Machine.Supervisor, "systemctl", $"--root={root}", "enable", "a.service");
            Assert.Empty(Directory.GetFileSystemEntries(outside));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public void Enabled_with_now_it_runs_and_its_target_wants_it()
    {
        using var host = Nested.Start(("web.service", "[Service]\nExecStart=/run/tools/sleep 1000\n[Install]\nWantedBy=web.target\n"), ("web.target", "[Unit]\nDescription=Web\n"));
        host.Supervisor("enable", "--runtime", "--now", "web").Succeeded().Says("Created symlink /run/supervisor/units/web.target.wants/web.service → /run/supervisor/units/web.service.");
        host.Supervisor("is-enabled", "web").Succeeded().Says("enabled-runtime");
        host.Supervisor("systemctl", "is-active", "web").Succeeded();
        host.Supervisor("stop", "web").Succeeded();
        host.Supervisor("start", "web.target").Succeeded();
        host.Supervisor("systemctl", "is-active", "web").Succeeded();
        host.Supervisor("disable", "--runtime", "--now", "web").Succeeded().Says("Removed");
        Assert.NotEqual(0, host.Supervisor("systemctl", "is-active", "web").Status);
        host.Supervisor("mask", "--runtime", "other").Succeeded();
        host.Supervisor("start", "other").Failed().Says("masked");
    }
}
