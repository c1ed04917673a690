using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Units;

/// <summary>
/// Finds a unit's files and makes a <see cref="Unit"/> of them: fragment (first directory wins), drop-ins of every directory in the order of their file names,
/// links as aliases, /dev/null and empty files as masks, templates for instances, built-in targets where there is no file.
/// </summary>
public sealed class UnitLoader(UnitSearchPath path, IReadOnlyDictionary<char, string> facts)
{
    private const int LinkMax = 16, DropInMax = 4096;

    public UnitSearchPath SearchPath => path;

    private readonly UnitDirectoryIndex _index = new(path);

    /// <summary>The unit of that name. Never fails: what is wrong is in <see cref="Unit.LoadState"/> and <see cref="Unit.Diagnostics"/>.</summary>
    /// <param name="again">For the same question as the call before: that no directory has changed since is known.</param>
    public Unit Load(string name, bool again = false)
    {
        if (!again)
            _index.Refresh();
        var diagnostics = new List<Diagnostic>();
        var type = UnitName.TypeOf(name);
        if (type is null or > UnitType.Path || !UnitName.IsValid(name) || UnitName.IsTemplate(name))
        {
            diagnostics.Add(new(Severity.Error, default, 0, 0, UnitName.IsValid(name) && type is null or > UnitType.Path
                ? $"{name}: units of this type are not started here yet"
                : UnitName.IsTemplate(name) ? $"{name} is a template: it needs an instance" : $"{name} is not a unit name"));
            return new Unit { Name = name, Type = UnitType.Service, LoadState = LoadState.BadSetting, Diagnostics = diagnostics };
        }
        var fragment = FindFragment(name, diagnostics, out var finalName, out var attached);
        if (fragment == "/dev/null")
            return new Unit { Name = finalName, Type = type.Value, LoadState = LoadState.Masked, Diagnostics = diagnostics, Aliases = Aliases(name, finalName) };
        var dropIns = DropIns(finalName, diagnostics);
        var builtIn = fragment is null ? BuiltInUnits.Find(finalName) : null;
        var unit = new Unit
        {
            Name = finalName, Type = type.Value, LoadState = LoadState.Loaded, FragmentPath = fragment, Diagnostics = diagnostics, DropIns = dropIns,
            Aliases = Aliases(name, finalName),
        };
        var specifiers = new SpecifierContext(finalName, facts);
        if (fragment is null && builtIn is null)
        {
            unit.LoadState = diagnostics.Exists(d => d.Severity == Severity.Error) ? LoadState.BadSetting : LoadState.NotFound;
            return unit;
        }
        if (fragment is not null)
            ApplyFile(unit, fragment, specifiers, diagnostics);
        else if (builtIn is not null)
            UnitParser.Apply(unit, UnitLexer.Read(System.Text.Encoding.UTF8.GetBytes(builtIn), $"built-in:{finalName}", diagnostics), $"built-in:{finalName}", specifiers, diagnostics);
        var image = attached ? ProfileCeiling.Begin(unit) : null;
        foreach (var dropIn in dropIns)
            ApplyFile(unit, dropIn, specifiers, diagnostics);
        if (image is not null)
            ProfileCeiling.Finish(unit, image, Profile(dropIns));
        AddLinkedDependencies(unit);
        UnitRules.Imply(unit);
        DefaultDependencyRules.Apply(unit);
        if (fragment is not null || builtIn is null)
            UnitRules.Check(unit, diagnostics);
        if (diagnostics.Exists(d => d.Severity == Severity.Error))
            unit.LoadState = LoadState.BadSetting;
        return unit;
    }

    private static IReadOnlyList<string> Aliases(string asked, string final) => asked == final ? [] : [asked];

    private static void ApplyFile(Unit unit, string file, SpecifierContext specifiers, List<Diagnostic> diagnostics)
    {
        if (!Sys.ReadFile(file, UnitLexer.FileMax).TryGet(out var bytes, out var error))
        {
            diagnostics.Add(new(Severity.Error, new Origin(file, 0, null), 0, 0, error.Errno == Errno.EFBIG
                ? $"larger than unit files may be, {UnitLexer.FileMax} bytes"
                : $"cannot be read: {error}"));
            return;
        }
        UnitParser.Apply(unit, UnitLexer.Read(bytes, file, diagnostics), file, specifiers, diagnostics);
    }

