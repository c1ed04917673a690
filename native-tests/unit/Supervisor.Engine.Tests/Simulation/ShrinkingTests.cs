namespace Supervisor.Engine.Tests;

public sealed class ShrinkingTests
{
    [Fact]
    public void Only_what_is_needed_to_fail_is_left()
    {
        var units = Shrinking.Read("--- a.service\n[Service]\nType=simple\nExecStart=/a\nRestart=always\n--- b.service\n[Service]\nExecStart=/b\n--- c.service\n[Service]\nExecStart=/c\n");
        var least = Shrinking.Least(units, t => t.Values.Any(v => v.Contains("Restart=always", StringComparison.Ordinal)));
        Assert.Equal("--- a.service\n[Service]\nRestart=always\n", Shrinking.Write(least));
    }

    [Fact]
    public void A_system_that_is_written_and_read_runs_as_the_one_that_was_drawn()
    {
        for (var seed = 1; seed < 20; seed++)
        {
            var drawn = new World(seed, true);
            drawn.Run();
            var read = new World(seed, true, Shrinking.Read(Shrinking.Write(drawn.Units.Texts)));
            read.Run();
            Assert.Equal(drawn.Hash, read.Hash);
        }
    }
}
