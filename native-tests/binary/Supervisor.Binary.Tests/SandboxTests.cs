using System.Globalization;

namespace Supervisor.Binary.Tests;

/// <summary>One tiny unit a directive, on the host's own root, whose script looks at the sandbox from inside.</summary>
public sealed class SandboxTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private static int _count;

    private readonly Nested _host = shared.Nested;

    /// <summary>directives (";" between them), script.</summary>
    public static TheoryData<string, string> Checks => new()
    {
        // mounts
        { "PrivateTmp=yes", "test -z \"$(ls -A /tmp)\"; test \"$(stat -c %a /tmp)\" = 1777; grep -q ' /tmp .*nosuid,nodev' /proc/self/mountinfo; test \"$(stat -c %a /var/tmp)\" = 1777" },
        { "ProtectSystem=strict", "no touch /run; no touch /etc; no touch /usr; no touch /var; touch /dev/null" },
        { "ProtectSystem=full", "no touch /etc; no touch /usr; touch /run/full; rm /run/full" },
        { "ProtectSystem=yes", "no touch /usr; touch /run/yes; rm /run/yes" },
        { "ProtectSystem=strict;ReadWritePaths=/run/check", "touch /run/check/written; no touch /run" },
        { "ProtectHome=yes", "test -z \"$(ls -A /root)\"; test -z \"$(ls -A /home)\"; test \"$(stat -c %a /root)\" = 0" },
        { "ProtectHome=read-only", "no touch /root; no touch /home" },
        { "ProtectHome=tmpfs", "test -z \"$(ls -A /root)\"; grep -q ' /home .* - tmpfs ' /proc/self/mountinfo" },
        { "ReadOnlyPaths=/run/check", "no touch /run/check/x; touch /run/there; rm /run/there" },
        { "InaccessiblePaths=/run/check/hidden -/run/none", "no cat /run/check/hidden/file; test \"$(stat -c %a /run/check/hidden)\" = 0" },
        { "TemporaryFileSystem=/run/check/hidden:ro", "test -z \"$(ls -A /run/check/hidden)\"; no touch /run/check/hidden/x" },
        { "BindPaths=/run/check/hidden:/run/check/seen", "grep -q content /run/check/seen/file; touch /run/check/seen/x; rm /run/check/seen/x" },
        { "BindReadOnlyPaths=/run/check/hidden:/run/check/seen -/run/none:/run/other", "grep -q content /run/check/seen/file; no touch /run/check/seen/x" },
        { "NoExecPaths=/run/check/hidden", "no /run/check/hidden/true; test -x /run/tools/true; /run/tools/true" },
        { "NoExecPaths=/run;ExecPaths=/run/tools", "no /run/check/hidden/true; /run/tools/true" },
        { "PrivateDevices=yes", "test -c /dev/null; test -c /dev/urandom; test ! -e /dev/mem; test ! -e /dev/vda; no mknod /run/check/node c 1 3; grep -q ' /dev .*nosuid' /proc/self/mountinfo" },
        { "ProtectKernelTunables=yes", "no sh -c ': >> /proc/sys/kernel/printk_delay'; no sh -c ': >> /sys/kernel/mm/transparent_hugepage/enabled'" },
        { "ProtectKernelLogs=yes", "probe klog | grep -q EPERM; no cat /dev/kmsg" },
        { "ProtectControlGroups=yes", "for m in $(grep -E ' - cgroup2? ' /proc/self/mountinfo | cut -d' ' -f5); do no touch $m; done" },
        { "ProtectProc=invisible;User=nobody", "test ! -e /proc/1; test -e /proc/self/status" },
        { "ProtectProc=noaccess;User=nobody", "no cat /proc/1/cmdline" },
        { "ProcSubset=pid", "test ! -e /proc/meminfo; test -e /proc/self/status" },
        // identity
        { "User=nobody", "test \"$(id -u)\" = 65534; test \"$(id -g)\" = 65534; test \"$(id -G)\" = 65534; grep -q 'CapEff:.0000000000000000' /proc/self/status; test \"$USER\" = nobody" },
        { "User=65533;Group=65532;SupplementaryGroups=daemon", "test \"$(id -u)\" = 65533; test \"$(id -g)\" = 65532; id -G | grep -q '\\b1\\b'" },
        { "Group=daemon", "test \"$(id -u)\" = 0; test \"$(id -g)\" = 1" },
        { "DynamicUser=yes", "test \"$(id -u)\" -ge 61184; test \"$(id -u)\" -le 65519; grep -q 'NoNewPrivs:.1' /proc/self/status; no touch /run; touch /tmp/x" },
        { "PrivateUsers=yes", "no grep -q 4294967295 /proc/self/uid_map; test \"$(id -u)\" = 0" },
        { "PrivateUsers=yes;User=nobody", "test \"$(id -u)\" = 65534; grep -q 65534 /proc/self/uid_map" },
        { "NoNewPrivileges=yes", "grep -q 'NoNewPrivs:.1' /proc/self/status" },
        { "CapabilityBoundingSet=CAP_CHOWN CAP_KILL", "grep -q 'CapBnd:.0000000000000021' /proc/self/status; grep -q 'CapEff:.0000000000000021' /proc/self/status" },
        { "CapabilityBoundingSet=~CAP_SYS_ADMIN", "no probe mount; b=$((0x$(sed -n 's/CapBnd:.//p' /proc/self/status))); test $((b >> 21 & 1)) = 0; test $((b & 1)) = 1" },
        { "CapabilityBoundingSet=", "grep -q 'CapBnd:.0000000000000000' /proc/self/status; grep -q 'CapPrm:.0000000000000000' /proc/self/status" },
        { "User=nobody;AmbientCapabilities=CAP_NET_BIND_SERVICE", "grep -q 'CapAmb:.0000000000000400' /proc/self/status; probe bind 81" },
        // system calls
        { "SystemCallFilter=~@mount;SystemCallErrorNumber=EPERM", "probe mount | grep -q EPERM; grep -q 'Seccomp:.2' /proc/self/status" },
        { "SystemCallFilter=~sethostname:EXDEV", "probe sethostname | grep -q EXDEV" },
        { "SystemCallFilter=@system-service;SystemCallErrorNumber=EPERM", "probe mount | grep -q EPERM; ls / > /dev/null" },
        { "SystemCallFilter=~@mount", "status=0; probe mount || status=$?; test $status = 159" },
        { "SystemCallFilter=~@mount;SystemCallErrorNumber=EPERM;SystemCallArchitectures=native", "probe int80 && exit 1; test \"$(probe x32)\" != ok" },
        { "SystemCallArchitectures=native", "status=0; probe int80 || status=$?; test $status != 0" },
        { "RestrictAddressFamilies=AF_UNIX", "probe socket 2 | grep -q EAFNOSUPPORT; probe socket 1 | grep -q ok; probe socket 17 | grep -q EAFNOSUPPORT" },
        { "RestrictAddressFamilies=~AF_INET", "probe socket 2 | grep -q EAFNOSUPPORT; probe socket 10 | grep -q ok" },
        { "RestrictAddressFamilies=none", "probe socket 1 | grep -q EAFNOSUPPORT" },
        { "RestrictNamespaces=yes", "probe unshare 0x40000000 | grep -q EPERM; probe unshare 0x20000 | grep -q EPERM" },
        { "RestrictNamespaces=net", "probe unshare 0x40000000 | grep -q ok; probe unshare 0x20000 | grep -q EPERM" },
        { "RestrictNamespaces=~net", "probe unshare 0x40000000 | grep -q EPERM; probe unshare 0x20000 | grep -q ok" },
        { "MemoryDenyWriteExecute=yes", "probe mprotect | grep -q EPERM" },
        { "LockPersonality=yes", "probe personality | grep -q EPERM" },
        { "RestrictRealtime=yes", "probe realtime | grep -q EPERM" },
        { "RestrictSUIDSGID=yes", "probe chmod-suid /run/check/suid | grep -q EPERM; probe open-suid /run/check/suid | grep -q EPERM" },
        { "ProtectHostname=yes", "probe sethostname | grep -q EPERM; hostname" },
        { "ProtectClock=yes", "probe settime | grep -q EPERM" },
        { "ProtectKernelModules=yes", "probe module | grep -q EPERM; test -z \"$(ls -A /usr/lib/modules 2>/dev/null)\"; test $((0x$(sed -n 's/CapBnd:.//p' /proc/self/status) >> 16 & 1)) = 0" },
        // the rest of the environment
        { "UMask=027", "touch /run/check/umask; test \"$(stat -c %a /run/check/umask)\" = 640; rm /run/check/umask" },
        { "WorkingDirectory=/usr", "test \"$(pwd)\" = /usr" },
        { "WorkingDirectory=-/nowhere", "test \"$(pwd)\" = /" },
        { "Environment=\"A=one two\" B=$C;Environment=D=%%n", "test \"$A\" = 'one two'; test \"$B\" = '$C'; test \"$D\" = %n" },
        { "EnvironmentFile=/run/check/environment;EnvironmentFile=-/run/none", "test \"$FROM_FILE\" = 'a value'; test \"$QUOTED\" = 'x y'" },
        { "Environment=A=1 B=2;UnsetEnvironment=A", "test -z \"$A\"; test \"$B\" = 2" },
        { "LimitNOFILE=77:99", "test \"$(ulimit -n)\" = 77; test \"$(ulimit -Hn)\" = 99" },
        { "LimitCORE=0;LimitNPROC=333", "test \"$(ulimit -c)\" = 0; grep -q 'Max processes *333 ' /proc/self/limits" },
        { "Nice=5", "test \"$(cut -d' ' -f19 /proc/self/stat)\" = 5" },
        { "DevicePolicy=closed", "cat /dev/null; head -c1 /dev/urandom > /dev/null; no head -c1 /dev/kmsg; no dd if=/dev/loop-control count=0" },
        { "DevicePolicy=strict;DeviceAllow=/dev/zero r", "head -c1 /dev/zero | wc -c | grep -q 1; no dd if=/dev/null of=/dev/zero; no cat /dev/null" },
        { "DeviceAllow=char-mem rw", "cat /dev/null; head -c1 /dev/kmsg | wc -c | grep -q 1; no mknod /run/check/device c 1 11" },
        { "IOSchedulingClass=idle", "ionice | grep -q idle" },
        { "IOSchedulingPriority=6", "ionice | grep -q 'best-effort: prio 6'" },
        { "OOMScoreAdjust=300", "test \"$(cat /proc/self/oom_score_adj)\" = 300" },
        { "IgnoreSIGPIPE=no", "grep -qE 'SigIgn:.0000000000000000' /proc/self/status" },
        { "IgnoreSIGPIPE=yes", "grep -qE 'SigIgn:.0000000000001000' /proc/self/status" },
        { "", "grep -qE 'SigBlk:.0000000000000000' /proc/self/status; test \"$(pwd)\" = /; test -n \"$INVOCATION_ID\"" },
        { "RuntimeDirectory=made made/below;RuntimeDirectoryMode=0750", "test -d \"${RUNTIME_DIRECTORY%%:*}\"; test \"$(stat -c %a \"${RUNTIME_DIRECTORY%%:*}\")\" = 750; touch \"${RUNTIME_DIRECTORY%%:*}/x\"; test -d \"${RUNTIME_DIRECTORY#*:}\"" },
        { "StateDirectory=kept;User=nobody", "test \"$(stat -c %u \"$STATE_DIRECTORY\")\" = 65534; touch \"$STATE_DIRECTORY/x\"" },
        { "StateDirectory=kept2;CacheDirectory=kept2;LogsDirectory=kept2;ConfigurationDirectory=kept2;DynamicUser=yes", "for d in \"$STATE_DIRECTORY\" \"$CACHE_DIRECTORY\" \"$LOGS_DIRECTORY\"; do touch \"$d/x\"; test \"$(stat -c %u \"$d/x\")\" = \"$(id -u)\"; done; test -d \"$CONFIGURATION_DIRECTORY\"" },
        // pairs
        { "PrivateTmp=yes;ProtectSystem=strict;ProtectHome=yes;PrivateDevices=yes;PrivateUsers=yes;NoNewPrivileges=yes;User=nobody", "touch /tmp/x; no touch /etc; test ! -e /dev/vda; test \"$(id -u)\" = 65534" },
        { "DynamicUser=yes;PrivateUsers=yes;RuntimeDirectory=pair", "touch \"$RUNTIME_DIRECTORY/x\"; test \"$(stat -c %u \"$RUNTIME_DIRECTORY\")\" = \"$(id -u)\"" },
        { "SystemCallFilter=@system-service;SystemCallErrorNumber=EPERM;RestrictAddressFamilies=AF_UNIX;MemoryDenyWriteExecute=yes;RestrictRealtime=yes;LockPersonality=yes;RestrictSUIDSGID=yes;RestrictNamespaces=yes;SystemCallArchitectures=native;User=nobody", "probe mount | grep -q EPERM; probe mprotect | grep -q EPERM; probe socket 2 | grep -q EAFNOSUPPORT; ls / >/dev/null" },
        { "ReadOnlyPaths=/run/check;ReadWritePaths=/run/check/hidden", "no touch /run/check/x; touch /run/check/hidden/x; rm /run/check/hidden/x" },
    };

    [Theory]
    [MemberData(nameof(Checks))]
    public void From_inside(string directives, string script)
    {
        Directory.CreateDirectory(_host.At("/run/check/hidden"));
        Directory.CreateDirectory(_host.At("/run/check/seen"));
        File.WriteAllText(_host.At("/run/check/hidden/file"), "content");
        File.Copy(Machine.Busybox, _host.At("/run/check/hidden/true"), overwrite: true);
        File.WriteAllText(_host.At("/run/check/environment"), "# comment\nFROM_FILE=a value\nQUOTED=\"x y\"\n");
        _host.Holds($"check{Interlocked.Increment(ref _count)}", directives.Replace(';', '\n'), script);
    }

    [Fact]
    public void Nothing_is_open_but_the_three_standard_streams()
    {
        _host.Unit("open.service", "[Service]\nType=oneshot\nExecStart=/run/tools/sleep 0\nExecStart=/run/tools/ls /proc/self/fd\n");
        _host.Supervisor("start", "open").Succeeded();
        string[] Shown() => [.. _host.Supervisor("logs", "open").Out.Split('\n').Select(l => l.Split(' ')[^1]).Where(l => int.TryParse(l, out _))];
        Command.Until(() => Shown().Contains("3"), "the list is in the log"); // 3 is the folder that ls itself reads
        Assert.Equal(["0", "1", "2", "3"], Shown());
    }

    [Fact]
    public void A_private_tmp_does_not_reach_the_host()
    {
        var name = $"seen-{Guid.NewGuid():N}";
        File.WriteAllText("/tmp/" + name, "the host's own");
        _host.Holds("tmp-out", "PrivateTmp=yes", $"test ! -e /tmp/{name}; echo other > /tmp/{name}; echo other > /tmp/{name}-too");
        Assert.Equal("the host's own", File.ReadAllText("/tmp/" + name));
        Assert.False(File.Exists($"/tmp/{name}-too"));
        File.Delete("/tmp/" + name);
    }

    [Theory]
    [InlineData("PrivateNetwork=yes", "net")]
    [InlineData("PrivateIPC=yes", "ipc")]
    [InlineData("PrivateUsers=yes", "user")]
    [InlineData("PrivateTmp=yes", "mnt")]
    [InlineData("PrivateMounts=yes", "mnt")]
    [InlineData("ProtectHostname=yes", "uts")]
    public void A_namespace_of_its_own(string directive, string kind)
    {
        var outside = Witness.Namespace(_host, _host.ManagerPid, kind);
        var log = _host.Holds($"ns-{kind}", directive, $"readlink /proc/self/ns/{kind}");
        Assert.Contains($"{kind}:[", log, StringComparison.Ordinal);
        Assert.DoesNotContain(outside, log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_keyring_of_its_own()
    {
        string Serial(string name, string directives) => _host.Holds(name, directives, "probe keyring").Split('\n').First(l => l.Contains("keyring ", StringComparison.Ordinal)).Split("keyring ")[1];
        if (Serial("keys-none", "") == "none")
            Assert.Skip("this kernel or container has no keyrings");
        Assert.NotEqual(Serial("keys-a", ""), Serial("keys-b", ""));
        Assert.NotEqual(Serial("keys-c", "User=nobody\nKeyringMode=shared"), Serial("keys-d", "KeyringMode=private"));
    }

    [Fact]
    public void PermissionsStartOnly_frees_the_other_commands() =>
        _host.Holds("freed", "User=nobody\nPermissionsStartOnly=yes\nExecStartPre=/run/tools/sh -c 'test $(id -u) = 0'", "test $(id -u) = 65534");

    [Fact]
    public void Nothing_private_means_the_namespaces_of_the_manager()
    {
        var log = _host.Holds("ns-none", "", "for k in net ipc user uts mnt pid; do readlink /proc/self/ns/$k; done");
        foreach (var kind in (string[])["net", "ipc", "user", "uts", "mnt", "pid"])
            Assert.Contains(Witness.Namespace(_host, _host.ManagerPid, kind), log, StringComparison.Ordinal);
    }

    [Fact]
    public void Mounts_of_a_service_never_show_outside()
    {
        var before = Witness.Mounts(_host, _host.ManagerPid);
        _host.Holds("mounts", "PrivateTmp=yes\nProtectSystem=strict\nPrivateDevices=yes\nBindPaths=/run/check:/mnt", "mount -t tmpfs none /tmp; mount | tail -1");
        Assert.Equal(before, Witness.Mounts(_host, _host.ManagerPid));
    }

    [Fact]
    public void Two_runs_of_a_dynamic_user_keep_their_state()
    {
        _host.Holds("keeper-of-state", "DynamicUser=yes\nStateDirectory=keeper-of-state", "echo $(( $(cat $STATE_DIRECTORY/n 2>/dev/null || echo 0) + 1 )) > $STATE_DIRECTORY/n");
        _host.Supervisor("restart", "keeper-of-state").Succeeded();
        Assert.Equal("2\n", File.ReadAllText(Directory.GetFiles(_host.At("/var/lib/private/keeper-of-state"), "n", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Single()));
    }

    [Fact]
    public void RemoveIPC_takes_the_objects_of_a_dynamic_user()
    {
        var before = Witness.Ipc(_host);
        _host.Holds("leaves-ipc", "DynamicUser=yes\nRemoveIPC=yes", "probe shm; grep -c 21333 /proc/sysvipc/shm"); // 0x5355
        Command.Until(() => Witness.Ipc(_host) == before, "the shared memory segment is gone");
    }

    [Theory]
    [InlineData("IPAddressDeny=any", "EPERM")]
    [InlineData("IPAddressDeny=any\nIPAddressAllow=127.0.0.0/8", "ok")]
    [InlineData("IPAddressDeny=localhost", "EPERM")]
    [InlineData("IPAddressDeny=192.0.2.0/24", "ok")]
    public void Addresses(string directives, string expected) =>
        _host.Holds($"address{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}", directives, $"probe udp | grep -q {expected}");

    [Fact]
    public void TasksMax_holds()
    {
        Assert.SkipUnless(Machine.HasController("pids"), "no cgroup tree of this machine has a pids controller");
        _host.Holds("tasks", "TasksMax=3", "no sh -c 'sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait'");
    }

    [Fact]
    public void A_start_that_cannot_be_sandboxed_says_which_directive_in_which_line()
    {
        var outcome = _host.Check("impossible", "BindPaths=/nowhere/at/all:/mnt", "true").Failed();
        outcome.Says("BindPaths=", "/nowhere/at/all", "impossible.service:4", "ENOENT");
        _host.Supervisor("status", "impossible").Says("failed");
    }
}
