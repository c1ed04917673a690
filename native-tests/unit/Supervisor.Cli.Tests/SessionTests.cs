using Supervisor.Units;

namespace Supervisor.Cli.Tests;

public sealed class SessionTests
{
    private static Session Of(params string[] given) => new(Arguments.Parse(given, [], ["--runtime-dir", "--socket", "--state-dir"]));

    [Theory]
    [InlineData("nginx", "nginx.service")]
    [InlineData("nginx.service", "nginx.service")]
    [InlineData("web.socket", "web.socket")]
    [InlineData("multi-user.target", "multi-user.target")]
    [InlineData("a.slice", "a.slice")]
    [InlineData("my.app", "my.app.service")]
    [InlineData("nginx.Service", "nginx.Service.service")]
    [InlineData("getty@tty1", "getty@tty1.service")]
    [InlineData("getty@", "getty@.service")]
    public void A_word_is_the_unit_that_it_names(string word, string unit)
    {
        Assert.Equal(unit, Session.UnitNameOf(word));
        Assert.True(UnitName.IsValid(unit));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".service")]
    [InlineData("@x")]
    [InlineData("/etc/systemd/system/nginx")]
    [InlineData("/etc/systemd/system/nginx.service")]
    [InlineData("../nginx")]
    [InlineData("a b")]
    [InlineData("a\n.service")]
    [InlineData("a\u001b[31m")]
    [InlineData("ä")]
    [InlineData("a*")]
    public void A_bad_name_does_not_become_a_good_one(string word) => Assert.False(UnitName.IsValid(Session.UnitNameOf(word)));

    [Fact]
    public void A_name_that_is_too_long_does_not_become_a_good_one()
    {
        Assert.True(UnitName.IsValid(Session.UnitNameOf(new string('a', 247))));
        Assert.False(UnitName.IsValid(Session.UnitNameOf(new string('a', 248))));
    }

    [Fact]
    public void The_socket_is_in_the_runtime_directory() => Assert.Equal("/x/control", Of("--runtime-dir=/x").Socket);

    [Fact]
    public void A_socket_that_is_named_counts_more_than_the_runtime_directory() => Assert.Equal("/s", Of("--runtime-dir=/x", "--socket=/s").Socket);

    [Fact]
    public void Without_a_manager_the_journal_is_in_the_state_directory() =>
        Assert.Equal("/y/journal", Of("--socket=/nonexistent/control", "--state-dir=/y").JournalDirectory);

    [Fact]
    public void Without_a_manager_a_call_says_where_it_looked()
    {
        Assert.Null(Of("--socket=/nonexistent/control").Unit("a.service", out var error, report: false));
        Assert.Equal(Control.ControlError.Unreachable, error!.Name);
        Assert.Contains("/nonexistent/control", error.Text);
        Assert.Contains("ENOENT", error.Text);
    }
}
