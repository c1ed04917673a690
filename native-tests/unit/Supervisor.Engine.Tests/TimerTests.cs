using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>Timer units, by the machine alone: clocks and the end of services are what the test says.</summary>
public sealed class TimerTests
{
    private const ulong Second = 1_000_000, Minute = 60 * Second, Hour = 60 * Minute, Day = 24 * Hour;
    private const string Service = "[Service]\nExecStart=/x\n";

    private static Rig With(string timer, string service = Service) =>
        new(("t.timer", $"[Unit]\nDefaultDependencies=no\n[Timer]\nAccuracySec=0\n{timer}\n"), ("t.service", "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n" + service));

    private static ulong Due(Rig rig) => rig.All<Effect.ArmTimer>().Last(a => a is { Unit: "t.timer", Timer: UnitTimer.Trigger }).At;

    private static Rig Elapse(Rig rig) => rig.Elapse("t.timer", UnitTimer.Trigger);

    private static int Starts(Rig rig) => rig.Spawned("t.service").Count;

    /// <summary>The clock is set; the machine's own time stands still.</summary>
    private static void Set(Rig rig, long by)
    {
        rig.Wall.RealtimeOffset += by;
        rig.Do(new Event.ClockSet());
    }

    [Fact]
    public void A_span_after_the_activation_starts_the_service_once()
    {
        var rig = With("OnActiveSec=5s").Start("t.timer");
        Assert.Equal("waiting", rig.Sub("t.timer"));
        Assert.Equal(rig.Now + (5 * Second), Due(rig));
        Elapse(rig);
        Assert.Equal(("running", "running"), (rig.Sub("t.timer"), rig.Sub("t.service")));
        rig.Gone("t.service");
        Assert.Equal("elapsed", rig.Sub("t.timer"));
        Assert.Equal(1, Starts(rig));
    }

    [Fact]
    public void The_service_is_told_what_triggered_it()
    {
        var rig = With("OnActiveSec=5s").Start("t.timer");
        Elapse(rig);
        Assert.Equal(new TriggerDetails("t.timer", rig.Realtime, rig.Now, null), rig["t.service"].Trigger);
        rig.Gone("t.service").Start("t.service");
        Assert.Null(rig["t.service"].Trigger);
    }

    [Fact]
    public void A_span_after_the_boot_that_has_passed_elapses_at_once()
    {
        var rig = With("OnBootSec=10s");
        rig.Now = 60 * Second;
        rig.Start("t.timer");
        Elapse(rig);
        Assert.Equal((60 * Second, 1), (rig.Now, Starts(rig)));
    }

    [Fact]
    public void The_startup_is_another_beginning_than_the_boot()
    {
        var rig = With("OnStartupSec=10s");
        (rig.Wall.Startup, rig.Now) = (100 * Second, 101 * Second);
        Assert.Equal(110 * Second, Due(rig.Start("t.timer")));
    }

    [Fact]
    public void A_span_after_the_last_activation_comes_again_and_again()
    {
        var rig = With("OnActiveSec=1s\nOnUnitActiveSec=10s").Start("t.timer");
        var times = new List<ulong>();
        for (var i = 0; i < 4; i++)
        {
            Elapse(rig);
            times.Add(rig.Now);
            rig.Now += 3 * Second;
            rig.Gone("t.service");
        }
        Assert.Equal([2 * Second, 12 * Second, 22 * Second, 32 * Second], times);
    }

    [Fact]
    public void A_span_after_the_last_end_counts_from_the_end()
    {
        var rig = With("OnActiveSec=1s\nOnUnitInactiveSec=10s").Start("t.timer");
        Elapse(rig);
        rig.Now += 3 * Second;
        rig.Gone("t.service");
        Assert.Equal(rig.Now + (10 * Second), Due(rig));
    }

    [Fact]
    public void A_unit_that_never_ran_is_waited_for()
    {
        var rig = With("OnUnitActiveSec=10s").Start("t.timer");
        Assert.Equal("elapsed", rig.Sub("t.timer"));
        rig.Start("t.service").Gone("t.service");
        Assert.Equal("waiting", rig.Sub("t.timer"));
        Elapse(rig);
        Assert.Equal(2, Starts(rig));
    }

    [Fact]
    public void A_calendar_elapses_at_its_times()
    {
        var rig = With("OnCalendar=hourly").Start("t.timer");
        Elapse(rig);
        Assert.Equal(Rig.Noon + Hour, rig.Realtime);
        rig.Gone("t.service");
        Elapse(rig);
        Assert.Equal(Rig.Noon + (2 * Hour), rig.Realtime);
    }

