using System.Text;
using Supervisor.Units;

namespace Supervisor.Fuzz;

/// <summary>A directory in memory whose files the input names, and a loader over it.</summary>
internal sealed class UnitDirectoryTree
{
    private readonly string _root = Directory.CreateDirectory($"/dev/shm/supervisor-fuzz-{Environment.ProcessId}").FullName;

    public UnitDirectoryTree() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(_root, recursive: true);

    public void Check(byte[] input)
    {
        string? file = null, first = null;
        var lines = 1;
        var text = new StringBuilder();
        foreach (var line in Encoding.Latin1.GetString(input).Split('\n'))
        {
            if (!line.StartsWith("--- ", StringComparison.Ordinal))
            {
                text.Append(line).Append('\n');
                continue;
            }
            Write(file, text);
            lines = Math.Max(lines, Lines(text));
            text.Clear();
            var parts = line[4..].Split(" -> ", 2);
            file = IsInside(parts[0]) ? parts[0] : null;
            if (file is null)
                continue;
            first ??= file;
            if (parts.Length == 2 && parts[1].Length > 0 && !parts[1].Contains('\0', StringComparison.Ordinal))
            {
                Make(file);
                _ = Linux.Sys.SymlinkAt(parts[1], Linux.Fd.Cwd, $"{_root}/{file}");
                file = null;
            }
        }
        Write(file, text);
        lines = Math.Max(lines, Lines(text));
        try
        {
            var unit = new UnitLoader(new UnitSearchPath([new(_root, false)]), SpecifierContext.SystemFacts).Load(first ?? "a.service");
            UnitTargets.CheckOrigins(unit, Math.Max(lines, 100)); // a link may lead to any file of the machine, and a built-in unit has lines of its own
        }
        finally
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(_root))
            {
                if (new DirectoryInfo(entry) is { Exists: true, LinkTarget: null } directory)
                    directory.Delete(recursive: true);
                else
                    File.Delete(entry);
            }
        }
    }

    private static int Lines(StringBuilder text) => text.ToString().Count(c => c == '\n') + 1;

    /// <summary>One name, or a directory and one: nothing that leaves the root.</summary>
    private static bool IsInside(string path) =>
        path.Length is > 0 and < 200 && path.Split('/') is { Length: <= 2 } names && names.All(n => n.Length > 0 && n is not ("." or "..") && n.All(c => c is > ' ' and < '\x7F'));

    private void Make(string file)
    {
        var slash = file.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0)
            _ = Linux.Sys.MakeDirectories($"{_root}/{file[..slash]}", 0x1C0);
    }

    private void Write(string? file, StringBuilder text)
    {
        if (file is null)
            return;
        Make(file);
        // only what is not there: an earlier entry may be a link, which is not to be followed
        if (!Linux.Sys.StatAt(Linux.Fd.Cwd, $"{_root}/{file}", 0x100).TryGet(out _, out _) && Directory.Exists(Path.GetDirectoryName($"{_root}/{file}")))
            File.WriteAllBytes($"{_root}/{file}", Encoding.Latin1.GetBytes(text.ToString()));
    }
}
