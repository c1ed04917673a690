namespace Supervisor.Units.Tests.Oracle;

/// <summary>Units with one thing wrong, or changed by chance: the same ones from the same seed.</summary>
internal static class Mutations
{
    public const int Count = 400;

    private static readonly string[] Bases =
    [
        """
        [Unit]
        Description=A web server
        Documentation=man:nginx(8) https://example.org/doc
        After=network-online.target remote-fs.target
        Wants=network-online.target
        ConditionPathExists=/etc/passwd
        StartLimitIntervalSec=30s
        StartLimitBurst=4

        [Service]
        Type=forking
        PIDFile=/run/web.pid
        ExecStartPre=/bin/true -q -g 'daemon on; master_process on;'
        ExecStart=/bin/true -g 'daemon on; master_process on;'
        ExecReload=/bin/true -s reload
        ExecStop=-/bin/true --quiet --stop --retry QUIT/5 --pidfile /run/web.pid
        TimeoutStopSec=5
        KillMode=mixed
        KillSignal=SIGQUIT
        LimitNOFILE=65536:1000000
        OOMScoreAdjust=-300
        PrivateTmp=yes

        [Install]
        WantedBy=multi-user.target
        """,
        """
        [Unit]
        Description=A store of keys and values
        After=network.target

        [Service]
        Type=notify
        ExecStart=/bin/true /etc/keys.conf --supervised systemd
        Restart=always
        RestartSec=100ms
        User=daemon
        Group=daemon
        RuntimeDirectory=keys
        RuntimeDirectoryMode=2755
        StateDirectory=keys keys/more
        UMask=007
        PrivateDevices=yes
        ProtectHome=read-only
        ProtectSystem=strict
        ReadWritePaths=-/var/lib/keys -/var/log/keys
        CapabilityBoundingSet=CAP_SETGID CAP_SETUID
        NoNewPrivileges=true
        MemoryDenyWriteExecute=yes
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
        RestrictNamespaces=net ipc
        SystemCallFilter=@system-service
        SystemCallArchitectures=native
        SystemCallErrorNumber=EPERM
        WatchdogSec=1min 30s
        SuccessExitStatus=1 SIGKILL TEMPFAIL

        [Install]
        WantedBy=multi-user.target
        Alias=keyvalue.service
        """,
        """
        [Unit]
        Description=Clean something
        ConditionACPower=|true
        ConditionVirtualization=!container
        AssertPathIsDirectory=/etc
        RefuseManualStop=yes
        JobTimeoutSec=10min

        [Service]
        Type=oneshot
        RemainAfterExit=no
        ExecStart=/bin/true --first
        ExecStart=/bin/true --second "two words" 'and three more'
        Environment=A=1 "B=two words" C=
        EnvironmentFile=-/etc/default/clean
        WorkingDirectory=~
        StandardOutput=journal
        StandardError=inherit
        SyslogIdentifier=clean
        Nice=19
        IOSchedulingClass=best-effort
        IOSchedulingPriority=7
        CPUSchedulingPolicy=idle
        CPUAffinity=0 1
        TasksMax=10%
        MemoryMax=512M
        CPUQuota=20%
        IPAddressDeny=any
        IPAddressAllow=127.0.0.0/8 ::1
        DevicePolicy=closed
        DeviceAllow=/dev/null rw
        """,
        """
        [Unit]
        Description=A gate
        Before=sockets.target
        DefaultDependencies=no
        Conflicts=shutdown.target
        OnFailure=rescue.target

        [Service]
        Type=exec
        ExecCondition=/bin/true
        ExecStart=@/bin/true gate --listen %i --host %H --percent 100%%
        ExecStopPost=+/bin/true
        TimeoutSec=1h
        RestartPreventExitStatus=255
        BindReadOnlyPaths=/etc/hosts:/etc/hosts:rbind
        TemporaryFileSystem=/var:ro,mode=0755
        InaccessiblePaths=/root
        PrivateNetwork=no
        ProtectKernelTunables=on
        ProtectKernelModules=on
        ProtectControlGroups=on
        ProtectClock=on
        ProtectProc=invisible
        ProcSubset=pid
        LockPersonality=on
        RestrictRealtime=on
        RestrictSUIDSGID=on
        RemoveIPC=on
        DynamicUser=yes
        SupplementaryGroups=adm
        KeyringMode=private
        AmbientCapabilities=CAP_NET_BIND_SERVICE
        Slice=system.slice
        LimitCORE=infinity
        LimitCPU=1h
        Sockets=gate.socket

        [Install]
        RequiredBy=basic.target
        Also=systemd-journald.service
        """,
    ];

