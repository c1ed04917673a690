namespace Supervisor.Cli.Tests;

public sealed class TimesTests
{
    private const ulong Second = 1_000_000, Minute = 60 * Second, Hour = 60 * Minute, Day = 24 * Hour;

    // 2026-11-23 09:15:31.250 UTC, a Monday
    private const ulong Moment = 1_795_425_331_250_000;

    [Theory]
    [InlineData(0, "0 µs")]
    [InlineData(999, "999 µs")]
    [InlineData(1_000, "1 ms")]
    [InlineData(999_999, "999 ms")]
    [InlineData(Second, "1.0 s")]
    [InlineData(1_240_000, "1.2 s")]
    [InlineData(Minute - 1, "59.9 s")]
    [InlineData(Minute, "1 min 0 s")]
    [InlineData(3 * Minute + 4 * Second, "3 min 4 s")]
    [InlineData(Hour - 1, "59 min 59 s")]
    [InlineData(Hour, "1 h 0 min")]
    [InlineData(Day - 1, "23 h 59 min")]
    [InlineData(Day, "1 d 0 h")]
    [InlineData(400 * Day + 5 * Hour, "400 d 5 h")]
    [InlineData(ulong.MaxValue, "213503982 d 8 h")]
    public void A_span_is_short(ulong microseconds, string text) => Assert.Equal(text, Times.Short(microseconds));

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(10_239, "10239 bytes")]
    [InlineData(10_240, "10 kB")]
    [InlineData((1 << 20) - 1, "1023 kB")]
    [InlineData(1 << 20, "1.0 MB")]
    [InlineData(3 << 19, "1.5 MB")]
    [InlineData(10 << 20, "10 MB")]
    [InlineData((1 << 30) - 1, "1023 MB")]
    [InlineData(1 << 30, "1.0 GB")]
    [InlineData(ulong.MaxValue, "17179869184.0 GB")]
    public void A_size_has_its_unit(ulong bytes, string text) => Assert.Equal(text, Times.Size(bytes));

    [Fact]
    public void A_full_time_is_as_systemctl_prints_it() => Assert.Equal("Mon 2026-11-23 09:15:31 UTC", Times.Full(Moment));

    [Fact]
    public void Never_is_empty() => Assert.Equal("", Times.Full(0));

    [Fact]
    public void The_first_microsecond_is_a_time() => Assert.Equal("Thu 1970-01-01 00:00:00 UTC", Times.Full(1));

    [Fact]
    public void A_clock_of_today_has_no_day() => Assert.Equal("09:15:31", Times.Clock(Moment, "20261123"));

    [Theory]
    [InlineData("")]
    [InlineData("20261122")]
    [InlineData("20251123")]
    public void A_clock_of_another_day_has_it(string today) => Assert.Equal("Nov 23 09:15:31", Times.Clock(Moment, today));

    [Theory]
    [InlineData(1_795_391_999_999_999, "Nov 22 23:59:59")]
    [InlineData(1_795_392_000_000_000, "00:00:00")]
    [InlineData(1_795_478_399_999_999, "23:59:59")]
    [InlineData(1_795_478_400_000_000, "Nov 24 00:00:00")]
    public void A_day_is_from_midnight_to_midnight(ulong realtime, string text) => Assert.Equal(text, Times.Clock(realtime, "20261123"));

    [Fact]
    public void A_time_beyond_all_calendars_is_the_last_one()
    {
        Assert.Equal("Fri 9999-12-31 23:59:59 UTC", Times.Full(ulong.MaxValue));
        Assert.Equal("Dec 31 23:59:59", Times.Clock(ulong.MaxValue));
    }
}
