using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Engine.Tests;

public sealed class ServiceStartTests
{
    private const string Simple = "[Service]\nExecStart=/bin/a\n";

    private static Rig Of(string service) => new(("a.service", service));

    [Fact]
    public void Simple_runs_when_its_process_does()
    {
        var rig = Of(Simple).Start("a.service");
        Assert.Equal(["preparing", "start", "running"], rig.Subs("a.service"));
        Assert.Equal(JobResult.Done, rig.LastJob("a.service"));
        Assert.NotEqual(0, rig["a.service"].MainPid);
    }

    [Fact]
    public void Nothing_is_spawned_before_the_resources_are_there()
    {
        var rig = Of(Simple);
        rig.AnswerResources = false;
        rig.Start("a.service");
        Assert.Empty(rig.Spawned("a.service"));
        Assert.Equal("preparing", rig.Sub("a.service"));
    }

    [Fact]
    public void Resources_that_fail_fail_the_start_without_running_a_command()
    {
        var rig = Of("[Service]\nExecStart=/bin/a\nExecStopPost=/bin/post\n");
        rig.AnswerResources = false;
        rig.Start("a.service").Do(new Event.ResourcesFailed("a.service", new("cannot mount the image")));
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Equal(UnitResult.Resources, rig["a.service"].Result);
        Assert.Empty(rig.Spawned("a.service"));
        Assert.Equal(JobResult.Failed, rig.LastJob("a.service"));
        Assert.Single(rig.All<Effect.ReleaseResources>());
    }

    [Fact]
    public void Resources_that_come_after_a_stop_are_not_used()
    {
        var rig = Of(Simple);
        rig.AnswerResources = false;
        rig.Start("a.service").Stop("a.service").Do(new Event.ResourcesReady("a.service", Guid.NewGuid()));
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Empty(rig.Spawned("a.service"));
    }

