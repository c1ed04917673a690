namespace Supervisor.Units;

/// <summary>Something that an image's unit asked for and does not get.</summary>
/// <param name="Text">"CAP_SYS_CHROOT", "User=root".</param>
public readonly record struct WithheldSetting(string Text, Origin Origin);

/// <summary>
/// The profile is a ceiling. What an image's own unit file says is kept aside before the drop-ins (profile, portable, the administrator's) are applied, and then
/// put together with them row by row as <see cref="Directive.Ceiling"/> says: the stricter of the two, both, or not at all. With ImageMayWiden=yes in the
/// profile the files simply apply one after the other, as systemd does it.
/// </summary>
internal static class ProfileCeiling
{
    /// <summary>Takes the rows with a ceiling out of the unit, which then holds the image's other settings only.</summary>
    public static Dictionary<Directive, (object? Value, Origin Origin)> Begin(Unit unit)
    {
        var image = new Dictionary<Directive, (object? Value, Origin Origin)>();
        foreach (var row in unit.SetDirectives.ToList())
        {
            if (row.Ceiling == Ceiling.Free)
                continue;
            unit.TryGetBoxed(row, out var value, out var origin);
            image[row] = (value, origin);
            unit.Unset(row);
        }
        return image;
    }

    public static void Finish(Unit unit, Dictionary<Directive, (object? Value, Origin Origin)> image, string profile)
    {
        var root = unit.Get(Directives.RootImage).Value ?? unit.Get(Directives.RootDirectory).Value;
        if (root is not null)
            unit.Portable = new PortableOrigin(root, profile);
        var widen = unit.Get(Directives.ImageMayWiden).Value;
        var withheld = new List<WithheldSetting>();
        foreach (var (row, (value, origin)) in image.OrderBy(p => p.Key.Index))
            Meet(unit, row, value, origin, widen, withheld);
        if (!widen)
        {
            StripPrefixes(unit, withheld);
            StripSpecialFiles(unit, withheld);
        }
        unit.Withheld = withheld;
    }

    private static void Meet(Unit unit, Directive row, object? value, Origin origin, bool widen, List<WithheldSetting> withheld)
    {
        var said = unit.TryGetBoxed(row, out var ceiling, out _);
        if (row == Directives.RootImage || row == Directives.RootDirectory || row == Directives.RootImagePolicy || row == Directives.ImageMayWiden
            || row == Directives.SandboxMode)
        {
            withheld.Add(new($"{row.Name}={Show(value)}", origin)); // whatever the profile: the root is the image, and how it is checked is not its own affair
            return;
        }
        if (row.Ceiling == Ceiling.Stricter)
        {
            var result = widen && said ? ceiling : Stricter(value, ceiling);
            if (!Equals(result, value) && said && !widen)
                withheld.Add(new($"{row.Name}={Show(value)}", origin));
            unit.Set(row, result, Equals(result, value) ? origin : Place(unit, row));
        }
        else if (row.Ceiling == Ceiling.Both)
            unit.Set(row, Both(row, value, said, ceiling, widen, withheld, origin), said ? Place(unit, row) : origin);
        else if (widen || Harmless(unit, row, value))
        {
            if (!said)
                unit.Set(row, value, origin);
            else
                unit.Set(row, Join(value, ceiling), origin);
        }
        else
            withheld.Add(new($"{row.Name}={Show(value)}", origin));
    }

    private static Origin Place(Unit unit, Directive row)
    {
        unit.TryGetBoxed(row, out _, out var origin);
        return origin;
    }

    /// <summary>Enums of the sandbox are ordered from open to closed, and so are booleans; of two limits the lower is stricter.</summary>
    private static object? Stricter(object? image, object? profile) => (image, profile) switch
    {
        (bool a, bool b) => a || b,
        (ulong a, ulong b) => Math.Min(a, b),
        (ulong, null) => image,
        (null, ulong) => profile,
        (HostnameProtection a, HostnameProtection b) => a.Kind >= b.Kind ? image : profile,
        (Enum a, Enum b) => Rank(a) >= Rank(b) ? image : profile,
        _ => profile,
    };

