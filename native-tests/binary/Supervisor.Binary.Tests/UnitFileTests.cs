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

    [Fact]
    public void What_upholds_starts_again_what_it_upholds()
    {
        using var host = Nested.Start(("kept.service", "[Service]\nExecStart=/run/tools/sleep 1000\n[Install]\nUpheldBy=keeper.target\n"), ("keeper.target", "[Unit]\nDescription=k\n"));
        host.Supervisor("enable", "--runtime", "kept").Succeeded().Says("keeper.target.upholds/kept.service");
        host.Supervisor("start", "keeper.target").Succeeded();
        Command.Until(() => host.Supervisor("systemctl", "is-active", "kept").Status == 0, "it is started");
        host.Signal("KILL", host.MainPid("kept"));
        Command.Until(() => host.Supervisor("systemctl", "is-active", "kept").Status == 0 && host.MainPid("kept") > 0, "it runs again");
    }

    [Fact]
    public void Edited_from_standard_input_a_drop_in_holds_at_once()
    {
        using var host = Nested.Start(("web.service", "[Unit]\nDescription=before\n[Service]\nExecStart=/run/tools/sleep 1000\n"));
        host.Enter("sh", "-c", $"printf '[Unit]\\nDescription=after\\nNonsense=1\\n' | {Machine.Supervisor} systemctl edit --runtime --stdin web").Succeeded().Says("Nonsense");
        host.Supervisor("systemctl", "show", "-p", "Description", "web").Says("Description=after");
        Assert.True(File.Exists(host.At($"{Nested.RuntimeDirectory}/units/web.service.d/override.conf")));
    }

    [Fact]
    public void An_editor_is_shown_what_there_is_and_what_it_leaves_between_the_comments_is_the_drop_in()
    {
        var root = Directory.CreateTempSubdirectory("edit").FullName;
        try
        {
            Directory.CreateDirectory($"{root}/usr/lib/systemd/system");
            File.WriteAllText($"{root}/usr/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/true\n");
            File.WriteAllText($"{root}/editor", "#!/bin/sh\ngrep -q '^# ExecStart=/bin/true$' $1 || exit 3\nsed -i 's/^### Anything.*/&\\n[Service]\\nNice=5\\n/' $1\n");
            File.SetUnixFileMode($"{root}/editor", (UnixFileMode)0x1ED);
            Outcome Edit(string editor, params string[] words) =>
                Command.Run([Machine.Supervisor, "systemctl", $"--root={root}", "edit", .. words], new Dictionary<string, string> { ["EDITOR"] = editor });
            Edit($"{root}/editor", "a").Succeeded();
            Assert.Equal("[Service]\nNice=5\n", File.ReadAllText($"{root}/etc/systemd/system/a.service.d/override.conf"));
            Edit("/bin/false", "a").Failed().Says("nothing was changed");
            Edit("/bin/true", "--drop-in=other", "a").Says("canceled");
            Assert.False(File.Exists($"{root}/etc/systemd/system/a.service.d/other.conf"));
            Edit("/bin/true", "--full", "a").Succeeded();
            Assert.Equal("[Service]\nExecStart=/bin/true\n", File.ReadAllText($"{root}/etc/systemd/system/a.service"));
            Edit("/bin/true", "missing").Failed().Says("No files found");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void Conditions_are_told_one_by_one_as_systemd_analyze_does()
    {
        Command.Run(Machine.Supervisor, "systemd-analyze", "condition", "ConditionPathExists=/etc", "ConditionPathExists=!/nowhere").Succeeded().Says("ConditionPathExists=!/nowhere succeeded.", "Conditions succeeded.");
        Command.Run(Machine.Supervisor, "systemd-analyze", "condition", "AssertPathExists=/nowhere").Failed().Says("AssertPathExists=/nowhere failed.", "Asserts failed.");
        Command.Run(Machine.Supervisor, "systemd-analyze", "condition", "ConditionFraction=0%").Failed().Says("ConditionFraction=0% failed.");
        Command.Run(Machine.Supervisor, "systemd-analyze", "condition", "ConditionFoo=1").Failed();
    }

    [Fact]
    public void Configuration_is_printed_with_its_drop_ins_in_their_order()
    {
        var root = Directory.CreateTempSubdirectory("config").FullName;
        try
        {
            foreach (var (file, text) in new[] { ("usr/lib/x/a.conf", "vendor"), ("etc/x/a.conf", "own"), ("usr/lib/x/a.conf.d/20-b.conf", "twenty"), ("run/x/a.conf.d/10-a.conf", "ten"), ("etc/x/a.conf.d/20-b.conf", "twenty of etc") })
            {
                Directory.CreateDirectory(Path.GetDirectoryName($"{root}/{file}")!);
                File.WriteAllText($"{root}/{file}", text + "\n");
            }
            var said = Command.Run(Machine.Supervisor, "systemd-analyze", $"--root={root}", "cat-config", "x/a.conf").Succeeded().Out;
            Assert.Equal("# /etc/x/a.conf\nown\n\n# /run/x/a.conf.d/10-a.conf\nten\n\n# /etc/x/a.conf.d/20-b.conf\ntwenty of etc\n", said);
            Command.Run(Machine.Supervisor, "systemd-analyze", "cat-config", "../etc/shadow").Failed();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
