using System.Diagnostics;

namespace Supervisor.Init.Tests;

/// <summary>The keeper end to end: the native program, real processes, real deaths. <see cref="KeeperHost.Finish"/> asserts each time that its loop allocated nothing.</summary>
public sealed class KeeperTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_killed_manager_is_replaced_and_gets_its_descriptors_and_the_exits(bool ownNamespace)
    {
        NeedRoot(ownNamespace);
        using var host = new KeeperHost("restart", ownNamespace);
        Assert.Equal(42, host.Finish());
        Assert.Contains(ownNamespace ? "mode Container previous 0/0" : "mode Nested previous 0/0", host.Log[0], StringComparison.Ordinal);
        Assert.Contains("previous 2/9 stored 3", host.Log[1], StringComparison.Ordinal);
        Assert.Equal("note remember me", host.Log[2]);
        Assert.Equal("child 1/7", host.Log[3]);
        var times = host.Log.Take(2).Select(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..])).ToArray();
        Assert.InRange(times[1] - times[0], 0, 2_000_000);
    }

    [Fact]
    public void Exits_wait_for_the_next_manager_and_come_again_until_acknowledged()
    {
        using var host = new KeeperHost("buffered");
        Assert.Equal(0, host.Finish());
        Assert.Equal("statuses 200 of 200 sum 19900", host.Log[2]);
        Assert.Equal("again 100 from 101", host.Log[^1]);
    }

    [Fact]
    public void A_hundred_thousand_orphans_are_reaped_each_reported_once_and_in_order()
    {
        NeedRoot(true);
        using var host = new KeeperHost("orphans", ownNamespace: true, count: 100_000);
        Assert.Equal(0, host.Finish(120));
        Assert.Equal([100_000, 4, 0], host.Numbers("seen")[..3]);
        Assert.Equal([0], host.Numbers("zombies"));
        var resident = host.Numbers("keeper");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', host.Log));
        Assert.True(resident[0] < 4096, $"the keeper takes {resident[0]} KiB");
    }

    [Fact]
    public void A_manager_that_does_not_read_loses_no_exit()
    {
        NeedRoot(true);
        using var host = new KeeperHost("deaf", ownNamespace: true);
        Assert.Equal(0, host.Finish());
        Assert.Equal("zombies many exits 12001 distinct 12001 lost 0", host.Log[0]);
    }

    [Fact]
    public void A_manager_that_does_not_answer_is_aborted_and_replaced()
    {
        using var host = new KeeperHost("mute");
        Assert.Equal(0, host.Finish());
        Assert.Matches("previous [23]/6 ", host.Log[1]);
    }

    [Fact]
    public void A_manager_that_survives_the_abort_is_killed()
    {
        using var host = new KeeperHost("mute-hard");
        Assert.Equal(0, host.Finish());
        Assert.Contains("previous 2/9", host.Log[1], StringComparison.Ordinal);
        Assert.True(host.Numbers("killed")[0] > 5_000_000);
    }

    [Fact]
    public void A_manager_that_does_not_become_ready_is_replaced()
    {
        using var host = new KeeperHost("never-ready");
        Assert.Equal(0, host.Finish());
        Assert.Matches("previous [23]/6 ", host.Log[1]);
    }

    [Fact]
    public void A_manager_that_answers_stays()
    {
        using var host = new KeeperHost("serve");
        Assert.Equal(0, host.Finish());
        Assert.Equal("pings 10", host.Log[^1]);
        Assert.StartsWith("generation 1 ", host.Log[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_manager_that_crashes_again_and_again_is_started_ever_more_slowly()
    {
        using var host = new KeeperHost("crash-loop");
        Assert.Equal(0, host.Finish());
        var times = host.Log.Select(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..])).ToArray();
        Assert.Equal(8, times.Length);
        Assert.True(times[7] - times[6] >= 80_000, "the seventh crash must cost 80 ms");
        Assert.All(host.Log.Skip(1), l => Assert.Contains("previous 1/3", l, StringComparison.Ordinal));
    }

    [Fact]
    public void A_planned_end_is_no_crash()
    {
        using var host = new KeeperHost("planned");
        Assert.Equal(0, host.Finish());
        Assert.Equal(20, host.Log.Length);
        Assert.All(host.Log, l => Assert.Contains("previous 0/0", l, StringComparison.Ordinal));
        Assert.DoesNotContain(" ms", host.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Descriptors_keep_their_order_are_replaced_by_name_and_refused_when_the_table_is_full()
    {
        using var host = new KeeperHost("store");
        Assert.Equal(0, host.Finish());
        Assert.Equal(["refused one too many ENOSPC", "long name EINVAL"], host.Log[1..3]);
        Assert.Contains("stored 1024", host.Log[3], StringComparison.Ordinal);
        Assert.Equal(["third fd 3 replaced", "at 500 fd 501, last 127", "dropped"], host.Log[4..]);
    }

    [Fact]
    public void Signals_reach_the_manager_also_those_that_came_while_none_lived()
    {
        using var host = new KeeperHost("signals");
        host.WaitFor("ready");
        Send(host, "HUP");
        host.WaitFor("signal 1 Reload");
        Send(host, "USR2");
        host.WaitFor("signal 10 Reopen");
        Send(host, "TERM");
        Assert.Equal(9, host.Finish());
        Assert.Contains(host.Log, l => l.StartsWith("generation 2", StringComparison.Ordinal));
        Assert.Contains(host.Log, l => l.StartsWith("signal 15 StopAll uid ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_manager_that_never_lives_does_not_keep_the_keeper_from_ending()
    {
        using var host = new KeeperHost("hopeless");
        host.WaitFor("generation 6");
        Send(host, "TERM");
        Assert.Equal(1, host.Finish());
        Assert.Contains("the manager does not stay alive", host.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manager_hears_that_its_keeper_is_gone()
    {
        using var host = new KeeperHost("alone");
        host.WaitFor("ready");
        Send(host, "KILL");
        Assert.Equal("gone", host.WaitFor("gone"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_end_leaves_nothing_alive(bool ownNamespace)
    {
        NeedRoot(ownNamespace);
        using var host = new KeeperHost("leftovers", ownNamespace);
        Assert.Equal(5, host.Finish());
        var marker = host.Directory;
        foreach (var process in Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            var line = Read($"{process}/cmdline");
            Assert.False(line.Contains(marker, StringComparison.Ordinal), $"{process} is alive: {line}");
        }
    }

    [Fact]
    public void A_manager_that_sends_garbage_is_killed_and_replaced()
    {
        using var host = new KeeperHost("garbage");
        Assert.Equal(0, host.Finish());
        Assert.Equal("survived", host.Log[^1]);
        Assert.Equal(6, host.Log.Length);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return ""; // it ended meanwhile
        }
    }

    private static void Send(KeeperHost host, string signal) => Process.Start("kill", [$"-{signal}", $"{host.Process.Id}"]).WaitForExit();

    private static void NeedRoot(bool needed)
    {
        if (needed && !Environment.IsPrivilegedProcess)
            Assert.Skip("a PID namespace needs root");
    }
}
