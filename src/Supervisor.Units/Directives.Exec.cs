namespace Supervisor.Units;

/// <summary>What the processes of a service are given.</summary>
public static partial class Directives
{
    public static readonly Directive<string?> User =
        new() { Section = "Service", Name = "User", Default = null, Parse = Syntax.User("user"), Since = 1, Ceiling = Ceiling.Withheld, Help = "Who its processes are" };

    public static readonly Directive<string?> Group =
        new() { Section = "Service", Name = "Group", Default = null, Parse = Syntax.User("group"), Since = 1, Ceiling = Ceiling.Withheld, Help = "Their group" };

    public static readonly Directive<IReadOnlyList<string>> SupplementaryGroups =
        new() { Section = "Service", Name = "SupplementaryGroups", Default = [], Parse = Syntax.Groups(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Their other groups" };

    public static readonly Directive<bool> DynamicUser =
        new() { Section = "Service", Name = "DynamicUser", Default = false, Parse = Syntax.Bool(), Since = 232, Ceiling = Ceiling.Stricter, Help = "A user that exists while it runs" };

    public static readonly Directive<WorkingDirectory> WorkingDirectory =
        new() { Section = "Service", Name = "WorkingDirectory", Default = Units.WorkingDirectory.Root, Parse = Syntax.WorkingDirectories(), Since = 1, Help = "Where they start" };

    public static readonly Directive<uint> UMask =
        new() { Section = "Service", Name = "UMask", Default = 18u, Parse = Syntax.Mode(18u), Since = 1, Help = "Permissions that new files do not get" };

    public static readonly Directive<IReadOnlyList<Sourced<EnvironmentItem>>> Environment =
        new() { Section = "Service", Name = "Environment", Default = [], Parse = Syntax.Environment(), Since = 1, Help = "Variables" };

    public static readonly Directive<IReadOnlyList<Sourced<PathItem>>> EnvironmentFile =
        new() { Section = "Service", Name = "EnvironmentFile", Default = [], Parse = Syntax.Paths(plus: false), Since = 1, Ceiling = Ceiling.Withheld, Help = "Files of variables" };

    public static readonly Directive<IReadOnlyList<string>> PassEnvironment =
        new() { Section = "Service", Name = "PassEnvironment", Default = [], Parse = Syntax.VariableNames(), Since = 228, Help = "Variables of the manager that are passed on" };

    public static readonly Directive<IReadOnlyList<string>> UnsetEnvironment =
        new() { Section = "Service", Name = "UnsetEnvironment", Default = [], Parse = Syntax.Variables(), Since = 235, Help = "Variables that are taken away" };

    public static readonly Directive<StreamTarget> StandardInput =
        new() { Section = "Service", Name = "StandardInput", Default = new(StandardStream.Null), Parse = Syntax.Stream(isInput: true), Ceiling = Ceiling.Withheld, Since = 1, Help = "Where they read from" };

    public static readonly Directive<StreamTarget> StandardOutput =
        new() { Section = "Service", Name = "StandardOutput", Default = new(StandardStream.Journal), Parse = Syntax.Stream(isInput: false), Ceiling = Ceiling.Withheld, Since = 1, Help = "Where they write to" };

    public static readonly Directive<StreamTarget> StandardError =
        new() { Section = "Service", Name = "StandardError", Default = new(StandardStream.Inherit), Parse = Syntax.Stream(isInput: false), Ceiling = Ceiling.Withheld, Since = 1, Help = "Where they write errors to" };

    public static readonly Directive<string?> SyslogIdentifier =
        new() { Section = "Service", Name = "SyslogIdentifier", Default = null, Parse = Syntax.Text(), Since = 1, Help = "Their name in the log" };

    public static readonly Directive<IReadOnlyList<string>> LogExtraFields =
        new() { Section = "Service", Name = "LogExtraFields", Default = [], Parse = Syntax.LogFields(), Since = 236, Help = "More fields for each of their log records" };

    public static readonly Directive<int> LogLevelMax =
        new() { Section = "Service", Name = "LogLevelMax", Default = 7, Parse = Syntax.LogLevel(), Since = 236, Help = "Records of a lower level are dropped" };

    public static readonly Directive<bool> BindLogSockets =
        new() { Section = "Service", Name = "BindLogSockets", Default = false, Parse = Syntax.Bool(), Since = 257, Help = "Show the log's sockets to it" };

    public static readonly Directive<IReadOnlyList<Sourced<DirectoryItem>>> RuntimeDirectory =
        new() { Section = "Service", Name = "RuntimeDirectory", Default = [], Parse = Syntax.Directories(), Since = 211, Help = "Its directories in /run" };

    public static readonly Directive<IReadOnlyList<Sourced<DirectoryItem>>> StateDirectory =
        new() { Section = "Service", Name = "StateDirectory", Default = [], Parse = Syntax.Directories(), Since = 235, Help = "Its directories in /var/lib" };

    public static readonly Directive<IReadOnlyList<Sourced<DirectoryItem>>> CacheDirectory =
        new() { Section = "Service", Name = "CacheDirectory", Default = [], Parse = Syntax.Directories(), Since = 235, Help = "Its directories in /var/cache" };

    public static readonly Directive<IReadOnlyList<Sourced<DirectoryItem>>> LogsDirectory =
        new() { Section = "Service", Name = "LogsDirectory", Default = [], Parse = Syntax.Directories(), Since = 235, Help = "Its directories in /var/log" };

    public static readonly Directive<IReadOnlyList<Sourced<DirectoryItem>>> ConfigurationDirectory =
        new() { Section = "Service", Name = "ConfigurationDirectory", Default = [], Parse = Syntax.Directories(), Since = 235, Help = "Its directories in /etc" };

    public static readonly Directive<uint> RuntimeDirectoryMode =
        new() { Section = "Service", Name = "RuntimeDirectoryMode", Default = 493u, Parse = Syntax.Mode(493u), Since = 211, Help = "Their mode" };

    public static readonly Directive<uint> StateDirectoryMode =
        new() { Section = "Service", Name = "StateDirectoryMode", Default = 493u, Parse = Syntax.Mode(493u), Since = 235, Help = "Their mode" };

    public static readonly Directive<uint> CacheDirectoryMode =
        new() { Section = "Service", Name = "CacheDirectoryMode", Default = 493u, Parse = Syntax.Mode(493u), Since = 235, Help = "Their mode" };

    public static readonly Directive<uint> LogsDirectoryMode =
        new() { Section = "Service", Name = "LogsDirectoryMode", Default = 493u, Parse = Syntax.Mode(493u), Since = 235, Help = "Their mode" };

    public static readonly Directive<uint> ConfigurationDirectoryMode =
        new() { Section = "Service", Name = "ConfigurationDirectoryMode", Default = 493u, Parse = Syntax.Mode(493u), Since = 235, Help = "Their mode" };

    public static readonly Directive<RuntimeDirectoryPreserve> RuntimeDirectoryPreserve =
        new() { Section = "Service", Name = "RuntimeDirectoryPreserve", Default = Units.RuntimeDirectoryPreserve.No, Parse = Syntax.BoolOrWords(Units.RuntimeDirectoryPreserve.No, Units.RuntimeDirectoryPreserve.Yes, ("restart", Units.RuntimeDirectoryPreserve.Restart)), Since = 235, Help = "Keep its directories in /run when it stops" };

    public static readonly Directive<bool> IgnoreSIGPIPE =
        new() { Section = "Service", Name = "IgnoreSIGPIPE", Default = true, Parse = Syntax.Bool(), Since = 1, Help = "Start it with SIGPIPE ignored" };

    public static readonly Directive<int?> Nice =
        new() { Section = "Service", Name = "Nice", Default = null, Parse = Syntax.OptionalInt(-20, 19), Since = 1, Help = "Their nice level" };

    public static readonly Directive<ResourceLimit?> LimitCPU =
        new() { Section = "Service", Name = "LimitCPU", Default = null, Parse = Syntax.Limit(LimitUnit.Seconds), Since = 1, Help = "CPU time" };

    public static readonly Directive<ResourceLimit?> LimitFSIZE =
        new() { Section = "Service", Name = "LimitFSIZE", Default = null, Parse = Syntax.Limit(LimitUnit.Bytes), Since = 1, Help = "Size of files" };

    public static readonly Directive<ResourceLimit?> LimitDATA =
        new() { Section = "Service", Name = "LimitDATA", Default = null, Parse = Syntax.Limit(LimitUnit.Bytes), Since = 1, Help = "Data segment" };

    public static readonly Directive<ResourceLimit?> LimitSTACK =
        new() { Section = "Service", Name = "LimitSTACK", Default = null, Parse = Syntax.Limit(LimitUnit.Bytes), Since = 1, Help = "Stack" };

    public static readonly Directive<ResourceLimit?> LimitCORE =
        new() { Section = "Service", Name = "LimitCORE", Default = null, Parse = Syntax.Limit(LimitUnit.Bytes), Since = 1, Help = "Core dumps" };

    public static readonly Directive<ResourceLimit?> LimitRSS =
        new() { Section = "Service", Name = "LimitRSS", Default = null, Parse = Syntax.Limit(LimitUnit.Bytes), Since = 1, Help = "Resident memory" };

    public static readonly Directive<ResourceLimit?> LimitNOFILE =
        new() { Section = "Service", Name = "LimitNOFILE", Default = null, Parse = Syntax.Limit(), Since = 1, Help = "Open descriptors" };

    public static readonly Directive<ResourceLimit?> LimitAS =
        new() { Section = "Service", Name = "LimitAS", Default = null, Parse = Syntax.Limit(LimitUnit.Bytes), Since = 1, Help = "Address space" };

    public static readonly Directive<ResourceLimit?> LimitNPROC =
        new() { Section = "Service", Name = "LimitNPROC", Default = null, Parse = Syntax.Limit(), Since = 1, Help = "Processes of the user" };

    public static readonly Directive<ResourceLimit?> LimitMEMLOCK =
        new() { Section = "Service", Name = "LimitMEMLOCK", Default = null, Parse = Syntax.Limit(LimitUnit.Bytes), Since = 1, Help = "Locked memory" };

    public static readonly Directive<ResourceLimit?> LimitLOCKS =
        new() { Section = "Service", Name = "LimitLOCKS", Default = null, Parse = Syntax.Limit(), Since = 1, Help = "File locks" };

    public static readonly Directive<ResourceLimit?> LimitSIGPENDING =
        new() { Section = "Service", Name = "LimitSIGPENDING", Default = null, Parse = Syntax.Limit(), Since = 1, Help = "Queued signals" };

    public static readonly Directive<ResourceLimit?> LimitMSGQUEUE =
        new() { Section = "Service", Name = "LimitMSGQUEUE", Default = null, Parse = Syntax.Limit(LimitUnit.Bytes), Since = 1, Help = "Message queues" };

    public static readonly Directive<ResourceLimit?> LimitNICE =
        new() { Section = "Service", Name = "LimitNICE", Default = null, Parse = Syntax.Limit(LimitUnit.Nice), Since = 1, Help = "How far the nice level may be raised" };

    public static readonly Directive<ResourceLimit?> LimitRTPRIO =
        new() { Section = "Service", Name = "LimitRTPRIO", Default = null, Parse = Syntax.Limit(), Since = 1, Help = "Real-time priority" };

    public static readonly Directive<ResourceLimit?> LimitRTTIME =
        new() { Section = "Service", Name = "LimitRTTIME", Default = null, Parse = Syntax.Limit(LimitUnit.Microseconds), Since = 1, Help = "Real-time CPU without a pause" };

    public static readonly Directive<KeyringMode> KeyringMode =
        new()
        {
            Section = "Service", Name = "KeyringMode", Default = Units.KeyringMode.Private, Since = 235, Ceiling = Ceiling.Stricter, Help = "Which kernel keyring it has",
            Parse = Syntax.Words(("inherit", Units.KeyringMode.Inherit), ("shared", Units.KeyringMode.Shared), ("private", Units.KeyringMode.Private)),
        };

    public static readonly Directive<IOSchedulingClass> IOSchedulingClass =
        new()
        {
            Section = "Service", Name = "IOSchedulingClass", Default = Units.IOSchedulingClass.None, Since = 1, Help = "The class of its input and output",
            Parse = Syntax.Words(("none", Units.IOSchedulingClass.None), ("realtime", Units.IOSchedulingClass.Realtime), ("best-effort", Units.IOSchedulingClass.BestEffort),
                ("idle", Units.IOSchedulingClass.Idle), ("0", Units.IOSchedulingClass.None), ("1", Units.IOSchedulingClass.Realtime), ("2", Units.IOSchedulingClass.BestEffort),
                ("3", Units.IOSchedulingClass.Idle)),
        };

    public static readonly Directive<int?> IOSchedulingPriority =
        new() { Section = "Service", Name = "IOSchedulingPriority", Default = null, Parse = Syntax.OptionalInt(0, 7), Since = 1, Help = "Its priority in that class" };

    private static void RegisterExec()
    {
        DirectiveTable.Add(KeyringMode);
        DirectiveTable.Add(IOSchedulingClass);
        DirectiveTable.Add(IOSchedulingPriority);
        DirectiveTable.Add(User);
        DirectiveTable.Add(Group);
        DirectiveTable.Add(SupplementaryGroups);
        DirectiveTable.Add(DynamicUser);
        DirectiveTable.Add(WorkingDirectory);
        DirectiveTable.Add(UMask);
        DirectiveTable.Add(Environment);
        DirectiveTable.Add(EnvironmentFile);
        DirectiveTable.Add(PassEnvironment);
        DirectiveTable.Add(UnsetEnvironment);
        DirectiveTable.Add(StandardInput);
        DirectiveTable.Add(StandardOutput);
        DirectiveTable.Add(StandardError);
        DirectiveTable.Add(SyslogIdentifier);
        DirectiveTable.Add(LogExtraFields);
        DirectiveTable.Add(LogLevelMax);
        DirectiveTable.Add(BindLogSockets);
        DirectiveTable.Add(RuntimeDirectory);
        DirectiveTable.Add(StateDirectory);
        DirectiveTable.Add(CacheDirectory);
        DirectiveTable.Add(LogsDirectory);
        DirectiveTable.Add(ConfigurationDirectory);
        DirectiveTable.Add(RuntimeDirectoryMode);
        DirectiveTable.Add(StateDirectoryMode);
        DirectiveTable.Add(CacheDirectoryMode);
        DirectiveTable.Add(LogsDirectoryMode);
        DirectiveTable.Add(ConfigurationDirectoryMode);
        DirectiveTable.Add(RuntimeDirectoryPreserve);
        DirectiveTable.Add(IgnoreSIGPIPE);
        DirectiveTable.Add(Nice);
        DirectiveTable.Add(LimitCPU);
        DirectiveTable.Add(LimitFSIZE);
        DirectiveTable.Add(LimitDATA);
        DirectiveTable.Add(LimitSTACK);
        DirectiveTable.Add(LimitCORE);
        DirectiveTable.Add(LimitRSS);
        DirectiveTable.Add(LimitNOFILE);
        DirectiveTable.Add(LimitAS);
        DirectiveTable.Add(LimitNPROC);
        DirectiveTable.Add(LimitMEMLOCK);
        DirectiveTable.Add(LimitLOCKS);
        DirectiveTable.Add(LimitSIGPENDING);
        DirectiveTable.Add(LimitMSGQUEUE);
        DirectiveTable.Add(LimitNICE);
        DirectiveTable.Add(LimitRTPRIO);
        DirectiveTable.Add(LimitRTTIME);
    }
}
