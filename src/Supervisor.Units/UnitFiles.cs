using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Units;

/// <summary>Where unit files lie, below a root that need not be this machine's and is not trusted.</summary>
/// <param name="Search">Directories of the search path, first wins.</param>
/// <param name="Config">The one that enable, mask and their kin write to.</param>
/// <param name="Runtime">The one that they write to with --runtime.</param>
public sealed record UnitFilePaths(IReadOnlyList<string> Search, string Config, string Runtime)
{
    /// <summary>systemd's own.</summary>
    public static UnitFilePaths System { get; } = new(
        ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"], "/etc/systemd/system", "/run/systemd/system");
}

/// <summary>A link that was made (with its target) or removed (without).</summary>
public readonly record struct LinkChange(string Path, string? Target);

/// <summary>Unit files and the links between them: what systemctl(1) does without a manager, on this machine or offline below a root.</summary>
public sealed partial class UnitFiles
{
    private const int LinkMax = 16;
    private const uint Directory0755 = 0x1ED;

    private readonly Fd _root;
    private readonly UnitFilePaths _paths;
    private readonly string _write;

    private UnitFiles(Fd root, UnitFilePaths paths, bool runtime) => (_root, _paths, _write) = (root, paths, runtime ? paths.Runtime : paths.Config);

    /// <summary>What has been done so far.</summary>
    public List<LinkChange> Changes { get; } = [];

    /// <param name="root">"/", or where the system to change is.</param>
    public static OsResult<UnitFiles> Open(string root, UnitFilePaths paths, bool runtime) =>
        Sys.Open(root, LibC.O_PATH | LibC.O_DIRECTORY).TryGet(out var fd, out var error) ? new UnitFiles(fd, paths, runtime) : error;

    /// <summary>The file of a unit, or of its template, links followed by name; null when there is none, "/dev/null" when it is masked.</summary>
    public string? Find(string name) => Find(name, out _);

    /// <summary>enabled, disabled, static, masked … (systemctl(1), is-enabled); null when there is no such unit.</summary>
    public string? State(string name)
    {
        var file = Find(name, out var alias);
        if (file is null)
            return null;
        if (file == "/dev/null")
            return Candidate(name)!.StartsWith(_paths.Runtime + "/", StringComparison.Ordinal) ? "masked-runtime" : "masked";
        if (alias)
            return "alias";
        var unit = Read(name, file);
        var named = false;
        foreach (var (directory, word) in new[] { (_paths.Config, "enabled"), (_paths.Runtime, "enabled-runtime") })
        {
            foreach (var link in LinksTo(directory, name))
            {
                // another name that it does not ask for is somebody else's doing, as default.target is
                if (Path.GetDirectoryName(link) != directory || unit.Get(Directives.Alias).Value.Any(a => a.Value == Path.GetFileName(link)))
                    return word;
                named = true;
            }
        }
        if (Readlink(file) is not null && file.StartsWith(_paths.Config + "/", StringComparison.Ordinal))
            return "linked";
        if (Readlink(file) is not null && file.StartsWith(_paths.Runtime + "/", StringComparison.Ordinal))
            return "linked-runtime";
        return named ? "indirect" : Installs(unit) ? "disabled" : unit.Get(Directives.Also).Value.Count > 0 ? "indirect" : "static";
    }