    [Fact]
    public void A_clock_that_is_set_forward_past_a_time_elapses_at_once()
    {
        var rig = With("OnCalendar=hourly").Start("t.timer");
        Set(rig, (long)(90 * Minute));
        Elapse(rig);
        Assert.Equal((1, 1_000_000ul), (Starts(rig), rig.Now));
        rig.Gone("t.service");
        Assert.Equal(Rig.Noon + (2 * Hour), rig["t.timer"].Times!.Next);
    }

    [Fact]
    public void A_clock_that_is_set_back_lets_times_come_again()
    {
        var rig = With("OnCalendar=hourly").Start("t.timer");
        Elapse(rig);
        rig.Gone("t.service");
        Set(rig, -(long)(3 * Hour));
        Assert.Equal(Rig.Noon - Hour, rig["t.timer"].Times!.Next);
    }

    [Fact]
    public void Spans_do_not_care_for_the_clock()
    {
        var rig = With("OnActiveSec=1h").Start("t.timer");
        var due = Due(rig);
        Set(rig, -(long)Day);
        Set(rig, (long)(2 * Day));
        Assert.Equal(due, Due(rig));
    }

    [Fact]
    public void A_persistent_timer_makes_up_for_what_was_missed()
    {
        var rig = With("OnCalendar=daily\nPersistent=yes");
        rig.Stamps["t.timer"] = Rig.Noon - (3 * Day);
        rig.Start("t.timer");
        Elapse(rig);
        Assert.Equal((1, 1_000_000ul), (Starts(rig), rig.Now));
        Assert.Equal(Rig.Noon, rig.Stamps["t.timer"]);
    }

    [Fact]
    public void A_persistent_timer_that_missed_nothing_waits()
    {
        var rig = With("OnCalendar=daily\nPersistent=yes");
        rig.Stamps["t.timer"] = Rig.Noon - Hour;
        rig.Start("t.timer");
        Assert.Equal(Rig.Noon + (12 * Hour), rig["t.timer"].Times!.Next);
    }

    [Fact]
    public void The_first_activation_of_a_persistent_timer_leaves_a_stamp()
    {
        var rig = With("OnCalendar=daily\nPersistent=yes").Start("t.timer");
        Assert.Equal(Rig.Noon, rig.Stamps["t.timer"]);
        Assert.Equal("waiting", rig.Sub("t.timer"));
    }

    [Fact]
    public void A_stamp_of_the_future_is_not_believed()
    {
        var rig = With("OnCalendar=daily\nPersistent=yes");
        rig.Stamps["t.timer"] = Rig.Noon + Day;
        rig.Start("t.timer");
        Assert.Equal(Rig.Noon + (12 * Hour), rig["t.timer"].Times!.Next);
        Assert.Contains(rig.All<Effect.Log>(), l => l.Text.Contains("future", StringComparison.Ordinal));
    }

    [Fact]
    public void What_comes_while_the_service_runs_comes_at_its_end()
    {
        var rig = With("OnCalendar=hourly").Start("t.timer");
        Elapse(rig);
        rig.Now += 150 * Minute;
        rig.Gone("t.service");
        Elapse(rig);
        Assert.Equal((2, Rig.Noon + Hour + (150 * Minute)), (Starts(rig), rig.Realtime));
    }

    [Fact]
    public void What_comes_while_the_service_runs_is_passed_over_when_it_is_deferred()
    {
        var rig = With("OnCalendar=hourly\nDeferReactivation=yes").Start("t.timer");
        Elapse(rig);
        rig.Now += 150 * Minute;
        rig.Gone("t.service");
        Assert.Equal(Rig.Noon + (4 * Hour), rig["t.timer"].Times!.Next);
    }

    [Fact]
    public void Without_RemainAfterElapse_a_timer_that_is_over_is_dead()
    {
        var rig = With("OnActiveSec=1s\nRemainAfterElapse=no").Start("t.timer");
        Elapse(rig).Gone("t.service");
        Assert.Equal("dead", rig.Sub("t.timer"));
    }

    [Fact]
    public void The_setting_of_the_clock_can_be_the_trigger()
    {
        var rig = With("OnClockChange=yes").Start("t.timer");
        Assert.Equal("waiting", rig.Sub("t.timer"));
        Set(rig, 5_000_000);
        Assert.Equal(1, Starts(rig));
    }

    [Fact]
    public void A_clock_that_was_set_while_there_was_no_manager_is_noticed_by_the_next()
    {
        var rig = With("OnClockChange=yes").Start("t.timer");
        rig.Wall.RealtimeOffset += 5_000_000;
        rig.Takeover();
        Assert.Equal(1, Starts(rig));
        Assert.Equal(0, Starts(With("OnClockChange=yes").Start("t.timer").Takeover()));
    }