    private static int Rank(Enum value) => value switch
    {
        ProtectHome.Yes => 3,
        ProtectHome.Tmpfs => 2,
        ProtectHome.ReadOnly => 1,
        PrivateUsers.Self => 3, // maps one user, identity 65536, full all
        PrivateUsers.Identity => 2,
        PrivateUsers.Full => 1,
        ProtectProc.Invisible => 2,
        ProtectProc.Ptraceable => 3,
        ProtectProc.NoAccess => 1,
        _ => Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture),
    };

    private static object? Both(Directive row, object? image, bool said, object? profile, bool widen, List<WithheldSetting> withheld, Origin origin)
    {
        switch (image, profile)
        {
            case (ulong a, ulong b) when row == Directives.AmbientCapabilities || row == Directives.DelegateNamespaces:
                if (widen)
                    return a | b;
                if ((a & ~b) != 0)
                    withheld.Add(new(row == Directives.AmbientCapabilities ? $"AmbientCapabilities={Capabilities.Describe(a & ~b)}" : $"{row.Name}=", origin));
                return a & b;
            case (ulong a, ulong b):
                // masks of what is allowed: the default is everything, so a row that the profile leaves alone is the image's own
                if (!widen && said && (a & ~b) != 0 && row == Directives.CapabilityBoundingSet)
                    withheld.Add(new(Capabilities.Describe(a & ~b), origin));
                return widen && said ? a | b : a & b;
            case (IReadOnlyList<SyscallFilter> a, IReadOnlyList<SyscallFilter> b):
                return (IReadOnlyList<SyscallFilter>)[.. a, .. b];
            case (IReadOnlyList<AddressFamilyFilter> a, IReadOnlyList<AddressFamilyFilter> b):
                return (IReadOnlyList<AddressFamilyFilter>)[.. a, .. b];
            case (IReadOnlyList<string> a, IReadOnlyList<string> b): // SystemCallArchitectures
                if (a.Count == 0 || b.Count == 0)
                    return a.Count == 0 ? b : a;
                var common = a.Intersect(b).ToList();
                if (!widen && common.Count < a.Count)
                    withheld.Add(new($"{row.Name}={string.Join(' ', a.Except(b))}", origin));
                return (IReadOnlyList<string>)(widen ? [.. a.Union(b)] : common.Count > 0 ? common : b);
            default:
                return Join(image, profile);
        }
    }

    /// <summary>What widens only in general: a bind mount of the log's socket, a directory of its own.</summary>
    private static bool Harmless(Unit unit, Directive row, object? value) => value switch
    {
        null => true,
        StreamTarget stream => stream.Kind is StandardStream.Null or StandardStream.Journal or StandardStream.Inherit or StandardStream.Socket or StandardStream.Data or StandardStream.Named,
        // a user of its own name is no widening: with DynamicUser= it is the dynamic user's name
        string name when row == Directives.User || row == Directives.Group => !unit.Get(Directives.DynamicUser).Value || name is not ("root" or "0") && !char.IsAsciiDigit(name[0]),
        IReadOnlyList<string> groups when row == Directives.SupplementaryGroups => groups.Count == 0,
        IReadOnlyList<Sourced<PathItem>> paths when row == Directives.ReadWritePaths || row == Directives.ExecPaths =>
            paths.Count == 0 || row == Directives.ExecPaths || paths.All(p => InOwnDirectories(unit, p.Value.Path)),
        IReadOnlyList<Sourced<BindPath>> binds => binds.Count == 0,
        IReadOnlyList<Sourced<IPPrefix>> prefixes => prefixes.Count == 0,
        IReadOnlyList<Sourced<DeviceRule>> rules => rules.Count == 0,
        IReadOnlyList<ExecCommand> commands => commands.Count == 0,
        false => true,
        _ => false,
    };

    private static bool InOwnDirectories(Unit unit, string path)
    {
        var own = new[]
        {
            ("/run", Directives.RuntimeDirectory), ("/var/lib", Directives.StateDirectory), ("/var/cache", Directives.CacheDirectory), ("/var/log", Directives.LogsDirectory),
        };
        path = path.StartsWith("/var/run/", StringComparison.Ordinal) ? path[4..] : path;
        return own.Any(d => unit.Get(d.Item2).Value.Any(i => path == $"{d.Item1}/{i.Value.Name}" || path.StartsWith($"{d.Item1}/{i.Value.Name}/", StringComparison.Ordinal)));
    }

    private static object? Join(object? first, object? second) => (first, second) switch
    {
        (IReadOnlyList<Sourced<PathItem>> a, IReadOnlyList<Sourced<PathItem>> b) => (IReadOnlyList<Sourced<PathItem>>)[.. a, .. b],
        (IReadOnlyList<Sourced<BindPath>> a, IReadOnlyList<Sourced<BindPath>> b) => (IReadOnlyList<Sourced<BindPath>>)[.. a, .. b],
        (IReadOnlyList<Sourced<IPPrefix>> a, IReadOnlyList<Sourced<IPPrefix>> b) => (IReadOnlyList<Sourced<IPPrefix>>)[.. a, .. b],
        (IReadOnlyList<Sourced<DeviceRule>> a, IReadOnlyList<Sourced<DeviceRule>> b) => (IReadOnlyList<Sourced<DeviceRule>>)[.. a, .. b],
        (IReadOnlyList<ExecCommand> a, IReadOnlyList<ExecCommand> b) => (IReadOnlyList<ExecCommand>)[.. a, .. b],
        (IReadOnlyList<string> a, IReadOnlyList<string> b) => (IReadOnlyList<string>)[.. a, .. b],
        (_, null) => first,
        _ => second,
    };

    /// <summary>"+" and "!" of commands are rights, too.</summary>
    private static void StripPrefixes(Unit unit, List<WithheldSetting> withheld)
    {
        foreach (var row in (ReadOnlySpan<Directive<IReadOnlyList<ExecCommand>>>)
            [Directives.ExecCondition, Directives.ExecStartPre, Directives.ExecStart, Directives.ExecStartPost, Directives.ExecReload, Directives.ExecStop, Directives.ExecStopPost])
        {
            var commands = unit.Get(row);
            if (!commands.Value.Any(c => (c.FullPrivileges || c.KeepPrivileges) && c.Origin.File == unit.FragmentPath))
                continue;
            foreach (var command in commands.Value)
            {
                if ((command.FullPrivileges || command.KeepPrivileges) && command.Origin.File == unit.FragmentPath)
                    withheld.Add(new($"{row.Name}={(command.FullPrivileges ? '+' : '!')}{command.Path}", command.Origin));
            }
            unit.Set(row, (IReadOnlyList<ExecCommand>)[.. commands.Value.Select(c => c.Origin.File == unit.FragmentPath ? c with { FullPrivileges = false, KeepPrivileges = false } : c)], commands.Origin);
        }
    }

    /// <summary>An image's socket may be anywhere; a device or a file of the kernel's, opened with the manager's rights, is none of its own.</summary>
    private static void StripSpecialFiles(Unit unit, List<WithheldSetting> withheld)
    {
        var listen = unit.Get(Directives.ListenAddresses);
        var special = listen.Value.Where(l => l.Kind == ListenKind.Special && l.Origin.File == unit.FragmentPath).ToList();
        if (special.Count == 0)
            return;
        withheld.AddRange(special.Select(l => new WithheldSetting($"ListenSpecial={l.Text}", l.Origin)));
        unit.Set(Directives.ListenAddresses, (IReadOnlyList<ListenAddress>)[.. listen.Value.Except(special)], listen.Origin);
    }

    private static string Show(object? value) => value switch
    {
        null => "",
        bool b => b ? "yes" : "no",
        string s => s,
        ProtectHome.ReadOnly => "read-only",
        StreamTarget stream => $"{stream.Kind.ToString().ToLowerInvariant()}:{stream.Path}",
        Enum e => e.ToString().ToLowerInvariant(),
        IReadOnlyList<ExecCommand> commands => string.Join(' ', commands.Select(c => c.Path)),
        IReadOnlyList<Sourced<BindPath>> binds => string.Join(' ', binds.Select(b => b.Value.Source)),
        IReadOnlyList<Sourced<PathItem>> paths => string.Join(' ', paths.Select(p => p.Value.Path)),
        IReadOnlyList<string> words => string.Join(' ', words),
        IReadOnlyList<Sourced<IPPrefix>> prefixes => $"{prefixes.Count} prefixes",
        IReadOnlyList<Sourced<DeviceRule>> rules => string.Join(' ', rules.Select(r => r.Value.Device)),
        _ => value.ToString() ?? "",
    };
}
