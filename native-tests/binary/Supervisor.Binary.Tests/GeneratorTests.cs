namespace Supervisor.Binary.Tests;

/// <summary>Units that are made of something else: init scripts, /etc/fstab, and what generators of others write.</summary>
public sealed class GeneratorTests
{
    private const string Sysv = "SYSTEMD_SYSVINIT_PATH=/run/init.d SYSTEMD_SYSVRCND_PATH=/run/rc";

    private const string Beacon = $$"""
        #!{{Nested.ToolDirectory}}/sh
        ### BEGIN INIT INFO
        # Provides:          beacon lighthouse
        # Required-Start:    $remote_fs
        # Default-Start:     2 3 4 5
        # Short-Description: A light that stays on
        ### END INIT INFO
        # pidfile: /run/beacon.pid
        PATH={{Nested.ToolDirectory}}
        case "$1" in
        start)
            start-stop-daemon -S -b -m -p /run/beacon.pid -x {{Nested.ToolDirectory}}/sleep -- 100000
            ;;
        stop)
            start-stop-daemon -K -p /run/beacon.pid
            rm -f /run/beacon.pid
            echo out >> /run/beacon.log
            ;;
        reload)
            echo again >> /run/beacon.log
            ;;
        *)
            echo "Usage: $0 {start|stop|reload}" >&2
            exit 2
            ;;
        esac

        """;

    [Fact]
    public void An_init_script_is_started_shown_reloaded_and_stopped()
    {
        using var nested = Nested.StartWithVariables(Sysv);
        Script(nested, "beacon", Beacon);
        nested.Supervisor("daemon-reload").Succeeded();
        nested.Supervisor("start", "beacon").Succeeded();
        var pid = int.Parse(File.ReadAllText(nested.At("/run/beacon.pid")), null);
        nested.Supervisor("status", "beacon").Succeeded().Says("LSB: A light that stays on", "/run/supervisor/generator.late/beacon.service", "state  running");
        Assert.Equal(pid, nested.MainPid("beacon"));
        nested.Supervisor("is-active", "lighthouse").Succeeded();
        nested.Supervisor("reload", "beacon").Succeeded();
        Assert.Equal("again\n", File.ReadAllText(nested.At("/run/beacon.log")));
        nested.Supervisor("stop", "beacon").Succeeded();
        Assert.Equal("again\nout\n", File.ReadAllText(nested.At("/run/beacon.log")));
        Assert.False(File.Exists(nested.At("/run/beacon.pid")));
        Assert.DoesNotContain(Witness.Processes(nested), p => p.Arguments is [_, "100000"]);
        nested.Supervisor("is-active", "beacon").Failed();
    }

    [Fact]
    public void Run_levels_pull_scripts_in_and_a_unit_of_the_same_name_wins()
    {
        using var nested = Nested.StartWithVariables(Sysv);
        Script(nested, "beacon", Beacon);
        Script(nested, "native", "#!/bin/sh\nexit 7\n");
        nested.Unit("native.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n");
        Directory.CreateDirectory(nested.At("/run/rc/rc2.d"));
        foreach (var name in new[] { "beacon", "native" })
            File.CreateSymbolicLink(nested.At($"/run/rc/rc2.d/S03{name}"), $"/run/init.d/{name}");
        nested.Supervisor("daemon-reload").Succeeded();
        nested.Supervisor("start", "multi-user.target").Succeeded();
        nested.Supervisor("is-active", "beacon").Succeeded();
        nested.Supervisor("cat", "native").Succeeded().Says("RemainAfterExit=yes").SaysNot("exit 7", "init.d");
        nested.Supervisor("stop", "beacon").Succeeded();
    }

    [Fact]
    public void What_is_no_script_is_named_and_the_others_work()
    {
        using var nested = Nested.StartWithVariables(Sysv);
        Script(nested, "beacon", Beacon);
        Script(nested, "junk", "#!/bin/sh\n\0\u0001\u0002junk");
        Script(nested, "long", "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: " + new string('x', 1 << 20) + "\n### END INIT INFO\n");
        Script(nested, "wide", "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: " + new string('x', 1 << 18) + "\n### END INIT INFO\n");
        nested.Enter(Machine.Busybox, "mkfifo", "-m", "755", "/run/init.d/fifo").Succeeded();
        File.CreateSymbolicLink(nested.At("/run/init.d/round"), "around");
        File.CreateSymbolicLink(nested.At("/run/init.d/around"), "round");
        nested.Supervisor("daemon-reload").Succeeded();
        nested.Supervisor("status").Succeeded().Says(
            "/run/init.d/junk:2: a zero byte", "/run/init.d/long: cannot be read", "/run/init.d/wide:3: a line of 262", "/run/init.d/fifo: not a regular file", "/run/init.d/round: cannot be looked at",
            "/run/init.d/around: cannot be looked at");
        nested.Supervisor("start", "beacon").Succeeded();
        nested.Supervisor("cat", "wide").Succeeded();
        nested.Supervisor("start", "junk").Failed();
        nested.Supervisor("stop", "beacon").Succeeded();
    }