    [Fact]
    public void Another_time_zone_can_be_the_trigger()
    {
        var rig = With("OnTimezoneChange=yes").Start("t.timer").Do(new Event.ZoneChanged());
        Assert.Equal(1, Starts(rig));
    }

    [Fact]
    public void Another_time_zone_is_another_midnight()
    {
        var rig = With("OnCalendar=daily").Start("t.timer");
        rig.Wall.Zone = TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(3), "east", "east");
        rig.Do(new Event.ZoneChanged());
        Assert.Equal(Rig.Noon + (9 * Hour), rig["t.timer"].Times!.Next);
    }

    [Fact]
    public void An_hour_that_the_clocks_leave_out_is_no_time_and_one_that_comes_twice_is_one()
    {
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _), "tzdata is not installed");
        var rig = With("OnCalendar=*-*-* 02:30:00 Europe/Berlin");
        rig.Wall.RealtimeOffset = (DateTimeOffset.Parse("2026-03-28T12:00:00Z", null).ToUnixTimeMilliseconds() * 1000) - (long)rig.Now;
        rig.Start("t.timer");
        Assert.Equal("2026-03-30 00:30", At(rig["t.timer"].Times!.Next)); // the 29th has no 02:30
        rig.Wall.RealtimeOffset = (DateTimeOffset.Parse("2026-10-24T12:00:00Z", null).ToUnixTimeMilliseconds() * 1000) - (long)rig.Now;
        rig.Stop("t.timer").Start("t.timer");
        Assert.Equal("2026-10-25 00:30", At(rig["t.timer"].Times!.Next));
        Elapse(rig).Gone("t.service");
        Assert.Equal("2026-10-26 01:30", At(rig["t.timer"].Times!.Next));

        static string At(ulong time) => DateTimeOffset.FromUnixTimeMilliseconds((long)time / 1000).ToString("yyyy-MM-dd HH:mm", null);
    }

    [Fact]
    public void A_random_delay_is_another_each_time_and_never_too_long()
    {
        var rig = With("OnCalendar=hourly\nRandomizedDelaySec=10min").Start("t.timer");
        var delays = new List<ulong>();
        for (var i = 0; i < 20; i++)
        {
            Elapse(rig).Gone("t.service");
            delays.Add(rig.Realtime % Hour);
        }
        Assert.All(delays, d => Assert.InRange(d, 0ul, (10 * Minute) - 1));
        Assert.True(delays.Distinct().Count() > 15);
    }

    [Fact]
    public void A_fixed_random_delay_is_the_machines_own()
    {
        ulong Delay(ulong machine, ulong chance)
        {
            var rig = With("OnCalendar=hourly\nRandomizedDelaySec=10min\nFixedRandomDelay=yes");
            (rig.Wall.Machine, rig.Wall.Chance) = (machine, chance);
            return rig.Start("t.timer")["t.timer"].Times!.Next % Hour;
        }
        Assert.Equal(Delay(1, 1), Delay(1, 2));
        Assert.NotEqual(Delay(1, 1), Delay(2, 1));
    }

    [Fact]
    public void A_random_offset_shifts_the_calendar()
    {
        var rig = With("OnCalendar=hourly\nRandomizedOffsetSec=50min").Start("t.timer");
        var first = rig["t.timer"].Times!.Next;
        Assert.InRange(first, Rig.Noon + 1, Rig.Noon + Hour);
        Assert.NotEqual(0ul, first % Hour);
        Elapse(rig).Gone("t.service");
        Assert.Equal(first + Hour, rig["t.timer"].Times!.Next);
    }

    [Fact]
    public void A_missed_time_is_delayed_from_the_startup_on()
    {
        var rig = With("OnCalendar=daily\nPersistent=yes\nRandomizedDelaySec=1h\nFixedRandomDelay=yes");
        rig.Stamps["t.timer"] = Rig.Noon - (3 * Day);
        (rig.Wall.Startup, rig.Now) = (Second, 2 * Second);
        rig.Start("t.timer");
        Assert.InRange(rig["t.timer"].Times!.Next, Rig.Noon, Rig.Noon + Hour);
    }

    [Fact]
    public void Windows_that_overlap_make_one_wake_up()
    {
        var rig = new Rig(
            ("a.timer", "[Unit]\nDefaultDependencies=no\n[Timer]\nOnActiveSec=100s\n"), ("a.service", Service),
            ("b.timer", "[Unit]\nDefaultDependencies=no\n[Timer]\nOnActiveSec=110s\nAccuracySec=2min\n"), ("b.service", Service));
        rig.Start("a.timer").Start("b.timer");
        var armed = rig.All<Effect.ArmTimer>().Where(a => a.Timer == UnitTimer.Trigger).Select(a => (double)a.At).ToList();
        Assert.Equal(2, armed.Count);
        Assert.Equal(0, (armed[0] - armed[1]) % Minute); // on the same grid of minutes
    }

    [Fact]
    public void A_window_is_kept_whatever_its_width()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var (from, width) = ((ulong)random.NextInt64(1, 1L << 50), (ulong)random.NextInt64(0, 1L << random.Next(1, 40)));
            var machine = (ulong)random.NextInt64();
            Assert.InRange(WakeWindow.Pick(from, width, machine), from, from + width);
        }
    }

    [Fact]
    public void A_timer_that_wakes_the_machine_arms_an_alarm_on_the_clock_that_never_sleeps()
    {
        var rig = With("OnActiveSec=1min\nWakeSystem=yes");
        rig.Wall.BoottimeOffset = Hour;
        rig.Start("t.timer");
        Assert.Equal(new Effect.ArmWake("t.timer", rig.Now + Hour + Minute), rig.All<Effect.ArmWake>().Last());
        rig.Wall.BoottimeOffset += 10 * Minute; // it slept
        rig.Wall.RealtimeOffset += (long)(10 * Minute);
        rig.Do(new Event.ClockSet());
        Elapse(rig);
        Assert.Equal((1_000_000ul, 1), (rig.Now, Starts(rig)));
    }

    [Fact]
    public void Without_the_right_to_wake_the_machine_the_timer_fails()
    {
        var rig = With("OnActiveSec=1min\nWakeSystem=yes").Start("t.timer").Do(new Event.WakeFailed("t.timer", new("cannot make a timer")));
        Assert.Equal(("failed", UnitResult.Resources), (rig.Sub("t.timer"), rig["t.timer"].Result));
    }

    [Fact]
    public void A_loop_ends_with_a_failure()
    {
        var rig = With("OnActiveSec=0\nOnUnitInactiveSec=0").Start("t.timer");
        for (var i = 0; i < 300 && rig.Sub("t.timer") != "failed"; i++)
        {
            Elapse(rig);
            if (rig.Sub("t.service") == "running")
                rig.Gone("t.service");
        }
        Assert.Equal(UnitResult.TriggerLimitHit, rig["t.timer"].Result);
    }

    [Fact]
    public void A_timer_without_its_unit_is_not_started()
    {
        var rig = new Rig(("t.timer", "[Unit]\nDefaultDependencies=no\n[Timer]\nOnActiveSec=1s\nUnit=none.service\n")).Start("t.timer");
        Assert.Equal("failed", rig.Sub("t.timer"));
        Assert.Contains(rig.All<Effect.Log>(), l => l.Text.Contains("there is no unit none.service", StringComparison.Ordinal));
    }

    [Fact]
    public void A_service_that_must_not_start_does_not_stop_the_timer()
    {
        var rig = With("OnCalendar=hourly", "[Unit]\nConditionPathExists=/x\n" + Service);
        rig.AnswerConditions = false;
        Elapse(rig.Start("t.timer")).Do(new Event.ConditionResult("t.service", ConditionOutcome.Unmet, "ConditionPathExists=/x"));
        Assert.Equal("waiting", rig.Sub("t.timer"));
    }

    [Fact]
    public void New_files_are_new_times()
    {
        var rig = With("OnActiveSec=1h").Start("t.timer");
        rig.Define("t.timer", "[Unit]\nDefaultDependencies=no\n[Timer]\nAccuracySec=0\nOnActiveSec=2h\n");
        rig.Engine.Reload(rig.Now);
        rig.Pump();
        Assert.Equal(rig.Now + (2 * Hour), Due(rig));
    }

    [Fact]
    public void A_stop_is_the_end_of_it()
    {
        var rig = With("OnActiveSec=1h").Start("t.timer").Stop("t.timer");
        Assert.Equal("dead", rig.Sub("t.timer"));
        Assert.Contains(new Effect.CancelTimer("t.timer", UnitTimer.Trigger), rig.Effects);
    }

    [Fact]
    public void The_service_is_written_down_before_the_timer()
    {
        var rig = With("OnActiveSec=1s").Start("t.timer");
        var before = rig.Effects.Count;
        Elapse(rig);
        var saved = rig.Effects.Skip(before).OfType<Effect.Persist>().Select(p => p.Unit).ToList();
        Assert.Equal(["t.service", "t.timer"], saved.Take(2));
    }
}
