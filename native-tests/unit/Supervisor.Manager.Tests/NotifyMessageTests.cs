namespace Supervisor.Manager.Tests;

public sealed class NotifyMessageTests
{
    [Fact]
    public void Reads_the_fields_of_a_ready_message()
    {
        var message = NotifyMessage.Parse("READY=1\nSTATUS=up: 3 workers\nMAINPID=4711\n"u8);
        Assert.NotNull(message);
        Assert.True(message.Ready);
        Assert.Equal("up: 3 workers", message.Status);
        Assert.Equal(4711, message.MainPid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("READY=1\0STOPPING=1")]
    public void Refuses_what_is_not_a_message(string text) => Assert.Null(NotifyMessage.Parse(System.Text.Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("MAINPID=1")]
    [InlineData("MAINPID=-5")]
    [InlineData("MAINPID=99999999999")]
    [InlineData("MAINPID= 12")]
    [InlineData("=12")]
    public void Leaves_out_a_main_pid_that_cannot_be(string text) =>
        Assert.Null(NotifyMessage.Parse(System.Text.Encoding.UTF8.GetBytes(text))!.MainPid);

    [Fact]
    public void A_long_status_is_cut()
    {
        var message = NotifyMessage.Parse(System.Text.Encoding.UTF8.GetBytes("STATUS=" + new string('x', 100_000)));
        Assert.Equal(512, message!.Status!.Length);
    }

    [Fact]
    public void Junk_never_throws()
    {
        var random = new Random(1);
        var bytes = new byte[300];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            _ = NotifyMessage.Parse(bytes.AsSpan(0, random.Next(bytes.Length)));
        }
    }
}
