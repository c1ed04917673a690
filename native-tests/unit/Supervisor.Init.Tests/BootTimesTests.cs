namespace Supervisor.Init.Tests;

public sealed class BootTimesTests
{
    [Fact]
    public void Phases_follow_one_another() =>
        Assert.Equal(
            "kernel 2.13 s · keeper 4.0 ms · manager 9.1 ms · boot 61 ms · services 312 ms · together 2.52 s",
            new BootTimes(2_130_000, 2_134_000, 2_143_100, 2_204_100, 2_516_100).ToString());

    [Theory]
    [InlineData(0, "0 µs")]
    [InlineData(999, "999 µs")]
    [InlineData(9_999, "10.0 ms")]
    [InlineData(999_999, "999 ms")]
    [InlineData(1_000_000, "1.00 s")]
    public void Times_are_short(long microseconds, string text) => Assert.Equal(text, BootTimes.Show((ulong)microseconds));
}
