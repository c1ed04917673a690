using System.Text;
using System.Text.Json;
using Supervisor.Journal;

namespace Supervisor.Cli.Tests;

public sealed class LogsVerbTests : IDisposable
{
    private const ulong Moment = 1_795_425_331_250_000;

    private readonly string _state = Directory.CreateTempSubdirectory("logs").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    private static JournalRecord Record(string text, string unit = "a.service", int pid = 7, int priority = 6, string identifier = "nginx") =>
        new(Moment, 1, unit, "i", pid, 0, "c", priority, identifier, Encoding.UTF8.GetBytes(text), ["COLOUR=red", "nonsense"]);

    private (int Status, string Out, string Error) Logs(params string[] given)
    {
        Directory.CreateDirectory($"{_state}/journal");
        var journal = JournalFiles.Open($"{_state}/journal", 1 << 20, 1 << 18).Value;
        journal.Add(Record("one"));
        journal.Add(Record("two\u001b[2J", unit: "b.service", priority: 3));
        journal.Add(Record("three"));
        Assert.True(journal.Flush().Ok);
        return Captured.Run("supervisor", ["logs", "--socket=/nonexistent/control", $"--state-dir={_state}", .. given]);
    }

    [Fact]
    public void A_line_has_its_time_its_writer_and_its_text() => Assert.Equal("09:15:31 nginx[7] hello", LogsVerb.Format(Record("hello"), "20261123"));

    [Fact]
    public void A_line_of_another_day_has_its_day() => Assert.Equal("Nov 23 09:15:31 nginx[7] hello", LogsVerb.Format(Record("hello"), "20261124"));

    [Fact]
    public void A_line_without_a_process_has_no_number() => Assert.Equal("09:15:31 nginx hello", LogsVerb.Format(Record("hello", pid: 0), "20261123"));

    [Fact]
    public void The_text_and_the_identifier_are_made_safe() =>
        Assert.Equal("09:15:31 n\\x1bx[7] a\\x1b[2J\\u202e", LogsVerb.Format(Record("a\u001b[2J\u202e", identifier: "n\u001bx"), "20261123"));

    [Fact]
    public void A_message_that_is_not_UTF8_is_made_visible() =>
        Assert.Equal("09:15:31 nginx[7] a\\xff", LogsVerb.Format(Record("") with { Message = [(byte)'a', 0xFF] }, "20261123"));

    [Fact]
    public void Without_a_manager_the_lines_of_all_units_are_read()
    {
        var (status, output, _) = Logs();
        Assert.Equal(0, status);
        Assert.Equal(["one", "two\\x1b[2J", "three"], output.TrimEnd('\n').Split('\n').Select(l => l.Split("] ")[1]));
    }

    [Fact]
    public void Only_the_lines_of_the_units_that_are_named_are_shown() => Assert.Equal("one\nthree\n", Logs("-o", "cat", "a").Out);

    [Fact]
    public void Only_the_last_lines_are_shown() => Assert.Equal("three\n", Logs("--output=cat", "-n1").Out);

    [Fact]
    public void All_lines_are_shown_where_all_are_asked_for() => Assert.Equal(3, Logs("-o", "cat", "-n", "all").Out.Count(c => c == '\n'));

    [Theory]
    [InlineData("err")]
    [InlineData("3")]
    public void Only_the_lines_that_are_important_enough_are_shown(string priority) => Assert.Equal("two\\x1b[2J\n", Logs("-o", "cat", "-p", priority).Out);

    [Theory]
    [InlineData("9")]
    [InlineData("-1")]
    [InlineData("loud")]
    public void What_is_no_priority_is_wrong_usage(string priority)
    {
        var (status, output, error) = Logs("-p", priority);
        Assert.Equal((2, "", $"{priority} is not a priority (0 to 7, emerg to debug)\n"), (status, output, error));
    }

    [Theory]
    [InlineData("many")]
    [InlineData("-1")]
    [InlineData("99999999999")]
    public void What_is_no_number_of_lines_is_wrong_usage(string number)
    {
        var (status, output, error) = Logs("-n", number);
        Assert.Equal((2, "", $"-n needs a number, and {number} is none\n"), (status, output, error));
    }

    [Fact]
    public void As_JSON_a_line_has_all_its_fields()
    {
        using var line = JsonDocument.Parse(Logs("--json", "b").Out);
        Assert.Equal(("two\u001b[2J", "b.service", "3", "red"), (Field("MESSAGE"), Field("_SYSTEMD_UNIT"), Field("PRIORITY"), Field("COLOUR")));
        string? Field(string name) => line.RootElement.GetProperty(name).GetString();
    }
}
