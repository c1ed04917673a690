namespace Supervisor.Units.Tests;

public sealed class UnitParserTests
{
    private static Unit Parse(string text) => UnitParser.FromText("t.service", text);

    [Fact]
    public void A_hardened_service_loads_without_a_word()
    {
        var unit = Parse("""
            [Unit]
            Description=A store of keys
            After=network.target
            [Service]
            Type=notify
            ExecStart=/usr/bin/store /etc/store.conf --supervised systemd
            PIDFile=/run/store/store.pid
            TimeoutStopSec=0
            Restart=always
            User=store
            RuntimeDirectory=store
            RuntimeDirectoryMode=2755
            UMask=007
            PrivateTmp=true
            LimitNOFILE=65535
            ProtectHome=true
            ProtectSystem=strict
            ReadWritePaths=-/var/lib/store
            ReadWritePaths=-/var/log/store
            CapabilityBoundingSet=
            PrivateUsers=true
            ProtectProc=invisible
            RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
            RestrictNamespaces=true
            SystemCallArchitectures=native
            SystemCallFilter=@system-service
            SystemCallFilter=~ @privileged @resources
            ReadWriteDirectories=-/etc/store
            NoExecPaths=/
            ExecPaths=/usr/bin/store /usr/lib /lib
            [Install]
            WantedBy=multi-user.target
            """);
        Assert.Empty(unit.Diagnostics);
        Assert.Equal(LoadState.Loaded, unit.LoadState);
        Assert.True(unit.Get(Directives.TimeoutStopSec).Value.IsInfinite);
        Assert.Equal(0x5EDu, unit.Get(Directives.RuntimeDirectoryMode).Value);
        Assert.Equal(3, unit.Get(Directives.ReadWritePaths).Value.Count);
        Assert.Equal(0ul, unit.Get(Directives.CapabilityBoundingSet).Value);
        Assert.Equal(0ul, unit.Get(Directives.RestrictNamespaces).Value);
        var filter = Assert.Single(unit.Get(Directives.SystemCallFilter).Value);
        Assert.True(filter.IsAllowList);
        Assert.Contains("read", filter.Calls.Keys);
        Assert.DoesNotContain("setpriority", filter.Calls.Keys);
        Assert.Equal("/t/t.service", unit.Get(Directives.User).Origin.File);
        Assert.Equal(10, unit.Get(Directives.User).Origin.Line);
    }

    [Theory]
    [InlineData("PrivateTmp=maybe", "PrivateTmp")]
    [InlineData("User=0day", "User")]
    [InlineData("User=-1", "User")]
    [InlineData("User=4294967295", "User")]
    [InlineData("User=0x0", "User")]
    [InlineData("UMask=999", "UMask")]
    [InlineData("Type=dbus", "Type")]
    [InlineData("RestartSec=soon", "RestartSec")]
    [InlineData("SystemCallFilter=@nothing", "SystemCallFilter")]
    [InlineData("CapabilityBoundingSet=CAP_FLY", "CapabilityBoundingSet")]
    [InlineData("ReadWritePaths=relative", "ReadWritePaths")]
    [InlineData("BindPaths=/a/../b", "BindPaths")]
    [InlineData("ExecStart=bin/x", "ExecStart")]
    [InlineData("ExecStart=/bin/x \"open", "ExecStart")]
    [InlineData("Environment=1=2", "Environment")]
    [InlineData("RuntimeDirectory=../x", "RuntimeDirectory")]
    [InlineData("StandardOutput=file:x", "StandardOutput")]
    [InlineData("LimitNOFILE=10:5", "LimitNOFILE")]
    public void A_wrong_value_is_an_error_that_names_its_place(string line, string directive)
    {
        var unit = Parse($"[Service]\nExecStart=/bin/true\n{line}\n");
        Assert.Equal(LoadState.BadSetting, unit.LoadState);
        var error = unit.Diagnostics.First(d => d.Severity == Severity.Error);
        Assert.Equal(directive, error.Origin.Directive);
        Assert.Equal(3, error.Origin.Line);
    }