    /// <summary>Lines that are wrong in one way or another, for every form of value.</summary>
    private static readonly string[] Wrong =
    [
        "foo", "=bar", "[", "[Foo]", "Type", "Foo Bar=1", "   Nice=x", "Nice=99", "User=-x", "Restart=maybe", "TimeoutSec=5 parsecs", "LimitNOFILE=a:b", "UMask=99", "KillSignal=SIGFOO",
        "Environment=1=2", "OOMScoreAdjust=5000", "CPUSchedulingPriority=200", "After=foo", "Requires=a b.service", "ExecStart=true", "ExecStart=/bin/true \"", "ExecStartPre=", "Type=oneshoot",
        "WorkingDirectory=foo", "CapabilityBoundingSet=CAP_FOO", "SystemCallFilter=@foo", "RestrictAddressFamilies=AF_FOO", "IPAddressDeny=foo", "MemoryMax=1Q", "StandardOutput=foo",
        "RootDirectory=x", "RuntimeDirectory=/x", "Slice=foo.service", "PIDFile=x y", "DeviceAllow=foo", "BindPaths=a:b", "StartLimitIntervalSec=foo", "ConditionPathExists=foo", "ProtectSystem=maybe",
        "RuntimeMaxSec=-1", "Nice=1.5", "Nice=", "PrivateTmp=2", "ProtectHome=tmpfss", "ProcSubset=all pid", "SuccessExitStatus=300", "SuccessExitStatus=FOO", "RestartPreventExitStatus=SIGFOO",
        "CPUAffinity=a", "CPUQuota=x%", "CPUQuota=-5%", "TasksMax=x", "IOSchedulingClass=fast", "IOSchedulingPriority=9", "CPUSchedulingPolicy=fair", "UMask=8", "LimitNOFILE=5:3", "LimitCPU=foo",
        "LimitAS=-1", "EnvironmentFile=relative", "StateDirectory=../x", "StateDirectory=/abs", "RuntimeDirectoryMode=888", "LogLevelMax=loud", "SyslogFacility=local9", "SyslogLevel=x",
        "KeyringMode=own", "Personality=z80", "RestrictNamespaces=foo", "SystemCallErrorNumber=EFOO", "SystemCallArchitectures=vax", "AmbientCapabilities=x", "SecureBits=x", "SupplementaryGroups=a:b",
        "MountFlags=x", "NotifyAccess=some", "KillMode=softly", "RestartSec=x", "WatchdogSec=x", "TimeoutStartSec=x", "OOMPolicy=x", "DevicePolicy=x", "TemporaryFileSystem=x", "InaccessiblePaths=x",
        "BindReadOnlyPaths=/a:b", "ReadOnlyPaths=x", "NetworkNamespacePath=x", "IPAddressAllow=1.2.3", "IPAddressAllow=1.2.3.4/99", "StandardInput=x", "StandardOutput=file:x", "TTYPath=x",
        "ExecStart=relative/path", "ExecStop=@/bin/true", "ExecStop=-", "ExecStop=/bin/", "ExecReload=/bin/true \\q", "ExecReload=/bin/true ; ;", "ExecReload=/bin/true 'a", "ExecReload=/bin/true %", "ExecReload=/bin/true %Z",
        "BusName=x", "Restart=", "Type=", "GuessMainPID=x", "RemainAfterExit=x", "Delegate=foo", "SendSIGKILL=x", "FinalKillSignal=0", "WatchdogSignal=999", "TimerSlackNSec=x", "CoredumpFilter=x",
        "NUMAPolicy=x", "LogRateLimitIntervalSec=x", "LogRateLimitBurst=x", "UnsetEnvironment=1a", "PassEnvironment=a-b", "Sockets=a.service", "MemoryLow=x", "MemoryHigh=200%", "CPUWeight=0", "IOWeight=20000",
        "IODeviceWeight=/dev/sda", "IOReadBandwidthMax=x 1M", "AllowedCPUs=x", "[Unit", "Unit]", "[]", "DefaultDependencies=maybe", "JobTimeoutSec=x", "StartLimitBurst=x", "StartLimitAction=x",
        "FailureAction=explode", "OnFailureJobMode=x", "ConditionFoo=1", "ConditionArchitecture=", "ConditionKernelVersion=", "Documentation=foo", "Documentation=man:", "Wants=%", "Before=foo.bar", "RequiresMountsFor=x",
        "CollectMode=x", "WantedBy=foo", "Alias=%", "Also=x", "DefaultInstance=a/b", "Listen=x", "ListenStream=80", "OnCalendar=daily", "What=/dev/sda", "User=nobody", "LimitNOFILE=1:1M", "SystemCallFilter=@system-service ~@privileged",
    ];

    public static string Name(int index) => $"mutant{index}.service";

    public static string Text(int index)
    {
        var random = new Random(index * 7919);
        var lines = Bases[index % Bases.Length].ReplaceLineEndings("\n").Split('\n').ToList();
        var set = Enumerable.Range(0, lines.Count).Where(i => lines[i].Contains('=')).ToList();
        var at = set[random.Next(set.Count)];
        var (key, value) = (lines[at][..lines[at].IndexOf('=')], lines[at][(lines[at].IndexOf('=') + 1)..]);
        switch (index / Bases.Length < Wrong.Length / 2 ? 0 : random.Next(1, 10))
        {
            case 0:
                lines.Insert(at, Wrong[(index / Bases.Length * 2 + index % 2) % Wrong.Length]);
                break;
            case 1:
                lines[at] = Change(key, random.Next(key.Length), "xqZ"[random.Next(3)]) + "=" + value;
                break;
            case 2:
                lines[at] = $"{key}={value.Insert(random.Next(value.Length + 1), "x/%\"\\ -!@5"[random.Next(10)].ToString())}";
                break;
            case 3:
                lines[at] = $"{key}=";
                break;
            case 4:
                lines.RemoveAt(at);
                break;
            case 5:
                lines[at] = $"{key}=\"{value}";
                break;
            case 6:
                lines[at] = $"{key}={value} %&";
                break;
            case 7:
                lines[at] = $"{key}={random.Next(-5, 999_999)}";
                break;
            case 8:
                lines[at] = $"{key}= {Bases[random.Next(Bases.Length)].Split('\n')[random.Next(1, 6)]}";
                break;
            default:
                lines[at] += " \\";
                break;
        }
        return string.Join('\n', lines) + "\n";
    }

    private static string Change(string text, int at, char letter) => text[..at] + letter + text[(at + 1)..];
}
