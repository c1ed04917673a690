namespace Supervisor.Engine.Tests;

/// <summary>Path units, by the machine alone.</summary>
public sealed class PathTests
{
    private static Rig With(string path = "", string unit = "") => new(
        ("p.path", $"[Unit]\nDefaultDependencies=no\n[Path]\nPathExists=/x\n{path}\n"), ("p.service", $"[Unit]\nDefaultDependencies=no\n{unit}\n[Service]\nExecStart=/x\n"));

    [Fact]
    public void What_is_there_starts_the_service()
    {
        var rig = With();
        rig.Found = "/x";
        rig.Start("p.path");
        Assert.Equal(("running", "running"), (rig.Sub("p.path"), rig.Sub("p.service")));
        Assert.Equal(new TriggerDetails("p.path", 0, 0, "/x"), rig["p.service"].Trigger);
    }

    [Fact]
    public void What_comes_later_starts_the_service()
    {
        var rig = With().Start("p.path");
        Assert.Equal("waiting", rig.Sub("p.path"));
        rig.Do(new Event.PathFound("p.path", "/x"));
        Assert.Equal("running", rig.Sub("p.service"));
        Assert.Contains(new Effect.UnwatchPaths("p.path"), rig.Effects);
    }

    [Fact]
    public void What_is_still_there_starts_the_service_again()
    {
        var rig = With();
        rig.Found = "/x";
        rig.Start("p.path").Gone("p.service");
        Assert.Equal(2, rig.Spawned("p.service").Count);
        rig.Found = null;
        rig.Gone("p.service");
        Assert.Equal(("waiting", 2), (rig.Sub("p.path"), rig.Spawned("p.service").Count));
    }

    [Fact]
    public void A_service_that_cannot_keep_up_fails_the_path_unit()
    {
        var rig = With(unit: "StartLimitBurst=3");
        rig.Found = "/x";
        rig.Start("p.path");
        for (var i = 0; i < 3; i++)
            rig.Gone("p.service");
        Assert.Equal(("failed", UnitResult.UnitStartLimitHit), (rig.Sub("p.path"), rig["p.path"].Result));
        Assert.Equal(3, rig.Spawned("p.service").Count);
    }

    [Fact]
    public void Too_many_triggers_fail_the_path_unit()
    {
        var rig = With("TriggerLimitIntervalSec=10s\nTriggerLimitBurst=2", "StartLimitIntervalSec=0");
        rig.Found = "/x";
        rig.Start("p.path");
        rig.Gone("p.service").Gone("p.service");
        Assert.Equal(UnitResult.TriggerLimitHit, rig["p.path"].Result);
    }

    [Fact]
    public void A_service_that_someone_else_started_is_not_started_again()
    {
        var rig = With().Start("p.path").Start("p.service");
        Assert.Equal("running", rig.Sub("p.path"));
        rig.Do(new Event.PathFound("p.path", "/x"));
        Assert.Single(rig.Spawned("p.service"));
        rig.Gone("p.service");
        Assert.Equal("waiting", rig.Sub("p.path"));
    }

    [Fact]
    public void Watches_that_cannot_be_fail_the_unit()
    {
        var rig = With().Start("p.path").Do(new Event.PathsFailed("p.path", new("cannot watch /x")));
        Assert.Equal(("failed", UnitResult.Resources), (rig.Sub("p.path"), rig["p.path"].Result));
    }

    [Fact]
    public void The_next_manager_watches_on()
    {
        var rig = With().Start("p.path");
        rig.Effects.Clear();
        rig.Takeover();
        Assert.Contains(new Effect.WatchPaths("p.path"), rig.Effects);
        Assert.Equal("waiting", rig.Sub("p.path"));
        rig.Do(new Event.PathFound("p.path", "/x"));
        Assert.Equal("running", rig.Sub("p.service"));
    }

    [Fact]
    public void A_service_that_ended_while_there_was_no_manager_is_looked_after_by_the_next()
    {
        var rig = With();
        rig.Found = "/x";
        rig.Start("p.path");
        rig.Saved["p.service"] = rig.Saved["p.service"] with { Active = "inactive", Sub = "dead", MainPid = 0 };
        rig.Found = null;
        rig.Takeover();
        Assert.Equal("waiting", rig.Sub("p.path"));
    }
}
