namespace Supervisor.Cli.Tests;

public sealed class ArgumentsTests
{
    private static readonly string[] Flags = ["--json", "-q|--quiet", "--follow|-f", "-a|--all"];
    private static readonly string[] Options = ["--socket", "--lines|-n", "-u|--unit"];

    private static Arguments Parse(params string[] given) => Arguments.Parse(given, Flags, Options);

    [Fact]
    public void Words_keep_their_order() => Assert.Equal(["start", "b", "a"], Parse("start", "b", "a").Words);

    [Fact]
    public void Nothing_is_no_error()
    {
        var none = Parse();
        Assert.Empty(none.Words);
        Assert.Null(none.Error);
    }

    [Fact]
    public void An_option_takes_what_follows_its_equals_sign() => Assert.Equal("/a", Parse("--socket=/a", "x").Value("--socket"));

    [Fact]
    public void An_option_takes_the_next_word()
    {
        var parsed = Parse("--socket", "/a", "x");
        Assert.Equal("/a", parsed.Value("--socket"));
        Assert.Equal(["x"], parsed.Words);
    }

    [Fact]
    public void A_value_may_have_equals_signs() => Assert.Equal("a=b=c", Parse("--socket=a=b=c").Value("--socket"));

    [Fact]
    public void A_value_may_be_empty()
    {
        var parsed = Parse("--socket=", "x");
        Assert.Equal("", parsed.Value("--socket"));
        Assert.Equal(["x"], parsed.Words);
    }

    [Fact]
    public void A_value_may_begin_with_a_dash() => Assert.Equal("-5", Parse("-n", "-5").Value("-n"));

    [Fact]
    public void A_short_option_takes_the_next_word() => Assert.Equal("5", Parse("-n", "5").Value("-n"));

    [Fact]
    public void A_short_option_takes_the_rest_of_its_word() => Assert.Equal("50", Parse("-n50").Value("-n"));

    [Fact]
    public void A_long_and_a_short_way_are_one_option()
    {
        Assert.Equal("5", Parse("--lines=5").Value("-n"));
        Assert.Equal("x", Parse("-u", "x").Value("--unit"));
        Assert.True(Parse("--follow").Has("-f"));
        Assert.True(Parse("-q").Has("--quiet"));
    }

    [Fact]
    public void Short_flags_may_be_one_word()
    {
        var parsed = Parse("-qfa", "x");
        Assert.Null(parsed.Error);
        Assert.Equal((true, true, true), (parsed.Has("--quiet"), parsed.Has("-f"), parsed.Has("--all")));
        Assert.Equal(["x"], parsed.Words);
    }

    [Theory]
    [InlineData("-fn5")]
    [InlineData("-fn", "5")]
    public void The_last_of_combined_short_options_may_take_a_value(params string[] given)
    {
        var parsed = Parse(given);
        Assert.True(parsed.Has("-f"));
        Assert.Equal("5", parsed.Value("-n"));
        Assert.Empty(parsed.Words);
    }

    [Fact]
    public void Options_may_stand_after_words()
    {
        var parsed = Parse("status", "nginx", "--json");
        Assert.True(parsed.Has("--json"));
        Assert.Equal(["status", "nginx"], parsed.Words);
    }

    [Fact]
    public void After_two_dashes_all_are_words()
    {
        var parsed = Parse("cat", "--", "--json", "-q", "--");
        Assert.Equal(["cat", "--json", "-q", "--"], parsed.Words);
        Assert.False(parsed.Has("--json"));
    }

    [Fact]
    public void One_dash_is_a_word() => Assert.Equal(["-"], Parse("-").Words);

    [Theory]
    [InlineData("--colour", "--colour")]
    [InlineData("--colour=red", "--colour")]
    [InlineData("--jso", "--jso")]
    [InlineData("--JSON", "--JSON")]
    [InlineData("-x", "-x")]
    [InlineData("-qx", "-x")]
    [InlineData("--=x", "--=x")]
    [InlineData("---json", "---json")]
    public void An_unknown_option_is_refused_by_its_name(string given, string name) => Assert.StartsWith($"unknown option {name.Split('=')[0]}", Parse("start", given, "x").Error);

    [Theory]
    [InlineData("--socket")]
    [InlineData("-n")]
    [InlineData("-u")]
    public void An_option_at_the_end_needs_its_value(string option) => Assert.Equal($"{option} needs a value", Parse("x", option).Error);

    [Fact]
    public void A_flag_takes_no_value() => Assert.Equal("--json takes no value", Parse("--json=no").Error);

    [Fact]
    public void Of_a_repeated_option_the_last_counts_and_all_are_there()
    {
        var parsed = Parse("-u", "a", "--unit=b", "-uc");
        Assert.Equal("c", parsed.Value("--unit"));
        Assert.Equal(["a", "b", "c"], parsed.Values("--unit"));
    }

    [Fact]
    public void A_repeated_flag_is_no_error() => Assert.True(Parse("-q", "--quiet", "-qq") is { Error: null } parsed && parsed.Has("--quiet"));

    [Fact]
    public void What_is_not_given_is_not_there()
    {
        var parsed = Parse("x");
        Assert.False(parsed.Has("--socket"));
        Assert.Null(parsed.Value("--socket"));
        Assert.Empty(parsed.Values("--socket"));
    }
}
