using Supervisor.Linux;

namespace Supervisor.Units;

public sealed partial class UnitFiles
{
    private const int AT_REMOVEDIR = 0x200;

    /// <summary>Units of a call that have no [Install] section and so cannot be enabled.</summary>
    public List<string> WithoutInstall { get; } = [];

    /// <summary>Makes the links that [Install] asks for, of Also= too.</summary>
    public Failure? Enable(IReadOnlyList<string> names, bool force)
    {
        var waiting = new Queue<string>(names);
        var done = new HashSet<string>();
        while (waiting.TryDequeue(out var name))
        {
            if (!done.Add(name))
                continue;
            if (Resolve(name, out var file) is { } failure)
                return failure;
            var unit = Read(name, file);
            var also = unit.Get(Directives.Also).Value;
            foreach (var other in also)
                waiting.Enqueue(other.Value);
            if (!Installs(unit))
            {
                if (also.Count == 0)
                    WithoutInstall.Add(name);
                continue;
            }
            var linked = name;
            if (UnitName.IsTemplate(name))
            {
                if (unit.Get(Directives.DefaultInstance).Value is { Length: > 0 } instance)
                {
                    linked = name.Replace("@.", $"@{instance}.", StringComparison.Ordinal);
                    unit = Read(linked, file);
                }
                else if (Directives.LinkFolders.Any(f => unit.Get(f.Asked).Value.Count > 0))
                    return new Failure($"{name} is a template without DefaultInstance=: name an instance, such as {name.Replace("@.", "@one.", StringComparison.Ordinal)}");
            }
            foreach (var alias in unit.Get(Directives.Alias).Value)
            {
                if (alias.Value != name && Link($"{_write}/{alias.Value}", file, force) is { } wrong)
                    return wrong;
            }
            foreach (var (extension, row, _) in Directives.LinkFolders)
            {
                foreach (var target in unit.Get(row).Value)
                {
                    if (Link($"{_write}/{target.Value}{extension}/{linked}", file, force) is { } wrong)
                        return wrong;
                }
            }
        }
        return null;
    }

    /// <summary>Removes every link to the units, and to those of their Also=.</summary>
    public Failure? Disable(IReadOnlyList<string> names)
    {
        var waiting = new Queue<string>(names);
        var done = new HashSet<string>();
        while (waiting.TryDequeue(out var name))
        {
            if (!done.Add(name))
                continue;
            var file = Find(name);
            if (file is null && !LinksTo(_write, name).Any())
                return new Failure($"Unit file {name} does not exist.");
            if (file is not (null or "/dev/null"))
            {
                foreach (var other in Read(name, file).Get(Directives.Also).Value)
                    waiting.Enqueue(other.Value);
            }
            foreach (var link in LinksTo(_write, name).ToList())
            {
                if (Remove(link) is { } failure)
                    return failure;
            }
            // a unit that was linked in from elsewhere goes as well
            if (Readlink($"{_write}/{name}") is { } target && target != "/dev/null" && Path.GetFileName(target) == name && Remove($"{_write}/{name}") is { } wrong)
                return wrong;
        }
        return null;
    }

    public Failure? Mask(IReadOnlyList<string> names, bool force)
    {
        foreach (var name in names)
        {
            if (Link($"{_write}/{name}", "/dev/null", force) is { } failure)
                return failure;
        }
        return null;
    }

    public Failure? Unmask(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (Readlink($"{_write}/{name}") == "/dev/null" && Remove($"{_write}/{name}") is { } failure)
                return failure;
        }
        return null;
    }

    /// <summary>Makes unit files from outside the search path known, by a link each.</summary>
    public Failure? LinkIn(IReadOnlyList<string> files, bool force)
    {
        foreach (var file in files)
        {
            var name = Path.GetFileName(file);
            if (!file.StartsWith('/') || !UnitName.IsValid(name) || UnitName.TypeOf(name) is null)
                return new Failure($"{file} is not the absolute path of a unit file");
            if (Look(file) is not { } stat || ((uint)stat.st_mode & 0xF000) != 0x8000)
                return new Failure($"File {file}: no such regular file");
            if (Link($"{_write}/{name}", file, force) is { } failure)
                return failure;
        }
        return null;
    }

    /// <summary>add-wants, add-requires.</summary>
    public Failure? AddDependency(string target, IReadOnlyList<string> names, string extension, bool force)
    {
        if (Resolve(target, out _) is { } missing)
            return missing;
        foreach (var name in names)
        {
            if ((Resolve(name, out var file) ?? Link($"{_write}/{target}{extension}/{name}", file, force)) is { } failure)
                return failure;
        }
        return null;
    }

    private Failure? Resolve(string name, out string file)
    {
        file = Find(name) ?? "";
        return file switch
        {
            "" => new Failure($"unit {name} does not exist."),
            "/dev/null" => new Failure($"unit {Candidate(name)} is masked."),
            _ => null,
        };
    }

    private Failure? Link(string path, string target, bool force)
    {
        if (Readlink(path) is { } old)
        {
            if (old == target || target != "/dev/null" && Path.GetFullPath(old, Path.GetDirectoryName(path)!) == target)
                return null;
            if (!force)
                return new Failure($"File {path} already exists and is a symlink to {old}.");
            if (Remove(path) is { } failure)
                return failure;
        }
        else if (Look(path) is not null)
            return new Failure($"File {path} already exists.");
        if (!OpenFolder(path, make: true).TryGet(out var folder, out var error))
            return new Failure($"cannot make {Path.GetDirectoryName(path)}", error);
        var made = Sys.SymlinkAt(target, folder, Path.GetFileName(path));
        folder.Close();
        if (made.Failed(out error))
            return new Failure($"cannot make the link {path}", error);
        Changes.Add(new LinkChange(path, target));
        return null;
    }

    /// <summary>Removes a link, and the .wants folder that it leaves empty.</summary>
    private Failure? Remove(string path)
    {
        if (!OpenFolder(path, make: false).TryGet(out var folder, out var error))
            return new Failure($"cannot remove {path}", error);
        var removed = Sys.UnlinkAt(folder, Path.GetFileName(path));
        folder.Close();
        if (removed.Failed(out error))
            return new Failure($"cannot remove {path}", error);
        Changes.Add(new LinkChange(path, null));
        var above = Path.GetDirectoryName(path)!;
        if (above != _write && OpenFolder(above, make: false).TryGet(out var parent, out _))
        {
            _ = Sys.UnlinkAt(parent, Path.GetFileName(above), AT_REMOVEDIR); // others may be in it
            parent.Close();
        }
        return null;
    }
}
