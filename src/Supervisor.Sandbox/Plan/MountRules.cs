using System.Text;
using Supervisor.Units;

namespace Supervisor.Sandbox.Plan;

/// <summary>Which paths differ from the service's root, from what its unit says (systemd.exec(5), "Paths" and "Sandboxing").</summary>
internal static partial class MountRules
{
    private const int MaxIdentityFile = AccountDatabase.MaxFile;

    public static MountTable Of(PlanScope s)
    {
        var table = new MountTable();
        // What the unit says comes first: for the same path it stays, and what follows from something else gives way.
        Explicit(s, table);
        OwnDirectories(s, table);
        if (s.Sandboxed)
        {
            Tmp(s, table);
            Kernel(s, table);
            Home(s, table);
        }
        Api(s, table);
        Sockets(s, table);
        Identity(s, table);
        if (s.Sandboxed)
            System(s, table);
        return table;
    }

    private static void Explicit(PlanScope s, MountTable table)
    {
        if (s.Sandboxed)
        {
            foreach (var item in s.Get(Directives.InaccessiblePaths).Value)
                Hide(s, table, item.Value.Path, item.Origin, item.Value.Optional);
            foreach (var item in s.Get(Directives.TemporaryFileSystem).Value)
                Add(s, table, item.Value.Path, new MountContent.Tmpfs(item.Value.Options), item.Origin, $"mount an empty file system at {item.Value.Path}");
        }
        foreach (var item in s.Get(Directives.BindPaths).Value.Concat(s.Get(Directives.BindReadOnlyPaths).Value))
            Bind(s, table, item.Value, item.Origin);
        if (!s.Sandboxed)
            return;
        foreach (var item in s.Get(Directives.ReadWritePaths).Value)
            Access(s, table, item, readOnly: false, noExec: null, $"keep {item.Value.Path} writable");
        foreach (var item in s.Get(Directives.ReadOnlyPaths).Value)
            Access(s, table, item, readOnly: true, noExec: null, $"make {item.Value.Path} read-only");
        foreach (var item in s.Get(Directives.ExecPaths).Value)
            Access(s, table, item, readOnly: null, noExec: false, $"keep {item.Value.Path} executable");
        foreach (var item in s.Get(Directives.NoExecPaths).Value)
            Access(s, table, item, readOnly: null, noExec: true, $"forbid to execute what is in {item.Value.Path}");
    }

    private static void Bind(PlanScope s, MountTable table, BindPath bind, Origin origin)
    {
        var source = s.Context.HostView.Look(bind.Source);
        if (source.Kind == PathKind.Missing && bind is { Source: "/etc/machine-id", Destination: "/etc/machine-id" } && s.Facts.MachineId is { } id)
        {
            AddFile(s, table, "/etc/machine-id", Encoding.ASCII.GetBytes(id + "\n"), origin, "show the machine's id");
            return;
        }
        var title = bind.Source == bind.Destination ? $"show {bind.Source}" : $"show {bind.Source} at {bind.Destination}";
        table.Add(new MountNode(Canonical(s, bind.Destination), new MountContent.Bind(bind.Source, bind.Recursive, source.Kind), origin, title)
        {
            Optional = bind.Optional,
            ReadOnly = bind.ReadOnly ? true : null,
        });
    }

    private static void Access(PlanScope s, MountTable table, Sourced<PathItem> item, bool? readOnly, bool? noExec, string title) =>
        table.Add(new MountNode(Canonical(s, item.Value.Path), null, item.Origin, title) { Optional = item.Value.Optional, ReadOnly = readOnly, NoExec = noExec });

    private static void OwnDirectories(PlanScope s, MountTable table)
    {
        foreach (var directory in s.Context.Directories)
        {
            var what = $"show {PreparedDirectory.DirectiveOf(directory.Kind)} {directory.Name}";
            var content = new MountContent.Own(directory);
            if (s.HasRoot)
            {
                var place = DirectoryBases.System.For(directory.Kind);
                foreach (var name in directory.Links.Prepend(directory.Name))
                    table.Add(Node($"{place}/{name}", what, content));
                continue;
            }
            var real = $"{directory.Base}/{directory.Path}";
            if (directory.Path != directory.Name && s.Sandboxed)
            {
                // Above a dynamic user's directory is one that only root may pass. The service gets an empty one there, with its own in it.
                var parent = $"{directory.Base}/private";
                table.Add(new MountNode(parent, new MountContent.Tmpfs("mode=0755,size=1m"), directory.Origin, what) { ReadOnly = true });
                table.Add(Node(real, what, content));
            }
            else if (s.Sandboxed)
                table.Add(new MountNode(Canonical(s, real), null, directory.Origin, what) { ReadOnly = directory.ReadOnly });

            MountNode Node(string path, string title, MountContent own) => new(Canonical(s, path), own, directory.Origin, title)
            {
                ReadOnly = directory.ReadOnly ? true : null,
                Harmless = s.Context.Identity.IsDynamic,
            };
        }
    }

