using System.Text;
using Supervisor.Images;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Portable;

/// <summary>Attach: first a plan, everything checked, then the files, drop-ins before their unit, all or none.</summary>
public static class Attacher
{
    private static readonly string[] MountPoints = ["/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp"];

    private static readonly Directive<IReadOnlyList<ExecCommand>>[] Commands =
    [
        Directives.ExecCondition, Directives.ExecStartPre, Directives.ExecStart, Directives.ExecStartPost, Directives.ExecReload, Directives.ExecStop, Directives.ExecStopPost,
    ];

    /// <summary>What attaching would do; or why it cannot be done, each sentence a reason.</summary>
    public static AttachPlan? Plan(string image, IReadOnlyList<string> prefixes, AttachOptions options, PortableDirectories directories, out IReadOnlyList<PortableError> errors)
    {
        AttachPlan? Refuse(string sentence, out IReadOnlyList<PortableError> why)
        {
            why = [new PortableError(sentence)];
            return null;
        }

        if (prefixes is ["-"])
            return Refuse("attach - would attach every unit of the image: name the prefixes", out errors);
        var path = ImageName.Find(image, directories);
        if (path is null || !Sys.StatAt(Fd.Cwd, path).TryGet(out _, out _))
            return Refuse($"{path ?? image}: there is no such image: ENOENT, no such file or directory", out errors);
        using var reader = ImageReader.Open(path, out var error);
        if (reader is null)
            return Refuse(error!.Message, out errors);
        if (prefixes.Count == 0)
            prefixes = [ImageName.DefaultPrefix(path)];
        if (reader.OsRelease.Prefixes is { } own && prefixes.FirstOrDefault(p => !own.Contains(p)) is { } foreign)
            return Refuse($"{path}: the prefix {foreign} is not the image's: its os-release says PORTABLE_PREFIXES=\"{string.Join(' ', own)}\"", out errors);
        var units = reader.Units(prefixes, out error);
        if (units is null)
            return Refuse(error!.Message, out errors);
        if (units.Count == 0)
            return Refuse($"{path}: no unit in it is named {string.Join(" or ", prefixes.Select(p => $"{p}.service"))}, or begins so (.service, .socket, .target, .timer, .path)", out errors);
        if (CheckMountPoints(reader) is { } missing)
            return Refuse(missing, out errors);
        var located = BuiltInProfiles.Locate(options.Profile, directories);
        if (!located.TryGet(out var profile, out var cause))
            return Refuse($"cannot lay down the profile {options.Profile}: {cause}", out errors);
        if (profile is null)
            return Refuse($"there is no profile {options.Profile}; there are {string.Join(", ", BuiltInProfiles.Names.Order(StringComparer.Ordinal))}, and those in {string.Join(", ", directories.Profiles)}", out errors);
        if (!Sys.ReadFile(profile).TryGet(out var profileText, out cause))
            return Refuse($"cannot read the profile {options.Profile}: {cause}", out errors);
        return Build(path, prefixes, options, directories, reader, units, profile, profileText, out errors);
    }

    /// <summary>Makes the files; on a failure those that were made are removed again.</summary>
    public static PortableError? Apply(AttachPlan plan)
    {
        var made = new List<string>();
        foreach (var file in plan.Files)
        {
            var folder = Path.GetDirectoryName(file.Path)!;
            var there = Sys.Exists(folder);
            var result = Sys.MakeDirectories(folder);
            if (result.Ok && !there)
                made.Add(folder);
            if (result.Ok)
            {
                _ = Sys.UnlinkAt(Fd.Cwd, file.Path); // --force replaces what is there
                result = file.LinkTarget is { } target
                    ? Sys.SymlinkAt(target, Fd.Cwd, file.Path)
                    : Sys.WriteFileAtomically(file.Path, file.Content!, durable: true);
                made.Add(file.Path);
            }
            if (!result.Failed(out var error))
                continue;
            for (var i = made.Count - 1; i >= 0; i--)
            {
                if (Sys.UnlinkAt(Fd.Cwd, made[i]).Failed(out _))
                    _ = Sys.UnlinkAt(Fd.Cwd, made[i], LibC.AT_REMOVEDIR);
            }
            return new PortableError($"cannot attach {plan.Image}: {error}; nothing was attached");
        }
        return null;
    }

