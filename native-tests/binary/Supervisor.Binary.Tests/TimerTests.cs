namespace Supervisor.Binary.Tests;

/// <summary>Timer units with the kernel's own clocks.</summary>
public sealed class TimerTests
{
    private const string Runs = "/run/check/runs";

    /// <summary>Each run leaves a line with what it was told.</summary>
    private static readonly (string, string) Job = ("job.service", $"[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart=/run/tools/sh -c '/run/tools/echo $${{TRIGGER_UNIT}} $${{TRIGGER_TIMER_REALTIME_USEC}} $${{TRIGGER_TIMER_MONOTONIC_USEC}} >> {Runs}'\n");

    private static (string, string) Timer(string lines) => ("job.timer", $"[Timer]\nAccuracySec=1us\n{lines}\n");

    private static string[] Lines(Nested host) => File.Exists(host.At(Runs)) ? File.ReadAllLines(host.At(Runs)) : [];

    private static void Ran(Nested host, int times) => Command.Until(() => Lines(host).Length >= times, () => $"it ran {times} times\n{string.Join('\n', Lines(host))}\n{host.Console}");

    private static string Sub(Nested host, string unit) => host.Supervisor("systemctl", "show", "-p", "SubState", "--value", unit).Out.Trim();

    private static void Becomes(Nested host, string unit, string sub) => Command.Until(() => Sub(host, unit) == sub, () => $"{unit} is {sub}, not {Sub(host, unit)}\n{host.Console}");

    private static void KillManager(Nested host)
    {
        var old = host.ManagerPid;
        host.Signal("KILL", old);
        Command.Until(() => Witness.Processes(host).FirstOrDefault(p => p.Arguments is [_, "manager", ..])?.Pid is { } pid && pid != old, () => $"there is a new manager\n{host.Console}");
    }

