using System.Diagnostics;

namespace Supervisor.Binary.Tests;

/// <summary>Types, ends, restarts and order of services, seen from outside.</summary>
public sealed class ServiceTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Sleep = "/run/tools/sleep 1000";

    private readonly Nested _host = shared.Nested;

    private void Unit(string name, string service, string unit = "") => _host.Unit(name + ".service", $"[Unit]\n{unit}\n[Service]\n{service}\n");

    private void Script(string name, string text) => File.WriteAllText(_host.At($"{Nested.CheckDirectory}/{name}"), $"export PATH={Nested.ToolDirectory}\n{text}\n");

    private string[] Trace(string name) => File.Exists(_host.At($"/run/check/{name}")) ? File.ReadAllLines(_host.At($"/run/check/{name}")) : [];

    private void UntilState(string unit, string state) =>
        Command.Until(() => _host.StatusLine(unit, "state").Contains(state, StringComparison.Ordinal), () => $"{unit} is {state}:\n{_host.Supervisor("status", unit)}");

    [Theory]
    [InlineData("simple")]
    [InlineData("exec")]
    public void A_plain_service_runs_and_stops(string type)
    {
        Unit("plain-" + type, $"Type={type}\nExecStart={Sleep}");
        _host.Supervisor("start", "plain-" + type).Succeeded().Says("running");
        var main = _host.MainPid("plain-" + type);
        Assert.Equal("sleep", Witness.Status(_host, main)["Name"]);
        _host.Supervisor("status", "plain-" + type).Succeeded().Says("running", $"{main}");
        _host.Supervisor("stop", "plain-" + type).Succeeded();
        Assert.DoesNotContain(Witness.Processes(_host), p => p.Pid == main);
        _host.Supervisor("status", "plain-" + type).Failed();
    }

    [Fact]
    public void Exec_waits_for_execve_and_says_why_it_failed()
    {
        Unit("noexec", "Type=exec\nExecStart=/no/such/program");
        _host.Supervisor("start", "noexec").Failed().Says("/no/such/program", "noexec.service:5", "ExecStart=", "ENOENT");
    }

    [Fact]
    public void Oneshot_waits_for_the_end_of_its_commands_in_order()
    {
        Script("order", "echo $1 >> /run/check/order.trace");
        const string Run = "/run/tools/sh /run/check/order";
        Unit("order", $"Type=oneshot\nRemainAfterExit=yes\nExecStartPre={Run} pre\nExecStart={Run} one\nExecStart={Run} two\nExecStartPost={Run} post\nExecStop={Run} stop\nExecStopPost={Run} stop-post");
        _host.Supervisor("start", "order").Succeeded();
        Assert.Equal(["pre", "one", "two", "post"], Trace("order.trace"));
        _host.Supervisor("status", "order").Says("exited");
        _host.Supervisor("stop", "order").Succeeded();
        Assert.Equal(["pre", "one", "two", "post", "stop", "stop-post"], Trace("order.trace"));
    }

    [Fact]
    public void A_failed_command_fails_the_start_and_the_rest_does_not_run()
    {
        Script("fails", "echo $1 >> /run/check/fails.trace; exit $2");
        const string Run = "/run/tools/sh /run/check/fails";
        Unit("fails", $"Type=oneshot\nExecStartPre=-{Run} ignored 3\nExecStart={Run} first 7\nExecStart={Run} second 0\nExecStopPost={Run} cleanup 0");
        _host.Supervisor("start", "fails").Failed().Says("7");
        Assert.Equal(["ignored", "first", "cleanup"], Trace("fails.trace"));
    }

    [Fact]
    public void ExecCondition_skips_without_failing()
    {
        Unit("conditional", $"ExecCondition=/run/tools/false\nExecStart={Sleep}");
        _host.Supervisor("start", "conditional").Succeeded();
        Assert.Equal(0, _host.MainPid("conditional"));
    }

    [Fact]
    public void Forking_finds_its_main_process_by_its_pid_file()
    {
        Script("forker", "(sleep 999 & echo $! > /run/check/forker.pid; sleep 998) >/dev/null 2>&1 &\nwhile ! test -s /run/check/forker.pid; do :; done");
        Unit("forker", "Type=forking\nPIDFile=/run/check/forker.pid\nExecStart=/run/tools/sh /run/check/forker");
        _host.Supervisor("start", "forker").Succeeded();
        Assert.Equal(int.Parse(Trace("forker.pid")[0], null), _host.MainPid("forker"));
        _host.Supervisor("stop", "forker").Succeeded();
        Assert.DoesNotContain(Witness.Processes(_host), p => p.Arguments is ["sleep", "999" or "998"]);
    }

    [Theory]
    [InlineData("999999")]
    [InlineData("1")]
    [InlineData("-5")]
    [InlineData("1\\n2")]
    public void A_pid_file_that_names_a_stranger_is_not_believed(string content)
    {
        var name = "stranger" + content.Length + content[0];
        Script(name, $"printf '{content}\\n' > /run/check/{name}.pid; sleep 997 >/dev/null 2>&1 &");
        Unit(name, $"Type=forking\nPIDFile=/run/check/{name}.pid\nTimeoutStartSec=2\nExecStart=/run/tools/sh /run/check/{name}");
        _host.Supervisor("start", name);
        Assert.False(_host.MainPid(name) is 1 or 999999);
        _host.Supervisor("stop", name);
        Assert.Contains(Witness.Processes(_host), p => p.Pid == 1);
    }

    [Fact]
    public void Notify_is_started_by_READY_and_not_before()
    {
        Script("notifier", "echo started > /run/check/notifier.trace; while ! test -e /run/check/go; do :; done; exec probe serve \"READY=1\nSTATUS=Serving 3 guests\"");
        Unit("notifier", "Type=notify\nNotifyAccess=all\nExecStart=/run/tools/sh /run/check/notifier");
        using var client = _host.Begin("start", "notifier");
        Command.Until(() => Trace("notifier.trace").Length > 0, "the service runs");
        Assert.False(client.HasExited);
        File.WriteAllText(_host.At("/run/check/go"), "");
        Assert.True(client.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, client.ExitCode);
        _host.Supervisor("status", "notifier").Says("running", "Serving 3 guests");
        _host.Supervisor("stop", "notifier").Succeeded();
    }

    [Fact]
    public void Notify_from_another_service_is_not_believed()
    {
        Unit("victim", "Type=notify\nTimeoutStartSec=1\nExecStart=/run/tools/sleep 996");
        Unit("liar", "Type=oneshot\nExecStart=/run/tools/probe notify READY=1 MAINPID=1");
        using var client = _host.Begin("start", "victim");
        Command.Until(() => Witness.Processes(_host).Any(p => p.Arguments is [.., "996"]), "the victim runs");
        _host.Supervisor("start", "liar");
        Assert.True(client.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.NotEqual(0, client.ExitCode);
    }

    [Fact]
    public void A_start_that_takes_too_long_is_ended()
    {
        Unit("slow", "Type=oneshot\nTimeoutStartSec=300ms\nExecStart=/run/tools/sleep 995");
        var clock = Stopwatch.StartNew();
        _host.Supervisor("start", "slow").Failed().Says("TimeoutStartSec=");
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.3, 10);
        Assert.DoesNotContain(Witness.Processes(_host), p => p.Arguments is [.., "995"]);
    }

    [Fact]
    public void A_service_that_ignores_SIGTERM_is_killed_after_TimeoutStopSec()
    {
        Script("stubborn", "trap '' TERM; touch /run/check/stubborn.ready; while :; do sleep 0.05; done");
        Unit("stubborn", "TimeoutStopSec=200ms\nExecStart=/run/tools/sh /run/check/stubborn");
        _host.Supervisor("start", "stubborn").Succeeded();
        Command.Until(() => File.Exists(_host.At("/run/check/stubborn.ready")), "the trap is set");
        _host.Supervisor("stop", "stubborn");
        Assert.DoesNotContain(Witness.Processes(_host), p => p.Arguments.Contains("/run/check/stubborn"));
    }

    [Fact]
    public void KillMode_process_leaves_the_others_and_control_group_does_not()
    {
        Script("family", "sleep 994 & sleep 993 & wait");
        Unit("family", "ExecStart=/run/tools/sh /run/check/family");
        Unit("family2", "KillMode=process\nExecStart=/run/tools/sh /run/check/family");
        _host.Supervisor("start", "family2").Succeeded();
        Command.Until(() => Witness.Processes(_host).Count(p => p.Arguments is [_, "994" or "993"]) == 2, "the children run");
        _host.Supervisor("stop", "family2").Succeeded();
        Assert.Equal(2, Witness.Processes(_host).Count(p => p.Arguments is [_, "994" or "993"]));
        foreach (var left in Witness.Processes(_host).Where(p => p.Arguments is [_, "994" or "993"]))
            _host.Signal("KILL", left.Pid);
        Command.Until(() => !Witness.Processes(_host).Any(p => p.Arguments is [_, "994" or "993"]), "they are reaped");
        _host.Supervisor("start", "family").Succeeded();
        Command.Until(() => Witness.Processes(_host).Count(p => p.Arguments is [_, "994" or "993"]) == 2, "the children run");
        _host.Supervisor("stop", "family").Succeeded();
        Assert.DoesNotContain(Witness.Processes(_host), p => p.Arguments is [_, "994" or "993"]);
    }

    [Theory]
    [InlineData("always", "exit 0", true)]
    [InlineData("on-failure", "exit 1", true)]
    [InlineData("on-failure", "exit 0", false)]
    [InlineData("on-success", "exit 0", true)]
    [InlineData("on-success", "exit 1", false)]
    [InlineData("on-abnormal", "kill -KILL $$", true)]
    [InlineData("on-abnormal", "exit 1", false)]
    [InlineData("on-abort", "kill -SEGV $$", true)]
    [InlineData("no", "exit 1", false)]
    public void Restart_policy(string policy, string end, bool again)
    {
        var name = $"again-{policy}-{end.Replace(' ', '-').Replace("$$", "self", StringComparison.Ordinal)}";
        // The first run ends as told, the second stays.
        Script(name, $"echo run >> /run/check/{name}.trace; test $(wc -l < /run/check/{name}.trace) -lt 2 || exec sleep 992\n{end}");
        Unit(name, $"Restart={policy}\nRestartSec=10ms\nExecStart=/run/tools/sh /run/check/{name}");
        _host.Supervisor("start", name);
        if (again)
        {
            Command.Until(() => Trace(name + ".trace").Length == 2, "it ran again");
            UntilState(name, "running");
            _host.Supervisor("status", name).Says("1 restart");
        }
        else
        {
            Command.Until(() => _host.Supervisor("status", name).Status != 0, "it is over");
            Assert.Single(Trace(name + ".trace"));
        }
        _host.Supervisor("stop", name);
    }

    [Fact]
    public void A_crash_loop_ends_at_the_limit()
    {
        Script("loop", "echo run >> /run/check/loop.trace; exit 1");
        Unit("loop", "Restart=always\nRestartSec=1ms\nExecStart=/run/tools/sh /run/check/loop", "StartLimitIntervalSec=60\nStartLimitBurst=4");
        _host.Supervisor("start", "loop");
        UntilState("loop", "failed");
        Assert.Equal(4, Trace("loop.trace").Length);
        _host.Supervisor("status", "loop").Failed().Says("StartLimitBurst=");
    }

    [Fact]
    public void The_limit_holds_for_starts_by_hand_as_well()
    {
        Unit("often", "Type=oneshot\nExecStart=/run/tools/true", "StartLimitIntervalSec=60\nStartLimitBurst=2");
        _host.Supervisor("start", "often").Succeeded();
        _host.Supervisor("start", "often").Succeeded();
        _host.Supervisor("start", "often").Failed().Says("StartLimitBurst=");
    }

    [Fact]
    public void RestartPreventExitStatus_prevents()
    {
        Script("prevented", "echo run >> /run/check/prevented.trace; exit 42");
        Unit("prevented", "Restart=always\nRestartSec=1ms\nRestartPreventExitStatus=42\nExecStart=/run/tools/sh /run/check/prevented");
        _host.Supervisor("start", "prevented");
        UntilState("prevented", "failed");
        Assert.Single(Trace("prevented.trace"));
    }

    [Fact]
    public void A_watchdog_that_is_not_fed_ends_the_service()
    {
        Unit("watched", "Type=notify\nWatchdogSec=300ms\nRestart=no\nExecStart=/run/tools/probe serve READY=1");
        _host.Supervisor("start", "watched").Succeeded();
        UntilState("watched", "failed");
        _host.Supervisor("status", "watched").Says("WatchdogSec=");
    }

    [Fact]
    public void RuntimeMaxSec_ends_the_service()
    {
        Unit("limited", $"RuntimeMaxSec=300ms\nExecStart={Sleep}");
        _host.Supervisor("start", "limited").Succeeded();
        UntilState("limited", "failed");
        _host.Supervisor("status", "limited").Says("RuntimeMaxSec=");
    }

    [Fact]
    public void Standard_streams_can_be_files()
    {
        Script("streams", "cat; echo out; echo err >&2");
        File.WriteAllText(_host.At("/run/check/streams.in"), "in\n");
        File.WriteAllText(_host.At("/run/check/streams.out"), "was there\n");
        const string Run = "Type=oneshot\nExecStart=/run/tools/sh /run/check/streams\nStandardInput=file:/run/check/streams.in\n";
        Unit("streams-append", Run + "StandardOutput=append:/run/check/streams.out\nStandardError=append:/run/check/streams.err");
        _host.Supervisor("start", "streams-append").Succeeded();
        Assert.Equal("was there\nin\nout\n", File.ReadAllText(_host.At("/run/check/streams.out")));
        Assert.Equal("err\n", File.ReadAllText(_host.At("/run/check/streams.err")));
        Unit("streams-truncate", Run + "StandardOutput=truncate:/run/check/streams.out\nStandardError=inherit");
        _host.Supervisor("start", "streams-truncate").Succeeded();
        Assert.Equal("in\nout\nerr\n", File.ReadAllText(_host.At("/run/check/streams.out")));
        _host.Enter(Machine.Busybox, "mkfifo", "/run/check/fifo").Succeeded();
        Unit("streams-fifo", Run + "StandardOutput=file:/run/check/fifo");
        _host.Supervisor("start", "streams-fifo").Failed().Says("cannot open a standard stream", "ENXIO", "StandardOutput=", "streams-fifo.service:");
        _host.Supervisor("systemctl", "is-active", "streams-fifo"); // the manager still answers
    }

    [Fact]
    public void What_is_required_starts_first_and_takes_its_dependants_with_it()
    {
        Script("note", "echo $1 >> /run/check/note.trace");
        Unit("base", "ExecStartPre=/run/tools/sleep 0.1\nExecStartPre=/run/tools/sh /run/check/note base\nExecStart=/run/tools/sleep 991");
        Unit("top", "ExecStartPre=/run/tools/sh /run/check/note top\nExecStart=/run/tools/sleep 991", "Requires=base.service\nAfter=base.service");
        _host.Supervisor("start", "top").Succeeded();
        Assert.Equal(["base", "top"], Trace("note.trace"));
        _host.Supervisor("stop", "base").Succeeded();
        _host.Supervisor("status", "top").Failed();
        Assert.DoesNotContain(Witness.Processes(_host), p => p.Arguments is [_, "991"]);
    }

    [Fact]
    public void A_failed_requirement_fails_what_requires_it()
    {
        Unit("broken", "Type=oneshot\nExecStart=/run/tools/false");
        Unit("needy", $"ExecStart={Sleep}", "Requires=broken.service\nAfter=broken.service");
        _host.Supervisor("start", "needy").Failed().Says("needy.service", "broken.service");
        Assert.Equal(0, _host.MainPid("needy"));
    }

    [Fact]
    public void A_target_starts_what_it_wants_and_goes_on_when_one_fails()
    {
        Unit("wanted", $"ExecStart={Sleep}");
        Unit("unwilling", "Type=oneshot\nExecStart=/run/tools/false");
        _host.Unit("all.target", "[Unit]\nWants=wanted.service unwilling.service\nAfter=wanted.service unwilling.service\n");
        _host.Supervisor("start", "all.target").Succeeded();
        _host.Supervisor("status", "wanted").Succeeded().Says("running");
        _host.Supervisor("status", "unwilling").Failed();
    }

    [Fact]
    public void Conflicts_stops_the_other()
    {
        Unit("day", $"ExecStart={Sleep}");
        Unit("night", $"ExecStart={Sleep}", "Conflicts=day.service");
        _host.Supervisor("start", "day").Succeeded();
        _host.Supervisor("start", "night").Succeeded();
        _host.Supervisor("status", "day").Failed();
        _host.Supervisor("status", "night").Succeeded();
    }

    [Fact]
    public void A_condition_that_does_not_hold_skips_the_start()
    {
        Unit("unmet", $"ExecStart={Sleep}", "ConditionPathExists=/nowhere");
        _host.Supervisor("start", "unmet").Succeeded().Says("ConditionPathExists=/nowhere");
        Assert.Equal(0, _host.MainPid("unmet"));
        Unit("asserted", $"ExecStart={Sleep}", "AssertPathExists=/nowhere");
        _host.Supervisor("start", "asserted").Failed().Says("AssertPathExists=/nowhere");
    }

    [Fact]
    public void OnFailure_starts_what_it_names()
    {
        Unit("crying", "Type=oneshot\nExecStart=/run/tools/false", "OnFailure=helper.service");
        Unit("helper", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/run/tools/touch /run/check/helped");
        _host.Supervisor("start", "crying").Failed();
        Command.Until(() => File.Exists(_host.At("/run/check/helped")), "the helper ran");
    }

    [Fact]
    public void A_template_gets_its_instance()
    {
        _host.Unit("many@.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/run/tools/sh -c 'echo %i %p %n > /run/check/%i.instance'\n");
        _host.Supervisor("start", "many@one", "many@two").Succeeded();
        Assert.Equal(["one many many@one.service"], Trace("one.instance"));
        Assert.Equal(["two many many@two.service"], Trace("two.instance"));
    }

    [Fact]
    public void A_drop_in_overrides_and_clears()
    {
        Unit("dropped", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/run/tools/false\nEnvironment=A=unit");
        Directory.CreateDirectory(_host.At("/run/supervisor/units/dropped.service.d"));
        File.WriteAllText(_host.At("/run/supervisor/units/dropped.service.d/50-own.conf"), "[Service]\nExecStart=\nExecStart=/run/tools/sh -c 'test $A = dropin'\nEnvironment=A=dropin\n");
        _host.Supervisor("start", "dropped").Succeeded();
    }

    [Fact]
    public void A_changed_unit_is_used_after_reload()
    {
        Unit("changing", "Type=oneshot\nExecStart=/run/tools/false");
        _host.Supervisor("start", "changing").Failed();
        Unit("changing", "Type=oneshot\nExecStart=/run/tools/true");
        _host.Supervisor("systemctl", "daemon-reload").Succeeded();
        _host.Supervisor("start", "changing").Succeeded();
    }

    [Fact]
    public void ExecReload_gets_the_main_pid()
    {
        Unit("reloaded", $"ExecStart={Sleep}\nExecReload=/run/tools/sh -c 'echo $MAINPID > /run/check/reloaded.trace'");
        _host.Supervisor("start", "reloaded").Succeeded();
        _host.Supervisor("reload", "reloaded").Succeeded();
        Assert.Equal($"{_host.MainPid("reloaded")}", Trace("reloaded.trace")[0]);
    }

    [Fact]
    public void A_unit_that_is_not_there_is_one_sentence()
    {
        _host.Supervisor("start", "nobody-wrote-this").Failed().Says("nobody-wrote-this.service");
        _host.Supervisor("status", "nobody-wrote-this").Failed().Says("nobody-wrote-this.service");
    }

    [Fact]
    public void Orphans_are_reaped()
    {
        Script("orphans", "for i in 1 2 3 4 5 6 7 8 9 10; do (true &) ; done");
        Unit("orphans", "Type=oneshot\nExecStart=/run/tools/sh /run/check/orphans", "StartLimitIntervalSec=0");
        for (var i = 0; i < 10; i++)
            _host.Supervisor("start", "orphans").Succeeded();
        Command.Until(() => !Witness.Processes(_host).Any(p => p.State == "Z"), "no zombie is left");
    }
}