    private static AttachPlan? Build(
        string path, IReadOnlyList<string> prefixes, AttachOptions options, PortableDirectories directories, ImageReader reader,
        IReadOnlyList<(string Name, string Source, byte[] Text)> found, string profile, byte[] profileText,
        out IReadOnlyList<PortableError> errors)
    {
        var problems = new List<PortableError>();
        var units = new List<ImageUnit>();
        var files = new List<PlannedFile>();
        var target = options.Runtime ? directories.RuntimeAttached : directories.Attached;
        foreach (var (name, source, text) in found)
        {
            if (Taken(name, options, directories) is { } taken)
            {
                problems.Add(new($"{name}: {taken}"));
                continue;
            }
            var service = name.EndsWith(".service", StringComparison.Ordinal);
            var dropIn = Encoding.UTF8.GetBytes(DropIn(reader, service));
            var folder = $"{target}/{name}.d";
            var shown = $"{Path.GetFileName(path)}:{source}";
            // a template is checked as one of its instances would be
            var checkedName = UnitName.IsTemplate(name) ? name.Replace("@.", "@instance.", StringComparison.Ordinal) : name;
            var unit = UnitParser.FromImage(checkedName, text, shown, service ? [(profile, profileText), ($"{folder}/20-portable.conf", dropIn)] : [], options.Profile,
                options.Facts ?? SpecifierContext.SystemFacts);
            problems.AddRange(unit.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => new PortableError(Sentence(d))));
            if (unit.LoadState == LoadState.Loaded && service)
                problems.AddRange(CheckPrograms(reader.Tree, unit));
            units.Add(new ImageUnit(name, source, text, unit));
            if (service)
                files.Add(options.Copy == "copy" ? new($"{folder}/10-profile.conf", profileText, null) : new($"{folder}/10-profile.conf", null, profile));
            files.Add(new($"{folder}/20-portable.conf", dropIn, null));
            files.Add(options.Copy == "symlink" && reader.Tree is DirectoryTree ? new($"{target}/{name}", null, path + source) : new($"{target}/{name}", text, null));
        }
        errors = problems;
        return problems.Count > 0
            ? null
            : new AttachPlan(path, reader.Tree.FileSystem, reader.Size, reader.OsRelease, string.Join(' ', prefixes), options.Profile, options.Runtime, units, files);
    }

    private static string Sentence(Diagnostic d) =>
        $"{d.Origin.File}:{d.Origin.Line}: {(d.Origin.Directive is null ? "" : $"{d.Origin.Directive}=: ")}{d.Message}{(d.Hint is null ? "" : $"; {d.Hint}")}";

    /// <summary>Who has the name already, null when nobody has.</summary>
    private static string? Taken(string name, AttachOptions options, PortableDirectories directories)
    {
        if (options.Force)
            return null;
        foreach (var directory in directories.Units.Append(directories.Attached).Append(directories.RuntimeAttached))
        {
            if (Sys.StatAt(Fd.Cwd, $"{directory}/{name}", LibC.AT_SYMLINK_NOFOLLOW).Ok)
                return $"a unit of that name is there already: {directory}/{name}";
        }
        return options.Active?.Contains(name) == true ? "a unit of that name is running" : null;
    }

    /// <summary>20-portable.conf as systemd-portabled writes it: a marker line, then for services what makes the image their root.</summary>
    private static string DropIn(ImageReader reader, bool service)
    {
        var marker = $"# Drop-in created for image '{reader.Path.Replace(":", "\\:", StringComparison.Ordinal)}', do not edit.\n";
        if (!service)
            return marker;
        var name = Path.GetFileName(reader.Path);
        var raw = reader.Tree is not DirectoryTree;
        return marker + "[Service]\n"
            + $"{(raw ? "RootImage" : "RootDirectory")}={reader.Path}\n"
            + $"Environment=PORTABLE={name}\n"
            + $"LogExtraFields=PORTABLE={name}\n"
            + (raw ? $"RootImagePolicy={ImagePolicy.Pin(reader.Tree.FileSystem)}\n" : "")
            + $"LogExtraFields=PORTABLE_NAME_AND_VERSION={reader.OsRelease.NameAndVersion}\n";
    }

    private static string? CheckMountPoints(ImageReader reader)
    {
        foreach (var point in MountPoints)
        {
            if (reader.Tree.Stat(point, out var error) is not { Kind: EntryKind.Directory })
                return error is not null ? $"{reader.Path}: {point}: {error}" : $"{reader.Path}: it has no directory {point}, which its services need as a mount point";
        }
        return null;
    }

    private static IEnumerable<PortableError> CheckPrograms(IReadOnlyTree tree, Unit unit)
    {
        foreach (var row in Commands)
        {
            foreach (var command in unit.Get(row).Value.Where(c => !c.IgnoreFailure))
            {
                var place = $"{command.Origin.File}:{command.Origin.Line}: {row.Name}=: {command.Path}";
                var program = command.Path.StartsWith('/')
                    ? command.Path
                    : new[] { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin" }.Select(d => $"{d}/{command.Path}").FirstOrDefault(p => tree.Stat(p, out _) is not null);
                if (program is null || tree.Stat(program, out var error) is not { } info)
                    yield return new($"{place} is not in the image");
                else if (info.Kind != EntryKind.File || (info.Mode & 0x49) == 0)
                    yield return new($"{place} cannot be executed: it is {(info.Kind == EntryKind.File ? "a file without the right to be" : "no regular file")}");
                else if (ElfReader.Missing(tree, program) is { } missing)
                    yield return new($"{place} {missing}");
            }
        }
    }
}
