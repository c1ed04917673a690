using System.Globalization;

namespace Supervisor.Units.Tests;

public sealed class TimestampTests
{
    /// <summary>Mon 2026-11-23 20:35:59.25 UTC.</summary>
    private const long Now = 1_795_466_159_250_000;

    private static readonly TimeZoneInfo Shanghai = TimeZoneInfo.CreateCustomTimeZone("eight", TimeSpan.FromHours(8), null, null);

    /// <summary>What systemd-analyze timestamp of systemd 252 says of them, in UTC.</summary>
    [Theory]
    [InlineData("2024-02-31", 1709337600)]
    [InlineData("12-11-23", 1353628800)]
    [InlineData("70-01-01", 0)]
    [InlineData("2024-1-2", 1704153600)]
    [InlineData("2024-01-02 3:4", 1704164640)]
    [InlineData("11:12", 1795432320)]
    [InlineData("23:59:60", 1795478400)]
    [InlineData("2024-01-02 03:04:61", 1704164701)]
    [InlineData("2024-01-02 03:04:05.123456789", 1704164645.123457)]
    [InlineData("2024-01-02 03:04:05.1", 1704164645.1)]
    [InlineData("Tue 2024-01-02", 1704153600)]
    [InlineData("tuesday 2024-01-02", 1704153600)]
    [InlineData("Tue  2024-01-02", 1704153600)]
    [InlineData("2024-01-02  03:04", 1704164640)]
    [InlineData("2024-01-02 UTC", 1704153600)]
    [InlineData("11:12:13 UTC", 1795432333)]
    [InlineData("4-1-2", 1073001600)]
    [InlineData("@1395716396.5", 1395716396.5)]
    [InlineData("@5 s", 5)]
    [InlineData("now", 1795466159.25)]
    [InlineData("today", 1795392000)]
    [InlineData("yesterday UTC", 1795305600)]
    [InlineData("tomorrow", 1795478400)]
    [InlineData("+3h30min", 1795478759.25)]
    [InlineData("5 ago", 1795466154.25)]
    [InlineData("1 week ago", 1794861359.25)]
    [InlineData("3 left", 1795466162.25)]
    [InlineData("2024-01-02T03:04:05Z", 1704164645)]
    [InlineData("2024-01-02T11:04:05+08:00", 1704164645)]
    public void A_timestamp_is_read(string text, double seconds) => Assert.Equal((long)Math.Round(seconds * 1e6), Timestamp.Parse(text, Now, TimeZoneInfo.Utc));

    [Theory]
    [InlineData("69-01-01")]
    [InlineData("24:00")]
    [InlineData("Mon 2024-01-02")]
    [InlineData("0001-01-01")]
    [InlineData("1969-12-31")]
    [InlineData("9999-12-31")]
    [InlineData("10000-01-01")]
    [InlineData("+infinity")]
    [InlineData("infinity")]
    [InlineData("@-5")]
    [InlineData("2024-13-01")]
    [InlineData("2024-00-10")]
    [InlineData("2024-01-00")]
    [InlineData("Tue, 2024-01-02")]
    [InlineData("2024-01-02 03")]
    [InlineData("200-01-01")]
    [InlineData("2024-01-02 25:00")]
    [InlineData("2024-01-02 03:61")]
    [InlineData("foo")]
    [InlineData("")]
    [InlineData("-5000y")]
    [InlineData("2024-01-02 03:04.5")]
    public void What_is_none_is_refused(string text) => Assert.Null(Timestamp.Parse(text, Now, TimeZoneInfo.Utc));

    /// <summary>The examples of systemd.time(7), whose now is 2012-11-23 18:15:22 in Shanghai.</summary>
    [Theory]
    [InlineData("Fri 2012-11-23 11:12:13", "2012-11-23 11:12:13")]
    [InlineData("2012-11-23 11:12:13 UTC", "2012-11-23 19:12:13")]
    [InlineData("12-11-23", "2012-11-23 00:00:00")]
    [InlineData("11:12", "2012-11-23 11:12:00")]
    [InlineData("today UTC", "2012-11-23 08:00:00")]
    [InlineData("yesterday", "2012-11-22 00:00:00")]
    [InlineData("+3h30min", "2012-11-23 21:45:22")]
    [InlineData("11min ago", "2012-11-23 18:04:22")]
    [InlineData("@1395716396", "2014-03-25 10:59:56")]
    public void A_zone_moves_it(string text, string expected)
    {
        var now = Microseconds("2012-11-23 18:15:22");
        Assert.Equal(Microseconds(expected), Timestamp.Parse(text, now, Shanghai));
    }

    private static long Microseconds(string local) =>
        (TimeZoneInfo.ConvertTimeToUtc(DateTime.Parse(local, CultureInfo.InvariantCulture), Shanghai) - DateTime.UnixEpoch).Ticks / 10;
}
