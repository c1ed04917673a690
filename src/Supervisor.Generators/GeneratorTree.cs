using System.Text;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Generators;

/// <summary>
/// The three directories as they are being made: beside the real ones, which they replace when all is done, so that a manager that goes on meanwhile sees the old units or the
/// new ones. Each generator of somebody else's writes into directories of its own, which are then moved in here: so it is known who wrote what.
/// </summary>
internal sealed class GeneratorTree(GeneratorSettings settings, GeneratorReport report)
{
    private const uint Exchange = 2, NoReplace = 1;
    private const int EntriesMax = 10_000;

    private readonly string[] _real = [settings.Normal, settings.Early, settings.Late];
    private readonly string _work = $"{settings.Normal}.work";
    private int _entries;

    private static string New(string directory) => directory + ".new";

    /// <summary>Empty directories, whatever an earlier run left.</summary>
    public Failure? Begin()
    {
        foreach (var directory in _real.Select(New).Append(_work))
        {
            // made first, so that there is a folder to remove it from
            if (Sys.MakeDirectories(directory).Failed(out var error) || RemoveTree.Run(directory).Failed(out error) || Sys.MkdirAt(Fd.Cwd, directory, 0x1ED).Failed(out error))
                return new Failure($"cannot make an empty {directory}", error);
        }
        return null;
    }

    /// <summary>Where a generator is to write: normal, early, late.</summary>
    public OsResult<string[]> Own(string generator)
    {
        string[] own = [$"{_work}/{generator}/normal", $"{_work}/{generator}/early", $"{_work}/{generator}/late"];
        foreach (var directory in own)
        {
            if (Sys.MakeDirectories(directory).Failed(out var error))
                return error;
        }
        return own;
    }

    /// <summary>What a built-in one made.</summary>
    public void Add(string generator, GeneratorOutput output)
    {
        foreach (var diagnostic in output.Diagnostics)
            report.Add(generator, diagnostic);
        foreach (var entry in output.Entries)
        {
            var path = $"{New(_real[(int)entry.Place])}/{entry.Path}";
            var result = Sys.MakeDirectories(Path.GetDirectoryName(path)!);
            if (result.Ok)
                result = entry.Target is { } target ? Sys.SymlinkAt(target, Fd.Cwd, path) : Create(path, entry.Text!);
            if (result.Failed(out var error))
                report.Note(error.Errno == Errno.EEXIST ? $"{generator}: {entry.Path} is written by another generator already" : $"{generator}: cannot write {entry.Path}: {error}");
        }
    }

    /// <summary>Moves in what a generator of somebody else's wrote; what is no file, link or folder of them stays out.</summary>
    public void Merge(string generator)
    {
        if (!Own(generator).TryGet(out var own, out _))
            return;
        for (var place = 0; place < own.Length; place++)
        {
            foreach (var name in Names(own[place], generator))
            {
                if (TypeOf($"{own[place]}/{name}") != 0x4000)
                {
                    Move(generator, own, place, name);
                    continue;
                }
                _ = Sys.MkdirAt(Fd.Cwd, $"{New(_real[place])}/{name}", 0x1ED); // another generator may have made it; moving into it says what else is wrong
                foreach (var inner in Names($"{own[place]}/{name}", generator))
                    Move(generator, own, place, $"{name}/{inner}");
            }
        }
    }

    /// <summary>The new directories take the old ones' places; one that is empty leaves none.</summary>
    public Failure? Finish()
    {
        Failure? failure = null;
        foreach (var directory in _real)
        {
            var made = New(directory);
            // rmdir tells whether there is anything in it
            if (Sys.UnlinkAt(Fd.Cwd, made, 0x200).Ok)
                made = directory;
            else if (Sys.Rename(Fd.Cwd, made, Fd.Cwd, directory, NoReplace).Ok)
                continue;
            else if (Sys.Rename(Fd.Cwd, made, Fd.Cwd, directory, Exchange).Failed(out var error))
                failure ??= new Failure($"cannot put generated units into {directory}", error);
            if (RemoveTree.Run(made).Failed(out var left))
                failure ??= new Failure($"cannot remove the earlier units of generators, {made}", left);
        }
        if (RemoveTree.Run(_work).Failed(out var stays))
            failure ??= new Failure($"cannot remove {_work}", stays);
        return failure;
    }

    private void Move(string generator, string[] own, int place, string name)
    {
        var from = $"{own[place]}/{name}";
        var to = $"{New(_real[place])}/{name}";
        var type = TypeOf(from);
        if (++_entries > EntriesMax)
        {
            if (_entries == EntriesMax + 1)
                report.Note($"{generator}: more than {EntriesMax} files are written, the rest is left out");
            return;
        }
        if (type is not (0x8000 or 0xA000))
        {
            report.Note($"{generator}: {name} is neither a file nor a link, left out");
            return;
        }
        if (Sys.Rename(Fd.Cwd, from, Fd.Cwd, to, NoReplace).Failed(out var error))
        {
            report.Note(error.Errno == Errno.EEXIST ? $"{generator}: {name} is written by another generator already" : $"{generator}: cannot take {name}: {error}");
            return;
        }
        if (type == 0x8000)
            Look(generator, to, name);
        else if (Sys.ReadlinkAt(Fd.Cwd, to).TryGet(out var target, out _))
            Lead(generator, own, to, name, target);
    }

    /// <summary>A link into the directories that the generator was given leads to where their content is now.</summary>
    private void Lead(string generator, string[] own, string link, string name, string target)
    {
        for (var place = 0; place < own.Length; place++)
        {
            if (!target.StartsWith(own[place] + "/", StringComparison.Ordinal))
                continue;
            if (Sys.UnlinkAt(Fd.Cwd, link).Failed(out var error) || Sys.SymlinkAt(_real[place] + target[own[place].Length..], Fd.Cwd, link).Failed(out error))
                report.Note($"{generator}: cannot make the link {name} anew: {error}");
            return;
        }
    }

    /// <summary>A unit file that would not load is said here, with who wrote it.</summary>
    private void Look(string generator, string path, string name)
    {
        if (!Sys.ReadFile(path, UnitLexer.FileMax).TryGet(out var bytes, out var error))
        {
            report.Note($"{generator}: {name} cannot be read: {error}");
            return;
        }
        if (bytes.Length == 0 || !UnitName.IsValid(name))
            return; // a mask, a drop-in, or something for others
        var unit = UnitParser.FromText(name.Replace("@.", "@i.", StringComparison.Ordinal), Encoding.UTF8.GetString(bytes), name);
        foreach (var diagnostic in unit.Diagnostics.Where(d => d.Severity == Severity.Error).Take(5))
            report.Add(generator, diagnostic);
    }

    private List<string> Names(string directory, string generator)
    {
        if (!Sys.ListDirectory(directory).TryGet(out var names, out var error))
        {
            report.Note($"{generator}: cannot list what it wrote: {error}");
            return [];
        }
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static uint TypeOf(string path) => Sys.StatAt(Fd.Cwd, path, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out _) ? (uint)stat.st_mode & 0xF000 : 0;

    private static OsResult Create(string path, string text)
    {
        if (!Sys.Open(path, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0x1A4).TryGet(out var fd, out var error))
            return error;
        var result = Sys.WriteAll(fd, Encoding.UTF8.GetBytes(text));
        fd.Close();
        return result;
    }
}
