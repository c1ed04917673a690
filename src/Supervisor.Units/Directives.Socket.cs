namespace Supervisor.Units;

/// <summary>What a socket unit listens on.</summary>
public static partial class Directives
{
    public static readonly Directive<bool> Accept =
        new() { Section = "Socket", Name = "Accept", Default = false, Parse = Syntax.NoAccept(), Since = 1, Help = "One service a connection" };

    public static readonly Directive<string?> SocketUser =
        new() { Section = "Socket", Name = "SocketUser", Default = null, Parse = Syntax.User("user"), Since = 214, Help = "Who owns the socket's file" };

    public static readonly Directive<string?> SocketGroup =
        new() { Section = "Socket", Name = "SocketGroup", Default = null, Parse = Syntax.User("group"), Since = 214, Help = "Its group" };

    public static readonly Directive<uint> SocketMode =
        new() { Section = "Socket", Name = "SocketMode", Default = 438u, Parse = Syntax.Mode(438u), Since = 1, Help = "Its mode" };

    public static readonly Directive<uint> Backlog =
        new() { Section = "Socket", Name = "Backlog", Default = 4294967295u, Parse = Syntax.Backlog(), Since = 1, Help = "Connections that may wait" };

    public static readonly Directive<string?> SocketService =
        new() { Section = "Socket", Name = "Service", Default = null, Parse = Syntax.ServiceName(), Since = 1, Help = "The service that gets the sockets" };

    public static readonly Directive<bool> RemoveOnStop =
        new() { Section = "Socket", Name = "RemoveOnStop", Default = false, Parse = Syntax.Bool(), Since = 214, Help = "Remove its file when it stops" };

    /// <summary>All Listen…= lines, in the order in which they stand.</summary>
    public static readonly Directive<IReadOnlyList<ListenAddress>> ListenAddresses =
        new() { Section = "Socket", Name = "Listen", Default = [], Parse = static (current, _) => current, Since = 1, Help = "What it listens on" };

    private static void RegisterSocket()
    {
        DirectiveTable.Add(Accept);
        DirectiveTable.Add(SocketUser);
        DirectiveTable.Add(SocketGroup);
        DirectiveTable.Add(SocketMode);
        DirectiveTable.Add(Backlog);
        DirectiveTable.Add(SocketService);
        DirectiveTable.Add(RemoveOnStop);
        DirectiveTable.Number(ListenAddresses); // assigned to by the names of its kinds
    }
}
