namespace Supervisor.Binary.Tests;

/// <summary>One tiny unit a directive of systemd.exec(5) that is no wall: what the process is given. The script looks from inside.</summary>
public sealed class ExecTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static int _count;

    private readonly Nested _host = shared.Nested;

    /// <summary>directives (";" between them), script.</summary>
    public static TheoryData<string, string> Processes => new()
    {
        { "CPUAffinity=0", "taskset -p $$ | grep -q ' 1$'; grep -q 'Cpus_allowed_list:.0$' /proc/self/status" },
        { "CPUAffinity=0;CPUAffinity=1", "grep -q 'Cpus_allowed_list:.0-1$' /proc/self/status" },
        { "CPUAffinity=numa;NUMAMask=0", "test \"$(cat /sys/devices/system/node/node0/cpulist)\" = \"$(sed -n 's/Cpus_allowed_list:.//p' /proc/self/status)\"" },
        { "CPUSchedulingPolicy=batch", "/usr/bin/chrt -p $$ | grep -q SCHED_BATCH" },
        { "CPUSchedulingPolicy=idle", "/usr/bin/chrt -p $$ | grep -q SCHED_IDLE" },
        { "CPUSchedulingPolicy=fifo;CPUSchedulingPriority=7", "/usr/bin/chrt -p $$ | grep -q SCHED_FIFO; /usr/bin/chrt -p $$ | grep -q 'priority: 7'" },
        { "CPUSchedulingPolicy=rr", "/usr/bin/chrt -p $$ | grep -q SCHED_RR; /usr/bin/chrt -p $$ | grep -q 'priority: 1'" },
        { "CPUSchedulingPolicy=fifo;CPUSchedulingResetOnFork=yes", "/usr/bin/chrt -p $$ | grep -q SCHED_FIFO; sh -c '/usr/bin/chrt -p $$; :' | grep -q SCHED_OTHER" },
        { "NUMAPolicy=bind;NUMAMask=0", "grep -q ' bind' /proc/self/numa_maps" },
        { "NUMAPolicy=preferred;NUMAMask=0", "grep -q ' prefer:0' /proc/self/numa_maps" },
        { "NUMAPolicy=interleave;NUMAMask=all", "grep -q ' interleave:0' /proc/self/numa_maps" },
        { "NUMAPolicy=local", "grep -q ' local' /proc/self/numa_maps" },
        { "TimerSlackNSec=70us", "test \"$(cat /proc/self/timerslack_ns)\" = 70000" },
        { "TimerSlackNSec=1234", "test \"$(cat /proc/self/timerslack_ns)\" = 1234" },
        { "CoredumpFilter=private-anonymous 0x10", "test $((0x$(cat /proc/self/coredump_filter))) = 17" },
        { "CoredumpFilter=default shared-huge", "test $((0x$(cat /proc/self/coredump_filter))) = $((0x73))" },
        { "Personality=x86", "uname -m | grep -q i686" },
        { "Personality=x86-64", "uname -m | grep -q x86_64" },
        { "Personality=s390x", "uname -m | grep -q x86_64" },
        { "Personality=x86;LockPersonality=yes", "uname -m | grep -q i686" },
        { "SecureBits=noroot no-setuid-fixup", "test \"$(probe securebits)\" = 5; grep -q 'CapPrm:.0000000000000000' /proc/self/status" },
        { "SecureBits=keep-caps-locked;User=nobody;AmbientCapabilities=CAP_KILL", "test \"$(probe securebits)\" = 32; grep -q 'CapEff:.0000000000000020' /proc/self/status" },
        { "SecureBits=no-setuid-fixup;User=nobody", "grep -q 'CapPrm:.0000000000000000' /proc/self/status; test \"$(id -u)\" = 65534" },
        { "MemoryKSM=yes", "test ! -e /proc/self/ksm_stat || grep -q 'ksm_merge_any: *yes' /proc/self/ksm_stat" },
        { "MemoryTHP=disable", "grep -q 'THP_enabled:.0' /proc/self/status" },
        { "ExecSearchPath=/run/tools:/bin", "test \"$PATH_AT_START\" = /run/tools:/bin" },
        { "SetLoginEnvironment=yes", "test \"$LOGNAME\" = root; test \"$HOME\" = /root; test -n \"$SHELL\"" },
        { "SetLoginEnvironment=no;User=nobody", "test -z \"$LOGNAME$HOME$SHELL$USER\"" },
    };

    [Theory]
    [MemberData(nameof(Processes))]
    public void A_process_is_as_its_unit_says(string directives, string script) => Holds(directives, script);

    /// <summary>What is asked of the child's memory is not done to the manager's.</summary>
    [Fact]
    public void The_manager_keeps_its_own_memory_settings()
    {
        Holds("CoredumpFilter=0x1;MemoryTHP=disable", "true");
        Assert.DoesNotContain("THP_enabled:\t0", File.ReadAllText($"/proc/{_host.ManagerPid}/status"), StringComparison.Ordinal);
        Assert.NotEqual("00000001", File.ReadAllText($"/proc/{_host.ManagerPid}/coredump_filter").Trim());
    }

    [Theory]
    [InlineData("CPUAffinity=8191", "CPUAffinity=", 215)]
    [InlineData("NUMAPolicy=bind\nNUMAMask=1000", "NUMAPolicy=", 242)]
    [InlineData("NUMAPolicy=bind", "NUMAPolicy=", 242)]
    public void What_cannot_be_had_fails_the_start_with_directive_and_line(string directives, string directive, int status)
    {
        var name = $"fails{Interlocked.Increment(ref _count)}";
        _host.Unit($"{name}.service", $"[Service]\nType=oneshot\nExecStart=/bin/true\n{directives}\n");
        var outcome = _host.Supervisor("start", name);
        Assert.NotEqual(0, outcome.Status);
        Assert.Contains($"{directive}, ", outcome.All, StringComparison.Ordinal);
        Assert.Contains($"{name}.service:4", outcome.All, StringComparison.Ordinal);
        Assert.Contains($"{status}", _host.Supervisor("status", name).All, StringComparison.Ordinal);
    }

    [Fact]
    public void Levels_and_facilities_are_those_of_the_unit()
    {
        _host.Unit("levels.service", "[Service]\nType=oneshot\nSyslogLevel=warning\nSyslogFacility=cron\nSyslogLevelPrefix=no\nExecStart=/run/tools/echo <3>text\n");
        _host.Supervisor("start", "levels").Succeeded();
        var shown = _host.Supervisor("logs", "levels", "-o", "json").Out;
        Assert.Contains("<3>text", shown.Replace("\\u003C", "<", StringComparison.Ordinal).Replace("\\u003E", ">", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("SYSLOG_FACILITY", shown, StringComparison.Ordinal);
        Assert.Matches("\"PRIORITY\":\"?4", shown);
    }

    private void Holds(string directives, string script) =>
        _host.Holds($"exec{Interlocked.Increment(ref _count)}", directives.Replace(';', '\n'), script);

    [Fact]
    public void A_shell_runs_what_a_bar_stands_before()
    {
        Directory.CreateDirectory(_host.At("/run/check"));
        var script = _host.At("/run/check/bar-words");
        File.WriteAllText(script, "for word; do echo \"[$word]\"; done >/run/check/bar\n");
        _host.Unit("bar.service", "[Service]\nType=oneshot\nEnvironment=\"TWO=a  b\"\nExecStart=|/bin/sh /run/check/bar-words \"it's\" ${TWO} $$HOME\nExecStart=-@|\n");
        _host.Supervisor("start", "bar").Succeeded();
        Assert.Equal("[it's]\n[a  b]\n[$HOME]\n", File.ReadAllText(_host.At("/run/check/bar")));
    }
}
