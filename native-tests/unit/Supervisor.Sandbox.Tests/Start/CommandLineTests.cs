namespace Supervisor.Sandbox.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("$A")]
    [InlineData("${A}")]
    [InlineData("x${A}${A}${A}${A}${A}y")]
    public void A_command_line_does_not_grow_beyond_what_the_kernel_takes(string word)
    {
        var environment = new Dictionary<string, string> { ["A"] = new('a', 1 << 20) };
        Assert.Null(CommandLine.Expand([.. Enumerable.Repeat(word, 100_000)], environment));
    }

    [Fact]
    public void A_long_value_is_put_in_once()
    {
        var value = new string('a', 1 << 20);
        Assert.Equal(["x", value], CommandLine.Expand(["x", "$A"], new Dictionary<string, string> { ["A"] = value }));
    }

    [Theory]
    [InlineData("-6.8", "0.0")]
    [InlineData("6.-8", "0.0")]
    [InlineData("6.8.0-rc1", "6.8")]
    [InlineData("99999999999.1", "0.0")]
    public void A_kernel_s_version_is_read_or_taken_for_the_oldest(string release, string version) =>
        Assert.Equal(Version.Parse(version), HostFactsReader.ParseVersion(release));
}
