namespace Supervisor.Engine.Tests;

public sealed class ServiceStopTests
{
    private static Rig Running(string service)
    {
        var rig = new Rig(("a.service", "[Service]\nExecStart=/bin/a\n" + service)).Start("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
        rig.Effects.RemoveAll(e => e is not Effect.ArmTimer);
        return rig;
    }

    private static Effect.Signal LastSignal(Rig rig) => rig.All<Effect.Signal>().Last();

    [Fact]
    public void Stop_sends_SIGTERM_to_all_and_waits_for_all()
    {
        var rig = Running("").Stop("a.service");
        Assert.Equal(new Effect.Signal("a.service", SignalTarget.Main | SignalTarget.Cgroup, 15, false), LastSignal(rig));
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        rig.ExitMain("a.service");
        Assert.Equal("final-sigterm", rig.Sub("a.service"));
        Assert.Null(rig.LastJob("a.service"));
        rig.Empty("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Equal(JobResult.Done, rig.LastJob("a.service"));
    }

    [Fact]
    public void A_cgroup_that_is_empty_before_the_exit_is_reported_is_waited_for_both()
    {
        var rig = Running("").Stop("a.service").Empty("a.service");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        rig.ExitMain("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void ExecStop_comes_first_and_gets_the_main_PID()
    {
        var rig = Running("ExecStop=/s1\nExecStop=/s2\n").Stop("a.service");
        Assert.Equal(rig["a.service"].MainPid, rig.All<Effect.Spawn>().Last().MainPid);
        rig.Exit("a.service");
        Assert.Equal(["/s1", "/s2"], rig.Spawned("a.service"));
        rig.Exit("a.service");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
    }

    [Fact]
    public void ExecStop_that_fails_makes_the_unit_failed()
    {
        var rig = Running("ExecStop=/s1\nExecStop=/s2\n").Stop("a.service").Exit("a.service", 1).Gone("a.service");
        Assert.Equal(["/s1"], rig.Spawned("a.service"));
        Assert.Equal("failed", rig.Sub("a.service"));
    }

    [Fact]
    public void What_does_not_heed_SIGTERM_is_killed()
    {
        var rig = Running("TimeoutStopSec=7\n").Stop("a.service").Elapse("a.service");
        Assert.Equal("stop-sigkill", rig.Sub("a.service"));
        Assert.Single(rig.All<Effect.KillCgroup>());
        rig.Kill("a.service", 9).Empty("a.service");
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Equal(UnitResult.Timeout, rig["a.service"].Result);
        Assert.Equal(JobResult.Done, rig.LastJob("a.service"));
    }

    [Fact]
    public void What_cannot_be_killed_is_left_in_the_end_and_said_so()
    {
        var rig = Running("").Stop("a.service").Elapse("a.service").Elapse("a.service").Elapse("a.service").Elapse("a.service");
        Assert.Equal("failed", rig.Sub("a.service"));
        Assert.Contains(rig.All<Effect.Log>(), l => l.Text.Contains("left behind", StringComparison.Ordinal));
    }

    [Fact]
    public void SendSIGKILL_no_goes_on_without_it()
    {
        var rig = Running("SendSIGKILL=no\nExecStopPost=/post\n").Stop("a.service").Elapse("a.service");
        Assert.Equal("stop-post", rig.Sub("a.service"));
        Assert.Empty(rig.All<Effect.KillCgroup>());
    }

    [Fact]
    public void KillMode_process_signals_only_the_main_process_and_leaves_the_rest()
    {
        var rig = Running("KillMode=process\n").Stop("a.service");
        Assert.Equal(SignalTarget.Main, LastSignal(rig).Target);
        rig.ExitMain("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void KillMode_mixed_terminates_the_main_process_and_kills_the_rest()
    {
        var rig = Running("KillMode=mixed\n").Stop("a.service");
        Assert.Equal(SignalTarget.Main, LastSignal(rig).Target);
        Assert.Empty(rig.All<Effect.KillCgroup>());
        rig.ExitMain("a.service");
        Assert.Equal("final-sigkill", rig.Sub("a.service"));
        Assert.Single(rig.All<Effect.KillCgroup>());
        rig.Empty("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void KillMode_none_signals_nothing()
    {
        var rig = Running("KillMode=none\nExecStop=/s\n").Stop("a.service").Exit("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Empty(rig.All<Effect.Signal>());
        Assert.Empty(rig.All<Effect.KillCgroup>());
    }

    [Fact]
    public void KillSignal_and_SendSIGHUP()
    {
        var rig = Running("KillSignal=SIGINT\nSendSIGHUP=yes\n").Stop("a.service");
        Assert.Equal(2, LastSignal(rig).Number);
        Assert.True(LastSignal(rig).Hangup);
    }

    [Fact]
    public void RestartKillSignal_is_for_restarts_only()
    {
        var rig = Running("RestartKillSignal=SIGUSR1\n").Request("a.service", JobType.Restart);
        Assert.Equal(10, LastSignal(rig).Number);
        Assert.Equal(15, LastSignal(Running("RestartKillSignal=SIGUSR1\n").Stop("a.service")).Number);
    }

    [Fact]
    public void FinalKillSignal_that_is_not_SIGKILL_is_sent_as_a_signal()
    {
        var rig = Running("FinalKillSignal=SIGQUIT\n").Stop("a.service").Elapse("a.service");
        Assert.Equal(3, LastSignal(rig).Number);
        Assert.Empty(rig.All<Effect.KillCgroup>());
    }

    [Fact]
    public void A_main_process_that_ends_by_itself_takes_ExecStop_along()
    {
        var rig = Running("ExecStop=/s\n").ExitMain("a.service");
        Assert.Equal("stop", rig.Sub("a.service"));
        rig.Gone("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void A_main_process_that_fails_goes_without_ExecStop()
    {
        var rig = Running("ExecStop=/s\nExecStopPost=/post\n").ExitMain("a.service", 1).Empty("a.service");
        Assert.Equal(["/post"], rig.Spawned("a.service"));
        rig.Gone("a.service");
        Assert.Equal(UnitResult.ExitCode, rig["a.service"].Result);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(13), InlineData(15)]
    public void A_daemon_may_end_by_these_signals(int signal) =>
        Assert.Equal(UnitResult.Success, Running("").Kill("a.service", signal).Empty("a.service")["a.service"].Result);

    [Fact]
    public void Other_ends_are_failures()
    {
        Assert.Equal(UnitResult.Signal, Running("").Kill("a.service", 9).Empty("a.service")["a.service"].Result);
        Assert.Equal(UnitResult.CoreDump, Running("").Kill("a.service", 11, dumped: true).Empty("a.service")["a.service"].Result);
        Assert.Equal(UnitResult.Success, Running("SuccessExitStatus=7 SIGKILL\n").Gone("a.service", 7)["a.service"].Result);
        Assert.Equal(UnitResult.Success, Running("SuccessExitStatus=7 SIGKILL\n").Kill("a.service", 9).Empty("a.service")["a.service"].Result);
    }

    [Fact]
    public void Lack_of_memory_is_the_result_of_the_kill_that_follows_it()
    {
        var rig = Running("").Do(new Event.OutOfMemory("a.service"));
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        rig.Kill("a.service", 9).Empty("a.service");
        Assert.Equal(UnitResult.OomKill, rig["a.service"].Result);
    }

    [Fact]
    public void RuntimeMaxSec_ends_it()
    {
        var rig = Running("RuntimeMaxSec=60\n").Elapse("a.service", UnitTimer.Runtime);
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        Assert.Equal(UnitResult.Timeout, rig.Gone("a.service")["a.service"].Result);
    }

    [Fact]
    public void A_reload_does_not_give_RuntimeMaxSec_again()
    {
        var rig = Running("RuntimeMaxSec=60\nExecReload=/r\n").Request("a.service", JobType.Reload);
        Assert.Equal("reload", rig.Sub("a.service"));
        rig.Exit("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Single(rig.All<Effect.ArmTimer>(), t => t.Timer == UnitTimer.Runtime);
    }

    [Fact]
    public void Stop_during_a_start_kills_at_once()
    {
        var rig = new Rig(("a.service", "[Service]\nType=notify\nExecStart=/a\nExecStop=/s\n")).Start("a.service").Stop("a.service");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        Assert.Equal(JobResult.Canceled, rig.All<Effect.JobFinished>().First().Result);
        rig.Gone("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Equal(["/a"], rig.Spawned("a.service"));
    }

    [Fact]
    public void A_process_that_appears_while_it_is_being_killed_is_killed_too()
    {
        var rig = new Rig(("a.service", "[Service]\nExecStart=/a\n")) { AnswerSpawn = false };
        rig.Start("a.service").Stop("a.service");
        var before = rig.All<Effect.Signal>().Count();
        rig.Do(new Event.SpawnSucceeded("a.service", ProcessRole.Start, 55));
        Assert.Equal(before + 1, rig.All<Effect.Signal>().Count());
        rig.Gone("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void A_start_while_it_stops_waits_for_the_end()
    {
        var rig = Running("").Stop("a.service").Start("a.service");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        rig.Gone("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Fact]
    public void The_runtime_directory_is_kept_as_RuntimeDirectoryPreserve_says()
    {
        Assert.False(Running("").Stop("a.service").Gone("a.service").All<Effect.ReleaseResources>().Single().KeepRuntimeDirectory);
        Assert.True(Running("RuntimeDirectoryPreserve=yes\n").Stop("a.service").Gone("a.service").All<Effect.ReleaseResources>().Single().KeepRuntimeDirectory);
        Assert.False(Running("RuntimeDirectoryPreserve=restart\n").Stop("a.service").Gone("a.service").All<Effect.ReleaseResources>().Single().KeepRuntimeDirectory);
        Assert.True(Running("RuntimeDirectoryPreserve=restart\n").Request("a.service", JobType.Restart).Gone("a.service")
            .All<Effect.ReleaseResources>().Single().KeepRuntimeDirectory);
        Assert.True(Running("RuntimeDirectoryPreserve=restart\nRestart=always\n").Gone("a.service").All<Effect.ReleaseResources>().Single().KeepRuntimeDirectory);
    }
}
