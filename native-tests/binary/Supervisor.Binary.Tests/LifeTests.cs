namespace Supervisor.Binary.Tests;

/// <summary>The finer points of a service's life, with real processes: reload by signal, names on a bus, stored descriptors, ends that end more than the unit.</summary>
public sealed class LifeTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly Nested _host = shared.Nested;

    private void Unit(string name, string service, string unit = "") => _host.Unit(name + ".service", $"[Unit]\n{unit}\n[Service]\n{service}\n");

    private void Script(string name, string text) => File.WriteAllText(_host.At($"{Nested.CheckDirectory}/{name}"), $"export PATH={Nested.ToolDirectory}\n{text}\n");

    private string[] Trace(string name) => File.Exists(_host.At($"/run/check/{name}")) ? File.ReadAllLines(_host.At($"/run/check/{name}")) : [];

    private bool Is(string unit, string state) => _host.StatusLine(unit, "state").Contains(state, StringComparison.Ordinal);

    private void UntilState(string unit, string state) => Command.Until(() => Is(unit, state), () => $"{unit} is {state}:\n{_host.Supervisor("status", unit)}");

    private void KillManager()
    {
        var old = _host.ManagerPid;
        _host.Signal("KILL", old);
        Command.Until(
            () => Witness.Processes(_host).FirstOrDefault(p => p.Arguments is [_, "manager", ..])?.Pid is { } pid && pid != old && _host.Supervisor("list").Status == 0,
            () => $"a new manager answers\n{_host.Console}");
    }

    [Fact]
    public void Notify_reload_is_reloaded_by_its_signal_and_has_been_when_it_says_so()
    {
        Unit("reloader", "Type=notify-reload\nExecStart=/run/tools/probe reload-loop /run/check/reloader.trace\nExecReloadPost=/run/tools/sh -c '/run/tools/echo post >> /run/check/reloader.trace'");
        _host.Supervisor("start", "reloader").Succeeded();
        var main = _host.MainPid("reloader");
        _host.Supervisor("reload", "reloader").Succeeded();
        _host.Supervisor("reload", "reloader").Succeeded();
        Assert.Equal(["reloaded", "post", "reloaded", "post"], Trace("reloader.trace"));
        Assert.Equal(main, _host.MainPid("reloader"));
        _host.Supervisor("stop", "reloader").Succeeded();
    }

    [Fact]
    public void A_notify_reload_service_that_does_not_answer_fails_the_reload_and_runs_on()
    {
        Script("deaf", "trap '' HUP; probe notify READY=1; while :; do sleep 0.1; done");
        Unit("deaf", "Type=notify-reload\nNotifyAccess=all\nTimeoutStartSec=500ms\nExecStart=/run/tools/sh /run/check/deaf");
        _host.Supervisor("start", "deaf").Succeeded();
        _host.Supervisor("reload", "deaf").Failed();
        Assert.True(Is("deaf", "running"));
        _host.Supervisor("stop", "deaf").Succeeded();
    }

    [Fact]
    public void What_a_service_stores_it_gets_back_also_from_a_manager_that_never_saw_it()
    {
        Script("keeper", """
            echo "$LISTEN_FDS $LISTEN_FDNAMES $FDSTORE" >> /run/check/keeper.trace
            if test "$LISTEN_FDS" = 2; then cat <&3 >> /run/check/keeper.trace; cat <&4 >> /run/check/keeper.trace; exec sleep 1000; fi
            probe store first "one
            " && probe store second "two
            " && probe store third "three
            " && probe notify READY=1 && exec sleep 1000
            """);
        Unit("keeper", "Type=notify\nNotifyAccess=all\nFileDescriptorStoreMax=2\nRestart=always\nRestartSec=10ms\nExecStart=/run/tools/sh /run/check/keeper");
        _host.Supervisor("start", "keeper").Succeeded();
        KillManager();
        _host.Signal("KILL", _host.MainPid("keeper"));
        Command.Until(() => Trace("keeper.trace").Length == 4, () => $"it has them back\n{string.Join('\n', Trace("keeper.trace"))}\n{_host.Supervisor("logs", "keeper").All}");
        Assert.Equal(["  2", "2 first:second 2", "one", "two"], Trace("keeper.trace"));
        _host.Supervisor("logs", "keeper").Says("FileDescriptorStoreMax=");
        _host.Supervisor("stop", "keeper");
    }

    [Fact]
    public void The_store_is_emptied_when_the_service_is_stopped_for_good_unless_it_is_to_be_preserved()
    {
        foreach (var (name, preserve, expected) in ((string, string, string)[])[("storeno", "restart", ""), ("storeyes", "yes", "1")])
        {
            Script(name, $"echo \"$LISTEN_FDS\" >> /run/check/{name}.trace; probe store x y; probe notify READY=1; exec sleep 1000");
            Unit(name, $"Type=notify\nNotifyAccess=all\nFileDescriptorStoreMax=5\nFileDescriptorStorePreserve={preserve}\nExecStart=/run/tools/sh /run/check/{name}");
            _host.Supervisor("start", name).Succeeded();
            _host.Supervisor("stop", name);
            _host.Supervisor("start", name).Succeeded();
            Assert.Equal(["", expected], Trace(name + ".trace"));
            _host.Supervisor("stop", name);
        }
    }

    [Fact]
    public void ExitType_cgroup_lives_as_long_as_any_process()
    {
        Script("crowd", "sleep 981 & exit 0");
        Unit("crowd", "ExitType=cgroup\nExecStart=/run/tools/sh /run/check/crowd");
        _host.Supervisor("start", "crowd").Succeeded();
        Command.Until(() => _host.MainPid("crowd") == 0, "its main process has ended");
        var child = Witness.Processes(_host).Single(p => p.Arguments is [_, "981"]).Pid;
        Assert.True(Is("crowd", "running"));
        _host.Signal("TERM", child);
        UntilState("crowd", "inactive");
    }

    [Fact]
    public void Idle_starts_when_nothing_else_is_going_on()
    {
        Script("busy", "sleep 0.3; echo busy >> /run/check/idle.trace");
        Unit("busy", "Type=oneshot\nExecStart=/run/tools/sh /run/check/busy");
        Unit("lazy", "Type=idle\nExecStart=/run/tools/sh -c '/run/tools/echo lazy >> /run/check/idle.trace; exec /run/tools/sleep 1000'");
        _host.Unit("idle.target", "[Unit]\nWants=busy.service lazy.service\n");
        _host.Supervisor("start", "idle.target").Succeeded();
        Command.Until(() => Trace("idle.trace").Length == 2, "both ran");
        Assert.Equal(["busy", "lazy"], Trace("idle.trace"));
        _host.Supervisor("stop", "lazy");
    }

    [Fact]
    public void Upholds_brings_a_unit_back_that_ends_by_itself()
    {
        Unit("upheld", "ExecStart=/run/tools/sleep 982");
        _host.Unit("holder.target", "[Unit]\nUpholds=upheld.service\n");
        _host.Supervisor("start", "holder.target").Succeeded();
        UntilState("upheld", "running");
        var main = _host.MainPid("upheld");
        _host.Signal("TERM", main);
        Command.Until(() => _host.MainPid("upheld") is var now && now != 0 && now != main, "it runs again");
        _host.Supervisor("stop", "holder.target").Succeeded();
        _host.Supervisor("stop", "upheld").Succeeded();
        Assert.Equal(0, _host.MainPid("upheld"));
    }

    [Fact]
    public void A_reload_and_a_stop_are_passed_on()
    {
        Unit("follower", "ExecStart=/run/tools/sleep 983\nExecReload=/run/tools/touch /run/check/follower.reloaded");
        Unit("leader", "ExecStart=/run/tools/sleep 984\nExecReload=/run/tools/true", "PropagatesReloadTo=follower.service\nPropagatesStopTo=follower.service\nWants=follower.service");
        _host.Supervisor("start", "leader").Succeeded();
        UntilState("follower", "running");
        _host.Supervisor("reload", "leader").Succeeded();
        Command.Until(() => File.Exists(_host.At("/run/check/follower.reloaded")), "the follower is reloaded");
        _host.Supervisor("stop", "leader").Succeeded();
        UntilState("follower", "inactive");
    }

    [Theory]
    [InlineData("SuccessAction=exit\nSuccessActionExitStatus=7", "/run/tools/true", 7)]
    [InlineData("FailureAction=exit", "/run/tools/sh -c 'exit 9'", 9)]
    [InlineData("FailureAction=exit-force", "/run/tools/sh -c 'exit 11'", 11)]
    public void An_action_of_exit_ends_the_manager_with_the_status(string action, string command, int status)
    {
        using var host = Nested.Start(("end.service", $"[Unit]\n{action}\n[Service]\nType=oneshot\nExecStart={command}\n"), ("other.service", "[Service]\nExecStart=/run/tools/sleep 985\n"));
        host.Supervisor("start", "other").Succeeded();
        using var client = host.Begin("start", "end");
        Assert.Equal(status, host.WaitForEnd());
    }

    [Fact]
    public void A_nested_manager_does_not_power_off_and_says_so()
    {
        Unit("off", "Type=oneshot\nExecStart=/run/tools/false", "FailureAction=poweroff");
        _host.Supervisor("start", "off").Failed();
        _host.Supervisor("list").Succeeded();
        Assert.Contains("FailureAction=", _host.Console, StringComparison.Ordinal);
    }

    [Fact]
    public void Dbus_is_started_when_it_has_its_name_and_ends_when_it_loses_it()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/dbus-daemon"), "there is no dbus-daemon on this machine (Debian package dbus-daemon)");
        Directory.CreateDirectory(_host.At("/run/dbus"));
        File.WriteAllText(_host.At("/run/check/bus.conf"), """
            <busconfig><listen>systemd:</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow user="*"/><allow own="*"/><allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="signal"/><allow receive_type="error"/><allow send_type="method_call"/><allow send_destination="*"/></policy></busconfig>
            """);
        Unit("named", "Type=dbus\nBusName=org.example.Named\nExecStart=/run/tools/probe own org.example.Named");
        _host.Unit("dbus.socket", "[Socket]\nListenStream=/run/dbus/system_bus_socket\nService=bus.service\n");
        Unit("bus", "ExecStart=/usr/bin/dbus-daemon --nofork --nopidfile --config-file=/run/check/bus.conf");
        _host.Supervisor("start", "named").Succeeded().Says("running");
        Unit("impostor", "Type=dbus\nBusName=org.example.Other\nTimeoutStartSec=300ms\nExecStart=/run/tools/sleep 986");
        _host.Supervisor("start", "impostor").Failed();
        _host.Supervisor("stop", "named").Succeeded();
        _host.Supervisor("stop", "bus");
    }

    [Fact]
    public void Dbus_without_a_bus_fails_and_says_why()
    {
        using var host = Nested.Start(("lonely.service", "[Service]\nType=dbus\nBusName=org.example.Lonely\nExecStart=/run/tools/sleep 987\n"), ("dbus.socket", "[Socket]\nListenStream=/run/elsewhere\n"),
            ("dbus.service", "[Service]\nExecStart=/run/tools/sleep 988\n"));
        host.Supervisor("start", "lonely").Failed().Says("bus", "ENOENT");
    }
}
