namespace Supervisor.Portable.Tests;

public sealed class AttacherTests : IDisposable
{
    private const string Os = "ID=test\nVERSION_ID=7\n";
    private readonly Host _host = new();

    public void Dispose() => _host.Dispose();

    private string Web(params (string Name, string Text)[] units) => _host.Image("web_1.2", units is [] ? [("web.service", Host.Service)] : units);

    [Fact]
    public void A_service_is_three_files_and_the_unit_is_the_last()
    {
        var image = Web();
        var plan = _host.Plan("web_1.2");
        Assert.Equal(image, plan.Image);
        Assert.Equal("web", plan.Prefix);
        Assert.Equal("directory", plan.FileSystem);
        Assert.Equal(
            [$"{_host.Root}/attached/web.service.d/10-profile.conf", $"{_host.Root}/attached/web.service.d/20-portable.conf", $"{_host.Root}/attached/web.service"],
            plan.Files.Select(f => f.Path));
    }

    [Fact]
    public void The_drop_in_makes_the_image_its_root()
    {
        var image = Web();
        Assert.Equal($"""
            # Drop-in created for image '{image}', do not edit.
            [Service]
            RootDirectory={image}
            Environment=PORTABLE=web_1.2
            LogExtraFields=PORTABLE=web_1.2
            LogExtraFields=PORTABLE_NAME_AND_VERSION=test_7

            """, Host.Text(_host.Plan("web_1.2").Files[1]));
    }

    [Fact]
    public void The_drop_in_of_a_squashfs_pins_what_the_image_is()
    {
        var image = Web();
        Host.Run("mksquashfs", image, $"{_host.Root}/images/web_2.raw", "-noappend", "-no-progress", "-quiet");
        var plan = _host.Plan("web_2");
        Assert.Equal(new FileInfo($"{_host.Root}/images/web_2.raw").Length, plan.Size);
        Assert.Equal($"""
            # Drop-in created for image '{_host.Root}/images/web_2.raw', do not edit.
            [Service]
            RootImage={_host.Root}/images/web_2.raw
            Environment=PORTABLE=web_2.raw
            LogExtraFields=PORTABLE=web_2.raw
            RootImagePolicy=root=unprotected+squashfs:=absent
            LogExtraFields=PORTABLE_NAME_AND_VERSION=test_7

            """, Host.Text(plan.Files[1]));
    }

    [Fact]
    public void A_socket_has_no_profile_and_a_drop_in_that_is_a_mark_only()
    {
        var image = Web(("web.socket", "[Socket]\nListenStream=/run/web\n"));
        var files = _host.Plan("web_1.2").Files;
        Assert.Equal([$"{_host.Root}/attached/web.socket.d/20-portable.conf", $"{_host.Root}/attached/web.socket"], files.Select(f => f.Path));
        Assert.Equal($"# Drop-in created for image '{image}', do not edit.\n", Host.Text(files[0]));
    }

    [Fact]
    public void The_unit_is_a_copy_and_the_profile_a_link()
    {
        Web();
        Assert.Null(Attacher.Apply(_host.Plan("web_1.2")));
        Assert.Equal(Host.Service, File.ReadAllText($"{_host.Root}/attached/web.service"));
        Assert.Null(new FileInfo($"{_host.Root}/attached/web.service").LinkTarget);
        Assert.Equal($"{_host.Root}/built-in/default/service.conf", new FileInfo($"{_host.Root}/attached/web.service.d/10-profile.conf").LinkTarget);
        Assert.StartsWith("# Drop-in created", File.ReadAllText($"{_host.Root}/attached/web.service.d/20-portable.conf"), StringComparison.Ordinal);
    }

    [Fact]
    public void Copied_the_profile_is_a_file()
    {
        Web();
        Assert.Null(Attacher.Apply(_host.Plan("web_1.2", new(Profile: "strict", Copy: "copy"))));
        var profile = new FileInfo($"{_host.Root}/attached/web.service.d/10-profile.conf");
        Assert.Null(profile.LinkTarget);
        Assert.Equal(BuiltInProfiles.Text("strict"), File.ReadAllText(profile.FullName));
    }

