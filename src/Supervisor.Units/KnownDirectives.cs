namespace Supervisor.Units;

/// <summary>
/// The table's other half: directives of systemd's that are checked and shown but have no effect here, or that a unit may not use, each with the reason. Rows are made when
/// somebody asks for one.
/// </summary>
internal static partial class KnownDirectives
{
    private const string Idle = "commands of such units are not run yet";

    // Rows of [Service] that other sections have, too: of all that runs commands, and of what has a cgroup.
    internal const string OfResources =
        "CPUWeight CPUQuota CPUQuotaPeriodSec MemoryMin MemoryLow MemoryHigh MemoryMax MemorySwapMax MemoryZSwapMax MemoryZSwapWriteback IOWeight "
        + "IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax IODeviceLatencyTargetSec AllowedCPUs AllowedMemoryNodes "
        + "CPUSetPartition DelegateSubgroup";

    internal const string OfProcesses =
        "CPUAffinity CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork NUMAPolicy NUMAMask TimerSlackNSec CoredumpFilter Personality "
        + "SecureBits MemoryKSM MemoryTHP SetLoginEnvironment ExecSearchPath SyslogFacility SyslogLevel SyslogLevelPrefix MountFlags PrivatePIDs PrivateBPF "
        + "IPCNamespacePath NetworkNamespacePath UserNamespacePath AppArmorProfile SELinuxContext SmackProcessLabel SystemCallLog StandardInputText "
        + "StandardInputData TTYReset TTYVHangup TTYVTDisallocate TTYPath TTYColumns TTYRows";

    internal const string OfSandboxes =
        "AmbientCapabilities BindLogSockets BindPaths BindReadOnlyPaths CacheDirectory CacheDirectoryMode CapabilityBoundingSet ConfigurationDirectory "
        + "ConfigurationDirectoryMode DelegateNamespaces DynamicUser Environment EnvironmentFile ExecPaths Group IgnoreSIGPIPE InaccessiblePaths "
        + "InaccessibleDirectories IOSchedulingClass IOSchedulingPriority KeyringMode LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK "
        + "LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING LimitSTACK LockPersonality LogExtraFields LogLevelMax "
        + "LogsDirectory LogsDirectoryMode MemoryDenyWriteExecute MountAPIVFS Nice NoExecPaths NoNewPrivileges OOMScoreAdjust PassEnvironment PrivateDevices "
        + "PrivateIPC PrivateMounts PrivateNetwork PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome ProtectHostname "
        + "ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyPaths ReadOnlyDirectories ReadWritePaths "
        + "ReadWriteDirectories RemoveIPC RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID RootDirectory RootImage RootImagePolicy "
        + "RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve StandardError StandardInput StandardOutput StateDirectory StateDirectoryMode "
        + "SupplementaryGroups SyslogIdentifier SystemCallArchitectures SystemCallErrorNumber SystemCallFilter TemporaryFileSystem UMask UnsetEnvironment User "
        + "WorkingDirectory";

    internal const string OfKilling =
        "FinalKillSignal KillMode KillSignal RestartKillSignal SendSIGHUP SendSIGKILL";

    internal const string OfCgroups =
        "Delegate DeviceAllow DevicePolicy IPAddressAllow IPAddressDeny Slice TasksMax";

    /// <summary>Rows of [Service] that other sections have, too.</summary>
    private static readonly (string Sections, string Names)[] Shared =
    [
        ("Mount Swap Slice Scope", OfResources), ("Mount Swap", OfProcesses), ("Mount Swap", OfSandboxes), ("Mount Swap Scope", OfKilling), ("Mount Swap Slice Scope", OfCgroups),
        ("Socket Mount Swap Scope", "WatchdogSignal"),
        ("Scope", "OOMPolicy RuntimeMaxSec RuntimeRandomizedExtraSec TimeoutStopSec"),
    ];

    private static readonly Dictionary<(string Section, string Name), Directive> Made = [];
    private static Dictionary<string, List<Known>>? _names;

    /// <summary>The row, null when systemd does not have it either.</summary>
    public static Directive? Find(string section, string name)
    {
        if (Made.TryGetValue((section, name), out var made))
            return made;
        _names ??= ReadAll();
        if (!_names.TryGetValue(name, out var all) || all.Find(k => Has(k.Sections, section)) is not { } known)
            return null;
        return Made[(section, name)] = DirectiveTable.Number(Make(section, known));
    }

    /// <summary>All of them.</summary>
    public static IEnumerable<(string Section, string Name)> Names =>
        _sectionsAndNames ??= [.. (_names ??= ReadAll()).Values.SelectMany(l => l).SelectMany(k => k.Sections.Split(' ').Select(s => (s, k.Name)))];

    private static (string Section, string Name)[]? _sectionsAndNames;

    private static Directive<IReadOnlyList<string>> Make(string section, Known known)
    {
        var check = known.Shared is { } row ? Check(row) : Forms.Check(known.Form!);
        return new()
        {
            Section = section, Name = known.Name, Default = [], Since = known.Since, Help = known.Help, Status = known.Status, Reason = known.Reason,
            // not applied, so it is kept as it was written
            Parse = (current, c) =>
            {
                if (c.Text.Length == 0)
                    return [];
                if (!check(c))
                    return current;
                if (known.Status == DirectiveStatus.Refused && !IsOptional(known, c.Text))
                    c.Error($"is not supported: {known.Reason}");
                return Grown<string>.Of(current, c.Text);
            },
        };
    }

    /// <summary>A label with "-" need not be applied, and a credential that is not looked for by an absolute path need not be there.</summary>
    private static bool IsOptional(Known known, string text) =>
        known.Form == "label" && text[0] == '-' || known.Name.StartsWith("LoadCredential", StringComparison.Ordinal) && !text.Contains(":/", StringComparison.Ordinal);

    private static Func<ParseContext, bool> Check(Directive row) => c =>
    {
        row.Apply(row.BoxedDefault, c);
        return !c.HasError;
    };

    private static bool Has(string sections, string section) => sections.Split(' ').Contains(section);

    private static Dictionary<string, List<Known>> ReadAll()
    {
        var names = new Dictionary<string, List<Known>>(StringComparer.Ordinal);
        foreach (var group in Groups)
        {
            foreach (var line in group.Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = line.Split(' ', 3);
                Add(names, new Known(parts[0], group.Sections, int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts[2], group.Status, group.Reason, group.Form, null));
            }
        }
        foreach (var (sections, list) in Shared)
        {
            foreach (var name in list.Split(' '))
            {
                var row = DirectiveTable.Honoured("Service", name) ?? throw new InvalidOperationException($"{name} is no row of [Service]");
                Add(names, new Known(name, sections, row.Since, row.Help, DirectiveStatus.Accepted, Idle, null, row));
            }
        }
        return names;
    }

    private static void Add(Dictionary<string, List<Known>> names, Known known)
    {
        if (!names.TryGetValue(known.Name, out var list))
            names[known.Name] = list = [];
        list.Add(known);
    }

    private readonly record struct Group(string Sections, string Form, DirectiveStatus Status, string Reason, string Lines);

    private sealed record Known(string Name, string Sections, int Since, string Help, DirectiveStatus Status, string Reason, string? Form, Directive? Shared);
}
