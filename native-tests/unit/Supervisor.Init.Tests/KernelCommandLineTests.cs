namespace Supervisor.Init.Tests;

public sealed class KernelCommandLineTests
{
    [Fact]
    public void Words_have_keys_and_values_and_the_last_wins()
    {
        var line = KernelCommandLine.Parse("quiet root=/dev/vda supervisor.appliance=/a.yaml  empty= name=\"two words\" root=/dev/vdb\n");
        Assert.True(line.Has("quiet"));
        Assert.Null(line["quiet"]);
        Assert.Equal("/dev/vdb", line["root"]);
        Assert.Equal("/a.yaml", line["supervisor.appliance"]);
        Assert.Equal("", line["empty"]);
        Assert.Equal("two words", line["name"]);
        Assert.False(line.Has("absent"));
    }

    [Fact]
    public void Hyphen_and_underscore_are_one() => Assert.Equal("x", KernelCommandLine.Parse("systemd.machine-id=x")["systemd.machine_id"]);

    [Theory]
    [InlineData("")]
    [InlineData("\"never closed")]
    [InlineData("====")]
    public void Odd_lines_are_no_error(string text) => Assert.NotNull(KernelCommandLine.Parse(text));
}
