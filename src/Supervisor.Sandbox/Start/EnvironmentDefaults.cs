using Supervisor.Sandbox.Plan;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>The variables that the manager itself sets, as far as they are the same at each start (systemd.exec(5), "Environment Variables Set or Propagated").</summary>
internal static class EnvironmentDefaults
{
    public const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Where commands are looked for, with colons.</summary>
    public static string SearchPathOf(PlanScope s) => s.Get(Directives.ExecSearchPath).Value is { Count: > 0 } own ? string.Join(':', own) : SearchPath;

    public static List<EnvironmentItem> Of(PlanScope s)
    {
        var items = new List<EnvironmentItem> { new("PATH", SearchPathOf(s)) };
        if (s.Facts.Language is { Length: > 0 } language)
            items.Add(new("LANG", language));
        var login = s.Get(Directives.SetLoginEnvironment).Value;
        var identity = s.Context.Identity.User is null && login == true ? ServiceIdentity.Root with { User = "root", Home = "/root", Shell = "/bin/sh" } : s.Context.Identity;
        if (identity.User is { } user && login != false)
        {
            items.Add(new("USER", user));
            items.Add(new("LOGNAME", user));
            // A dynamic user has neither.
            if (identity.Home is { } home)
                items.Add(new("HOME", home));
            if (identity.Shell is { } shell)
                items.Add(new("SHELL", shell));
        }
        if (s.Get(Directives.StandardInput).Value.Kind is StandardStream.Tty or StandardStream.TtyForce or StandardStream.TtyFail || s.Get(Directives.StandardOutput).Value.Kind == StandardStream.Tty
            || s.Get(Directives.StandardError).Value.Kind == StandardStream.Tty)
            items.Add(new("TERM", Terminal(s)));
        if (s.Get(Directives.PIDFile).Value is { } pidFile)
            items.Add(new("PIDFILE", pidFile));
        foreach (var kind in Enum.GetValues<DirectoryKind>())
        {
            var paths = s.Context.Directories.Where(d => d.Kind == kind).Select(d => Seen(s, d));
            if (string.Join(':', paths) is { Length: > 0 } list)
                items.Add(new(PreparedDirectory.VariableOf(kind), list));
        }
        return items;
    }

    /// <summary>A virtual console understands more than what may be at the other end of a line.</summary>
    private static string Terminal(PlanScope s) => s.Get(Directives.TTYPath).Value is { } path && path.StartsWith("/dev/tty", StringComparison.Ordinal) && path.Length > 8 && char.IsAsciiDigit(path[8]) ? "linux" : "vt220";

    /// <summary>Where the service sees it: in a root of its own at the usual place, else where it really is.</summary>
    private static string Seen(PlanScope s, PreparedDirectory directory) =>
        s.HasRoot ? $"{DirectoryBases.System.For(directory.Kind)}/{directory.Name}" : $"{directory.Base}/{directory.Name}";
}
