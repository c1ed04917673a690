namespace Supervisor.Binary.Tests;

/// <summary>The manager may die at any time: its services do not notice, and the next one knows them.</summary>
public sealed class KeeperTests
{
    private const string Sleeper = "[Service]\nExecStart=/run/tools/sleep 1000\nRestart=on-failure\nRestartSec=10ms\n";

    private static int KillManager(Nested host)
    {
        var old = host.ManagerPid;
        host.Signal("KILL", old);
        Command.Until(
            () => Witness.Processes(host).FirstOrDefault(p => p.Arguments is [_, "manager", ..])?.Pid is { } pid && pid != old && host.Supervisor("status", "sleeper").Status is 0 or 3,
            () => $"a new manager answers\n{host.Console}");
        return host.ManagerPid;
    }

    [Fact]
    public void Killing_the_manager_leaves_services_running_under_a_new_one()
    {
        using var host = Nested.Start(("sleeper.service", Sleeper));
        host.Supervisor("start", "sleeper").Succeeded();
        var main = host.MainPid("sleeper");
        var keeper = host.KeeperPid;
        var since = Witness.Status(host, main);
        KillManager(host);
        Assert.Equal(keeper, host.KeeperPid);
        Assert.Equal(main, host.MainPid("sleeper"));
        Assert.Equal(keeper, int.Parse(since["PPid"], null));
        host.Supervisor("status", "sleeper").Succeeded().Says("running");
    }

    [Fact]
    public void An_adopted_service_is_restarted_when_it_dies()
    {
        using var host = Nested.Start(("sleeper.service", Sleeper));
        host.Supervisor("start", "sleeper").Succeeded();
        var main = host.MainPid("sleeper");
        KillManager(host);
        host.Signal("KILL", main);
        Command.Until(() => host.MainPid("sleeper") is var now && now != 0 && now != main, () => $"it runs again\n{host.Supervisor("status", "sleeper")}");
        host.Supervisor("status", "sleeper").Says("running", "1 restart", "SIGKILL");
    }

    [Fact]
    public void An_adopted_service_can_be_stopped()
    {
        using var host = Nested.Start(("sleeper.service", Sleeper));
        host.Supervisor("start", "sleeper").Succeeded();
        var main = host.MainPid("sleeper");
        KillManager(host);
        host.Supervisor("stop", "sleeper").Succeeded();
        Assert.DoesNotContain(Witness.Processes(host), p => p.Pid == main);
    }

    [Fact]
    public void A_death_while_there_is_no_manager_is_acted_on_by_the_next()
    {
        using var host = Nested.Start(("sleeper.service", Sleeper));
        host.Supervisor("start", "sleeper").Succeeded();
        var main = host.MainPid("sleeper");
        // The manager is stopped first, so that it cannot see the death, and then killed.
        host.Signal("STOP", host.ManagerPid);
        host.Signal("KILL", main);
        KillManager(host);
        Command.Until(() => host.MainPid("sleeper") is var now && now != 0 && now != main, () => $"it runs again\n{host.Supervisor("status", "sleeper")}");
    }

    [Fact]
    public void Twenty_managers_one_after_the_other()
    {
        using var host = Nested.Start(("sleeper.service", Sleeper));
        host.Supervisor("start", "sleeper").Succeeded();
        var main = host.MainPid("sleeper");
        var descriptors = 0;
        for (var i = 0; i < 20; i++)
        {
            KillManager(host);
            if (i == 0)
                descriptors = Witness.Descriptors(host, host.KeeperPid).Count;
        }
        Assert.Equal(main, host.MainPid("sleeper"));
        Command.Until(() => Witness.Descriptors(host, host.KeeperPid).Count == descriptors, "the keeper has no more descriptors than before");
    }

    [Fact]
    public void The_end_takes_every_service_with_it()
    {
        using var host = Nested.Start(("sleeper.service", Sleeper), ("other.service", Sleeper));
        host.Supervisor("start", "sleeper", "other").Succeeded();
        Assert.Equal(0, host.End());
    }

    [Fact]
    public void A_second_supervisor_in_the_same_directories_is_refused()
    {
        using var host = Nested.Start(("sleeper.service", Sleeper));
        host.Supervisor("run", $"--runtime-dir={Nested.RuntimeDirectory}", $"--state-dir={Nested.StateDirectory}").Failed().Says(Nested.RuntimeDirectory);
        host.Supervisor("start", "sleeper").Succeeded();
    }

    [Fact]
    public void A_unit_named_on_the_command_line_is_started()
    {
        using var host = Nested.StartWith("sleeper", ("sleeper.service", Sleeper));
        Command.Until(() => host.MainPid("sleeper") != 0, () => $"it runs\n{host.Console}");
    }

    [Fact]
    public void Run_as_PID_1_of_a_container_is_a_nested_manager()
    {
        var outcome = Command.Run("unshare", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private", "/bin/sh", "-c", $"""
            mount -t tmpfs tmpfs /run
            mkdir -p /run/supervisor/units
            printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n' > /run/supervisor/units/hello.service
            (until {Machine.Supervisor} list >/dev/null 2>&1; do sleep 0.02; done; {Machine.Supervisor} start hello; kill -TERM 1) &
            exec {Machine.Supervisor} run --runtime-dir=/run/supervisor --state-dir=/run/state
            """);
        outcome.Succeeded().Says("nested manager", "hello.service exited after");
    }
}