    private static void Tmp(PlanScope s, MountTable table)
    {
        var (value, origin) = s.Effective.PrivateTmp;
        if (value == PrivateTmp.No)
            return;
        foreach (var (path, directory) in (ReadOnlySpan<(string, string)>)[("/tmp", "tmp"), ("/var/tmp", "var-tmp")])
        {
            // a root without /var/tmp has nothing to protect there
            table.Add(new MountNode(Canonical(s, path), new MountContent.PrivateTmp(directory), origin, $"mount a private {path}")
            {
                Optional = path == "/var/tmp", Harmless = true,
            });
        }
    }

    private static void Home(PlanScope s, MountTable table)
    {
        var (value, origin) = s.Effective.ProtectHome;
        foreach (var path in (ReadOnlySpan<string>)["/home", "/root", "/run/user"])
        {
            switch (value)
            {
                case ProtectHome.Yes:
                    Hide(s, table, path, origin, optional: true);
                    break;
                case ProtectHome.ReadOnly:
                    table.Add(new MountNode(Canonical(s, path), null, origin, $"make {path} read-only") { Optional = true, ReadOnly = true });
                    break;
                case ProtectHome.Tmpfs:
                    Add(s, table, path, new MountContent.Tmpfs("mode=0755,size=1m,ro"), origin, $"empty {path}", optional: true);
                    break;
            }
        }
    }

    private static void System(PlanScope s, MountTable table)
    {
        var (value, origin) = s.Effective.ProtectSystem;
        if (value == ProtectSystem.Strict)
        {
            table.Add(new MountNode("/", null, origin, "make everything read-only") { ReadOnly = true });
            // The kernel's own trees and homes have settings of their own.
            foreach (var path in (ReadOnlySpan<string>)["/dev", "/proc", "/sys", "/home", "/root", "/run/user"])
                table.Add(new MountNode(Canonical(s, path), null, origin, $"keep {path} as it is") { Optional = true, ReadOnly = false });
            return;
        }
        if (value == ProtectSystem.No)
            return;
        foreach (var path in value == ProtectSystem.Full ? (ReadOnlySpan<string>)["/usr", "/boot", "/efi", "/etc"] : ["/usr", "/boot", "/efi"])
            table.Add(new MountNode(Canonical(s, path), null, origin, $"make {path} read-only") { Optional = true, ReadOnly = true });
    }

    private static void Identity(PlanScope s, MountTable table)
    {
        if (!s.ChangesUser || !s.HasRoot && !s.Context.Identity.IsDynamic)
            return;
        var origin = s.Effective.DynamicUser.Value ? s.Effective.DynamicUser.Origin : s.Get(Directives.User).Origin;
        var view = s.Context.RootView;
        if (view.ReadFile("/etc/passwd", MaxIdentityFile) is { } passwd && IdentityFiles.Passwd(passwd, s.Context.Identity) is { } users)
            AddFile(s, table, "/etc/passwd", users, origin, "give its user a name");
        if (view.ReadFile("/etc/group", MaxIdentityFile) is { } group && IdentityFiles.Group(group, s.Context.Identity) is { } groups)
            AddFile(s, table, "/etc/group", groups, origin, "give its group a name");
    }

    private static void AddFile(PlanScope s, MountTable table, string path, byte[] bytes, Origin origin, string title) =>
        table.Add(new MountNode(Canonical(s, path), new MountContent.File(path[(path.LastIndexOf('/') + 1)..], bytes), origin, title));

    private static void Hide(PlanScope s, MountTable table, string path, Origin origin, bool optional)
    {
        var facts = s.Context.RootView.Look(path);
        table.Add(new MountNode(facts.Path, new MountContent.Nothing(facts.Kind == PathKind.Missing ? PathKind.Unknown : facts.Kind), origin, $"hide {path}") { Optional = optional });
    }

    private static void Add(PlanScope s, MountTable table, string path, MountContent content, Origin origin, string title, bool optional = false) =>
        table.Add(new MountNode(Canonical(s, path), content, origin, title) { Optional = optional });

    private static string Canonical(PlanScope s, string path) => path == "/" ? path : s.Context.RootView.Look(path.TrimEnd('/')).Path;
}
