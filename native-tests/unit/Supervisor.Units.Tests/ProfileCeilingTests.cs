namespace Supervisor.Units.Tests;

public sealed class ProfileCeilingTests : IDisposable
{
    private readonly string _dir = Directory.CreateTempSubdirectory("ceiling").FullName;

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    private string Fragment => $"{_dir}/attached/web.service";

    private string Profile => $"{_dir}/attached/web.service.d/10-profile.conf";

    private static ulong Bits(params string[] names) => names.Aggregate(0ul, (mask, name) => mask | Capabilities.Bit("CAP_" + name));

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{_dir}/{path}")!);
        File.WriteAllText($"{_dir}/{path}", text);
    }

    /// <summary>The unit as attached: the image's lines begin at line 3, the profile's at line 3, the administrator's at line 2.</summary>
    private Unit Load(string image, string profile, string? administrator = null)
    {
        Write("attached/web.service", $"[Service]\nExecStart=/bin/run\n{image}\n");
        Write("attached/web.service.d/10-profile.conf", $"# profile test\n[Service]\n{profile}\n");
        Write("attached/web.service.d/20-portable.conf", "[Service]\nRootDirectory=/images/web\n");
        if (administrator is not null)
            Write("etc/web.service.d/50-admin.conf", $"[Service]\n{administrator}\n");
        var unit = new UnitLoader(new UnitSearchPath([new($"{_dir}/etc", false), new($"{_dir}/attached", true)]), SpecifierContext.SystemFacts).Load("web.service");
        Assert.Empty(unit.Diagnostics);
        Assert.Equal(LoadState.Loaded, unit.LoadState);
        return unit;
    }

    private void Withholds(Unit unit, string text, int line, string directive) =>
        Assert.Equal([new WithheldSetting(text, new Origin(Fragment, line, directive))], unit.Withheld);

    [Fact]
    public void The_unit_knows_its_image_and_its_profile() => Assert.Equal(new PortableOrigin("/images/web", "test"), Load("", "").Portable);

    [Fact]
    public void What_the_image_opens_stays_closed()
    {
        var unit = Load("PrivateDevices=no", "PrivateDevices=yes");
        Assert.True(unit.Get(Directives.PrivateDevices).Value);
        Assert.Equal(new Origin(Profile, 3, "PrivateDevices"), unit.Get(Directives.PrivateDevices).Origin);
        Withholds(unit, "PrivateDevices=no", 3, "PrivateDevices");
    }

    [Fact]
    public void What_the_image_closes_is_closed()
    {
        var unit = Load("PrivateDevices=yes", "PrivateDevices=no");
        Assert.True(unit.Get(Directives.PrivateDevices).Value);
        Assert.Equal(new Origin(Fragment, 3, "PrivateDevices"), unit.Get(Directives.PrivateDevices).Origin);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void What_only_the_image_says_is_its_own()
    {
        Assert.True(Load("PrivateDevices=yes", "").Get(Directives.PrivateDevices).Value);
        var unit = Load("PrivateDevices=no", "");
        Assert.False(unit.Get(Directives.PrivateDevices).Value);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void What_only_the_profile_says_holds()
    {
        var unit = Load("", "PrivateDevices=yes");
        Assert.True(unit.Get(Directives.PrivateDevices).Value);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void Every_boolean_of_the_ceiling_is_the_stricter_of_both()
    {
        var rows = DirectiveTable.All.OfType<Directive<bool>>().Where(r => r.Ceiling == Ceiling.Stricter && r.Section == "Service").ToList();
        Assert.Contains(Directives.NoNewPrivileges, rows);
        foreach (var row in rows)
        {
            Assert.True(Load($"{row.Name}=no", $"{row.Name}=yes").Get(row).Value, row.Name);
            Assert.True(Load($"{row.Name}=yes", $"{row.Name}=no").Get(row).Value, row.Name);
            Assert.False(Load($"{row.Name}=no", $"{row.Name}=no").Get(row).Value, row.Name);
        }
    }

    [Theory]
    [InlineData("no", "strict", ProtectSystem.Strict)]
    [InlineData("yes", "full", ProtectSystem.Full)]
    [InlineData("strict", "full", ProtectSystem.Strict)]
    [InlineData("full", "full", ProtectSystem.Full)]
    [InlineData("full", "no", ProtectSystem.Full)]
    public void Of_two_words_the_stricter_holds(string image, string profile, ProtectSystem expected) =>
        Assert.Equal(expected, Load($"ProtectSystem={image}", $"ProtectSystem={profile}").Get(Directives.ProtectSystem).Value);

    [Theory]
    [InlineData("read-only", "yes", ProtectHome.Yes)]
    [InlineData("tmpfs", "read-only", ProtectHome.Tmpfs)]
    [InlineData("tmpfs", "yes", ProtectHome.Yes)]
    [InlineData("yes", "tmpfs", ProtectHome.Yes)]
    public void Homes_that_are_hidden_are_the_strictest(string image, string profile, ProtectHome expected) =>
        Assert.Equal(expected, Load($"ProtectHome={image}", $"ProtectHome={profile}").Get(Directives.ProtectHome).Value);

    [Theory]
    [InlineData("identity", "yes", PrivateUsers.Self)]
    [InlineData("yes", "identity", PrivateUsers.Self)]
    [InlineData("no", "identity", PrivateUsers.Identity)]
    public void A_user_namespace_with_one_user_is_stricter_than_one_with_all(string image, string profile, PrivateUsers expected) =>
        Assert.Equal(expected, Load($"PrivateUsers={image}", $"PrivateUsers={profile}").Get(Directives.PrivateUsers).Value);

    [Theory]
    [InlineData("default", "noaccess", ProtectProc.NoAccess)]
    [InlineData("noaccess", "invisible", ProtectProc.Invisible)]
    [InlineData("ptraceable", "invisible", ProtectProc.Ptraceable)]
    public void Fewer_processes_in_proc_are_stricter(string image, string profile, ProtectProc expected) =>
        Assert.Equal(expected, Load($"ProtectProc={image}", $"ProtectProc={profile}").Get(Directives.ProtectProc).Value);

    [Fact]
    public void A_word_that_is_withheld_is_told_as_it_is_written() => Withholds(Load("ProtectHome=read-only", "ProtectHome=yes"), "ProtectHome=read-only", 3, "ProtectHome");

    [Theory]
    [InlineData("TasksMax=4", "TasksMax=8", 4ul)]
    [InlineData("TasksMax=8", "TasksMax=4", 4ul)]
    [InlineData("TasksMax=infinity", "TasksMax=4", 4ul)]
    [InlineData("TasksMax=4", "", 4ul)]
    [InlineData("", "TasksMax=4", 4ul)]
    public void Of_two_limits_the_lower_holds(string image, string profile, ulong expected) =>
        Assert.Equal(expected, Load(image, profile).Get(Directives.TasksMax).Value);

    [Fact]
    public void Capabilities_are_those_that_both_name()
    {
        var unit = Load("CapabilityBoundingSet=CAP_CHOWN CAP_SYS_ADMIN CAP_NET_RAW", "CapabilityBoundingSet=CAP_CHOWN CAP_KILL");
        Assert.Equal(Bits("CHOWN"), unit.Get(Directives.CapabilityBoundingSet).Value);
        Withholds(unit, "CAP_NET_RAW CAP_SYS_ADMIN", 3, "CapabilityBoundingSet");
    }

    [Fact]
    public void Capabilities_that_the_profile_does_not_speak_of_are_the_image_s()
    {
        var unit = Load("CapabilityBoundingSet=CAP_SYS_ADMIN", "");
        Assert.Equal(Bits("SYS_ADMIN"), unit.Get(Directives.CapabilityBoundingSet).Value);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void Capabilities_that_the_image_does_not_speak_of_are_the_profile_s() =>
        Assert.Equal(Bits("KILL"), Load("", "CapabilityBoundingSet=CAP_KILL").Get(Directives.CapabilityBoundingSet).Value);

    [Fact]
    public void No_capability_at_all_leaves_none()
    {
        var unit = Load("CapabilityBoundingSet=CAP_CHOWN", "CapabilityBoundingSet=");
        Assert.Equal(0ul, unit.Get(Directives.CapabilityBoundingSet).Value);
        Withholds(unit, "CAP_CHOWN", 3, "CapabilityBoundingSet");
    }

    [Fact]
    public void Ambient_capabilities_need_the_profile_s_word()
    {
        var unit = Load("\nAmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_ADMIN", "AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_KILL");
        Assert.Equal(Bits("NET_BIND_SERVICE"), unit.Get(Directives.AmbientCapabilities).Value);
        Withholds(unit, "AmbientCapabilities=CAP_SYS_ADMIN", 4, "AmbientCapabilities");
    }

    [Fact]
    public void Ambient_capabilities_of_the_image_alone_are_withheld()
    {
        var unit = Load("AmbientCapabilities=CAP_SYS_ADMIN", "");
        Assert.Equal(0ul, unit.Get(Directives.AmbientCapabilities).Value);
        Withholds(unit, "AmbientCapabilities=CAP_SYS_ADMIN", 3, "AmbientCapabilities");
    }

    [Fact]
    public void Namespaces_are_those_that_both_allow() =>
        Assert.Equal(Namespaces.Flag("net"), Load("RestrictNamespaces=net user", "RestrictNamespaces=net ipc").Get(Directives.RestrictNamespaces).Value);

    [Fact]
    public void Both_filters_of_system_calls_stay()
    {
        var filters = Load("SystemCallFilter=@mount", "SystemCallFilter=~reboot").Get(Directives.SystemCallFilter).Value;
        Assert.Equal(2, filters.Count);
        Assert.True(filters[0].IsAllowList);
        Assert.Contains("mount", filters[0].Calls.Keys);
        Assert.Equal(Fragment, filters[0].Origin.File);
        Assert.False(filters[1].IsAllowList);
        Assert.Equal(["reboot"], filters[1].Calls.Keys);
        Assert.Equal(Profile, filters[1].Origin.File);
    }

    [Fact]
    public void A_filter_that_the_image_empties_does_not_empty_the_profile_s() =>
        Assert.Equal(Profile, Assert.Single(Load("SystemCallFilter=", "SystemCallFilter=@system-service").Get(Directives.SystemCallFilter).Value).Origin.File);

    [Fact]
    public void Both_filters_of_address_families_stay()
    {
        var filters = Load("RestrictAddressFamilies=AF_UNIX AF_PACKET", "RestrictAddressFamilies=AF_UNIX").Get(Directives.RestrictAddressFamilies).Value;
        Assert.Equal([Fragment, Profile], filters.Select(f => f.Origin.File));
    }

    [Fact]
    public void Paths_that_are_hidden_are_those_of_both() =>
        Assert.Equal(["/a", "/b"], Load("InaccessiblePaths=/a", "InaccessiblePaths=/b").Get(Directives.InaccessiblePaths).Value.Select(p => p.Value.Path));

    [Fact]
    public void Paths_that_the_image_empties_stay_hidden() =>
        Assert.Equal(["/b"], Load("InaccessiblePaths=", "InaccessiblePaths=/b").Get(Directives.InaccessiblePaths).Value.Select(p => p.Value.Path));

    [Theory]
    [InlineData("root")]
    [InlineData("0")]
    [InlineData("1000")]
    public void A_user_of_the_host_is_withheld_from_a_dynamic_one(string user)
    {
        var unit = Load($"User={user}", "DynamicUser=yes");
        Assert.Null(unit.Get(Directives.User).Value);
        Withholds(unit, $"User={user}", 3, "User");
    }

    [Fact]
    public void A_dynamic_user_may_have_a_name()
    {
        var unit = Load("User=web", "DynamicUser=yes");
        Assert.Equal("web", unit.Get(Directives.User).Value);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void Dynamic_user_cannot_be_turned_off_to_be_root()
    {
        var unit = Load("User=root\nDynamicUser=no", "DynamicUser=yes");
        Assert.True(unit.Get(Directives.DynamicUser).Value);
        Assert.Equal(["User=root", "DynamicUser=no"], unit.Withheld.Select(w => w.Text));
        Assert.Equal([3, 4], unit.Withheld.Select(w => w.Origin.Line));
    }

    [Fact]
    public void Other_groups_are_withheld() => Withholds(Load("SupplementaryGroups=disk", "DynamicUser=yes"), "SupplementaryGroups=disk", 3, "SupplementaryGroups");

    [Theory]
    [InlineData("/var/lib/web")]
    [InlineData("/var/lib/web/sub")]
    [InlineData("/run/web")]
    [InlineData("/var/run/web")]
    [InlineData("/var/cache/web/x")]
    [InlineData("/var/log/web")]
    public void Its_own_directories_may_be_written_to(string path)
    {
        var unit = Load($"StateDirectory=web\nRuntimeDirectory=web\nCacheDirectory=web\nLogsDirectory=web\nReadWritePaths={path}", "ProtectSystem=strict");
        Assert.Equal(path, Assert.Single(unit.Get(Directives.ReadWritePaths).Value).Value.Path);
        Assert.Empty(unit.Withheld);
    }

    [Theory]
    [InlineData("/var/lib/webs")]
    [InlineData("/var/lib")]
    [InlineData("/etc")]
    [InlineData("/run/web")]
    [InlineData("/var/cache/web")]
    public void Another_directory_may_not_be_written_to(string path)
    {
        var unit = Load($"StateDirectory=web\nReadWritePaths={path}", "ProtectSystem=strict");
        Assert.Empty(unit.Get(Directives.ReadWritePaths).Value);
        Withholds(unit, $"ReadWritePaths={path}", 4, "ReadWritePaths");
    }

    [Fact]
    public void What_the_profile_lets_be_written_stays_when_the_image_wants_more()
    {
        var unit = Load("ReadWritePaths=/etc", "ReadWritePaths=/srv");
        Assert.Equal(["/srv"], unit.Get(Directives.ReadWritePaths).Value.Select(p => p.Value.Path));
        Withholds(unit, "ReadWritePaths=/etc", 3, "ReadWritePaths");
    }

    [Theory]
    [InlineData("BindPaths=/etc", "BindPaths")]
    [InlineData("BindReadOnlyPaths=/etc", "BindReadOnlyPaths")]
    [InlineData("EnvironmentFile=/etc/passwd", "EnvironmentFile")]
    [InlineData("RootDirectory=/", "RootDirectory")]
    [InlineData("RootImage=/other.raw", "RootImage")]
    [InlineData("RootImagePolicy=*", "RootImagePolicy")]
    [InlineData("ImageMayWiden=yes", "ImageMayWiden")]
    [InlineData("SandboxMode=degrade", "SandboxMode")]
    public void What_only_widens_is_withheld(string line, string directive) =>
        Withholds(Load(line, "", null), directive is "BindPaths" or "BindReadOnlyPaths" ? $"{directive}=/etc" : line, 3, directive);

    [Fact]
    public void An_image_that_lets_itself_widen_does_not_widen() =>
        Assert.Empty(Load("ImageMayWiden=yes\nBindPaths=/etc", "").Get(Directives.BindPaths).Value);

    [Fact]
    public void The_root_is_the_image_whatever_the_image_says()
    {
        var unit = Load("RootDirectory=/", "ImageMayWiden=yes");
        Assert.Equal("/images/web", unit.Get(Directives.RootDirectory).Value);
        Withholds(unit, "RootDirectory=/", 3, "RootDirectory");
    }

    [Fact]
    public void A_plus_before_a_command_is_taken_away_and_told()
    {
        var unit = Load("ExecStartPre=+/bin/pre\nExecStartPre=!/bin/mid\nExecStartPre=-/bin/post", "");
        Assert.Equal(["/bin/pre", "/bin/mid", "/bin/post"], unit.Get(Directives.ExecStartPre).Value.Select(c => c.Path));
        Assert.All(unit.Get(Directives.ExecStartPre).Value, c => Assert.False(c.FullPrivileges || c.KeepPrivileges));
        Assert.True(unit.Get(Directives.ExecStartPre).Value[2].IgnoreFailure);
        Assert.Equal(
            [new("ExecStartPre=+/bin/pre", new(Fragment, 3, "ExecStartPre")), new WithheldSetting("ExecStartPre=!/bin/mid", new(Fragment, 4, "ExecStartPre"))],
            unit.Withheld);
    }

    [Fact]
    public void A_plus_of_the_administrator_s_stays_and_is_not_told()
    {
        var unit = Load("ExecStartPre=+/bin/pre", "", "ExecStartPre=+/bin/own");
        Assert.Equal([false, true], unit.Get(Directives.ExecStartPre).Value.Select(c => c.FullPrivileges));
        Withholds(unit, "ExecStartPre=+/bin/pre", 3, "ExecStartPre");
    }

    [Fact]
    public void A_plus_stays_when_the_image_may_widen()
    {
        var unit = Load("ExecStartPre=+/bin/pre", "ImageMayWiden=yes");
        Assert.True(Assert.Single(unit.Get(Directives.ExecStartPre).Value).FullPrivileges);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void When_the_image_may_widen_it_gets_what_it_asks_for()
    {
        var unit = Load("BindPaths=/srv\nUser=root\nReadWritePaths=/etc\nAmbientCapabilities=CAP_KILL\nSupplementaryGroups=disk", "ImageMayWiden=yes\nBindPaths=/run");
        Assert.Equal(["/srv", "/run"], unit.Get(Directives.BindPaths).Value.Select(b => b.Value.Source));
        Assert.Equal("root", unit.Get(Directives.User).Value);
        Assert.Equal(["/etc"], unit.Get(Directives.ReadWritePaths).Value.Select(p => p.Value.Path));
        Assert.Equal(Bits("KILL"), unit.Get(Directives.AmbientCapabilities).Value);
        Assert.Equal(["disk"], unit.Get(Directives.SupplementaryGroups).Value);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void When_the_image_may_widen_capabilities_add_up()
    {
        var unit = Load("CapabilityBoundingSet=CAP_SYS_ADMIN", "ImageMayWiden=yes\nCapabilityBoundingSet=CAP_KILL");
        Assert.Equal(Bits("SYS_ADMIN", "KILL"), unit.Get(Directives.CapabilityBoundingSet).Value);
        Assert.Empty(unit.Withheld);
    }

    [Theory]
    [InlineData("yes", "no", false)]
    [InlineData("no", "yes", true)]
    public void When_the_image_may_widen_the_later_file_wins(string image, string profile, bool expected)
    {
        var unit = Load($"PrivateDevices={image}", $"ImageMayWiden=yes\nPrivateDevices={profile}");
        Assert.Equal(expected, unit.Get(Directives.PrivateDevices).Value);
        Assert.Equal(new Origin(Profile, 4, "PrivateDevices"), unit.Get(Directives.PrivateDevices).Origin);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void The_administrator_s_drop_in_may_open_what_the_profile_closes()
    {
        var unit = Load("PrivateDevices=no", "PrivateDevices=yes", "PrivateDevices=no");
        Assert.False(unit.Get(Directives.PrivateDevices).Value);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void The_administrator_s_drop_in_may_add_a_bind_mount_and_a_capability()
    {
        var unit = Load("CapabilityBoundingSet=CAP_CHOWN CAP_SYS_ADMIN", "CapabilityBoundingSet=CAP_CHOWN", "CapabilityBoundingSet=CAP_SYS_ADMIN\nBindPaths=/srv");
        Assert.Equal(Bits("CHOWN", "SYS_ADMIN"), unit.Get(Directives.CapabilityBoundingSet).Value);
        Assert.Equal(["/srv"], unit.Get(Directives.BindPaths).Value.Select(b => b.Value.Source));
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void The_administrator_s_drop_in_may_let_the_image_widen() =>
        Assert.Equal(["/srv"], Load("BindPaths=/srv", "", "ImageMayWiden=yes").Get(Directives.BindPaths).Value.Select(b => b.Value.Source));

    [Fact]
    public void A_unit_that_no_image_brought_has_no_ceiling()
    {
        Write("etc/own.service", "[Service]\nExecStart=+/bin/run\nAmbientCapabilities=CAP_SYS_ADMIN\nPrivateDevices=no\n");
        Write("etc/own.service.d/10-x.conf", "[Service]\nPrivateDevices=yes\n");
        Write("etc/own.service.d/20-x.conf", "[Service]\nPrivateDevices=no\n");
        var unit = new UnitLoader(new UnitSearchPath([new($"{_dir}/etc", false), new($"{_dir}/attached", true)]), SpecifierContext.SystemFacts).Load("own.service");
        Assert.Null(unit.Portable);
        Assert.False(unit.Get(Directives.PrivateDevices).Value);
        Assert.Equal(Bits("SYS_ADMIN"), unit.Get(Directives.AmbientCapabilities).Value);
        Assert.True(unit.Get(Directives.ExecStart).Value[0].FullPrivileges);
        Assert.Empty(unit.Withheld);
    }

    [Fact]
    public void Every_withheld_setting_has_its_own_line()
    {
        var unit = Load("PrivateDevices=no\nCapabilityBoundingSet=CAP_SYS_BOOT\nBindPaths=/etc\nExecStartPre=+/bin/pre", "PrivateDevices=yes\nCapabilityBoundingSet=");
        Assert.Equal(
            [("BindPaths=/etc", 5), ("CAP_SYS_BOOT", 4), ("ExecStartPre=+/bin/pre", 6), ("PrivateDevices=no", 3)],
            unit.Withheld.OrderBy(w => w.Text, StringComparer.Ordinal).Select(w => (w.Text, w.Origin.Line)));
        Assert.All(unit.Withheld, w => Assert.Equal(Fragment, w.Origin.File));
    }
}
