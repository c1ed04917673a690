using System.Text;

namespace Supervisor.Portable.Tests;

public sealed class OsReleaseTests
{
    private static OsRelease Parse(string text) => OsRelease.Parse(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("A=debian", "debian")]
    [InlineData("A=", "")]
    [InlineData("A=\"Debian 12 (bookworm)\"", "Debian 12 (bookworm)")]
    [InlineData("A='Debian 12'", "Debian 12")]
    [InlineData("A=\"\"", "")]
    [InlineData("  A=x  ", "x")]
    [InlineData("A=x\r", "x")]
    [InlineData("A=b=c", "b=c")]
    [InlineData("A=it's", "it's")]
    [InlineData("A=\"b # c\"", "b # c")]
    [InlineData("A=x\nA=y", "y")]
    [InlineData("A=ü", "ü")]
    public void Values_lose_their_quotes(string text, string value) => Assert.Equal(value, Parse(text)["A"]);

    [Theory]
    [InlineData("\"a\\\"b\"", "a\"b")]
    [InlineData("\"a\\$b\"", "a$b")]
    [InlineData("\"a\\`b\"", "a`b")]
    [InlineData("\"a\\\\b\"", "a\\b")]
    [InlineData("\"a\\\\$b\"", "a\\$b")]
    [InlineData("\"a\\nb\"", "a\\nb")]
    [InlineData("a\\ b", "a b")]
    [InlineData("a\\", "a\\")]
    public void Backslashes_escape_as_in_a_shell(string text, string value) => Assert.Equal(value, Parse("A=" + text)["A"]);

    [Fact]
    public void Between_single_quotes_a_backslash_is_one() => Assert.Equal("a\\$b\\\\c", Parse("A='a\\$b\\\\c'")["A"]);

    [Theory]
    [InlineData("A=\"open", "\"open")]
    [InlineData("A=open\"", "open\"")]
    [InlineData("A=\"mixed'", "\"mixed'")]
    [InlineData("A=\"", "\"")]
    public void A_quote_without_its_other_stays(string text, string value) => Assert.Equal(value, Parse(text)["A"]);

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("=x")]
    [InlineData("#A=x")]
    [InlineData("  # A=x")]
    [InlineData("\0\0\0")]
    [InlineData("BA=x")]
    [InlineData("a=x")]
    public void A_line_without_the_field_does_not_set_it(string text) => Assert.Null(Parse(text)["A"]);

    [Fact]
    public void A_damaged_line_does_not_hide_the_next()
    {
        var release = OsRelease.Parse([0xFF, 0xFE, 0, (byte)'\n', (byte)'=', (byte)'\n', .. "ID=test"u8]);
        Assert.Equal("test", release["ID"]);
    }

    [Theory]
    [InlineData("ID=debian\nVERSION_ID=12", "debian_12")]
    [InlineData("ID=debian\nVERSION_ID=12\nIMAGE_ID=web", "web_12")]
    [InlineData("ID=debian\nVERSION_ID=12\nIMAGE_VERSION=3", "debian_3")]
    [InlineData("ID=arch\nBUILD_ID=rolling", "arch_rolling")]
    [InlineData("ID=arch", "arch")]
    public void Name_and_version_are_the_image_s_before_the_system_s(string text, string expected) => Assert.Equal(expected, Parse(text).NameAndVersion);

    [Theory]
    [InlineData("ID=d\nNAME=D\nPRETTY_NAME=\"D 12\"\nPORTABLE_PRETTY_NAME=\"Web\"", "Web")]
    [InlineData("ID=d\nNAME=D\nPRETTY_NAME=\"D 12\"", "D 12")]
    [InlineData("ID=d\nNAME=D", "D")]
    [InlineData("ID=d", "d")]
    [InlineData("", "unknown")]
    public void The_pretty_name_is_what_comes_nearest_to_one(string text, string expected) => Assert.Equal(expected, Parse(text).PrettyName);

    [Fact]
    public void Prefixes_are_a_list_of_words() => Assert.Equal(["web", "db"], Parse("PORTABLE_PREFIXES=\"web  db \"").Prefixes);

    [Fact]
    public void No_prefixes_are_not_an_empty_list()
    {
        Assert.Null(Parse("ID=x").Prefixes);
        Assert.Empty(Parse("PORTABLE_PREFIXES=").Prefixes!);
    }
}
