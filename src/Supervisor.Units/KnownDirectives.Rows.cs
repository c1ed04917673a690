namespace Supervisor.Units;

internal static partial class KnownDirectives
{
    private const string Exec = "Service Socket Mount Swap", Kill = "Service Socket Mount Swap Scope", Cgroup = "Service Socket Mount Swap Slice Scope";
    private const string NoTerminal = "no records of logins are written here", Gone = "systemd has dropped it", NotYet = "it has no effect yet", NoMounts = "mounts are no units here yet",
        OtherType = "units of this type are not started here yet", Needed = "the service would run without it", Wall = "it cannot be applied yet, and the service would have less of a wall than it reads";

    /// <summary>One directive a line: name, the systemd version that brought it (1: always there), help.</summary>
    private static readonly Group[] Groups =
    [
        // [Unit]
        new("Unit", "units", DirectiveStatus.Accepted, Gone, """
            RequiresOverridable 1 As Requires=, unless a person asks
            RequisiteOverridable 1 As Requisite=, unless a person asks
            """),
        new("Unit", "bool", DirectiveStatus.Accepted, Gone, "IgnoreOnSnapshot 1 Not stopped by snapshots"),
        new("Unit", "paths", DirectiveStatus.Accepted, NoMounts, """
            RequiresMountsFor 201 Paths whose mounts this unit needs
            WantsMountsFor 256 Paths whose mounts this unit wants
            """),
        new("Unit", "bool", DirectiveStatus.Accepted, NotYet, "SurviveFinalKillSignal 255 Its processes outlive the end of the system"),
        new("Unit", "path", DirectiveStatus.Accepted, "it is a note for people", "SourcePath 201 The file that this one was made from"),

        // [Service]
        new("Service", "list", DirectiveStatus.Accepted, NotYet, """
            LUOSession 262 Sessions of the live update orchestrator
            RefreshOnReload 260 What a reload reads again
            """),
        new("Service", "path", DirectiveStatus.Refused, Needed, """
            USBFunctionDescriptors 227 Descriptors of a USB function
            USBFunctionStrings 227 Strings of a USB function
            """),
        new("Service", "text", DirectiveStatus.Accepted, Gone, """
            BusPolicy 1 Rights on the bus
            SysVStartPriority 1 The order among scripts
            """),

        // everything that runs commands
        new(Exec, "text", DirectiveStatus.Accepted, NoTerminal, "UtmpIdentifier 1 Its name in utmp"),
        new(Exec, "words:init login user", DirectiveStatus.Accepted, NoTerminal, "UtmpMode 225 The kind of its entry in utmp"),
        new(Exec, "bool", DirectiveStatus.Accepted, NotYet, """
            CacheDirectoryAccounting 258 Count what is in CacheDirectory=
            LogsDirectoryAccounting 258 Count what is in LogsDirectory=
            StateDirectoryAccounting 258 Count what is in StateDirectory=
            """),
        new(Exec, "bool", DirectiveStatus.Refused, Needed, "RootEphemeral 254 A copy of the root for each run"),
        new(Exec, "list", DirectiveStatus.Accepted, "what it would allow stays refused: no tokens are given here", """
            BPFDelegateAttachments 258 Kinds of attachments that it may make
            BPFDelegateCommands 258 Commands of bpf(2) that it may use
            BPFDelegateMaps 258 Kinds of maps that it may make
            BPFDelegatePrograms 258 Kinds of programs that it may load
            """),
        new(Exec, "text", DirectiveStatus.Accepted, NotYet, """
            CacheDirectoryQuota 258 What CacheDirectory= may hold
            LogsDirectoryQuota 258 What LogsDirectory= may hold
            StateDirectoryQuota 258 What StateDirectory= may hold
            """),
        new(Exec, "text", DirectiveStatus.Refused, Wall, """
            RootHash 246 The hash that the image is checked against
            RootHashSignature 246 Who signed it
            RootVerity 246 Where the hashes are
            RootImageOptions 247 Mount options of the image
            """),
        new(Exec, "text", DirectiveStatus.Refused, Needed, """
            ExtensionImages 248 Images laid over the root
            MountImages 247 Images mounted inside
            ExtensionDirectories 251 Directories laid over the root
            RootMStack 260 A stack of file systems as root
            """),
        new(Exec, "text", DirectiveStatus.Accepted, "there are no such images here yet", """
            ExtensionImagePolicy 254 Which file systems extension images may have
            MountImagePolicy 254 Which file systems mounted images may have
            """),
        new(Exec, "list", DirectiveStatus.Accepted, "there are no credentials here to import", "ImportCredential 254 Credentials of the system that it gets"),
        new(Exec, "credential", DirectiveStatus.Refused, Needed, """
            LoadCredential 247 Credentials from files
            LoadCredentialEncrypted 247 Encrypted credentials from files
            SetCredential 247 Credentials as text
            SetCredentialEncrypted 247 Encrypted credentials as text
            """),
        new(Exec, "text", DirectiveStatus.Accepted, "all messages are kept", "LogFilterPatterns 253 Which messages are kept"),
        new(Exec, "text", DirectiveStatus.Accepted, "there is one log", "LogNamespace 245 The log that it writes to"),
        new(Exec, "time", DirectiveStatus.Accepted, NotYet, """
            LogRateLimitIntervalSec 240 The time in which messages are counted
            TimeoutCleanSec 244 How long cleaning up may take
            """),
        new(Exec, "uint", DirectiveStatus.Accepted, NotYet, "LogRateLimitBurst 240 Messages allowed in that time"),
        new(Exec, "list", DirectiveStatus.Refused, Wall, "RestrictFileSystems 250 File systems that it may use"),
        new(Exec, "text", DirectiveStatus.Accepted, "no PAM modules run here: no session is opened, and what they would set (limits, variables, a login session) is not set", "PAMName 1 The PAM service that opens a session for it"),
        new(Exec, "text", DirectiveStatus.Accepted, Gone, "Capabilities 1 Capabilities of its first process"),

        // everything that has a cgroup
        new(Cgroup, "bool", DirectiveStatus.Accepted, "what the kernel counts is shown", """
            IOAccounting 230 Count input and output
            IPAccounting 235 Count what goes over the network
            MemoryAccounting 208 Count memory
            TasksAccounting 227 Count tasks
            CPUAccounting 208 Count processor time
            """),
        new(Cgroup, "bool", DirectiveStatus.Accepted, NotYet, """
            CoredumpReceive 255 Core dumps of containers go there
            """),
        new(Cgroup, "text", DirectiveStatus.Refused, Wall, """
            BindNetworkInterface 260 The interface that its sockets are bound to
            BPFProgram 249 Programs attached to its cgroup
            NFTSet 255 Sets of nftables that it is in
            SocketBindAllow 249 Ports that it may bind to
            SocketBindDeny 249 Ports that it may not bind to
            RestrictNetworkInterfaces 250 Interfaces that it may use
            IPEgressFilterPath 243 A filter of what it sends
            IPIngressFilterPath 243 A filter of what it receives
            """),
        new(Cgroup, "int:1 10000", DirectiveStatus.Accepted, NotYet, """
            StartupIOWeight 230 The same while the system starts
            """),
        new(Cgroup, "text", DirectiveStatus.Accepted, NotYet, """
            StartupCPUWeight 232 The same while the system starts
            """),
        new(Cgroup, "list", DirectiveStatus.Accepted, NotYet, "DisableControllers 240 Controllers that are off below it"),
        new(Cgroup, "size", DirectiveStatus.Refused, Wall, """
            StartupMemoryMax 252 MemoryMax= while the system starts
            StartupMemorySwapMax 252 MemorySwapMax= while the system starts
            StartupMemoryZSwapMax 253 MemoryZSwapMax= while the system starts
            """),
        new(Cgroup, "size", DirectiveStatus.Accepted, NotYet, """
            StartupMemoryHigh 252 MemoryHigh= while the system starts
            StartupMemoryLow 252 MemoryLow= while the system starts
            """),
        new(Cgroup, "cpuset", DirectiveStatus.Refused, Wall, """
            StartupAllowedCPUs 252 AllowedCPUs= while the system starts
            StartupAllowedMemoryNodes 252 AllowedMemoryNodes= while the system starts
            """),
        new(Cgroup, "words:auto kill", DirectiveStatus.Accepted, "there is no systemd-oomd here", """
            ManagedOOMMemoryPressure 247 What is done when memory is short
            ManagedOOMSwap 247 What is done when swap is short
            """),
        new(Cgroup, "percent", DirectiveStatus.Accepted, "there is no systemd-oomd here", "ManagedOOMMemoryPressureLimit 247 What counts as short"),
        new(Cgroup, "time", DirectiveStatus.Accepted, "there is no systemd-oomd here", "ManagedOOMMemoryPressureDurationSec 257 For how long"),
        new(Cgroup, "words:none avoid omit", DirectiveStatus.Accepted, "there is no systemd-oomd here", "ManagedOOMPreference 248 Whether it is killed first or last"),
        new(Cgroup, "text", DirectiveStatus.Accepted, "there is no systemd-oomd here", "OOMRules 261 Rules of its own"),
        new(Cgroup, "words:auto on off skip yes no", DirectiveStatus.Accepted, NotYet, """
            CPUPressureWatch 261 Tell it when processors are short
            IOPressureWatch 261 Tell it when input and output are slow
            MemoryPressureWatch 254 Tell it when memory is short
            """),
        new(Cgroup, "time", DirectiveStatus.Accepted, NotYet, """
            CPUPressureThresholdSec 261 How long counts
            IOPressureThresholdSec 261 How long counts
            MemoryPressureThresholdSec 254 How long counts
            """),
        new(Cgroup, "text", DirectiveStatus.Accepted, Gone, """
            BlockIOAccounting 1 Count input and output
            BlockIOWeight 1 Its share of input and output
            StartupBlockIOWeight 1 The same while the system starts
            BlockIODeviceWeight 1 Its share of a device
            BlockIOReadBandwidth 1 Bytes that it may read a second
            BlockIOWriteBandwidth 1 Bytes that it may write a second
            CPUShares 1 Its share of the processors
            StartupCPUShares 1 The same while the system starts
            MemoryLimit 1 Memory that it may have
            DefaultMemoryLow 1 MemoryLow= of those below it
            DefaultMemoryMin 1 MemoryMin= of those below it
            DefaultStartupMemoryLow 1 The same while the system starts
            NetClass 1 The class of its packets
            """),
        new("Slice", "uint", DirectiveStatus.Accepted, NotYet, """
            ActivatingConcurrencyMax 262 Units that may start at a time
            ConcurrencyHardMax 258 Units that may be active
            ConcurrencySoftMax 258 Units that may be active before others wait
            """),

        // [Socket]
        new("Socket", "text", DirectiveStatus.Refused, "there are no USB gadgets here", "ListenUSBFunction 227 Listen on a USB function"),
        new("Mount Automount", "mode", DirectiveStatus.Accepted, NotYet, "DirectoryMode 1 The mode of directories that are made"),

        // units of types that are not started yet
        new("Mount", "bool", DirectiveStatus.Accepted, OtherType, """
            ForceUnmount 232 Unmount by force
            LazyUnmount 232 Unmount when nobody uses it
            ReadWriteOnly 246 Fail instead of mounting read-only
            SloppyOptions 215 Ignore options that are not known
            """),
        new("Mount Automount", "path", DirectiveStatus.Accepted, OtherType, "Where 1 The mount point"),
        new("Mount Swap", "text", DirectiveStatus.Accepted, OtherType, """
            What 1 The device or file
            Options 217 Options
            """),
        new("Mount", "text", DirectiveStatus.Accepted, OtherType, "Type 1 The file system"),
        new("Mount Swap", "time", DirectiveStatus.Accepted, OtherType, "TimeoutSec 1 How long it may take"),
        new("Automount", "time", DirectiveStatus.Accepted, OtherType, "TimeoutIdleSec 220 Unmount when nobody has used it for so long"),
        new("Automount", "text", DirectiveStatus.Accepted, OtherType, "ExtraOptions 250 Options of autofs"),
        new("Swap", "int:-1 32767", DirectiveStatus.Accepted, OtherType, "Priority 1 Its priority"),
    ];
}
