using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Units;

/// <summary>Files that people write: drop-ins and whole units, in /etc or /run, below the root.</summary>
public sealed partial class UnitFiles
{
    /// <summary>Where an edited unit is written: its drop-in, or with <paramref name="full"/> a unit file that goes before all others.</summary>
    public string EditPath(string name, string dropIn, bool full) => full ? $"{_write}/{name}" : $"{_write}/{name}.d/{dropIn}.conf";

    /// <summary>The unit's file and its drop-ins, as they are applied.</summary>
    public IReadOnlyList<string> FilesOf(string name)
    {
        var dropIns = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var directory in _paths.Search)
        {
            foreach (var entry in List($"{directory}/{name}.d").Where(e => e.EndsWith(".conf", StringComparison.Ordinal)))
                dropIns.TryAdd(entry, $"{directory}/{name}.d/{entry}");
        }
        return Find(name) is { } file and not "/dev/null" ? [file, .. dropIns.Values] : [.. dropIns.Values];
    }

    public OsResult<byte[]> ReadText(string path) => RootedPath.ReadFile(_root, path, UnitLexer.FileMax);

    /// <summary>Writes beside the file, then puts it in its place: whoever reads it sees the old text or the new.</summary>
    public OsResult Save(string path, ReadOnlySpan<byte> text)
    {
        if (!OpenFolder(path, make: true).TryGet(out var folder, out var error))
            return error;
        var (name, beside) = (Path.GetFileName(path), $".#{Path.GetFileName(path)}");
        _ = Sys.UnlinkAt(folder, beside); // of an edit that was cut short
        var result = OsResult.Success;
        if (!RootedPath.Open(folder, beside, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW, 0x1A4).TryGet(out var fd, out error))
            result = error;
        else
        {
            result = Sys.WriteAll(fd, text);
            fd.Close();
            if (result.Ok)
                result = Sys.Rename(folder, beside, folder, name);
            if (!result.Ok)
                _ = Sys.UnlinkAt(folder, beside);
        }
        folder.Close();
        return result;
    }
}
