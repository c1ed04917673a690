using Supervisor.Units;

namespace Supervisor.Engine.Tests;

public sealed class TransactionTests
{
    private const string Plain = "[Service]\nExecStart=/bin/x\n";
    private const string Slow = "[Service]\nType=notify\nExecStart=/bin/x\n";

    private static Rig Of(params (string Name, string Text)[] units) => new(units);

    private static (string, string) Unit(string name, string unit, string service = Plain) => (name, $"[Unit]\n{unit}\n{service}");

    private static Event Ready(string unit) => new Event.Notify(unit, Ready: true);

    [Fact]
    public void Wants_and_Requires_pull_in()
    {
        var rig = Of(Unit("a.service", "Wants=b.service\nRequires=c.service"), Unit("b.service", ""), Unit("c.service", "")).Start("a.service");
        Assert.All(["a.service", "b.service", "c.service"], u => Assert.Equal("running", rig.Sub(u)));
    }

    [Fact]
    public void After_waits_until_the_other_is_up()
    {
        var rig = Of(Unit("a.service", "Requires=b.service\nAfter=b.service"), Unit("b.service", "", Slow)).Start("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
        rig.Do(Ready("b.service"));
        Assert.True(rig.When("b.service", "running") < rig.When("a.service", "preparing"));
    }

    [Fact]
    public void Before_is_After_from_the_other_side()
    {
        var rig = Of(Unit("a.service", "Wants=b.service"), Unit("b.service", "Before=a.service", Slow)).Start("a.service");
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Equal("running", rig.Do(Ready("b.service")).Sub("a.service"));
    }

    [Fact]
    public void Without_order_they_start_together()
    {
        var rig = Of(Unit("a.service", "Requires=b.service"), Unit("b.service", "", Slow)).Start("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("start", rig.Sub("b.service"));
    }

    [Fact]
    public void A_required_unit_that_fails_fails_the_start_with_dependency()
    {
        var rig = Of(Unit("a.service", "Requires=b.service\nAfter=b.service\nOnFailure=f.service"), Unit("b.service", "", Slow), Unit("f.service", ""))
            .Start("a.service").Gone("b.service", 1);
        Assert.Equal(JobResult.Failed, rig.LastJob("b.service"));
        Assert.Equal(JobResult.Dependency, rig.LastJob("a.service"));
        Assert.Empty(rig.Spawned("a.service"));
        Assert.Equal("running", rig.Sub("f.service"));
    }

    [Fact]
    public void A_dependency_failure_goes_on_to_those_that_need_the_unit()
    {
        var rig = Of(
            Unit("a.service", "Requires=b.service\nAfter=b.service"),
            Unit("b.service", "Requires=c.service\nAfter=c.service"),
            Unit("c.service", "", Slow)).Start("a.service").Gone("c.service", 1);
        Assert.Equal(JobResult.Dependency, rig.LastJob("b.service"));
        Assert.Equal(JobResult.Dependency, rig.LastJob("a.service"));
        Assert.Empty(rig.Engine.Jobs);
    }

    [Fact]
    public void A_wanted_unit_that_fails_is_no_obstacle()
    {
        var rig = Of(Unit("a.service", "Wants=b.service\nAfter=b.service"), Unit("b.service", "", Slow)).Start("a.service").Gone("b.service", 1);
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Fact]
    public void A_required_unit_that_is_not_there_refuses_and_changes_nothing()
    {
        var rig = Of(Unit("a.service", "Requires=none.service")).Start("a.service");
        Assert.Equal("cannot start a.service: Requires= of a.service: there is no unit none.service", rig.Refusal);
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Empty(rig.Engine.Jobs);
    }

    [Fact]
    public void A_wanted_unit_that_is_not_there_or_needs_one_that_is_not_is_noted()
    {
        var rig = Of(Unit("a.service", "Wants=none.service b.service"), Unit("b.service", "Requires=nil.service")).Start("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("dead", rig.Sub("b.service"));
        Assert.Equal(2, rig.All<Effect.JobAccepted>().Single().Notes.Count);
    }

    [Fact]
    public void Requisite_must_be_active_already()
    {
        var rig = Of(Unit("a.service", "Requisite=b.service\nAfter=b.service"), Unit("b.service", "")).Start("a.service");
        Assert.Equal(JobResult.Dependency, rig.LastJob("a.service"));
        Assert.Equal("dead", rig.Sub("b.service"));
        rig.Start("b.service").Start("a.service");
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Fact]
    public void Stop_takes_those_that_need_it_down_first()
    {
        var rig = Of(Unit("a.service", "Requires=b.service\nAfter=b.service"), Unit("b.service", "")).Start("a.service").Stop("b.service");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        Assert.Equal("running", rig.Sub("b.service"));
        rig.Gone("a.service");
        Assert.Equal("stop-sigterm", rig.Sub("b.service"));
        rig.Gone("b.service");
        Assert.Equal("dead", rig.Sub("b.service"));
    }

    [Fact]
    public void Stop_leaves_those_that_only_want_it()
    {
        var rig = Of(Unit("a.service", "Wants=b.service"), Unit("b.service", "")).Start("a.service").Stop("b.service").Gone("b.service");
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Theory]
    [InlineData("PartOf=b.service")]
    [InlineData("Requires=b.service")]
    public void A_restart_restarts_those_that_hang_on_it(string dependency)
    {
        var rig = Of(Unit("a.service", dependency + "\nAfter=b.service"), Unit("b.service", "")).Start("b.service").Start("a.service")
            .Request("b.service", JobType.Restart);
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        rig.Gone("a.service");
        Assert.Equal("stop-sigterm", rig.Sub("b.service"));
        Assert.Equal("dead", rig.Sub("a.service"));
        rig.Gone("b.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("running", rig.Sub("b.service"));
        Assert.Empty(rig.Engine.Jobs);
    }

    [Fact]
    public void PartOf_starts_nothing_and_is_stopped_along()
    {
        var rig = Of(Unit("a.service", "PartOf=b.service"), Unit("b.service", "")).Start("a.service");
        Assert.Equal("unknown", rig.Sub("b.service"));
        rig.Start("b.service").Stop("b.service").Gone("a.service").Gone("b.service");
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void BindsTo_goes_down_when_the_other_does_by_itself()
    {
        var rig = Of(Unit("a.service", "BindsTo=b.service\nAfter=b.service"), Unit("b.service", "")).Start("a.service").Gone("b.service");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        rig = Of(Unit("a.service", "Requires=b.service\nAfter=b.service"), Unit("b.service", "")).Start("a.service").Gone("b.service");
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Fact]
    public void Conflicts_stops_the_other_and_with_order_first()
    {
        var rig = Of(Unit("a.service", "Conflicts=b.service\nAfter=b.service"), Unit("b.service", "")).Start("b.service").Start("a.service");
        Assert.Equal("stop-sigterm", rig.Sub("b.service"));
        Assert.Equal("dead", rig.Sub("a.service"));
        Assert.Equal("running", rig.Gone("b.service").Sub("a.service"));
    }

    [Fact]
    public void Conflicts_works_from_the_other_side()
    {
        var rig = Of(Unit("a.service", "Conflicts=b.service"), Unit("b.service", "")).Start("a.service").Start("b.service");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
    }

    [Fact]
    public void Two_wanted_units_that_conflict_the_one_that_says_so_wins()
    {
        var rig = Of(Unit("t.service", "Wants=a.service b.service"), Unit("a.service", "Conflicts=b.service"), Unit("b.service", "")).Start("t.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("dead", rig.Sub("b.service"));
    }

    [Fact]
    public void Two_required_units_that_conflict_refuse_the_start()
    {
        var rig = Of(Unit("t.service", "Requires=a.service b.service"), Unit("a.service", "Conflicts=b.service"), Unit("b.service", "")).Start("t.service");
        Assert.Contains("b.service would have to", rig.Refusal!, StringComparison.Ordinal);
        Assert.Empty(rig.Engine.Jobs);
    }

    [Fact]
    public void A_cycle_that_is_needed_is_refused_and_printed_whole()
    {
        var rig = Of(
            Unit("a.service", "Requires=b.service\nAfter=b.service"),
            Unit("b.service", "Requires=c.service\nAfter=c.service"),
            Unit("c.service", "After=a.service")).Start("a.service");
        Assert.NotNull(rig.Refusal);
        Assert.Matches(@"a\.service waits for b\.service \(After=, [^)]+:\d+\), which waits for c\.service \([^)]+\), which waits for a\.service \([^)]+\)", rig.Refusal);
    }

    [Fact]
    public void A_cycle_is_broken_at_a_job_that_is_not_needed()
    {
        var rig = Of(
            Unit("t.service", "Requires=a.service\nWants=b.service"),
            Unit("a.service", "After=b.service"),
            Unit("b.service", "After=a.service")).Start("t.service");
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("running", rig.Sub("t.service"));
        Assert.Equal("dead", rig.Sub("b.service"));
        Assert.Contains("b.service/start is left out", rig.All<Effect.JobAccepted>().Single().Notes.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Isolate_stops_everything_else()
    {
        var rig = Of(("t.target", "[Unit]\nAllowIsolate=yes\nRequires=a.service\n"), Unit("a.service", ""), Unit("b.service", ""))
            .Start("a.service").Start("b.service").Request("t.target", JobType.Start, JobMode.Isolate).Gone("b.service");
        Assert.Equal("dead", rig.Sub("b.service"));
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("active", rig.Sub("t.target"));
    }

    [Fact]
    public void Isolate_must_be_allowed()
    {
        var rig = Of(("t.target", "[Unit]\n")).Request("t.target", JobType.Start, JobMode.Isolate);
        Assert.Contains("AllowIsolate=", rig.Refusal!, StringComparison.Ordinal);
    }

    [Fact]
    public void Mode_fail_refuses_what_would_replace_a_job()
    {
        var rig = Of(Unit("a.service", "", Slow)).Start("a.service").Request("a.service", JobType.Stop, JobMode.Fail);
        Assert.Equal("cannot stop a.service: a.service/start is under way, and this would need a.service/stop", rig.Refusal);
        Assert.Equal("start", rig.Sub("a.service"));
    }

    [Fact]
    public void Mode_ignore_dependencies_starts_only_the_unit_and_at_once()
    {
        var rig = Of(Unit("a.service", "Requires=b.service\nAfter=b.service"), Unit("b.service", "", Slow)).Start("b.service")
            .Request("a.service", JobType.Start, JobMode.IgnoreDependencies);
        Assert.Equal("running", rig.Sub("a.service"));
        Assert.Equal("start", rig.Sub("b.service"));
    }

    [Fact]
    public void A_second_start_joins_the_first()
    {
        var rig = Of(Unit("a.service", "", Slow)).Start("a.service").Start("a.service");
        Assert.Single(rig.All<Effect.JobAccepted>().Select(j => j.Job).Distinct());
        Assert.Single(rig.Spawned("a.service"));
    }

    [Fact]
    public void A_start_of_what_runs_is_done_at_once()
    {
        var rig = Of(Unit("a.service", "")).Start("a.service").Start("a.service");
        Assert.Equal(2, rig.All<Effect.JobFinished>().Count(j => j.Result == JobResult.Done));
        Assert.Single(rig.Spawned("a.service"));
    }

    [Fact]
    public void Manual_starts_and_stops_can_be_refused()
    {
        var rig = Of(Unit("a.service", "RefuseManualStart=yes\nRefuseManualStop=yes")).Start("a.service");
        Assert.Contains("RefuseManualStart=", rig.Refusal!, StringComparison.Ordinal);
        rig.Request("a.service", JobType.Start, manual: false).Stop("a.service");
        Assert.Contains("RefuseManualStop=", rig.Refusal!, StringComparison.Ordinal);
        Assert.Equal("running", rig.Sub("a.service"));
    }

    [Fact]
    public void JobTimeoutSec_ends_the_job_and_not_the_start()
    {
        var rig = Of(Unit("a.service", "JobTimeoutSec=5", Slow)).Start("a.service").Elapse("a.service", UnitTimer.Job);
        Assert.Equal(JobResult.Timeout, rig.LastJob("a.service"));
        Assert.Equal("start", rig.Sub("a.service"));
    }

    [Fact]
    public void A_condition_that_does_not_hold_skips_the_start()
    {
        var rig = Of(Unit("a.service", "ConditionPathExists=/x"), Unit("b.service", "Requires=a.service\nAfter=a.service"));
        rig.AnswerConditions = false;
        rig.Start("b.service");
        Assert.Single(rig.All<Effect.CheckConditions>());
        rig.Do(new Event.ConditionResult("a.service", ConditionOutcome.Unmet, "ConditionPathExists=/x"));
        Assert.Equal(JobResult.Skipped, rig.LastJob("a.service"));
        Assert.Empty(rig.Spawned("a.service"));
        Assert.Equal("running", rig.Sub("b.service"));
        Assert.Equal("ConditionPathExists=/x", rig["a.service"].UnmetCondition);
    }

    [Fact]
    public void An_assertion_that_does_not_hold_fails_the_start()
    {
        var rig = Of(Unit("a.service", "ConditionPathExists=/x"));
        rig.AnswerConditions = false;
        rig.Start("a.service").Do(new Event.ConditionResult("a.service", ConditionOutcome.AssertFailed, "AssertPathExists=/x"));
        Assert.Equal(JobResult.Assert, rig.LastJob("a.service"));
        Assert.Equal("dead", rig.Sub("a.service"));
    }

    [Fact]
    public void StopWhenUnneeded_follows_its_last_user()
    {
        var rig = Of(Unit("a.service", "Requires=c.service"), Unit("b.service", "Wants=c.service"), Unit("c.service", "StopWhenUnneeded=yes"))
            .Start("a.service").Start("b.service").Stop("a.service").Gone("a.service");
        Assert.Equal("running", rig.Sub("c.service"));
        rig.Stop("b.service").Gone("b.service");
        Assert.Equal("stop-sigterm", rig.Sub("c.service"));
    }

    [Fact]
    public void A_target_is_up_when_what_it_is_after_is()
    {
        var rig = Of(("t.target", "[Unit]\nWants=a.service\nAfter=a.service\n"), Unit("a.service", "", Slow)).Start("t.target");
        Assert.Equal("dead", rig.Sub("t.target"));
        Assert.Equal("active", rig.Do(Ready("a.service")).Sub("t.target"));
    }

    [Fact]
    public void A_job_can_be_cancelled_and_what_it_began_goes_on()
    {
        var rig = Of(Unit("a.service", "", Slow)).Start("a.service");
        rig.Do(new Event.CancelJob(rig.Engine.Jobs.Single().Id));
        Assert.Equal(JobResult.Canceled, rig.LastJob("a.service"));
        Assert.Equal("start", rig.Sub("a.service"));
        Assert.Equal("running", rig.Do(Ready("a.service")).Sub("a.service"));
    }

    [Fact]
    public void A_slice_is_up_before_its_units_and_takes_them_down()
    {
        var rig = Of(Unit("a.service", "", Plain + "Slice=web.slice\n")).Start("a.service");
        Assert.True(rig.When("web.slice", "active") < rig.When("a.service", "preparing"));
        rig.Stop("web.slice");
        Assert.Equal("stop-sigterm", rig.Sub("a.service"));
        Assert.Equal("active", rig.Sub("web.slice"));
        Assert.Equal("dead", rig.Gone("a.service").Sub("web.slice"));
    }

    [Fact]
    public void A_name_that_no_unit_has_is_refused_and_forgotten()
    {
        var rig = Of().Start("none.service");
        Assert.Equal("cannot start none.service: there is no unit none.service", rig.Refusal);
        Assert.Empty(rig.Engine.Units);
    }
}
