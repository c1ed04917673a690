using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Generators;

/// <summary>Reads /etc/init.d and /etc/rcN.d: regular files that their owner can execute, links by their names alone.</summary>
internal static class SysvReader
{
    public static List<SysvFile> Scripts(IReadOnlyList<string> directories, GeneratorOutput output)
    {
        var found = new Dictionary<string, SysvFile>(StringComparer.Ordinal);
        foreach (var directory in directories)
        {
            foreach (var name in Names(directory, output).Where(n => !found.ContainsKey(n)))
            {
                var path = $"{directory}/{name}";
                // a name that leads round in a circle or nowhere is said so; a FIFO is opened without waiting for its other end
                if (!Sys.StatAt(Fd.Cwd, path).TryGet(out var stat, out var error))
                    output.Report(Severity.Warning, path, 0, $"cannot be looked at: {error}");
                else if (((uint)stat.st_mode & 0xF000) is not (0x8000 or 0x4000 or 0x2000))
                    output.Report(Severity.Warning, path, 0, "not a regular file: this is no script");
                else if (((uint)stat.st_mode & 0xF040) != 0x8040)
                    continue; // a folder, a README, a link to /dev/null
                else if (Sys.ReadFile(path, SysvScript.FileMax).TryGet(out var bytes, out error))
                    found.Add(name, new(name, path, bytes));
                else
                    output.Report(Severity.Warning, path, 0, $"cannot be read: {error}");
            }
        }
        return [.. found.Values];
    }

    /// <summary>Below each of the directories: rc0.d to rc6.d.</summary>
    public static List<SysvLink> Links(IReadOnlyList<string> directories, GeneratorOutput output)
    {
        var links = new List<SysvLink>();
        foreach (var directory in directories)
        {
            for (var level = 0; level <= 6; level++)
            {
                foreach (var name in Names($"{directory}/rc{level}.d", output))
                {
                    if (name is ['S' or 'K', >= '0' and <= '9', >= '0' and <= '9', _, ..])
                        links.Add(new(level, name[0] == 'S', (name[1] - '0') * 10 + name[2] - '0', name[3..]));
                }
            }
        }
        return links;
    }

    public static bool Any(IReadOnlyList<string> directories) =>
        directories.Any(d => Sys.ListDirectory(d).TryGet(out var names, out _) && names.Exists(n => IsScriptName(n) && Sys.StatAt(Fd.Cwd, $"{d}/{n}").TryGet(out var stat, out _)
            && ((uint)stat.st_mode & 0xF040) == 0x8040));

    private static List<string> Names(string directory, GeneratorOutput output)
    {
        if (Sys.ListDirectory(directory).TryGet(out var names, out var error))
            return [.. names.Where(IsScriptName).Order(StringComparer.Ordinal)];
        if (error.Errno != Errno.ENOENT)
            output.Report(Severity.Warning, directory, 0, $"cannot be listed: {error}");
        return [];
    }

    /// <summary>No hidden file and no leftover of an editor or the package manager.</summary>
    private static bool IsScriptName(string name) =>
        name[0] != '.' && name[^1] != '~' && !(name.Contains(".dpkg-", StringComparison.Ordinal) || name.EndsWith(".bak", StringComparison.Ordinal) || name.EndsWith(".swp", StringComparison.Ordinal)
            || name.EndsWith(".rpmnew", StringComparison.Ordinal) || name.EndsWith(".rpmsave", StringComparison.Ordinal) || name.EndsWith(".rpmorig", StringComparison.Ordinal));
}
