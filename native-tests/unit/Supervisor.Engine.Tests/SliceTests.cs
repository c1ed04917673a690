namespace Supervisor.Engine.Tests;

/// <summary>Slices: what is in one needs it, and goes down with it.</summary>
public sealed class SliceTests
{
    private static Rig With() => new(("s.service", "[Unit]\nDefaultDependencies=no\n[Service]\nSlice=a-b.slice\nExecStart=/x\n"), ("o.service", "[Unit]\nDefaultDependencies=no\n[Service]\nSlice=a-c.slice\nExecStart=/x\n"));

    [Fact]
    public void A_service_is_started_after_its_slice_and_that_one_after_the_one_it_is_in()
    {
        var rig = With().Start("s.service");
        Assert.Equal(("active", "active", "running"), (rig.Sub("a.slice"), rig.Sub("a-b.slice"), rig.Sub("s.service")));
        Assert.True(rig.When("a.slice", "active") < rig.When("a-b.slice", "active"));
        Assert.True(rig.When("a-b.slice", "active") < rig.When("s.service", "preparing"));
    }

    [Fact]
    public void The_stop_of_a_slice_stops_what_is_in_it_and_no_more()
    {
        var rig = With().Start("s.service").Start("o.service").Stop("a-b.slice").Gone("s.service");
        Assert.Equal(("dead", "dead"), (rig.Sub("s.service"), rig.Sub("a-b.slice")));
        Assert.Equal(("active", "active", "running"), (rig.Sub("a.slice"), rig.Sub("a-c.slice"), rig.Sub("o.service")));
        Assert.True(rig.When("s.service", "dead") < rig.When("a-b.slice", "dead"));
    }

    [Fact]
    public void The_stop_of_an_outer_slice_stops_the_inner_ones()
    {
        var rig = With().Start("s.service").Start("o.service").Stop("a.slice").Gone("s.service").Gone("o.service");
        Assert.All(["s.service", "o.service", "a-b.slice", "a-c.slice", "a.slice"], unit => Assert.Equal("dead", rig.Sub(unit)));
    }
}
