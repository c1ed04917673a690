using System.Globalization;

namespace Supervisor.Units.Tests;

public sealed class CalendarExpressionTests
{
    private static readonly DateTime Base = new(2026, 11, 23, 12, 0, 0, DateTimeKind.Utc);

    static CalendarExpressionTests()
    {
        Environment.SetEnvironmentVariable("TZ", "UTC");
        TimeZoneInfo.ClearCachedData();
    }

    /// <summary>What systemd-analyze of systemd 252 said: EXPRESSION|NORMAL FORM|the next three times in UTC after the base, or "invalid".</summary>
    public static TheoryData<string> Recorded => [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "calendar.txt"))];

    [Theory]
    [MemberData(nameof(Recorded))]
    public void It_reads_as_systemd_does(string line)
    {
        var parts = line.Split('|');
        var expression = CalendarExpression.Parse(parts[0]);
        if (parts[1] == "invalid")
        {
            Assert.Null(expression);
            return;
        }
        Assert.Equal(parts[1], expression!.ToString());
        Assert.Equal(parts[1], CalendarExpression.Parse(parts[1])!.ToString());
        var at = (Base - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        foreach (var expected in parts[2..])
        {
            if (expected == "never")
            {
                Assert.Null(expression.Next(at));
                return;
            }
            at = expression.Next(at)!.Value;
            Assert.Equal(expected, DateTime.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void An_hour_that_the_clocks_leave_out_is_not_there_that_day()
    {
        // in Berlin 2027-03-28 02:30 does not exist
        var expression = CalendarExpression.Parse("*-*-* 02:30:00 Europe/Berlin")!;
        var before = (new DateTime(2027, 3, 27, 12, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        Assert.Equal(new DateTime(2027, 3, 29, 0, 30, 0, DateTimeKind.Utc), DateTime.UnixEpoch.AddTicks(expression.Next(before)!.Value * TimeSpan.TicksPerMicrosecond));
    }

    [Fact]
    public void Random_changes_never_throw_and_what_is_read_is_written_the_same()
    {
        var random = new Random(11);
        var lines = Recorded.Select(r => r.Data.Split('|')[0]).ToList();
        for (var i = 0; i < 50_000; i++)
        {
            var text = lines[random.Next(lines.Count)].ToCharArray();
            for (var n = random.Next(3); n >= 0 && text.Length > 0; n--)
                text[random.Next(text.Length)] = " 0123456789-~*:/.,@MonUTC"[random.Next(25)];
            if (CalendarExpression.Parse(new string(text)) is { } expression)
                Assert.Equal(expression.ToString(), CalendarExpression.Parse(expression.ToString())!.ToString());
        }
    }
}