    /// <summary>Every unit file that there is, once, by name.</summary>
    public IReadOnlyList<string> All()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var directory in _paths.Search)
            found.UnionWith(List(directory).Where(n => UnitName.IsValid(n) && UnitName.TypeOf(n) is not null));
        return [.. found.OrderBy(UnitName.Suffix, StringComparer.Ordinal).ThenBy(n => n, StringComparer.Ordinal)];
    }

    private string? Find(string name, out bool alias)
    {
        alias = false;
        for (var step = 0; step < LinkMax; step++)
        {
            if (Candidate(name) is not { } file)
                return null;
            var target = Readlink(file);
            if (target == "/dev/null" || target is null && IsEmpty(file))
                return "/dev/null";
            var other = target is null ? null : Path.GetFileName(target);
            if (other is null || other == Path.GetFileName(file) || !UnitName.IsValid(other))
                return file;
            (alias, name) = (true, other);
        }
        return null;
    }

    private string? Candidate(string name)
    {
        foreach (var candidate in UnitName.TemplateOf(name) is { } template ? new[] { name, template } : [name])
        {
            foreach (var directory in _paths.Search)
            {
                if (Look($"{directory}/{candidate}") is not null)
                    return $"{directory}/{candidate}";
            }
        }
        return null;
    }

    /// <summary>The unit as its file and drop-ins say it; of a template, the instance that <paramref name="name"/> is.</summary>
    private Unit Read(string name, string file)
    {
        var unit = new Unit { Name = name, Type = UnitName.TypeOf(name) ?? UnitType.Service, FragmentPath = file };
        var diagnostics = new List<Diagnostic>();
        var specifiers = new SpecifierContext(name, SpecifierContext.SystemFacts);
        var files = new List<string> { file };
        var dropIns = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var directory in _paths.Search)
        {
            foreach (var entry in List($"{directory}/{name}.d").Where(e => e.EndsWith(".conf", StringComparison.Ordinal)))
                dropIns.TryAdd(entry, $"{directory}/{name}.d/{entry}");
        }
        foreach (var path in files.Concat(dropIns.Values))
        {
            if (RootedPath.ReadFile(_root, path, UnitLexer.FileMax).TryGet(out var bytes, out _))
                UnitParser.Apply(unit, UnitLexer.Read(bytes, path, diagnostics), path, specifiers, diagnostics);
        }
        return unit;
    }

    private static bool Installs(Unit unit) =>
        Directives.LinkFolders.Any(f => unit.Get(f.Asked).Value.Count > 0) || unit.Get(Directives.Alias).Value.Count > 0;

    /// <summary>Links in a directory, and in its .wants and .requires folders, that lead to the unit.</summary>
    private IEnumerable<string> LinksTo(string directory, string name)
    {
        var template = UnitName.IsTemplate(name);
        foreach (var entry in List(directory))
        {
            var isFolder = Directives.LinkFolders.Any(f => entry.EndsWith(f.Extension, StringComparison.Ordinal));
            foreach (var link in isFolder ? List($"{directory}/{entry}").Select(e => $"{directory}/{entry}/{e}") : [$"{directory}/{entry}"])
            {
                if (Readlink(link) is not { } target || target == "/dev/null")
                    continue;
                var own = Path.GetFileName(link);
                var leads = Path.GetFileName(target);
                var means = own == name || template && UnitName.TemplateOf(own) == name;
                if (isFolder ? means || leads == name && !means : !means && leads == name)
                    yield return link;
            }
        }
    }

    private List<string> List(string directory)
    {
        if (!RootedPath.Open(_root, directory, LibC.O_RDONLY | LibC.O_DIRECTORY).TryGet(out var fd, out _))
            return [];
        var names = Sys.ListDirectory(fd).TryGet(out var found, out _) ? found : [];
        fd.Close();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>What is at a path, links at its end not followed; null when nothing is.</summary>
    private stat? Look(string path)
    {
        if (!RootedPath.Open(_root, path, LibC.O_PATH | LibC.O_NOFOLLOW).TryGet(out var fd, out _))
            return null;
        var stat = Sys.Stat(fd);
        fd.Close();
        return stat.Ok ? stat.Value : null;
    }

    private bool IsEmpty(string path) => Look(path) is { } stat && ((uint)stat.st_mode & 0xF000) == 0x8000 && (long)stat.st_size == 0;

    private string? Readlink(string path)
    {
        if (!OpenFolder(path, make: false).TryGet(out var folder, out _))
            return null;
        var target = Sys.ReadlinkAt(folder, Path.GetFileName(path));
        folder.Close();
        return target.TryGet(out var text, out _) ? text : null;
    }

    private OsResult<Fd> OpenFolder(string path, bool make)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (make)
        {
            var at = "";
            foreach (var part in folder.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                if (RootedPath.Open(_root, at.Length == 0 ? "/" : at, LibC.O_PATH | LibC.O_DIRECTORY).TryGet(out var above, out _))
                {
                    _ = Sys.MkdirAt(above, part, Directory0755); // mostly it is there; if it cannot be made, opening it says why
                    above.Close();
                }
                at += "/" + part;
            }
        }
        return RootedPath.Open(_root, folder, LibC.O_PATH | LibC.O_DIRECTORY);
    }
}