    [Fact]
    public void A_timer_starts_its_service_and_says_what_it_was()
    {
        using var host = Nested.Start(Timer("OnActiveSec=50ms"), Job);
        host.Supervisor("start", "job.timer").Succeeded();
        Ran(host, 1);
        Becomes(host, "job.timer", "elapsed");
        var words = Lines(host)[0].Split(' ');
        Assert.Equal("job.timer", words[0]);
        var ago = DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(words[1], null));
        Assert.InRange(ago, TimeSpan.Zero, TimeSpan.FromMinutes(2));
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(long.Parse(words[2], null) / 1e6, 0, uptime);
        Assert.Single(Lines(host));
    }

    [Fact]
    public void A_service_that_someone_starts_is_told_of_no_timer()
    {
        using var host = Nested.Start(Timer("OnActiveSec=1h"), Job);
        host.Supervisor("start", "job.timer", "job.service").Succeeded();
        Assert.Equal("", Lines(host)[0].Trim());
    }

    [Fact]
    public void A_span_after_the_last_run_comes_again_and_again()
    {
        using var host = Nested.Start(Timer("OnActiveSec=0\nOnUnitInactiveSec=50ms"), Job);
        host.Supervisor("start", "job.timer").Succeeded();
        Ran(host, 5);
    }

    [Fact]
    public void A_calendar_of_seconds()
    {
        using var host = Nested.Start(Timer("OnCalendar=*:*:*"), Job);
        host.Supervisor("start", "job.timer").Succeeded();
        Ran(host, 2);
        var seconds = Lines(host).Select(l => long.Parse(l.Split(' ')[1], null) / 1_000_000).ToList();
        Assert.Equal(seconds.Distinct(), seconds); // each second once
    }

    [Fact]
    public void A_persistent_timer_makes_up_for_a_time_that_was_missed()
    {
        using var host = Nested.Start(Timer("OnCalendar=daily\nPersistent=yes"), Job);
        var stamp = $"{Nested.StateDirectory}/timers/stamp-job.timer";
        Directory.CreateDirectory(host.At($"{Nested.StateDirectory}/timers"));
        File.WriteAllText(host.At(stamp), "");
        File.SetLastWriteTimeUtc(host.At(stamp), DateTime.UtcNow.AddDays(-3));
        host.Supervisor("start", "job.timer").Succeeded();
        Ran(host, 1);
        Becomes(host, "job.timer", "waiting");
        Assert.InRange(DateTime.UtcNow - File.GetLastWriteTimeUtc(host.At(stamp)), TimeSpan.Zero, TimeSpan.FromMinutes(2));
        // and nothing is made up for twice
        host.Supervisor("stop", "job.timer").Succeeded();
        host.Supervisor("start", "job.timer").Succeeded();
        Becomes(host, "job.timer", "waiting");
        Assert.Single(Lines(host));
    }

    [Fact]
    public void The_next_manager_keeps_the_time()
    {
        using var host = Nested.Start(Timer("OnActiveSec=1500ms"), Job);
        host.Supervisor("start", "job.timer").Succeeded();
        KillManager(host);
        Ran(host, 1);
        Becomes(host, "job.timer", "elapsed");
        Assert.Single(Lines(host));
    }

    [Fact]
    public void A_time_that_comes_while_there_is_no_manager_is_not_lost()
    {
        using var host = Nested.Start(Timer("OnActiveSec=500ms"), Job);
        host.Supervisor("start", "job.timer").Succeeded();
        host.Signal("STOP", host.ManagerPid);
        var next = Environment.TickCount64 + 600;
        Command.Until(() => Environment.TickCount64 > next, "the time has come");
        Assert.Empty(Lines(host));
        KillManager(host);
        Ran(host, 1);
        Becomes(host, "job.timer", "elapsed");
        Assert.Single(Lines(host));
    }

    [Fact]
    public void Managers_that_die_all_the_time_neither_lose_nor_double_a_time()
    {
        using var host = Nested.Start(Timer("OnCalendar=*:*:*"), Job);
        host.Supervisor("start", "job.timer").Succeeded();
        for (var i = 0; i < 8; i++)
            KillManager(host);
        Ran(host, 4);
        var seconds = Lines(host).Select(l => long.Parse(l.Split(' ')[1], null) / 1_000_000).ToList();
        Assert.Equal(seconds.Distinct(), seconds);
    }

    [Fact]
    public void Another_time_zone_is_noticed()
    {
        using var host = Nested.Start(Timer("OnTimezoneChange=yes"), Job);
        host.Enter("/bin/sh", "-c", "cp -a /etc /run/etc && mount --bind /run/etc /etc").Succeeded();
        host.Supervisor("start", "job.timer").Succeeded();
        host.Enter("/bin/sh", "-c", "ln -sf /usr/share/zoneinfo/Asia/Kathmandu /etc/new && mv /etc/new /etc/localtime").Succeeded();
        Ran(host, 1);
    }

    [Fact]
    public void The_list_and_the_properties_are_systemctls()
    {
        using var host = Nested.Start(Timer("OnCalendar=*-*-* 00:00:00 UTC\nOnBootSec=400d"), Job);
        host.Supervisor("start", "job.timer").Succeeded();
        host.Supervisor("systemctl", "list-timers").Succeeded().Says("NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES", "00:00:00 UTC", " left ", "job.timer job.service", "1 timers listed.");
        var midnight = DateTime.UtcNow.Date.AddDays(1).ToString("ddd yyyy-MM-dd 00:00:00 'UTC'", System.Globalization.CultureInfo.InvariantCulture);
        host.Supervisor("systemctl", "show", "job.timer").Succeeded().Says(
            "Unit=job.service", "TimersMonotonic={ OnBootUSec=", "TimersCalendar={ OnCalendar=*-*-* 00:00:00 UTC }", $"NextElapseUSecRealtime={midnight}", "LastTriggerUSec=\n", "AccuracyUSec=1us",
            "Persistent=no", "SubState=waiting");
        host.Supervisor("systemctl", "show", "-p", "TriggeredBy", "job.service").Succeeded().Says("TriggeredBy=job.timer");
        host.Supervisor("status", "job.timer").Succeeded().Says("waiting", "00:00:00", "starts job.service");
        host.Supervisor("stop", "job.timer").Succeeded();
        host.Supervisor("systemctl", "list-timers").Succeeded().Says("0 timers listed.");
        host.Supervisor("systemctl", "list-timers", "--all").Succeeded().Says("1 timers listed.");
    }

    [Fact]
    public void An_image_brings_its_timer()
    {
        using var host = Nested.Start();
        var tree = ImageTree.Service("probe", "Type=oneshot\nDynamicUser=yes", "echo started by $TRIGGER_UNIT").Unit("probe.timer", "[Timer]\nOnActiveSec=50ms\nAccuracySec=1us\n[Install]\nWantedBy=timers.target\n");
        var image = host.Image(tree, "probe.raw");
        host.Supervisor("attach", image).Succeeded().Says("probe.timer");
        host.Supervisor("start", "probe.timer").Succeeded();
        Command.Until(() => host.Supervisor("logs", "probe.service").All.Contains("started by probe.timer", StringComparison.Ordinal), () => $"it ran\n{host.Console}\n{host.Supervisor("logs")}");
        Becomes(host, "probe.timer", "elapsed");
        host.Supervisor("detach", "--now", image).Succeeded();
        Assert.NotEqual(0, host.Supervisor("status", "probe.timer").Status);
    }

    [Fact]
    public void An_image_does_not_wake_the_machine()
    {
        using var host = Nested.Start();
        var tree = ImageTree.Service("probe", "Type=oneshot", "true").Unit("probe.timer", "[Timer]\nOnActiveSec=1h\nWakeSystem=yes\n");
        host.Supervisor("attach", host.Image(tree, "probe.raw")).Succeeded();
        host.Supervisor("start", "probe.timer").Succeeded();
        host.Supervisor("systemctl", "show", "probe.timer").Says("WakeSystem=no");
    }

    [Fact]
    public void A_timer_that_cannot_elapse_is_refused()
    {
        using var host = Nested.Start(("never.timer", "[Timer]\nPersistent=yes\n"), ("never.service", "[Service]\nExecStart=/run/tools/true\n"), ("lonely.timer", "[Timer]\nOnActiveSec=1\n"));
        host.Supervisor("start", "never.timer").Failed().Says("never.timer:1", "a timer unit that never elapses");
        host.Supervisor("start", "lonely.timer").Failed().Says("there is no unit lonely.service");
    }
}
