using System.Runtime.InteropServices;

namespace Supervisor.Binary.Tests;

/// <summary>Standard streams, passed files, terminals and shares of the machine.</summary>
public sealed partial class StreamTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static int _count;

    private readonly Nested _host = shared.Nested;

    /// <summary>directives (";" between them), script.</summary>
    public static TheoryData<string, string> Checks => new()
    {
        { "StandardInputText=one\\ttwo;StandardInputText=three", "test \"$(cat)\" = \"$(printf 'one\\ttwo\\nthree')\"; no sh -c 'echo x >&0'" },
        { "StandardInput=data;StandardInputData=aGVsbG8K;StandardInputText=text", "test \"$(cat)\" = \"$(printf 'hello\\ntext')\"" },
        { "StandardInputText=gone;StandardInputData=", "test -z \"$(cat)\"" },
        { "StandardInputText=with root;PrivateTmp=yes;DynamicUser=yes", "test \"$(cat)\" = 'with root'" },
        { "OpenFile=/run/check/data:config:read-only", "test \"$LISTEN_FDS\" = 1; test \"$LISTEN_FDNAMES\" = config; test \"$(cat <&3)\" = content; no sh -c 'echo x >&3'" },
        { "OpenFile=/run/check/log::append;OpenFile=/run/nowhere:n:graceful", "test \"$LISTEN_FDS\" = 1; test \"$LISTEN_FDNAMES\" = log; grep -q 'flags:.*02' /proc/self/fdinfo/3; echo more >&3; grep -q more /run/check/log" },
        { "OpenFile=/run/check/data:config:read-only;DynamicUser=yes;ProtectSystem=strict", "test \"$(cat <&3)\" = content" },
        { "SystemCallFilter=~sethostname:kill;SystemCallErrorNumber=EPERM", "status=0; probe sethostname || status=$?; test $status = 159" },
        { "SystemCallLog=uname", "uname; grep -q 'Seccomp:.2' /proc/self/status" },
        { "AppArmorProfile=none-such;SELinuxContext=-none;SmackProcessLabel=none", "test -e /sys/module/apparmor/parameters/enabled || true" },
        { "BindPaths=/run/check:/run/made-for-it/below", "test -e /run/made-for-it/below/data" },
        { "TemporaryFileSystem=/run/made-too:mode=0700,nostrictatime,ro", "no touch /run/made-too/x; test \"$(stat -c %a /run/made-too)\" = 700" },
        { "ReadOnlyPaths=/dev;PrivateDevices=yes", "no touch /dev/shm/x; no touch /dev/x" },
        { "RuntimeDirectory=./dots//./below/.", "test \"$RUNTIME_DIRECTORY\" = /run/dots/below; test -d /run/dots/below" },
        { "DynamicUser=yes;RuntimeDirectory=dynamic-seen", "test \"$RUNTIME_DIRECTORY\" = /run/dynamic-seen; touch $RUNTIME_DIRECTORY/x" },
        { "DynamicUser=yes;User=1", "test \"$(id -u)\" = 1; test \"$(id -g)\" = 1" },
        { "PAMName=login", "true" },
    };

    [Theory]
    [MemberData(nameof(Checks))]
    public void From_inside(string directives, string script)
    {
        File.WriteAllText(_host.At("/run/check/data"), "content");
        File.WriteAllText(_host.At("/run/check/log"), "");
        _host.Holds($"stream{Interlocked.Increment(ref _count)}", directives.Replace(';', '\n'), script);
    }

    [Theory]
    [InlineData("OpenFile=/run/nowhere", "OpenFile=", 202)]
    [InlineData("StandardInput=tty\nTTYPath=/dev/null", "StandardInput=", 208)]
    [InlineData("StandardInput=fd:none", "StandardInput=", 208)]
    public void What_cannot_be_opened_fails_the_start_with_its_line(string directives, string directive, int status)
    {
        var name = $"noopen{Interlocked.Increment(ref _count)}";
        _host.Unit($"{name}.service", $"[Service]\nType=oneshot\nExecStart=/bin/true\n{directives}\n");
        var outcome = _host.Supervisor("start", name);
        Assert.NotEqual(0, outcome.Status);
        Assert.Contains($"{directive}, ", outcome.All, StringComparison.Ordinal);
        Assert.Contains($"{name}.service:4", outcome.All, StringComparison.Ordinal);
        Assert.Contains($"{status}", _host.Supervisor("status", name).All, StringComparison.Ordinal);
    }

    /// <summary>The shell has job control only on a terminal that is its session's own.</summary>
    [Theory]
    [InlineData("tty")]
    [InlineData("tty-fail")]
    [InlineData("tty-force")]
    public void A_terminal_is_the_service_s_own(string kind)
    {
        using var pair = Terminal.Open();
        var n = Interlocked.Increment(ref _count);
        var script = "/run/tools/tty; /run/tools/ps -o pid,tty | /run/tools/grep -q . ; : > /dev/tty && echo own; /run/tools/stty size; echo term=$TERM";
        _host.Unit($"tty{n}.service", $"[Service]\nType=oneshot\nStandardInput={kind}\nTTYPath={pair.Path}\nTTYReset=yes\nTTYRows=33\nTTYColumns=77\nExecStart=/run/tools/sh -c '{script}'\n");
        _host.Supervisor("start", $"tty{n}").Succeeded();
        var shown = pair.Read();
        Assert.Contains("own", shown, StringComparison.Ordinal);
        Assert.Contains("33 77", shown, StringComparison.Ordinal);
        Assert.Contains("term=vt220", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_ExecStart_has_the_root_when_the_unit_says_so()
    {
        Directory.CreateDirectory(_host.At("/run/check/root/bin"));
        File.Copy(Machine.Busybox, _host.At("/run/check/root/bin/test"), overwrite: true);
        _host.Unit("startonly.service", "[Service]\nType=oneshot\nRootDirectory=/run/check/root\nRootDirectoryStartOnly=yes\nMountAPIVFS=no\nExecStartPre=/run/tools/test -e /etc/passwd\nExecStart=/bin/test ! -e /etc/passwd\n");
        _host.Supervisor("start", "startonly").Succeeded();
    }

    /// <summary>Where only version 1 has the controller, its files say the same.</summary>
    [Fact]
    public void Limits_of_memory_and_processors_are_the_kernel_s()
    {
        var old = File.Exists("/sys/fs/cgroup/memory/memory.limit_in_bytes");
        Assert.SkipUnless(old || File.ReadAllText("/proc/self/cgroup").StartsWith("0::", StringComparison.Ordinal), "no controllers of memory here");
        _host.Unit("limits.service", "[Service]\nMemoryMax=64M\nCPUQuota=50%\nCPUWeight=200\nExecStart=/run/tools/sleep 1000\n");
        _host.Supervisor("start", "limits").Succeeded();
        var groups = File.ReadAllLines(_host.At($"/proc/{_host.MainPid("limits")}/cgroup"));
        string Group(string controller) => groups.First(g => g.Split(':')[1].Split(',').Contains(controller)).Split(':', 3)[2];
        if (old)
        {
            Assert.Equal($"{64 << 20}", File.ReadAllText($"/sys/fs/cgroup/memory{Group("memory")}/memory.limit_in_bytes").Trim());
            Assert.Equal("50000", File.ReadAllText($"/sys/fs/cgroup/cpu{Group("cpu")}/cpu.cfs_quota_us").Trim());
            Assert.Equal("2048", File.ReadAllText($"/sys/fs/cgroup/cpu{Group("cpu")}/cpu.shares").Trim());
        }
        else
        {
            var own = $"/sys/fs/cgroup{groups[0].Split(':', 3)[2]}";
            Assert.Equal($"{64 << 20}", File.ReadAllText($"{own}/memory.max").Trim());
            Assert.Equal("50000 100000", File.ReadAllText($"{own}/cpu.max").Trim());
        }
        _host.Supervisor("stop", "limits").Succeeded();
        if (old)
            Assert.False(Directory.Exists($"/sys/fs/cgroup/memory{Group("memory")}"));
    }

    [Fact]
    public void A_limit_without_its_controller_fails_the_start_and_a_share_is_missed()
    {
        Assert.SkipUnless(Directory.Exists("/sys/fs/cgroup/memory"), "this machine's version 2 tree has all controllers");
        _host.Unit("walls.service", "[Service]\nType=oneshot\nExecStart=/bin/true\nAllowedCPUs=0\n");
        _host.Unit("shares.service", "[Service]\nExecStart=/run/tools/sleep 1000\nMemoryLow=1M\n");
        var outcome = _host.Supervisor("start", "walls");
        Assert.Contains("AllowedCPUs=, ", outcome.All, StringComparison.Ordinal);
        Assert.Contains("walls.service:4", outcome.All, StringComparison.Ordinal);
        Assert.NotEqual(0, outcome.Status);
        _host.Supervisor("start", "shares").Succeeded();
        Assert.Contains("MemoryLow=", _host.Supervisor("status", "shares").All, StringComparison.Ordinal);
        _host.Supervisor("stop", "shares").Succeeded();
    }

    /// <summary>A pseudoterminal: the service has one end, the test the other.</summary>
    private sealed partial class Terminal : IDisposable
    {
        private readonly int _master;

        private Terminal(int master, string path) => (_master, Path) = (master, path);

        public string Path { get; }

        public static Terminal Open()
        {
            var master = posix_openpt(2 | 0x100);
            Assert.True(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
            var number = 0u;
            Assert.Equal(0, ioctl(master, 0x80045430, ref number)); // TIOCGPTN
            return new Terminal(master, $"/dev/pts/{number}");
        }

        /// <summary>What was written so far, when the last writer has gone.</summary>
        public string Read()
        {
            var text = "";
            var buffer = new byte[4096];
            for (nint n; (n = read(_master, buffer, buffer.Length)) > 0;)
                text += System.Text.Encoding.UTF8.GetString(buffer, 0, (int)n);
            return text;
        }

        public void Dispose() => _ = close(_master);

        [LibraryImport("libc")]
        private static partial int posix_openpt(int flags);

        [LibraryImport("libc")]
        private static partial int grantpt(int fd);

        [LibraryImport("libc")]
        private static partial int unlockpt(int fd);

        [LibraryImport("libc")]
        private static partial int ioctl(int fd, nuint request, ref uint value);

        [LibraryImport("libc")]
        private static partial nint read(int fd, byte[] buffer, nint count);

        [LibraryImport("libc")]
        private static partial int close(int fd);
    }
}