    [Fact]
    public void Linked_the_unit_is_a_link_into_the_image()
    {
        var image = Web();
        Assert.Null(Attacher.Apply(_host.Plan("web_1.2", new(Copy: "symlink"))));
        Assert.Equal($"{image}/usr/lib/systemd/system/web.service", new FileInfo($"{_host.Root}/attached/web.service").LinkTarget);
    }

    [Fact]
    public void For_the_runtime_it_is_written_elsewhere()
    {
        Web();
        var plan = _host.Plan("web_1.2", new(Runtime: true));
        Assert.True(plan.Runtime);
        Assert.All(plan.Files, f => Assert.StartsWith($"{_host.Root}/run/attached/", f.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_writes_nothing_yet()
    {
        Web();
        var before = _host.Snapshot();
        _host.Plan("web_1.2");
        Assert.Equal(before, _host.Snapshot());
    }

    [Fact]
    public void A_unit_of_another_prefix_is_left_out()
    {
        Web(("web.service", Host.Service), ("web-admin.service", Host.Service), ("website.service", Host.Service), ("sshd.service", Host.Service), ("web.mount", "[Mount]\n"));
        Assert.Equal(["web-admin.service", "web.service"], _host.Plan("web_1.2").Units.Select(u => u.Name));
    }

    [Fact]
    public void Prefixes_that_are_named_are_used_instead_of_the_image_s_name()
    {
        Web(("web.service", Host.Service), ("a.service", Host.Service), ("b.service", Host.Service));
        Assert.Equal(["a.service", "b.service"], _host.Plan("web_1.2", null, "a", "b").Units.Select(u => u.Name));
    }

    [Fact]
    public void Of_one_name_the_first_directory_s_unit_is_taken()
    {
        var image = Web();
        _host.Write("images/web_1.2/etc/systemd/system/web.service", Host.Service + "PrivateTmp=yes\n");
        var unit = Assert.Single(_host.Plan("web_1.2").Units);
        Assert.Equal("/etc/systemd/system/web.service", unit.Source);
        Assert.Equal(File.ReadAllBytes($"{image}{unit.Source}"), unit.Text);
    }

    [Fact]
    public void A_template_is_attached_as_it_is()
    {
        Web(("web@.service", "[Service]\nExecStart=/bin/run %i\n"));
        Assert.Equal($"{_host.Root}/attached/web@.service", _host.Plan("web_1.2").Files[^1].Path);
    }

    [Fact]
    public void The_unit_of_a_plan_stands_under_its_profile()
    {
        Web(("web.service", Host.Service + "PrivateDevices=no\n"));
        var unit = Assert.Single(_host.Plan("web_1.2").Units).Unit;
        Assert.True(unit.Get(Units.Directives.PrivateDevices).Value);
        Assert.Equal("PrivateDevices=no", Assert.Single(unit.Withheld).Text);
    }

    [Fact]
    public void Without_an_image_there_is_nothing_to_attach() =>
        Assert.Equal("web: there is no such image: ENOENT, no such file or directory", _host.Refusal("web"));

    [Fact]
    public void Every_unit_at_once_is_refused()
    {
        Web();
        Assert.Equal("attach - would attach every unit of the image: name the prefixes", _host.Refusal("web_1.2", null, "-"));
    }

    [Fact]
    public void Without_an_os_release_it_is_no_portable_image()
    {
        var image = Web();
        File.Delete($"{image}/etc/os-release");
        Assert.Equal($"{image}: it has no os-release (neither /etc/os-release nor /usr/lib/os-release is a file): it is no portable service image", _host.Refusal("web_1.2"));
    }

    [Fact]
    public void The_os_release_below_usr_is_as_good()
    {
        var image = Web();
        File.Delete($"{image}/etc/os-release");
        _host.Write("images/web_1.2/usr/lib/os-release", "ID=other\n");
        Assert.Equal("other", _host.Plan("web_1.2").OsRelease["ID"]);
    }

    [Fact]
    public void An_os_release_without_an_id_is_refused()
    {
        var image = Web();
        File.WriteAllText($"{image}/etc/os-release", "NAME=x\nID=\n");
        Assert.Equal($"{image}: its os-release has no ID= field, which is needed to attach it", _host.Refusal("web_1.2"));
    }

    [Fact]
    public void Without_a_unit_that_matches_the_sentence_says_what_was_looked_for()
    {
        var image = Web(("sshd.service", Host.Service));
        Assert.Equal($"{image}: no unit in it is named web.service, or begins so (.service, .socket, .target, .timer, .path)", _host.Refusal("web_1.2"));
    }

    [Fact]
    public void An_empty_unit_file_is_no_unit()
    {
        Web(("web.service", ""));
        Assert.Contains("no unit in it is named web.service", _host.Refusal("web_1.2"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_leads_nowhere_in_the_image_is_no_unit()
    {
        var image = Web(("other.service", Host.Service));
        var outside = _host.Write("web.service", Host.Service);
        File.CreateSymbolicLink($"{image}/usr/lib/systemd/system/web.service", outside);
        Assert.Contains("no unit in it is named web.service", _host.Refusal("web_1.2"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefix_that_the_image_does_not_own_is_refused()
    {
        var image = Web(("sshd.service", Host.Service));
        File.WriteAllText($"{image}/etc/os-release", Os + "PORTABLE_PREFIXES=\"web db\"\n");
        Assert.Equal($"{image}: the prefix sshd is not the image's: its os-release says PORTABLE_PREFIXES=\"web db\"", _host.Refusal("web_1.2", null, "sshd"));
    }

    [Theory]
    [InlineData("proc")]
    [InlineData("sys")]
    [InlineData("dev")]
    [InlineData("run")]
    [InlineData("tmp")]
    [InlineData("var/tmp")]
    public void A_mount_point_that_is_not_there_is_named(string point)
    {
        var image = Web();
        Directory.Delete($"{image}/{point}");
        Assert.Equal($"{image}: it has no directory /{point}, which its services need as a mount point", _host.Refusal("web_1.2"));
    }

    [Fact]
    public void A_profile_that_is_not_there_is_refused_with_those_that_are()
    {
        Web();
        Assert.StartsWith("there is no profile mine; there are default, nonetwork, strict, trusted, and those in ", _host.Refusal("web_1.2", new(Profile: "mine")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_that_cannot_be_read_is_not_an_empty_one()
    {
        Web();
        Directory.CreateDirectory($"{_host.Root}/etc/profile/default/service.conf");
        Assert.StartsWith("cannot read the profile default: ", _host.Refusal("web_1.2"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_value_names_its_file_its_line_and_its_directive()
    {
        Web(("web.service", "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/run\nPrivateTmp=maybe\n"));
        Assert.StartsWith("web_1.2:/usr/lib/systemd/system/web.service:5: PrivateTmp=: ", _host.Refusal("web_1.2"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_value_of_the_profile_is_the_profile_s()
    {
        Web();
        var profile = _host.Write("etc/profile/own/service.conf", "[Service]\n\nProtectSystem=perhaps\n");
        Assert.StartsWith($"{profile}:3: ProtectSystem=: ", _host.Refusal("web_1.2", new(Profile: "own")), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_reason_is_told_at_once_and_nothing_is_written_for_any()
    {
        Web(("web.service", "[Service]\nExecStart=/bin/run\nPrivateTmp=maybe\n"), ("web-b.service", Host.Service), ("web-c.service", "[Service]\nExecStart=/bin/gone\n"));
        Assert.Null(Attacher.Plan("web_1.2", [], new(), _host.Directories, out var errors));
        Assert.Equal(
            ["web_1.2:/usr/lib/systemd/system/web-c.service:2: ExecStart=: /bin/gone is not in the image", "web_1.2:/usr/lib/systemd/system/web.service:3: PrivateTmp=: "],
            errors.Select((e, i) => i == 1 ? e.Message[..^(e.Message.Length - e.Message.IndexOf("=: ", StringComparison.Ordinal) - 3)] : e.Message));
        Assert.False(Directory.Exists($"{_host.Root}/attached"));
    }

    [Fact]
    public void A_program_without_the_right_to_be_executed_is_refused()
    {
        var image = Web();
        File.SetUnixFileMode($"{image}/bin/run", UnixFileMode.UserRead);
        Assert.Equal("web_1.2:/usr/lib/systemd/system/web.service:2: ExecStart=: /bin/run cannot be executed: it is a file without the right to be", _host.Refusal("web_1.2"));
    }

    [Fact]
    public void A_program_that_lacks_its_loader_is_refused()
    {
        var image = Web();
        File.Copy("/bin/true", $"{image}/bin/run", overwrite: true);
        Assert.Equal("web_1.2:/usr/lib/systemd/system/web.service:2: ExecStart=: /bin/run needs the loader /lib64/ld-linux-x86-64.so.2, which is not in the image", _host.Refusal("web_1.2"));
    }

    [Fact]
    public void A_program_by_its_name_alone_is_looked_for_in_the_usual_directories()
    {
        Web(("web.service", "[Service]\nExecStart=run\n"));
        Assert.Single(_host.Plan("web_1.2").Units);
    }

    [Theory]
    [InlineData("units")]
    [InlineData("attached")]
    [InlineData("run/attached")]
    public void A_name_that_is_taken_is_refused_with_the_file_that_has_it(string directory)
    {
        Web();
        var taken = _host.Write($"{directory}/web.service", Host.Service);
        Assert.Equal($"web.service: a unit of that name is there already: {taken}", _host.Refusal("web_1.2"));
    }

    [Fact]
    public void A_link_that_leads_nowhere_takes_a_name_as_well()
    {
        Web();
        Directory.CreateDirectory($"{_host.Root}/units");
        File.CreateSymbolicLink($"{_host.Root}/units/web.service", "/nowhere");
        Assert.Contains("is there already", _host.Refusal("web_1.2"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_runs_is_taken()
    {
        Web();
        Assert.Equal("web.service: a unit of that name is running", _host.Refusal("web_1.2", new(Active: new HashSet<string> { "web.service" })));
    }

    [Fact]
    public void Force_replaces_what_is_there()
    {
        Web();
        _host.Write("attached/web.service", "old");
        Assert.Null(Attacher.Apply(_host.Plan("web_1.2", new(Force: true, Active: new HashSet<string> { "web.service" }))));
        Assert.Equal(Host.Service, File.ReadAllText($"{_host.Root}/attached/web.service"));
    }

    [Fact]
    public void When_a_file_cannot_be_made_those_before_it_go_again()
    {
        var image = Web(("web-a.service", Host.Service), ("web-b.service", Host.Service));
        _host.Write("attached/web-b.service.d", "a file in the folder's place");
        var plan = _host.Plan("web_1.2");
        var before = _host.Snapshot();
        var error = Attacher.Apply(plan);
        Assert.StartsWith($"cannot attach {image}: ", error!.Message, StringComparison.Ordinal);
        Assert.EndsWith("; nothing was attached", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, _host.Snapshot());
    }

    [Fact]
    public void The_image_stays_as_it_was()
    {
        var image = Web();
        var before = Host.Run("find", image, "-printf", "%p %i %T@ %s\n");
        Assert.Null(Attacher.Apply(_host.Plan("web_1.2")));
        Assert.Equal(before, Host.Run("find", image, "-printf", "%p %i %T@ %s\n"));
    }
}
