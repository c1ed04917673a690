namespace Supervisor.Engine.Tests;

public sealed class ServiceRestartTests
{
    private static Rig Running(string service) => new Rig(("a.service", "[Service]\nExecStart=/bin/a\n" + service)).Start("a.service");

    [Fact]
    public void A_service_that_dies_is_back_after_RestartSec()
    {
        var rig = Running("Restart=always\nRestartSec=3\n").Kill("a.service", 9).Empty("a.service");
        Assert.Equal("auto-restart", rig.Sub("a.service"));
        Assert.Equal(rig.Now + 3_000_000, rig.All<Effect.ArmTimer>().Last().At);
        rig.Elapse("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal(1, rig["a.service"].Restarts);
    }

    [Fact]
    public void It_is_failed_for_a_moment_before_it_waits_for_the_restart()
    {
        var rig = Running("Restart=always\n").Gone("a.service", 1);
        Assert.Equal(["failed", "auto-restart"], rig.Subs("a.service").TakeLast(2));
    }

    [Fact]
    public void A_stop_that_was_asked_for_is_not_followed_by_a_restart()
    {
        Assert.Equal("dead", Running("Restart=always\n").Stop("a.service").Gone("a.service").Sub("a.service"));
        Assert.Equal("dead", Running("Restart=always\n").Gone("a.service").Stop("a.service").Sub("a.service"));
    }

    [Fact]
    public void Prevent_goes_before_force_and_force_before_the_policy()
    {
        Assert.Equal("failed", Running("Restart=always\nRestartPreventExitStatus=5\nRestartForceExitStatus=5\n").Gone("a.service", 5).Sub("a.service"));
        Assert.Equal("auto-restart", Running("RestartForceExitStatus=5\n").Gone("a.service", 5).Sub("a.service"));
        Assert.Equal("failed", Running("RestartForceExitStatus=5\n").Gone("a.service", 6).Sub("a.service"));
        Assert.Equal("failed", Running("Restart=always\nRestartPreventExitStatus=SIGKILL\n").Kill("a.service", 9).Empty("a.service").Sub("a.service"));
    }

    [Fact]
    public void The_start_limit_ends_a_loop_of_restarts()
    {
        var rig = Running("Restart=always\n[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=10\n");
        rig.Gone("a.service", 1).Elapse("a.service").Gone("a.service", 1).Elapse("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
        rig.Gone("a.service", 1).Elapse("a.service");
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Equal(UnitResult.StartLimitHit, rig["a.service"].Result);
        Assert.Equal(3, rig.Spawned("a.service").Count);
    }

    [Fact]
    public void The_start_limit_forgets_after_its_interval()
    {
        var rig = Running("[Unit]\nStartLimitBurst=1\nStartLimitIntervalSec=10\n").Stop("a.service").Gone("a.service").Start("a.service");
        Assert.Equal(UnitResult.StartLimitHit, rig["a.service"].Result);
        Assert.Equal(JobResult.Failed, rig.LastJob("a.service"));
        rig.Now += 10_000_001;
        Assert.Equal("running", rig.Start("a.service").Sub("a.service"));
    }

    [Fact]
    public void A_start_that_is_asked_for_counts_no_restart()
    {
        var rig = Running("Restart=always\n").Gone("a.service", 1).Elapse("a.service").Stop("a.service").Gone("a.service").Start("a.service");
        Assert.Equal(0, rig["a.service"].Restarts);
    }

    [Fact]
    public void A_start_while_it_waits_for_the_restart_begins_at_once()
    {
        var rig = Running("Restart=always\nRestartSec=100\n").Gone("a.service", 1).Start("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Fact]
    public void A_restart_job_stops_then_starts_and_is_done_once()
    {
        var rig = Running("").Request("a.service", JobType.Restart);
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        rig.Gone("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal(2, rig.All<Effect.JobFinished>().Count());
        Assert.Equal(2, rig.Spawned("a.service").Count);
    }

    [Fact]
    public void Try_restart_of_what_does_not_run_does_nothing()
    {
        var rig = new Rig(("a.service", "[Service]\nExecStart=/a\n")).Request("a.service", JobType.TryRestart);
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Equal(JobResult.Done, rig.LastJob("a.service"));
    }

    [Theory]
    [InlineData("ExecReload=/r\n", "reload")]
    [InlineData("", "stop-sigterm")]
    public void Reload_or_restart_does_what_the_unit_can(string reload, string sub) =>
        Assert.Equal(sub, Running(reload).Request("a.service", JobType.ReloadOrRestart).Sub("a.service"));

    [Fact]
    public void A_reload_that_fails_fails_its_job_and_not_the_service()
    {
        var rig = Running("ExecReload=/r\n").Request("a.service", JobType.Reload).Exit("a.service", 1);
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal(JobResult.Failed, rig.LastJob("a.service"));
        Assert.Equal(JobResult.Done, rig.Request("a.service", JobType.Reload).Exit("a.service").LastJob("a.service"));
    }

    [Fact]
    public void A_reload_that_takes_too_long_is_killed_and_the_service_goes_on()
    {
        var rig = Running("ExecReload=/r\nTimeoutStartSec=5\n").Request("a.service", JobType.Reload).Elapse("a.service");
        Assert.Equal(new Effect.Signal("a.service", SignalTarget.Control, 9, false), rig.All<Effect.Signal>().Last());
        rig.Kill("a.service", 9);
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal(JobResult.Failed, rig.LastJob("a.service"));
    }

    [Fact]
    public void What_cannot_be_reloaded_says_so()
    {
        Assert.Equal(JobResult.Invalid, Running("").Request("a.service", JobType.Reload).LastJob("a.service"));
        var dead = new Rig(("a.service", "[Service]\nExecStart=/a\nExecReload=/r\n")).Request("a.service", JobType.Reload);
        Assert.Equal(JobResult.Invalid, dead.LastJob("a.service"));
    }

    [Fact]
    public void The_watchdog_ends_what_is_silent()
    {
        var rig = Running("WatchdogSec=5\nRestart=on-watchdog\n");
        rig.Now += 4_000_000;
        rig.Do(new Event.Notify("a.service", Watchdog: true));
        Assert.Equal(rig.Now + 5_000_000, rig.All<Effect.ArmTimer>().Last().At);
        rig.Elapse("a.service", UnitTimer.Watchdog);
        Assert.Equal("stop-watchdog", rig.Sub("a.service"));
        Assert.Equal(6, rig.All<Effect.Signal>().Last().Number);
        rig.Kill("a.service", 6, dumped: true).Empty("a.service");
        Assert.Equal(UnitResult.Watchdog, rig["a.service"].Result);
        Assert.Equal("auto-restart", rig.Sub("a.service"));
    }

    [Fact]
    public void A_service_that_says_it_stops_is_given_its_time()
    {
        var rig = Running("").Do(new Event.Notify("a.service", Stopping: true));
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        Assert.Empty(rig.All<Effect.Signal>());
        Assert.Equal("dead", rig.Gone("a.service").Sub("a.service"));
    }

    [Fact]
    public void A_service_that_says_it_reloads_is_reloading_until_it_is_ready()
    {
        var rig = Running("").Do(new Event.Notify("a.service", Reloading: true));
        Assert.Equal(ActiveState.Reloading, rig["a.service"].Active);
        Assert.Equal("running", rig.Do(new Event.Notify("a.service", Ready: true)).Sub("a.service"));
    }

    [Fact]
    public void MAINPID_moves_the_main_process()
    {
        var rig = Running("").Do(new Event.Notify("a.service", MainPid: 77));
        Assert.Equal(77, rig["a.service"].MainPid);
        Assert.Equal("stop-sigterm", rig.Do(new Event.ProcessExited("a.service", 77, new(ExitKind.Exited, 0))).Sub("a.service"));
    }

    [Fact]
    public void Failure_starts_OnFailure_only_when_no_restart_follows()
    {
        const string Alarm = "[Service]\nType=oneshot\nExecStart=/alarm\n";
        var rig = new Rig(("a.service", "[Unit]\nOnFailure=alarm.service\n[Service]\nExecStart=/a\n"), ("alarm.service", Alarm)).Start("a.service").Gone("a.service", 1);
        Assert.Equal("start", rig.Sub("alarm.service"));
        rig = new Rig(("a.service", "[Unit]\nOnFailure=alarm.service\n[Service]\nExecStart=/a\nRestart=always\n"), ("alarm.service", Alarm));
        Assert.Equal("unknown", rig.Start("a.service").Gone("a.service", 1).Sub("alarm.service"));
    }
}
