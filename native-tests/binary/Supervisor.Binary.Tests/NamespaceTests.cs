namespace Supervisor.Binary.Tests;

/// <summary>Namespaces that a service has, joins or shares, looked at from inside.</summary>
public sealed class NamespaceTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static int _count;

    private readonly Nested _host = shared.Nested;

    /// <summary>directives (";" between them), script.</summary>
    public static TheoryData<string, string> Checks => new()
    {
        { "PrivatePIDs=yes", "test $$ = 1; test \"$(ls -d /proc/[0-9]* | wc -l)\" -le 4; test \"$SYSTEMD_EXEC_PID\" = 1" },
        { "PrivatePIDs=yes;PrivateUsers=yes;ProtectProc=invisible;User=nobody", "test $$ = 1; test \"$(id -u)\" = 65534; grep -q ' /proc .*hidepid' /proc/self/mountinfo" },
        { "PrivatePIDs=yes;DynamicUser=yes;ProtectKernelTunables=yes;PrivateTmp=yes", "test $$ = 1; no sh -c ': > /proc/sys/kernel/hostname'; touch /tmp/x" },
        { "PrivateUsers=full", "test \"$(wc -l < /proc/self/uid_map)\" = 2; grep -q '1 *1 *4294967294' /proc/self/uid_map" },
        { "PrivateUsers=identity", "grep -q '0 *0 *65536' /proc/self/uid_map" },
        { "ProtectHostname=private:web.example", "test \"$(hostname)\" = web.example; hostname other; test \"$(hostname)\" = other" },
        { "ProtectHostname=yes:locked", "test \"$(hostname)\" = locked; no hostname other" },
        { "ProtectHostname=private", "hostname mine; test \"$(hostname)\" = mine" },
        { "ProtectControlGroups=private", "test \"$(sed -n 's/^0:://p' /proc/self/cgroup)\" = /; m=$(grep -E ' - cgroup2 ' /proc/self/mountinfo | tail -n1 | cut -d' ' -f5); grep -q $$ $m/cgroup.procs; mkdir $m/below; rmdir $m/below" },
        { "ProtectControlGroups=strict", "m=$(grep -E ' - cgroup2 ' /proc/self/mountinfo | tail -n1 | cut -d' ' -f5); grep -q $$ $m/cgroup.procs; no mkdir $m/below" },
        { "ProtectControlGroups=strict;PrivateUsers=yes;ProtectKernelTunables=yes", "test \"$(sed -n 's/^0:://p' /proc/self/cgroup)\" = /; no sh -c ': > /proc/sys/kernel/hostname'" },
        { "PrivateBPF=yes", "grep -q ' /sys/fs/bpf .* - bpf ' /proc/self/mountinfo" },
        { "PrivateMounts=yes;MountFlags=private", "no grep -q 'master:' /proc/self/mountinfo; no grep -q 'shared:' /proc/self/mountinfo" },
        { "MountFlags=slave", "no grep -q 'shared:' /proc/self/mountinfo; mount -t tmpfs tmpfs /run/check/seen" },
        { "PrivateTmp=yes;MountFlags=shared", "grep -q ' / / .*shared:' /proc/self/mountinfo || grep -q ' shared:' /proc/self/mountinfo" },
        { "PrivateNetwork=yes", "test \"$(ls /sys/class/net 2>/dev/null | wc -l)\" -ge 0; ip link show lo | grep -q 'LOOPBACK,UP'; test \"$(ip -o link | wc -l)\" = 1" },
        { "PrivateNetwork=yes;PrivateUsers=yes;User=nobody", "no probe bind 81; probe socket 2 | grep -q ok" },
    };

    [Theory]
    [MemberData(nameof(Checks))]
    public void From_inside(string directives, string script)
    {
        Directory.CreateDirectory(_host.At("/run/check/seen"));
        _host.Holds($"space{Interlocked.Increment(ref _count)}", directives.Replace(';', '\n'), script);
    }

    /// <summary>A namespace of a process outside, by its file in /proc.</summary>
    [Theory]
    [InlineData("NetworkNamespacePath", "net", "--net")]
    [InlineData("IPCNamespacePath", "ipc", "--ipc")]
    [InlineData("UserNamespacePath", "user", "--user")]
    public void A_namespace_is_joined_by_its_path(string directive, string kind, string option)
    {
        using var other = Command.Start(["nsenter", "--target", $"{_host.Init}", "--mount", "--pid", "--net", "--ipc", "--", "unshare", option, "/run/tools/sh", "-c", "echo $$ > /run/joined-" + kind + "; exec /run/tools/sleep 1000"]);
        try
        {
            Command.Until(() => File.Exists(_host.At($"/run/joined-{kind}")) && File.ReadAllText(_host.At($"/run/joined-{kind}")).EndsWith('\n'), () => "the other process runs");
            var pid = File.ReadAllText(_host.At($"/run/joined-{kind}")).Trim();
            _host.Holds($"joins-{kind}", $"{directive}=/proc/{pid}/ns/{kind}", $"test \"$(readlink /proc/self/ns/{kind})\" = \"$(readlink /proc/{pid}/ns/{kind})\"; test \"$(readlink /proc/self/ns/{kind})\" != \"$(readlink /proc/{_host.KeeperPid}/ns/{kind})\"");
        }
        finally
        {
            other.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void A_path_that_is_no_namespace_fails_the_start_with_its_line()
    {
        _host.Unit("nonamespace.service", "[Service]\nType=oneshot\nExecStart=/bin/true\nNetworkNamespacePath=/etc/passwd\n");
        var outcome = _host.Supervisor("start", "nonamespace");
        Assert.NotEqual(0, outcome.Status);
        Assert.Contains("NetworkNamespacePath=", outcome.All, StringComparison.Ordinal);
        Assert.Contains("nonamespace.service:4", outcome.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("DynamicUser=yes\n", "")]
    [InlineData("", "User=nobody\n")]
    public void Units_share_tmp_network_and_ipc(string first, string second)
    {
        var n = Interlocked.Increment(ref _count);
        const string Spaces = "/run/tools/readlink /proc/self/ns/net; /run/tools/readlink /proc/self/ns/ipc";
        const string common = "PrivateTmp=yes\nPrivateNetwork=yes\nPrivateIPC=yes\nType=oneshot\nRemainAfterExit=yes\n";
        _host.Unit($"one{n}.service", $"[Service]\n{common}{first}ExecStart=/run/tools/sh -c '/run/tools/touch /tmp/from-one; ({Spaces}) > /tmp/spaces'\n");
        _host.Unit($"two{n}.service", $"[Unit]\nJoinsNamespaceOf=one{n}.service\n[Service]\n{common}{second}ExecStart=/run/tools/sh -c 'test \"$({Spaces})\" = \"$(/run/tools/cat /tmp/spaces)\"'\n");
        _host.Unit($"three{n}.service", $"[Service]\n{common}ExecStart=/run/tools/test ! -e /tmp/from-one\n");
        _host.Supervisor("start", $"one{n}").Succeeded();
        _host.Supervisor("start", $"two{n}").Succeeded();
        _host.Supervisor("start", $"three{n}").Succeeded();
        _host.Supervisor("stop", $"one{n}").Succeeded();
        _host.Supervisor("restart", $"two{n}").Succeeded(); // what it shared is its own as long as it runs, and a restart keeps it
    }

    /// <summary>The other way round: the unit that is named starts later.</summary>
    [Fact]
    public void Sharing_does_not_depend_on_who_is_first()
    {
        _host.Unit("first.service", "[Unit]\nJoinsNamespaceOf=later.service\n[Service]\nPrivateTmp=yes\nType=oneshot\nRemainAfterExit=yes\nExecStart=/run/tools/touch /tmp/from-first\n");
        _host.Unit("later.service", "[Service]\nPrivateTmp=yes\nType=oneshot\nRemainAfterExit=yes\nExecStart=/run/tools/test -e /tmp/from-first\n");
        _host.Supervisor("start", "first").Succeeded();
        _host.Supervisor("start", "later").Succeeded();
    }

    [Fact]
    public void A_forking_service_has_no_PID_namespace_of_its_own()
    {
        _host.Unit("forks.service", "[Service]\nType=forking\nPrivatePIDs=yes\nExecStart=/bin/true\n");
        var outcome = _host.Supervisor("start", "forks");
        Assert.Contains("PrivatePIDs=", outcome.All, StringComparison.Ordinal);
        Assert.NotEqual(0, outcome.Status);
    }

    /// <summary>What ends as PID 1 of its namespace takes the others with it, and the manager sees its end.</summary>
    [Fact]
    public void The_end_of_a_PID_namespace_is_seen()
    {
        _host.Unit("pids.service", "[Service]\nPrivatePIDs=yes\nExecStart=/run/tools/sh -c '/run/tools/sleep 1000 & exit 3'\n");
        _host.Supervisor("start", "pids");
        Command.Until(() => _host.Supervisor("status", "pids").All.Contains("status 3", StringComparison.Ordinal), () => _host.Supervisor("status", "pids").All);
    }
}
