namespace Supervisor.Units;

/// <summary>What a socket unit listens on, who may connect, and what is done when somebody does. Options of the sockets themselves are in the file beside.</summary>
public static partial class Directives
{
    /// <summary>All Listen…= lines, in the order in which they stand.</summary>
    public static readonly Directive<IReadOnlyList<ListenAddress>> ListenAddresses =
        new() { Section = "Socket", Name = "Listen", Default = [], Parse = static (current, _) => current, Since = 1, Help = "What it listens on" };

    public static readonly Directive<bool> Accept =
        new() { Section = "Socket", Name = "Accept", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "One service a connection" };

    public static readonly Directive<string?> SocketUser =
        new() { Section = "Socket", Name = "SocketUser", Default = null, Parse = Syntax.User("user"), Since = 214, Help = "Who owns the socket's file" };

    public static readonly Directive<string?> SocketGroup =
        new() { Section = "Socket", Name = "SocketGroup", Default = null, Parse = Syntax.User("group"), Since = 214, Help = "Its group" };

    public static readonly Directive<uint> SocketMode =
        new() { Section = "Socket", Name = "SocketMode", Default = 0x1B6u, Parse = Syntax.Mode(0x1B6u), Since = 1, Help = "Its mode" };

    public static readonly Directive<uint> SocketDirectoryMode =
        new() { Section = "Socket", Name = "DirectoryMode", Default = 0x1EDu, Parse = Syntax.Mode(0x1EDu), Since = 1, Help = "The mode of directories that are made for it" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Symlinks =
        new() { Section = "Socket", Name = "Symlinks", Default = [], Parse = Syntax.SourcedPaths(), Since = 214, Help = "Links to its file" };

    public static readonly Directive<bool> RemoveOnStop =
        new() { Section = "Socket", Name = "RemoveOnStop", Default = false, Parse = Syntax.Bool(), Since = 214, Help = "Remove its file when it stops" };

    public static readonly Directive<bool> Writable =
        new() { Section = "Socket", Name = "Writable", Default = false, Parse = Syntax.Bool(), Since = 227, Help = "Open special files for writing" };

    public static readonly Directive<string?> SocketService =
        new() { Section = "Socket", Name = "Service", Default = null, Parse = Syntax.ServiceName(), Since = 1, Help = "The service that gets the sockets" };

    public static readonly Directive<string?> FileDescriptorName =
        new() { Section = "Socket", Name = "FileDescriptorName", Default = null, Parse = Syntax.DescriptorName(), Since = 227, Help = "What the service knows the sockets by" };

    public static readonly Directive<bool> FlushPending =
        new() { Section = "Socket", Name = "FlushPending", Default = false, Parse = Syntax.Bool(), Since = 247, Help = "Drop what is waiting when the service has ended" };

    public static readonly Directive<int> MaxConnections =
        new() { Section = "Socket", Name = "MaxConnections", Default = 64, Parse = Syntax.Int(0, int.MaxValue), Since = 1, Help = "Connections at a time" };

    public static readonly Directive<int> MaxConnectionsPerSource =
        new() { Section = "Socket", Name = "MaxConnectionsPerSource", Default = 0, Parse = Syntax.Int(0, int.MaxValue), Since = 232, Help = "Connections at a time from one address or user" };

    public static readonly Directive<Duration> SocketTriggerLimitIntervalSec =
        new() { Section = "Socket", Name = "TriggerLimitIntervalSec", Default = Duration.Seconds(2), Parse = Syntax.Time(), Since = 230, Help = "The time in which triggers are counted" };

    public static readonly Directive<int?> SocketTriggerLimitBurst =
        new() { Section = "Socket", Name = "TriggerLimitBurst", Default = null, Parse = Syntax.OptionalInt(0, int.MaxValue), Since = 230, Help = "Triggers allowed in that time: 20, with Accept= 200" };

    public static readonly Directive<Duration> PollLimitIntervalSec =
        new() { Section = "Socket", Name = "PollLimitIntervalSec", Default = Duration.Seconds(2), Parse = Syntax.Time(), Since = 255, Help = "The time in which looks at the sockets are counted" };

    public static readonly Directive<int?> PollLimitBurst =
        new() { Section = "Socket", Name = "PollLimitBurst", Default = null, Parse = Syntax.OptionalInt(0, int.MaxValue), Since = 255, Help = "Looks before a pause: 15, with Accept= 150" };

    public static readonly Directive<DeferTrigger> DeferTrigger =
        new() { Section = "Socket", Name = "DeferTrigger", Default = Units.DeferTrigger.No, Parse = Syntax.BoolOrWords(Units.DeferTrigger.No, Units.DeferTrigger.Yes, ("patient", Units.DeferTrigger.Patient)), Since = 258, Help = "Stop nothing that is in the service's way: wait for it" };

    public static readonly Directive<Duration> DeferTriggerMaxSec =
        new() { Section = "Socket", Name = "DeferTriggerMaxSec", Default = Duration.Infinity, Parse = Syntax.Time(zeroIsInfinite: true), Since = 258, Help = "How long it waits for that" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> SocketExecStartPre =
        new() { Section = "Socket", Name = "ExecStartPre", Default = [], Parse = Syntax.Commands(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Commands before it listens" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> SocketExecStartPost =
        new() { Section = "Socket", Name = "ExecStartPost", Default = [], Parse = Syntax.Commands(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Commands after that" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> SocketExecStopPre =
        new() { Section = "Socket", Name = "ExecStopPre", Default = [], Parse = Syntax.Commands(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Commands before it is closed" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> SocketExecStopPost =
        new() { Section = "Socket", Name = "ExecStopPost", Default = [], Parse = Syntax.Commands(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Commands after that" };

    public static readonly Directive<Duration> SocketTimeoutSec =
        new() { Section = "Socket", Name = "TimeoutSec", Default = Duration.Seconds(90), Parse = Syntax.Time(zeroIsInfinite: true), Since = 1, Help = "How long one of these may take" };

    public static readonly Directive<bool> PassFileDescriptorsToExec =
        new() { Section = "Socket", Name = "PassFileDescriptorsToExec", Default = false, Parse = Syntax.Bool(), Since = 256, Help = "They get the sockets, too" };

    private static void RegisterSocket()
    {
        DirectiveTable.Number(ListenAddresses); // assigned to by the names of its kinds
        foreach (var kind in Enum.GetValues<ListenKind>())
            DirectiveTable.AddVariant(ListenAddresses, $"Listen{kind}", Syntax.Listen(kind));
        foreach (var row in (ReadOnlySpan<Directive>)
            [Accept, SocketUser, SocketGroup, SocketMode, SocketDirectoryMode, Symlinks, RemoveOnStop, Writable, SocketService, FileDescriptorName, FlushPending, MaxConnections,
             MaxConnectionsPerSource, SocketTriggerLimitIntervalSec, SocketTriggerLimitBurst, PollLimitIntervalSec, PollLimitBurst, DeferTrigger, DeferTriggerMaxSec,
             SocketExecStartPre, SocketExecStartPost, SocketExecStopPre, SocketExecStopPost, SocketTimeoutSec, PassFileDescriptorsToExec])
            DirectiveTable.Add(row);
        RegisterSocketOptions();
        foreach (var list in (ReadOnlySpan<string>)[KnownDirectives.OfResources, KnownDirectives.OfProcesses, KnownDirectives.OfSandboxes, KnownDirectives.OfKilling, KnownDirectives.OfCgroups])
        {
            foreach (var name in list.Split(' '))
                DirectiveTable.AddAlias(DirectiveTable.Honoured("Service", name) ?? throw new InvalidOperationException($"{name} is no row of [Service]"), "Socket", name);
        }
    }
}