    [Fact]
    public void Others_generators_make_units_and_what_they_do_wrong_is_shown()
    {
        using var nested = Nested.StartWithVariables("", "--generator-timeout=1s");
        Generator(nested, "good", "printf '[Service]\\nExecStart=/bin/sleep 1000\\n' > $1/made.service; /bin/sleep 7777 & exit 0");
        Generator(nested, "fails", "echo some reason >&2; exit 9");
        Generator(nested, "crashes", "kill -ABRT $$");
        Generator(nested, "hangs", "exec sleep 7777");
        Generator(nested, "bad", "echo '[Service]' > $1/bad.service");
        nested.Supervisor("daemon-reload").Succeeded();
        nested.Supervisor("status").Succeeded().Says(
            "fails failed with status 9: some reason", "crashes was killed by SIGABRT", "hangs did not end within 1 s and was killed", "bad: bad.service:1: ExecStart=: a service without a command")
            .SaysNot("good");
        Assert.DoesNotContain(Witness.Processes(nested), p => p.Arguments is [_, "7777"]);
        nested.Supervisor("start", "made").Succeeded();
        foreach (var name in new[] { "good", "fails", "crashes", "hangs", "bad" })
            File.Delete(nested.At($"/run/supervisor/system-generators/{name}"));
        nested.Supervisor("daemon-reload").Succeeded();
        nested.Supervisor("status").Succeeded().SaysNot("note");
        Assert.False(Directory.Exists(nested.At("/run/supervisor/generator")));
        nested.Supervisor("stop", "made").Succeeded();
        nested.Supervisor("start", "made").Failed();
    }

    [Fact]
    public void The_manager_answers_while_generators_run_and_units_stay_as_they_were()
    {
        using var nested = Nested.Start();
        Generator(nested, "one", "printf '[Service]\\nType=oneshot\\nExecStart=/bin/true\\n' > $1/kept.service");
        nested.Supervisor("daemon-reload").Succeeded();
        nested.Enter(Machine.Busybox, "mkfifo", "/run/gate").Succeeded();
        Generator(nested, "slow", "echo > /run/waits; read line < /run/gate; printf '[Service]\\nType=oneshot\\nExecStart=/bin/true\\n' > $1/late.service");
        using var reload = nested.Begin("daemon-reload");
        Command.Until(() => File.Exists(nested.At("/run/waits")), "the generator waits");
        nested.Supervisor("start", "kept").Succeeded();
        nested.Supervisor("start", "late").Failed();
        Assert.False(reload.HasExited);
        nested.Enter("sh", "-c", "echo go > /run/gate").Succeeded();
        Assert.True(reload.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, reload.ExitCode);
        nested.Supervisor("start", "late").Succeeded();
    }

    [Fact]
    public void A_manager_that_dies_before_the_first_units_leaves_them_to_the_next()
    {
        var folder = Directory.CreateTempSubdirectory("generators").FullName;
        var path = $"{folder}/gate";
        File.WriteAllText(path, "#!/bin/sh\necho > /run/waits; [ -e /run/open ] || exec sleep 1000; printf '[Service]\\nExecStart=/bin/sleep 1000\\n' > $1/first.service\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using (var nested = Nested.StartWithVariables($"SYSTEMD_GENERATOR_PATH={folder}", "first"))
        {
            Command.Until(() => File.Exists(nested.At("/run/waits")), "the generator waits");
            File.WriteAllText(nested.At("/run/open"), "");
            nested.Signal("KILL", nested.ManagerPid);
            Command.Until(() => nested.Supervisor("is-active", "first").Status == 0, () => $"the unit of the generator runs\n{nested.Console}");
            Assert.DoesNotContain(Witness.Processes(nested), p => p.Arguments is ["sleep", "1000"]);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void By_hand_units_are_written_below_a_directory()
    {
        var folder = Directory.CreateTempSubdirectory("generators").FullName;
        File.WriteAllText($"{folder}/fstab", "/dev/a /a ext4\nwrong\n");
        var outcome = Command.Run([Machine.Supervisor, "generate", $"{folder}/out"], new Dictionary<string, string>
        {
            ["SYSTEMD_FSTAB"] = $"{folder}/fstab", ["SYSTEMD_PROC_CMDLINE"] = "systemd.mask=x systemd.getty_auto=no", ["SYSTEMD_SYSVINIT_PATH"] = folder, ["SYSTEMD_GENERATOR_PATH"] = folder,
        });
        outcome.Succeeded().Says($"systemd-fstab-generator: {folder}/fstab:2: not an entry");
        Assert.Contains("What=/dev/a\n", File.ReadAllText($"{folder}/out/generator/a.mount"), StringComparison.Ordinal);
        Assert.Equal("/dev/null", new FileInfo($"{folder}/out/generator.early/x.service").LinkTarget);
        Assert.False(Directory.Exists($"{folder}/out/generator.late"));
        Directory.Delete(folder, recursive: true);
    }

    private static void Script(Nested nested, string name, string text)
    {
        Directory.CreateDirectory(nested.At("/run/init.d"));
        Executable(nested.At($"/run/init.d/{name}"), text);
    }

    private static void Generator(Nested nested, string name, string script)
    {
        Directory.CreateDirectory(nested.At("/run/supervisor/system-generators"));
        Executable(nested.At($"/run/supervisor/system-generators/{name}"), $"#!/bin/sh\n{script}\n");
    }

    private static void Executable(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
