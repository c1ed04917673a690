namespace Supervisor.Sandbox.Tests.Kernel;

/// <summary>One tiny unit a directive, on the host's own root, whose script looks at the sandbox from inside.</summary>
public sealed class InsideTests
{
    /// <summary>"no COMMAND" is for what must fail.</summary>
    private const string Prelude = "no() { if \"$@\" 2>/dev/null; then echo \"worked: $*\"; exit 99; fi; }\n";

    /// <summary>Directives (";" between them; @ is the test's directory), script. Variables: D the test's directory, T the tools.</summary>
    public static TheoryData<string, string> Checks => new()
    {
        { "", "grep -q 'SigBlk:.0000000000000000' /proc/self/status; test \"$(pwd)\" = /; test \"$INVOCATION_ID\" = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; test $SYSTEMD_EXEC_PID = $$" },
        // mounts
        { "PrivateTmp=yes", "test -z \"$(ls -A /tmp)\"; test \"$(stat -c %a /tmp)\" = 1777; grep -q ' /tmp .*nosuid,nodev' /proc/self/mountinfo; test \"$(stat -c %a /var/tmp)\" = 1777" },
        { "PrivateTmp=disconnected", "test -z \"$(ls -A /tmp)\"; touch /tmp/x /var/tmp/y; test ! -e /var/tmp/x" },
        { "ProtectSystem=strict", "no touch /run/x; no touch /etc/x; no touch /usr/x; no touch /var/x; no touch $D/x; : > /dev/null; mkdir /dev/shm/check-$$; rmdir /dev/shm/check-$$" },
        { "ProtectSystem=full", "no touch /etc/x; no touch /usr/x; touch $D/full; rm $D/full" },
        { "ProtectSystem=yes", "no touch /usr/x; touch $D/yes; rm $D/yes" },
        { "ProtectSystem=strict;ReadWritePaths=@/rw", "touch $D/rw/written; no touch $D/x" },
        { "ProtectSystem=strict;BindPaths=@/rw:@/seen", "touch $D/seen/written; no touch $D/x; no touch $D/rw/x" },
        { "ProtectHome=yes", "test -z \"$(ls -A /root)\"; test -z \"$(ls -A /home)\"; test \"$(stat -c %a /root)\" = 0; no touch /root/x" },
        { "ProtectHome=read-only", "no touch /root/x; no touch /home/x" },
        { "ProtectHome=tmpfs", "test -z \"$(ls -A /root)\"; grep -q ' /home .* - tmpfs ' /proc/self/mountinfo; no touch /root/x" },
        { "ProtectHome=tmpfs;BindReadOnlyPaths=@/rw:/home/deep/er", "grep -q content /home/deep/er/file; no touch /home/x; no touch /home/deep/x; no touch /home/deep/er/x" },
        { "ReadOnlyPaths=@/rw", "no touch $D/rw/x; touch $D/there; rm $D/there" },
        { "ReadOnlyPaths=@;ReadWritePaths=@/rw", "no touch $D/x; touch $D/rw/x; rm $D/rw/x" },
        { "ReadOnlyPaths=@ -/nowhere/at/all;ReadWritePaths=@/rw;ReadOnlyPaths=@/rw/below", "no touch $D/x; touch $D/rw/x; rm $D/rw/x; no touch $D/rw/below/x" },
        { "InaccessiblePaths=@/rw -/run/none", "no cat $D/rw/file; test \"$(stat -c %a $D/rw)\" = 0; no touch $D/rw/x" },
        { "InaccessiblePaths=@/rw/file", "no test -s $D/rw/file; test \"$(stat -c %a $D/rw/file)\" = 0; no sh -c \": > $D/rw/file\"; touch $D/rw/x; rm $D/rw/x" },
        { "InaccessiblePaths=@/rw;BindPaths=@/rw:@/rw/below", "no cat $D/rw/below/file" },
        { "TemporaryFileSystem=@/rw:ro", "test -z \"$(ls -A $D/rw)\"; no touch $D/rw/x" },
        { "TemporaryFileSystem=@/rw:mode=0700,size=1m,noexec", "test \"$(stat -c %a $D/rw)\" = 700; touch $D/rw/x; no dd if=/dev/zero of=$D/rw/y bs=1M count=2; grep -q \"$D/rw .*noexec\" /proc/self/mountinfo" },
        { "TemporaryFileSystem=@/rw:ro;BindPaths=@/seen:@/rw/made/here", "touch $D/rw/made/here/x; rm $D/rw/made/here/x; no touch $D/rw/x" },
        { "BindPaths=@/rw:@/seen", "grep -q content $D/seen/file; touch $D/seen/x; rm $D/seen/x" },
        { "BindPaths=@/rw/file:@/seen/file", "grep -q content $D/seen/file" },
        { "BindReadOnlyPaths=@/rw:@/seen -/run/none:/run/other", "grep -q content $D/seen/file; no touch $D/seen/x" },
        { "PrivateTmp=yes;BindPaths=@/rw:/tmp/in/side", "grep -q content /tmp/in/side/file; touch /tmp/x" },
        { "NoExecPaths=@/rw", "no $D/rw/true; $T/true" },
        { "NoExecPaths=/;ExecPaths=" + "%T", "no $D/rw/true; $T/true" },
        { "NoExecPaths=@;ExecPaths=@/rw", "no $D/true; $D/rw/true" },
        { "PrivateDevices=yes", "for n in null zero full random urandom tty; do test -c /dev/$n; done; echo x > /dev/null; test -e /dev/fd/1; test -d /dev/pts; test -d /dev/shm; test ! -e /dev/mem; test ! -e /dev/vda; test ! -e /dev/loop0; no mknod $D/node c 1 3; no touch /dev/x; grep -q ' /dev .*nosuid,noexec' /proc/self/mountinfo; head -c 4 /dev/urandom | wc -c | grep -q 4" },
        { "ProtectKernelTunables=yes", "no sh -c ': >> /proc/sys/kernel/printk_delay'; no sh -c ': >> /sys/kernel/mm/transparent_hugepage/enabled'; no sh -c ': >> /proc/sysrq-trigger'; no head -c 1 /proc/kcore" },
        { "ProtectKernelLogs=yes", "no cat /dev/kmsg; no cat /proc/kmsg; no dmesg" },
        { "ProtectControlGroups=yes", "for m in $(grep -E ' - cgroup2? ' /proc/self/mountinfo | cut -d' ' -f5); do no mkdir $m/check; done" },
        { "ProtectKernelTunables=yes;ProtectControlGroups=yes;ProtectKernelModules=yes;ProtectKernelLogs=yes;ProtectProc=invisible;User=nobody", "test ! -e /proc/1; no sh -c ': >> /proc/sys/kernel/printk_delay'; no sh -c ': >> /sys/kernel/mm/transparent_hugepage/enabled'" },
        { "ProtectProc=invisible;User=nobody", "test ! -e /proc/1; test -e /proc/self/status" },
        { "ProtectProc=noaccess;User=nobody", "no cat /proc/1/cmdline; test -d /proc/1" },
        { "ProtectProc=ptraceable;User=nobody", "test ! -e /proc/1/status" },
        { "ProcSubset=pid", "test ! -e /proc/meminfo; test -e /proc/self/status" },
        // namespaces
        { "PrivateNetwork=yes", "test \"$(ls /sys/class/net | wc -l)\" -gt 0; grep -c : /proc/net/dev | grep -qx 1; ping -c 1 -W 1 127.0.0.1" },
        { "PrivateIPC=yes", "test ! -e /dev/mqueue || grep -q ' /dev/mqueue .* - mqueue' /proc/self/mountinfo; test $(wc -l < /proc/sysvipc/shm) = 1" },
        { "PrivateIPC=yes;PrivateDevices=yes", "grep -q ' /dev/mqueue .* - mqueue' /proc/self/mountinfo" },
        { "ProtectHostname=yes", "no hostname changed; hostname" },
        { "PrivateUsers=yes", "grep -qE '^ +0 +0 +1$' /proc/self/uid_map; test $(wc -l < /proc/self/uid_map) = 1; test \"$(id -u)\" = 0; grep -q 'CapEff:.000001ffffffffff' /proc/self/status; no mount -t tmpfs none /mnt; no hostname changed" },
        { "PrivateUsers=yes;User=nobody", "test \"$(id -u)\" = 65534; grep -q 65534 /proc/self/uid_map; grep -q 'CapEff:.0000000000000000' /proc/self/status" },
        { "PrivateUsers=identity", "grep -qE '^ +0 +0 +65536$' /proc/self/uid_map" },
        { "PrivateUsers=yes;DelegateNamespaces=mnt net", "mount -t tmpfs none /mnt; ip link set lo down; touch /mnt/x" },
        // identity
        { "User=nobody", "test \"$(id -u)\" = 65534; test \"$(id -g)\" = 65534; test \"$(id -G)\" = 65534; grep -q 'CapEff:.0000000000000000' /proc/self/status; grep -q 'CapPrm:.0000000000000000' /proc/self/status; test \"$USER\" = nobody; test \"$LOGNAME\" = nobody; test -n \"$HOME\"; test -n \"$SHELL\"" },
        { "User=65533;Group=65532;SupplementaryGroups=daemon", "test \"$(id -u)\" = 65533; test \"$(id -g)\" = 65532; test \"$(id -G)\" = '65532 1'; test -z \"$USER\"" },
        { "Group=daemon", "test \"$(id -u)\" = 0; test \"$(id -g)\" = 1" },
        { "", "test \"$(id -G)\" = 0" },
        { "DynamicUser=yes", "test \"$(id -u)\" -ge 61184; test \"$(id -u)\" -le 65519; test \"$(id -un)\" = check; grep -q 'NoNewPrivs:.1' /proc/self/status; no touch /run/x; no touch $D/x; touch /tmp/x; grep -q 'Seccomp:.2' /proc/self/status; no touch /root/x" },
        { "DynamicUser=yes;User=somebody;Group=some-group", "test \"$(id -un)\" = somebody; test \"$(id -gn)\" = some-group" },
        { "DynamicUser=yes;PrivateUsers=yes", "test \"$(id -un)\" = check; grep -q \"$(id -u)\" /proc/self/uid_map" },
        // privileges
        { "NoNewPrivileges=yes", "grep -q 'NoNewPrivs:.1' /proc/self/status" },
        { "CapabilityBoundingSet=CAP_CHOWN CAP_KILL", "grep -q 'CapBnd:.0000000000000021' /proc/self/status; grep -q 'CapEff:.0000000000000021' /proc/self/status; grep -q 'CapInh:.0000000000000000' /proc/self/status" },
        { "CapabilityBoundingSet=~CAP_SYS_ADMIN", "no mount -t tmpfs none /mnt; b=$((0x$(sed -n 's/CapBnd:.//p' /proc/self/status))); test $((b >> 21 & 1)) = 0; test $((b & 1)) = 1" },
        { "CapabilityBoundingSet=", "grep -q 'CapBnd:.0000000000000000' /proc/self/status; grep -q 'CapPrm:.0000000000000000' /proc/self/status" },
        { "CapabilityBoundingSet=;PrivateUsers=yes", "grep -q 'CapBnd:.0000000000000000' /proc/self/status; grep -q 'CapPrm:.0000000000000000' /proc/self/status" },
        { "User=nobody;AmbientCapabilities=CAP_NET_BIND_SERVICE", "for s in Amb Prm Eff Inh; do grep -q \"Cap$s:.0000000000000400\" /proc/self/status; done" },
        { "User=nobody;AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_CHOWN;CapabilityBoundingSet=CAP_CHOWN", "for s in Amb Prm Eff Inh Bnd; do grep -q \"Cap$s:.0000000000000001\" /proc/self/status; done" },
        { "AmbientCapabilities=CAP_CHOWN;CapabilityBoundingSet=CAP_CHOWN CAP_KILL", "grep -q 'CapAmb:.0000000000000001' /proc/self/status; grep -q 'CapPrm:.0000000000000021' /proc/self/status" },
        { "PrivateDevices=yes;ProtectKernelModules=yes;ProtectKernelLogs=yes;ProtectClock=yes", "b=$((0x$(sed -n 's/CapBnd:.//p' /proc/self/status))); for c in 27 17 16 34 25 35; do test $((b >> c & 1)) = 0; done; test $((b >> 21 & 1)) = 1" },
        // system calls
        { "SystemCallFilter=~@mount;SystemCallErrorNumber=EPERM", "no mount -t tmpfs none /mnt; grep -q 'Seccomp:.2' /proc/self/status; grep -q 'NoNewPrivs:.0' /proc/self/status" },
        { "SystemCallFilter=~@mount;SystemCallErrorNumber=EPERM;User=nobody", "grep -q 'NoNewPrivs:.1' /proc/self/status" },
        { "RestrictSUIDSGID=yes", "no chmod 4755 $D/rw/file; no chmod 2755 $D/rw; chmod 600 $D/rw/file" },
        // the rest of what a process is given
        { "UMask=027", "touch $D/umask; test \"$(stat -c %a $D/umask)\" = 640; rm $D/umask" },
        { "WorkingDirectory=/usr", "test \"$(pwd)\" = /usr" },
        { "WorkingDirectory=-/nowhere", "test \"$(pwd)\" = /" },
        { "WorkingDirectory=~;User=daemon", "test \"$(pwd)\" = /usr/sbin" },
        { "WorkingDirectory=@/rw;User=nobody;PrivateTmp=no", "test \"$(pwd)\" = $D/rw" },
        { "LimitNOFILE=77:99", "test \"$(ulimit -n)\" = 77; test \"$(ulimit -Hn)\" = 99" },
        { "LimitNOFILE=8;PrivateUsers=yes;PrivateTmp=yes", "test \"$(ulimit -n)\" = 8" },
        { "LimitCORE=0;LimitNPROC=333;LimitFSIZE=4096;PrivateTmp=yes;InaccessiblePaths=@/rw", "test \"$(ulimit -c)\" = 0; grep -q 'Max processes *333 ' /proc/self/limits" },
        { "Nice=5", "test \"$(cut -d' ' -f19 /proc/self/stat)\" = 5" },
        { "OOMScoreAdjust=300", "test \"$(cat /proc/self/oom_score_adj)\" = 300" },
        { "IgnoreSIGPIPE=no", "grep -qE 'SigIgn:.0000000000000000' /proc/self/status; true" },
        { "IgnoreSIGPIPE=yes", "grep -qE 'SigIgn:.0000000000001000' /proc/self/status; true" },
        { "Environment=A=1 B=2;UnsetEnvironment=A", "test -z \"$A\"; test \"$B\" = 2" },
        { "EnvironmentFile=@/environment;EnvironmentFile=-/run/none", "test \"$FROM_FILE\" = 'a value'; test \"$QUOTED\" = 'x y'" },
        // directories
        { "RuntimeDirectory=made made/below;RuntimeDirectoryMode=0750", "test -d \"${RUNTIME_DIRECTORY%%:*}\"; test \"$(stat -c %a \"${RUNTIME_DIRECTORY%%:*}\")\" = 750; touch \"${RUNTIME_DIRECTORY%%:*}/x\"; test -d \"${RUNTIME_DIRECTORY#*:}\"" },
        { "StateDirectory=kept;StateDirectoryMode=2755;User=nobody", "test \"$(stat -c %u \"$STATE_DIRECTORY\")\" = 65534; test \"$(stat -c %a \"$STATE_DIRECTORY\")\" = 2755; touch \"$STATE_DIRECTORY/x\"" },
        { "StateDirectory=kept;ProtectSystem=strict", "touch \"$STATE_DIRECTORY/x\"; no touch $D/x" },
        { "StateDirectory=kept2;CacheDirectory=kept2;LogsDirectory=kept2;ConfigurationDirectory=kept2;DynamicUser=yes", "for d in \"$STATE_DIRECTORY\" \"$CACHE_DIRECTORY\" \"$LOGS_DIRECTORY\"; do touch \"$d/x\"; test \"$(stat -c %u \"$d/x\")\" = \"$(id -u)\"; done; test -d \"$CONFIGURATION_DIRECTORY\"; no ls $D/state/lib/private/../private/other" },
        // pairs
        { "PrivateTmp=yes;ProtectSystem=strict;ProtectHome=yes;PrivateDevices=yes;PrivateUsers=yes;NoNewPrivileges=yes;User=nobody", "touch /tmp/x; no touch /etc/x; test ! -e /dev/vda; test \"$(id -u)\" = 65534" },
        { "DynamicUser=yes;PrivateUsers=yes;RuntimeDirectory=pair", "touch \"$RUNTIME_DIRECTORY/x\"; test \"$(stat -c %u \"$RUNTIME_DIRECTORY\")\" = \"$(id -u)\"" },
        { "ProtectSystem=strict;ReadWritePaths=/;PrivateDevices=yes", "no touch /etc/x" },
    };

    [Theory]
    [MemberData(nameof(Checks))]
    public void From_inside(string directives, string script)
    {
        using var rig = new Rig();
        Directory.CreateDirectory(rig.At("rw/below"));
        Directory.CreateDirectory(rig.At("seen"));
        File.WriteAllText(rig.At("rw/file"), "content");
        File.WriteAllText(rig.At("seen/file"), "");
        File.WriteAllText(rig.At("environment"), "# comment\nFROM_FILE=a value\nQUOTED=\"x y\"\n");
        File.Copy("/usr/bin/busybox", rig.At("rw/true"));
        File.Copy("/usr/bin/busybox", rig.At("true"));
        var text = directives.Replace("@", rig.Directory, StringComparison.Ordinal).Replace("%T", Rig.Tools, StringComparison.Ordinal);
        // names that begin with @ are groups of system calls
        text = text.Replace($"~{rig.Directory}mount", "~@mount", StringComparison.Ordinal);
        rig.Run(text, $"{Prelude}D={rig.Directory} T={Rig.Tools} PATH={Rig.Tools}\n{script}").Succeeded();
    }
}
