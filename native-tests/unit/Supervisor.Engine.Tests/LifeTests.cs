using Supervisor.Units;
namespace Supervisor.Engine.Tests;

/// <summary>Shutdown, take-over, reload of definitions, causes, sockets.</summary>
public sealed class LifeTests
{
    private const string Plain = "[Service]\nExecStart=/bin/x\n";
    private const string Slow = "[Service]\nType=notify\nExecStart=/bin/x\n";

    [Fact]
    public void Shutdown_stops_in_the_reverse_order_and_tells_when_it_is_done()
    {
        var rig = new Rig(("a.service", $"[Unit]\nAfter=b.service\n{Plain}"), ("b.service", Plain), ("log.service", Plain))
            .Start("a.service").Start("b.service").Start("log.service").Do(new Event.Shutdown(ShutdownKind.Poweroff, ["log.service"]));
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        Assert.Equal("running", rig.Sub("b.service"));
        rig.Gone("a.service");
        Assert.Empty(rig.All<Effect.AllStopped>());
        rig.Gone("b.service");
        Assert.Equal(ShutdownKind.Poweroff, rig.All<Effect.AllStopped>().Single().Kind);
        Assert.Equal("running", rig.Sub("log.service"));
    }

    [Fact]
    public void Nothing_starts_after_a_shutdown()
    {
        var rig = new Rig(("a.service", Plain + "Restart=always\n"), ("b.service", Plain)).Start("a.service").Do(new Event.Shutdown(ShutdownKind.Exit, []));
        rig.Start("b.service");
        Assert.Equal("cannot start b.service: everything is being stopped", rig.Refusal);
        rig.Gone("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Single(rig.All<Effect.AllStopped>());
    }

    [Fact]
    public void Shutdown_gets_through_a_cycle_of_orders()
    {
        var rig = new Rig(("a.service", $"[Unit]\nAfter=b.service\n{Plain}"), ("b.service", $"[Unit]\nAfter=a.service\n{Plain}"))
            .Start("a.service").Start("b.service").Do(new Event.Shutdown(ShutdownKind.Exit, []));
        Assert.Contains(rig.All<Effect.Log>(), l => l.Text.Contains("waits for", StringComparison.Ordinal));
        rig.Gone(rig.Sub("a.service") == "running" ? "b.service" : "a.service");
        rig.Gone(rig.Sub("a.service") == "dead" ? "b.service" : "a.service");
        Assert.Single(rig.All<Effect.AllStopped>());
    }

    [Fact]
    public void A_reload_of_definitions_does_not_forget_the_start_limit()
    {
        var rig = new Rig(("a.service", "[Unit]\nStartLimitBurst=1\n" + Plain)).Start("a.service").Stop("a.service").Gone("a.service");
        rig.Engine.Reload(rig.Now);
        Assert.Equal(UnitResult.StartLimitHit, rig.Pump().Start("a.service")["a.service"].Result);
    }

    [Fact]
    public void Shutdown_ends_a_wait_for_a_restart()
    {
        var rig = new Rig(("a.service", Plain + "Restart=always\n")).Start("a.service").Gone("a.service", 1).Do(new Event.Shutdown(ShutdownKind.Exit, []));
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Single(rig.All<Effect.AllStopped>());
    }

    [Fact]
    public void A_new_manager_goes_on_with_what_runs()
    {
        var rig = new Rig(("a.service", Plain + "Restart=always\n")).Start("a.service").Gone("a.service", 1).Elapse("a.service");
        var (pid, started, invocation) = (rig["a.service"].MainPid, rig["a.service"].ActiveEnter, rig["a.service"].InvocationId);
        rig.Takeover();
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal((pid, started, invocation, 1), (rig["a.service"].MainPid, rig["a.service"].ActiveEnter, rig["a.service"].InvocationId, rig["a.service"].Restarts));
        Assert.Equal("auto-restart", rig.Gone("a.service", 1).Sub("a.service"));
    }

    [Fact]
    public void A_new_manager_waits_for_a_start_that_is_under_way()
    {
        var rig = new Rig(("a.service", $"[Unit]\nRequires=b.service\nAfter=b.service\n{Plain}"), ("b.service", Slow)).Start("a.service").Takeover();
        Assert.Equal(2, rig.Engine.Jobs.Count);
        rig.Do(new Event.Notify("b.service", Ready: true));
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Single(rig.Spawned("b.service"));
    }

    [Fact]
    public void A_new_manager_signals_again_what_is_being_stopped()
    {
        var rig = new Rig(("a.service", Plain)).Start("a.service").Stop("a.service");
        var signals = rig.All<Effect.Signal>().Count();
        rig.Takeover();
        Assert.Equal(signals + 1, rig.All<Effect.Signal>().Count());
        Assert.Equal("dead", rig.Gone("a.service").Sub("a.service"));
    }

    [Fact]
    public void A_command_that_was_being_spawned_when_the_manager_died_is_not_run_twice()
    {
        var rig = new Rig(("a.service", Plain)) { AnswerSpawn = false };
        rig.Start("a.service");
        Assert.True(rig.Saved["a.service"].MainSpawning);
        rig.Takeover(new AdoptFacts(false, false, true));
        Assert.Single(rig.Spawned("a.service"));
        Assert.Single(rig.All<Effect.KillCgroup>());
        Assert.Equal("failed", rig.Empty("a.service").Sub("a.service"));
        Assert.Equal(UnitResult.Resources, rig["a.service"].Result);
    }

    [Fact]
    public void A_reload_that_was_being_spawned_when_the_manager_died_does_not_hurt_the_service()
    {
        var rig = new Rig(("a.service", Plain + "ExecReload=/r\n")).Start("a.service");
        rig.AnswerSpawn = false;
        rig.Request("a.service", JobType.Reload).Takeover(new AdoptFacts(true, false, true));
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal(JobResult.Failed, rig.LastJob("a.service"));
        Assert.Empty(rig.All<Effect.KillCgroup>());
    }

    [Fact]
    public void OnFailure_units_that_fail_with_each_other_come_to_an_end()
    {
        var rig = new Rig(
            ("a.service", $"[Unit]\nOnFailure=b.service\nRequires=c.service\nAfter=c.service\n{Plain}"),
            ("b.service", $"[Unit]\nOnFailure=a.service\nRequires=c.service\nAfter=c.service\n{Plain}"),
            ("c.service", Slow)).Start("a.service");
        for (var i = 0; i < 30 && rig["c.service"].MainPid != 0; i++)
            rig.Gone("c.service", 1);
        Assert.Empty(rig.Engine.Jobs);
        Assert.Contains(rig.All<Effect.Log>(), l => l.Text.Contains("OnFailure= is left alone", StringComparison.Ordinal));
    }

    [Fact]
    public void A_process_whose_end_nobody_saw_counts_as_failed()
    {
        var rig = new Rig(("a.service", Plain)).Start("a.service").Takeover(new AdoptFacts(false, false, false));
        Assert.Equal("failed", rig.Sub("a.service"));
    }

    [Fact]
    public void A_timer_keeps_its_time_across_managers()
    {
        var rig = new Rig(("a.service", Plain + "Restart=always\nRestartSec=50\n")).Start("a.service").Gone("a.service", 1);
        var due = rig.All<Effect.ArmTimer>().Last().At;
        rig.Takeover();
        Assert.Equal(due, rig.All<Effect.ArmTimer>().Last().At);
        Assert.Equal("running", rig.Elapse("a.service").Sub("a.service"));
    }

    [Fact]
    public void A_reload_of_definitions_is_used_from_the_next_step_on()
    {
        var rig = new Rig(("a.service", Plain)).Start("a.service");
        rig.Define("a.service", Plain + "ExecStop=/new\n");
        rig.Engine.Reload(rig.Now);
        rig.Pump().Stop("a.service");
        Assert.Equal(["/bin/x", "/new"], rig.Spawned("a.service"));
    }

    [Fact]
    public void A_unit_in_use_cannot_be_removed()
    {
        var rig = new Rig(("a.service", Plain)).Start("a.service");
        Assert.False(rig.Engine.Remove("a.service"));
        rig.Stop("a.service").Gone("a.service");
        Assert.True(rig.Engine.Remove("a.service"));
        Assert.Null(rig.Engine.Find("a.service"));
    }

    [Fact]
    public void Causes_lead_from_a_restart_to_the_death()
    {
        var rig = new Rig(("a.service", Plain + "Restart=always\n")).Start("a.service").Kill("a.service", 9).Empty("a.service").Elapse("a.service");
        var texts = rig.Engine.Causes.Chain(rig["a.service"].Cause).Select(c => c.Text).ToArray();
        Assert.Contains(texts, t => t.Contains("was killed by signal 9", StringComparison.Ordinal));
        Assert.Contains(texts, t => t.Contains("Restart=always", StringComparison.Ordinal));
    }

    [Fact]
    public void Causes_lead_from_a_pulled_in_unit_to_who_asked()
    {
        var rig = new Rig(("a.service", $"[Unit]\nWants=b.service\n{Plain}"), ("b.service", Plain)).Start("a.service");
        var texts = rig.Engine.Causes.Chain(rig["b.service"].Cause).Select(c => c.Text).ToArray();
        Assert.Contains("start pulled in: Wants= of a.service", texts);
        Assert.Equal("a test asked for start", texts[^1]);
    }

    [Fact]
    public void Every_change_of_state_has_a_cause()
    {
        var rig = new Rig(("a.service", Plain + "Restart=always\n")).Start("a.service").Gone("a.service", 1).Elapse("a.service").Stop("a.service").Gone("a.service");
        Assert.All(rig.All<Effect.StateChanged>(), c => Assert.NotNull(rig.Engine.Causes.Find(c.Cause)));
    }

    private static Rig Socket(string service = Plain) => new Rig(("a.socket", "[Socket]\nListenStream=/run/a\n"), ("a.service", service)).Start("a.socket");

    [Fact]
    public void A_socket_starts_its_service_when_someone_comes()
    {
        var rig = Socket();
        Assert.Equal("listening", rig.Sub("a.socket"));
        Assert.Equal("unknown", rig.Sub("a.service"));
        rig.Do(new Event.SocketReadable("a.socket"));
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("running", rig.Sub("a.socket"));
        Assert.Equal(["a.socket"], rig.Engine.SocketsOf("a.service"));
    }

    [Fact]
    public void A_socket_listens_again_when_its_service_is_down()
    {
        var rig = Socket().Do(new Event.SocketReadable("a.socket")).Gone("a.service");
        Assert.Equal("listening", rig.Sub("a.socket"));
        Assert.True(rig.All<Effect.WatchSockets>().Last().Watch);
    }

    [Fact]
    public void A_service_that_is_started_by_hand_gets_the_sockets()
    {
        var rig = Socket().Start("a.service");
        Assert.Equal("running", rig.Sub("a.socket"));
        Assert.False(rig.All<Effect.WatchSockets>().Last().Watch);
    }

    [Fact]
    public void A_socket_gives_up_when_its_service_was_started_too_often()
    {
        var rig = Socket();
        for (var i = 0; i < 6; i++)
        {
            rig.Do(new Event.SocketReadable("a.socket"));
            if (rig.Sub("a.service") == "running")
                rig.Gone("a.service", 1);
        }
        Assert.Equal("failed", rig.Sub("a.socket"));
        Assert.Equal(UnitResult.ServiceStartLimitHit, rig["a.socket"].Result);
        Assert.Single(rig.All<Effect.CloseSockets>());
    }

    [Fact]
    public void A_socket_whose_service_skips_is_not_triggered_for_ever()
    {
        var rig = new Rig(("a.socket", "[Socket]\nListenStream=/run/a\n"), ("a.service", $"[Unit]\nStartLimitBurst=0\nConditionPathExists=/x\n{Plain}"))
        {
            AnswerConditions = false,
        };
        rig.Start("a.socket");
        for (var i = 0; i < 21; i++)
            rig.Do(new Event.SocketReadable("a.socket")).Do(new Event.ConditionResult("a.service", ConditionOutcome.Unmet, "ConditionPathExists=/x"));
        Assert.Equal(UnitResult.TriggerLimitHit, rig["a.socket"].Result);
    }
}
