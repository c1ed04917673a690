using Supervisor.Linux;

namespace Supervisor.Manager.Tests;

public sealed class LoopTests
{
    [Fact]
    public void Times_come_in_order_and_a_disposed_one_does_not_come()
    {
        using var loop = new Loop();
        var seen = new List<string>();
        var now = Sys.Now();
        loop.At(now + 3000, () => { seen.Add("last"); loop.Stop(); });
        loop.At(now + 1000, () => seen.Add("first"));
        loop.At(now + 2000, () => seen.Add("never")).Dispose();
        loop.Run();
        Assert.Equal(["first", "last"], seen);
    }

    [Fact]
    public void A_time_in_the_past_comes_at_once()
    {
        using var loop = new Loop();
        loop.At(0, loop.Stop);
        loop.Run();
    }

    [Fact]
    public void A_handler_that_throws_does_not_end_the_loop()
    {
        using var loop = new Loop();
        var bugs = 0;
        loop.OnBug = _ => bugs++;
        loop.Later(() => throw new InvalidOperationException("a bug"));
        loop.At(Sys.Now() + 1000, loop.Stop);
        loop.Run();
        Assert.Equal(1, bugs);
    }

    [Fact]
    public void A_forgotten_descriptor_is_not_called_again()
    {
        using var loop = new Loop();
        var (a, b) = Sys.SocketPair(1).Value;
        var calls = 0;
        loop.Watch(b, 1, _ =>
        {
            calls++;
            loop.Forget(b);
            loop.At(Sys.Now() + 1000, loop.Stop);
        });
        _ = Sys.Write(a, "x"u8).Value;
        loop.Run();
        Assert.Equal(1, calls);
        a.Close();
        b.Close();
    }
}
