using System.Text;
using Supervisor.Journal;

namespace Supervisor.Cli.Tests;

public sealed class TerminalTests
{
    [Theory]
    [InlineData("plain text, ä, 漢字, 🙂", "plain text, ä, 漢字, 🙂")]
    [InlineData("", "")]
    [InlineData(null, "")]
    [InlineData("a\tb", "a    b")]
    [InlineData("a\nb\rc", "a\\x0ab\\x0dc")]
    [InlineData("\0\a\b\u007f", "\\x00\\x07\\x08\\x7f")]
    [InlineData("\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m")]
    [InlineData("\u001b]0;title\a", "\\x1b]0;title\\x07")]
    [InlineData("\u009b31m\u0085", "\\x9b31m\\x85")]
    [InlineData("a\u202eb\u202c", "a\\u202eb\\u202c")]
    [InlineData("\u2066\u2067\u2068\u2069\u200e\u200f\u061c", "\\u2066\\u2067\\u2068\\u2069\\u200e\\u200f\\u061c")]
    [InlineData("a\u200bb\ufeff\u00ad", "a\\u200bb\\ufeff\\u00ad")]
    [InlineData("a\u2028b\u2029", "a\\u2028b\\u2029")]
    [InlineData("\ue000", "\\ue000")]
    [InlineData("\U000e0041", "\\ue0041")]
    public void Text_of_others_is_made_visible(string? text, string safe) => Assert.Equal(safe, Terminal.Safe(text));

    [Fact]
    public void Half_of_a_pair_of_surrogates_becomes_a_replacement() => Assert.Equal("a\ufffdb", Terminal.Safe("a\ud800b"));

    [Theory]
    [InlineData(new byte[] { 0xFF }, "\\xff")]
    [InlineData(new byte[] { (byte)'a', 0xC3 }, "a\\xc3")]
    [InlineData(new byte[] { 0xC0, 0x80 }, "\\xc0\\x80")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "\\xed\\xa0\\x80")]
    [InlineData(new byte[] { 0xE2, 0x80, (byte)'x' }, "\\xe2\\x80x")]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 }, "\\xf4\\x90\\x80\\x80")]
    [InlineData(new byte[] { 0x9B, (byte)'m' }, "\\x9bm")]
    [InlineData(new byte[] { 0xC2, 0x9B }, "\\x9b")]
    public void Bytes_that_are_not_UTF8_are_made_visible(byte[] bytes, string safe) => Assert.Equal(safe, SafeText.Of(bytes));

    [Fact]
    public void No_byte_of_whatever_text_reaches_the_terminal_as_a_control()
    {
        var random = new Random(7);
        var bytes = new byte[64];
        for (var i = 0; i < 2000; i++)
        {
            random.NextBytes(bytes);
            Assert.DoesNotContain(SafeText.Of(bytes), c => char.IsControl(c) || c is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069');
        }
    }

    [Fact]
    public void Characters_of_bytes_and_of_text_are_made_visible_alike()
    {
        const string text = "a\u001b\u202e\U000e0041🙂\t";
        Assert.Equal(Terminal.Safe(text), SafeText.Of(Encoding.UTF8.GetBytes(text)));
    }
}