    [Fact]
    public void Commands_run_in_their_groups_one_after_the_other()
    {
        var rig = Of("""
            [Service]
            ExecCondition=/c1
            ExecStartPre=/p1
            ExecStartPre=/p2
            ExecStart=/main
            ExecStartPost=/q1
            """).Start("a.service");
        Assert.Equal("condition", rig.Sub("a.service"));
        rig.Exit("a.service").Exit("a.service");
        Assert.Equal(["/c1", "/p1", "/p2"], rig.Spawned("a.service"));
        rig.Exit("a.service");
        Assert.Equal("start-post", rig.Sub("a.service"));
        rig.Exit("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal(["/c1", "/p1", "/p2", "/main", "/q1"], rig.Spawned("a.service"));
    }

    [Theory]
    [InlineData(1, "dead", UnitResult.ExecCondition, JobResult.Skipped)]
    [InlineData(254, "dead", UnitResult.ExecCondition, JobResult.Skipped)]
    [InlineData(255, "failed", UnitResult.ExitCode, JobResult.Failed)]
    public void ExecCondition_skips_or_fails(int status, string sub, UnitResult result, JobResult job)
    {
        var rig = Of("[Service]\nExecCondition=/c\nExecStart=/bin/a\n").Start("a.service").Gone("a.service", status);
        Assert.Equal(sub, rig.Sub("a.service"));
        Assert.Equal(result, rig["a.service"].Result);
        Assert.Equal(job, rig.LastJob("a.service"));
        Assert.Equal(["/c"], rig.Spawned("a.service"));
    }

    [Fact]
    public void ExecCondition_killed_by_a_signal_fails()
    {
        var rig = Of("[Service]\nExecCondition=/c\nExecStart=/bin/a\n").Start("a.service").Kill("a.service", 11).Empty("a.service");
        Assert.Equal(UnitResult.Signal, rig["a.service"].Result);
        Assert.Equal("failed", rig.Sub("a.service"));
    }

    [Fact]
    public void StartPre_that_fails_ends_the_start_and_runs_StopPost()
    {
        var rig = Of("[Service]\nExecStartPre=/p\nExecStart=/bin/a\nExecStop=/s\nExecStopPost=/post\n").Start("a.service").Gone("a.service", 3);
        Assert.Equal("stop-post", rig.Sub("a.service"));
        rig.Gone("a.service");
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Equal(["/p", "/post"], rig.Spawned("a.service"));
        Assert.Equal(UnitResult.ExitCode, rig["a.service"].Result);
    }

    [Fact]
    public void StartPre_with_a_dash_may_fail()
    {
        var rig = Of("[Service]\nExecStartPre=-/p\nExecStart=/bin/a\n").Start("a.service").Exit("a.service", 3);
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Fact]
    public void Oneshot_runs_all_its_commands_and_is_dead_then()
    {
        var rig = Of("[Service]\nType=oneshot\nExecStart=/1\nExecStart=/2\n").Start("a.service").Exit("a.service");
        Assert.Equal(ActiveState.Activating, rig["a.service"].Active);
        rig.Gone("a.service");
        Assert.Equal(["/1", "/2"], rig.Spawned("a.service"));
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Equal(JobResult.Done, rig.LastJob("a.service"));
    }

    [Fact]
    public void Oneshot_stops_at_the_first_command_that_fails()
    {
        var rig = Of("[Service]\nType=oneshot\nExecStart=/1\nExecStart=/2\n").Start("a.service").Gone("a.service", 1);
        Assert.Equal(["/1"], rig.Spawned("a.service"));
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Equal(JobResult.Failed, rig.LastJob("a.service"));
    }

    [Fact]
    public void Oneshot_with_RemainAfterExit_stays_active()
    {
        var rig = Of("[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/1\nExecStop=/s\n").Start("a.service").Gone("a.service");
        Assert.Equal("exited", rig.Sub("a.service"));
        Assert.Equal(ActiveState.Active, rig["a.service"].Active);
        rig.Stop("a.service").Gone("a.service");
        Assert.Equal(["/1", "/s"], rig.Spawned("a.service"));
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void Oneshot_has_no_start_timeout_of_its_own() =>
        Assert.Empty(Of("[Service]\nType=oneshot\nExecStart=/1\n").Start("a.service").All<Effect.ArmTimer>());

    [Fact]
    public void Oneshot_without_ExecStart_and_with_RemainAfterExit_is_active_at_once() =>
        Assert.Equal("exited", Of("[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/s\n").Start("a.service").Sub("a.service"));

    [Fact]
    public void Notify_runs_when_it_says_so()
    {
        var rig = Of("[Service]\nType=notify\nExecStart=/bin/a\n").Start("a.service");
        Assert.Equal("start", rig.Sub("a.service"));
        rig.Do(new Event.Notify("a.service", Ready: true, Status: "Hello"));
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("Hello", rig["a.service"].StatusText);
    }

    [Fact]
    public void Notify_that_ends_before_it_is_ready_broke_the_protocol()
    {
        var rig = Of("[Service]\nType=notify\nExecStart=/bin/a\n").Start("a.service").Gone("a.service");
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Equal(UnitResult.Protocol, rig["a.service"].Result);
    }

    [Fact]
    public void Forking_takes_the_main_process_from_the_PID_file()
    {
        var rig = Of("[Service]\nType=forking\nPIDFile=/run/a.pid\nExecStart=/bin/a\n").Start("a.service");
        Assert.Equal(0, rig["a.service"].MainPid);
        rig.Exit("a.service");
        Assert.True(rig.All<Effect.ReadPidFile>().Single().Wait);
        Assert.Equal("start", rig.Sub("a.service"));
        rig.Do(new Event.MainPidKnown("a.service", 4711));
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal(4711, rig["a.service"].MainPid);
    }

    [Fact]
    public void Forking_whose_daemon_dies_without_a_PID_file_broke_the_protocol()
    {
        var rig = Of("[Service]\nType=forking\nPIDFile=/run/a.pid\nExecStart=/bin/a\n").Start("a.service").Exit("a.service").Empty("a.service");
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Equal(UnitResult.Protocol, rig["a.service"].Result);
    }

    [Fact]
    public void Forking_without_a_main_process_runs_while_its_cgroup_has_any()
    {
        var rig = Of("[Service]\nType=forking\nExecStart=/bin/a\n").Start("a.service").Exit("a.service").Do(new Event.MainPidKnown("a.service", null));
        Assert.Equal("running", rig.Sub("a.service"));
        rig.Empty("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void Forking_may_have_its_PID_file_written_by_StartPost()
    {
        var rig = Of("[Service]\nType=forking\nPIDFile=/run/a.pid\nExecStart=/bin/a\nExecStartPost=/post\n").Start("a.service").Exit("a.service");
        Assert.False(rig.All<Effect.ReadPidFile>().Last().Wait);
        rig.Do(new Event.MainPidKnown("a.service", null)).Exit("a.service");
        Assert.True(rig.All<Effect.ReadPidFile>().Last().Wait);
        rig.Do(new Event.MainPidKnown("a.service", 9));
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Fact]
    public void A_command_that_cannot_be_executed_counts_with_its_exit_status()
    {
        var rig = Of("[Service]\nExecStart=/bin/none\nRestart=on-failure\nRestartPreventExitStatus=203\n");
        rig.AnswerSpawn = false;
        rig.Start("a.service").Do(new Event.SpawnFailed("a.service", ProcessRole.Start, new("cannot execute /bin/none", default(OsError), default, 203)));
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Equal(UnitResult.ExitCode, rig["a.service"].Result);
        Assert.Equal(203, rig["a.service"].MainExit!.Value.Status);
    }

    [Fact]
    public void A_condition_that_cannot_be_executed_is_a_failure_and_no_skip()
    {
        var rig = Of("[Service]\nExecCondition=/none\nExecStart=/bin/a\n");
        rig.AnswerSpawn = false;
        rig.Start("a.service").Do(new Event.SpawnFailed("a.service", ProcessRole.Condition, new("cannot execute /none", null, default, 203)));
        Assert.Equal("failed", rig.Sub("a.service"));
    }

    [Fact]
    public void A_start_that_takes_too_long_is_killed_and_fails()
    {
        var rig = Of("[Service]\nType=notify\nTimeoutStartSec=5\nExecStart=/bin/a\n").Start("a.service").Elapse("a.service");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        rig.Gone("a.service");
        Assert.Equal(UnitResult.Timeout, rig["a.service"].Result);
        Assert.Equal("failed", rig.Sub("a.service"));
    }

    [Fact]
    public void A_timer_that_comes_too_early_is_armed_again()
    {
        var rig = Of("[Service]\nType=notify\nTimeoutStartSec=5\nExecStart=/bin/a\n").Start("a.service");
        var before = rig.All<Effect.ArmTimer>().Count();
        rig.Do(new Event.TimerElapsed("a.service", UnitTimer.State));
        Assert.Equal("start", rig.Sub("a.service"));
        Assert.Equal(before + 1, rig.All<Effect.ArmTimer>().Count());
    }

    [Fact]
    public void Each_start_command_has_the_whole_timeout()
    {
        var rig = Of("[Service]\nTimeoutStartSec=5\nExecStartPre=/1\nExecStartPre=/2\nExecStart=/bin/a\n").Start("a.service");
        rig.Now += 4_000_000;
        rig.Exit("a.service");
        Assert.Equal(rig.Now + 5_000_000, rig.All<Effect.ArmTimer>().Last().At);
    }

    [Fact]
    public void EXTEND_TIMEOUT_USEC_gives_more_time()
    {
        var rig = Of("[Service]\nType=notify\nTimeoutStartSec=5\nExecStart=/bin/a\n").Start("a.service");
        rig.Now += 4_000_000;
        rig.Do(new Event.Notify("a.service", ExtendTimeoutMicroseconds: 20_000_000));
        Assert.Equal(rig.Now + 20_000_000, rig.All<Effect.ArmTimer>().Last().At);
        rig.Do(new Event.Notify("a.service", ExtendTimeoutMicroseconds: 1));
        Assert.Equal(rig.Now + 20_000_000, rig.All<Effect.ArmTimer>().Last().At);
    }

    [Fact]
    public void The_unit_is_written_down_before_its_command_is_spawned()
    {
        var rig = Of(Simple).Start("a.service");
        var spawn = rig.Index(e => e is Effect.Spawn);
        Assert.Contains(rig.Effects.Take(spawn), e => e is Effect.Persist { Unit: "a.service" });
    }
}