    /// <summary>The file of the unit, "/dev/null" when it is masked, null when there is none.</summary>
    private string? FindFragment(string name, List<Diagnostic> diagnostics, out string finalName, out bool attached)
    {
        finalName = name;
        attached = false;
        for (var step = 0; step < LinkMax; step++)
        {
            var found = false;
            foreach (var candidate in UnitName.TemplateOf(finalName) is { } template ? new[] { finalName, template } : [finalName])
            {
                for (var d = 0; d < path.Directories.Count; d++)
                {
                    if (!_index.MayHave(d, candidate))
                        continue;
                    var directory = path.Directories[d];
                    var file = $"{directory.Path}/{candidate}";
                    if (!Sys.StatAt(Fd.Cwd, file, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out _))
                        continue;
                    attached = directory.Attached;
                    var mode = (uint)stat.st_mode & 0xF000;
                    if (mode == 0xA000 && Sys.ReadlinkAt(Fd.Cwd, file).TryGet(out var target, out _))
                    {
                        if (target == "/dev/null")
                            return target;
                        // a link to a unit of another name is an alias; one of the same name is where the file really is
                        var alias = Path.GetFileName(target);
                        if (alias != candidate && UnitName.IsValid(alias) && UnitName.Suffix(alias) == UnitName.Suffix(finalName))
                        {
                            var next = UnitName.IsTemplate(alias) && UnitName.InstanceOf(finalName) is { Length: > 0 } instance
                                ? alias.Replace("@.", $"@{instance}.", StringComparison.Ordinal)
                                : alias;
                            if (next == finalName)
                                return file; // an instance that is a link to its own template
                            finalName = next;
                            found = true;
                            break;
                        }
                    }
                    else if (mode == 0x8000 && (long)stat.st_size == 0)
                        return "/dev/null"; // an empty file masks, as a link to /dev/null does
                    else if (mode != 0x8000)
                    {
                        diagnostics.Add(new(Severity.Error, new Origin(file, 0, null), 0, 0, "not a regular file: this is no unit file"));
                        return file;
                    }
                    return file;
                }
                if (found)
                    break;
            }
            if (!found)
                return null;
        }
        diagnostics.Add(new(Severity.Error, default, 0, 0, $"{name}: too many links, one to the next"));
        return null;
    }

    /// <summary>U.d, its dash-truncated forms, the template's and the type's; of one file name the first directory and the longest prefix win.</summary>
    private List<string> DropIns(string name, List<Diagnostic> diagnostics)
    {
        SortedDictionary<string, string>? chosen = null;
        foreach (var prefix in DropInNames(name))
        {
            var inner = prefix + ".d";
            for (var d = 0; d < path.Directories.Count; d++)
            {
                if (!_index.MayHave(d, inner))
                    continue;
                var folder = $"{path.Directories[d].Path}/{inner}";
                if (!Sys.ListDirectory(folder, DropInMax).TryGet(out var files, out var error))
                {
                    if (error.Errno == Errno.E2BIG)
                        diagnostics.Add(new(Severity.Error, new Origin(folder, 0, null), 0, 0, $"more than {DropInMax} drop-ins"));
                    continue;
                }
                foreach (var file in files)
                {
                    if (file.EndsWith(".conf", StringComparison.Ordinal))
                        (chosen ??= new(StringComparer.Ordinal)).TryAdd(file, $"{folder}/{file}");
                }
            }
        }
        return chosen is null ? [] : [.. chosen.Values.Where(f => !IsMask(f))];
    }

    private static bool IsMask(string file) =>
        Sys.StatAt(Fd.Cwd, file).TryGet(out var stat, out _) && (((uint)stat.st_mode & 0xF000) == 0x2000 || ((uint)stat.st_mode & 0xF000) == 0x8000 && (long)stat.st_size == 0);

    private static IEnumerable<string> DropInNames(string name)
    {
        var suffix = UnitName.Suffix(name)!;
        yield return name;
        var template = UnitName.TemplateOf(name);
        if (template is not null)
            yield return template;
        var stem = (template ?? name)[..^suffix.Length].TrimEnd('@');
        for (var dash = stem.LastIndexOf('-'); dash > 0; dash = stem.LastIndexOf('-', dash - 1))
            yield return stem[..(dash + 1)] + suffix;
        yield return suffix[1..];
    }

    /// <summary>U.wants/, U.requires/ and U.upholds/: what lies there, by name, is wanted, required or upheld.</summary>
    private void AddLinkedDependencies(Unit unit)
    {
        foreach (var (extension, _, row) in Directives.LinkFolders)
        {
            List<Sourced<string>>? linked = null;
            HashSet<string>? known = null;
            foreach (var name in unit.Aliases.Prepend(unit.Name))
            {
                var inner = name + extension;
                for (var d = 0; d < path.Directories.Count; d++)
                {
                    if (!_index.MayHave(d, inner) || !Sys.ListDirectory($"{path.Directories[d].Path}/{inner}").TryGet(out var entries, out _))
                        continue;
                    known ??= new(unit.Get(row).Value.Select(s => s.Value), StringComparer.Ordinal);
                    foreach (var entry in entries.Order(StringComparer.Ordinal))
                    {
                        if (UnitName.IsValid(entry) && !UnitName.IsTemplate(entry) && known.Add(entry))
                            (linked ??= []).Add(new(entry, new Origin($"{path.Directories[d].Path}/{inner}/{entry}", 1, row.Name)));
                    }
                }
            }
            if (linked is not null)
                unit.Set(row, Grown<Sourced<string>>.Of(unit.Get(row).Value, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(linked)), linked[0].Origin);
        }
    }

    /// <summary>The profile's name: the folder that 10-profile.conf is a link into, else what its first line says.</summary>
    private static string Profile(List<string> dropIns)
    {
        if (dropIns.Find(d => d.EndsWith("/10-profile.conf", StringComparison.Ordinal)) is not { } file)
            return "none";
        if (Sys.ReadlinkAt(Fd.Cwd, file).TryGet(out var target, out _))
            return Path.GetFileName(Path.GetDirectoryName(target)) ?? "none";
        return Sys.ReadFile(file).TryGet(out var bytes, out _) && System.Text.Encoding.UTF8.GetString(bytes).Split('\n')[0] is ['#', ' ', 'p', 'r', 'o', 'f', 'i', 'l', 'e', ' ', .. var rest]
            ? rest.Trim()
            : "copied";
    }
}