    [Fact]
    public void A_misspelt_directive_is_a_warning_with_the_nearest_name()
    {
        var unit = Parse("[Service]\nExecStart=/bin/true\nPrivateTemp=yes\n");
        Assert.Equal(LoadState.Loaded, unit.LoadState);
        Assert.Contains("PrivateTmp", Assert.Single(unit.Diagnostics).Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5min 20s", 320_000_000ul)]
    [InlineData("500ms", 500_000ul)]
    [InlineData("1.5", 1_500_000ul)]
    [InlineData("2h", 7_200_000_000ul)]
    [InlineData("infinity", ulong.MaxValue)]
    public void Time_spans(string text, ulong microseconds) =>
        Assert.Equal(microseconds, Parse($"[Service]\nExecStart=/bin/true\nRestartSec={text}\n").Get(Directives.RestartSec).Value.Microseconds);

    [Fact]
    public void Command_lines()
    {
        var commands = Parse("[Service]\nType=oneshot\nExecStart=-@/bin/sh sh -c 'echo \"a b\"' ; /bin/echo \\x41 %n \\; x\n").Get(Directives.ExecStart).Value;
        Assert.Equal(2, commands.Count);
        Assert.True(commands[0].IgnoreFailure);
        Assert.Equal(["sh", "-c", "echo \"a b\""], commands[0].Arguments);
        Assert.Equal(["/bin/echo", "A", "t.service", ";", "x"], commands[1].Arguments);
    }

    [Fact]
    public void Continuations_with_comments_between()
    {
        var unit = Parse("[Service]\nExecStart=/bin/echo a \\\n# not this\n  b \\\n  c\n");
        Assert.Equal(["/bin/echo", "a", "b", "c"], unit.Get(Directives.ExecStart).Value[0].Arguments);
    }

    [Fact]
    public void An_empty_assignment_begins_a_list_anew() =>
        Assert.Single(Parse("[Service]\nExecStart=/bin/true\nReadOnlyPaths=/a\nReadOnlyPaths=\nReadOnlyPaths=/b\n").Get(Directives.ReadOnlyPaths).Value);

    [Fact]
    public void Capabilities_merge_and_invert()
    {
        Assert.Equal(Capabilities.Bit("CAP_KILL") | Capabilities.Bit("CAP_CHOWN"),
            Parse("[Service]\nExecStart=/bin/true\nCapabilityBoundingSet=CAP_KILL\nCapabilityBoundingSet=CAP_CHOWN\n").Get(Directives.CapabilityBoundingSet).Value);
        Assert.Equal(Capabilities.All & ~Capabilities.Bit("CAP_KILL"),
            Parse("[Service]\nExecStart=/bin/true\nCapabilityBoundingSet=~CAP_KILL\n").Get(Directives.CapabilityBoundingSet).Value);
    }

    [Fact]
    public void Every_row_reads_an_empty_value_or_says_why_not()
    {
        foreach (var (section, name) in DirectiveTable.Names)
        {
            var unit = UnitParser.FromText(section is "Unit" or "Install" ? "t.service" : $"t.{section.ToLowerInvariant()}", $"[{section}]\n{name}=\n");
            Assert.All(unit.Diagnostics.Where(d => d.Severity == Severity.Warning), d => Assert.Equal("is empty, ignored", d.Message));
        }
    }

    [Theory]
    [InlineData("PrivateTmp=yes")]
    [InlineData("ProtectSystem=strict")]
    [InlineData("Type=notify")]
    [InlineData("TimeoutStopSec=7")]
    public void An_empty_value_of_what_cannot_be_empty_changes_nothing_and_is_told(string line)
    {
        var name = line.Split('=')[0];
        var unit = UnitParser.FromText("t.service", $"[Service]\nExecStart=/bin/true\n{line}\n{name}=\n");
        Assert.Equal($"/t/t.service:4: {name}=: is empty, ignored", Assert.Single(unit.Diagnostics).ToString());
        Assert.Equal(3, unit.OriginOf(DirectiveTable.Find("Service", name)!).Line);
    }

    [Fact]
    public void An_empty_section_that_is_none_is_told() =>
        Assert.Equal("/t/t.service:3: no such section as [Servce], ignored", Assert.Single(UnitParser.FromText("t.service", "[Service]\nExecStart=/bin/true\n[Servce]\n").Diagnostics).ToString());

    [Fact]
    public void Documentation_that_is_no_URI_is_told_and_left_out()
    {
        var unit = UnitParser.FromText("t.service", "[Unit]\nDocumentation=man:x(8) see-there https://example.org/\n[Service]\nExecStart=/bin/true\n");
        Assert.Equal(["man:x(8)", "https://example.org/"], unit.Get(Directives.Documentation).Value);
        Assert.Equal(Severity.Warning, Assert.Single(unit.Diagnostics).Severity);
    }

    [Fact]
    public void Random_changes_of_a_unit_never_throw()
    {
        var text = "[Unit]\nDescription=x\nAfter=a.target\nConditionPathExists=!/x\n[Service]\nType=notify\nExecStart=/bin/sh -c \"a\\tb\" ; /b $X\nUser=%i\nSystemCallFilter=~@mount read:EPERM\n"
            + "Environment=\"A=b c\" D=e\nLimitNOFILE=1K:2K\nBindPaths=/a:/b:rbind\nRestartSec=1min 2s\nCapabilityBoundingSet=~CAP_KILL\nIPAddressDeny=any\n";
        var random = new Random(7);
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < 20_000; i++)
        {
            var changed = (byte[])bytes.Clone();
            for (var n = random.Next(1, 5); n > 0; n--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            var diagnostics = new List<Diagnostic>();
            var unit = new Unit { Name = "t@i.service", Type = UnitType.Service };
            UnitParser.Apply(unit, UnitLexer.Read(changed, "/t", diagnostics), "/t", new SpecifierContext("t@i.service", SpecifierContext.SystemFacts), diagnostics);
        }
    }

    /// <summary>Where a machine with that id stands for that tag was worked out with Python's hmac: 0.1299 of the way for web.</summary>
    [Theory]
    [InlineData("web 13%", true)]
    [InlineData("web 12.9%", false)]
    [InlineData("web 12,9%", false)]
    [InlineData("65%", false)]
    [InlineData("65.5%", true)]
    [InlineData("100%", true)]
    [InlineData("0%", false)]
    public void A_machine_is_in_a_fraction_by_its_id(string argument, bool expected) =>
        Assert.Equal(expected, Conditions.IsInFraction(argument, "0123456789abcdef0123456789abcdef"));

    [Theory]
    [InlineData("|echo $A", ShellUse.Plain, "echo", 2)]
    [InlineData("|/bin/echo a", ShellUse.Plain, "/bin/echo", 2)]
    [InlineData("@|/bin/echo a", ShellUse.Login, "/bin/echo", 2)]
    [InlineData("|", ShellUse.Plain, "/bin/sh", 0)]
    [InlineData("-@|", ShellUse.Login, "/bin/sh", 0)]
    [InlineData("/bin/echo a", ShellUse.None, "/bin/echo", 2)]
    public void A_bar_has_the_shell_run_it(string line, ShellUse shell, string path, int arguments)
    {
        var command = Assert.Single(UnitParser.FromText("a.service", $"[Service]\nExecStart={line}\n").Get(Directives.ExecStart).Value);
        Assert.Equal((shell, path, arguments), (command.Shell, command.Path, command.Arguments.Count));
    }
}
