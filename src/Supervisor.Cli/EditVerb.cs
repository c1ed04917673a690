using System.Text;
using Supervisor.Control;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Cli;

/// <summary>edit: a drop-in, or with --full a whole unit, in the user's editor or from --stdin; on the running system, or offline with --root=DIR.</summary>
internal static class EditVerb
{
    private const string Head = "### Anything between here and the comment below will become the new contents of the file", Tail = "### Lines below this comment will be discarded";

    private static readonly string[] Editors = ["editor", "nano", "vim", "vi"];

    public static int Run(Session session, UnitFiles files, List<string> names, bool offline)
    {
        var arguments = session.Arguments;
        var (full, dropIn) = (arguments.Has("--full"), arguments.Value("--drop-in") ?? "override");
        if (dropIn.EndsWith(".conf", StringComparison.Ordinal))
            dropIn = dropIn[..^5];
        if (dropIn.Length == 0 || dropIn.Contains('/', StringComparison.Ordinal) || full && arguments.Value("--drop-in") is not null)
        {
            Terminal.Error(full ? "--full and --drop-in exclude each other." : $"Invalid drop-in name \"{Terminal.Safe(dropIn)}\".");
            return Session.Usage;
        }
        foreach (var name in names)
        {
            if (files.Find(name) is null && !arguments.Has("--force"))
            {
                Terminal.Error($"No files found for {Terminal.Safe(name)}.\nRun 'systemctl edit --force --full {Terminal.Safe(name)}' to create a new unit.");
                return 1;
            }
        }
        var text = arguments.Has("--stdin") ? ReadInput() : null;
        var saved = new List<string>();
        foreach (var name in names)
        {
            var path = files.EditPath(name, dropIn, full);
            var edited = text ?? InEditor(files, name, path, full);
            if (edited is null)
                return 1;
            if (edited.Trim().Length == 0)
            {
                Terminal.Error($"Editing \"{Terminal.Safe(path)}\" canceled: temporary file is empty.");
                continue;
            }
            if (files.Save(path, Encoding.UTF8.GetBytes(edited.TrimEnd() + "\n")).Failed(out var error))
            {
                Terminal.Error($"cannot write {Terminal.Safe(path)}: {error}");
                return 1;
            }
            saved.Add(name);
        }
        if (offline || saved.Count == 0)
            return 0;
        if (!session.Do(ManagerInterface.Reload))
            return 1;
        foreach (var name in saved)
        {
            foreach (var problem in session.Unit(name, out _, report: false)?.Problems ?? [])
                Terminal.Error(Terminal.Safe(problem));
        }
        return 0;
    }

    private static string ReadInput()
    {
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        while (bytes.Count <= UnitLexer.FileMax && Sys.Read(new Fd(0), buffer).TryGet(out var n, out _) && n > 0)
            bytes.AddRange(buffer.AsSpan(0, n));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>What stands between the two comments when the editor has ended; null after an error, which has been told.</summary>
    private static string? InEditor(UnitFiles files, string name, string path, bool full)
    {
        if (Editor() is not { } editor)
        {
            Terminal.Error("Cannot edit units, no editor available. Please set either $SYSTEMD_EDITOR, $EDITOR or $VISUAL.");
            return null;
        }
        var old = files.ReadText(path).TryGet(out var bytes, out _) ? Encoding.UTF8.GetString(bytes) : "";
        if (full && old.Length == 0 && files.Find(name) is { } original && files.ReadText(original).TryGet(out bytes, out _))
            old = Encoding.UTF8.GetString(bytes);
        var folder = Directory.CreateTempSubdirectory("supervisor-edit-").FullName;
        try
        {
            var file = $"{folder}/{Path.GetFileName(path)}";
            File.WriteAllText(file, full ? old : Template(files, name, path, old));
            if (Edit([.. editor, file]) is { } failure)
            {
                Terminal.Error(failure);
                return null;
            }
            return full ? File.ReadAllText(file) : Between(File.ReadAllText(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Template(UnitFiles files, string name, string path, string old)
    {
        var text = new StringBuilder($"### Editing {path}\n{Head}\n\n{old}\n\n{Tail}\n");
        foreach (var file in files.FilesOf(name))
        {
            if (file == path || !files.ReadText(file).TryGet(out var bytes, out _))
                continue;
            text.Append($"\n### {file}\n");
            foreach (var line in Encoding.UTF8.GetString(bytes).TrimEnd().Split('\n'))
                text.Append(line.Length == 0 ? "#\n" : $"# {line}\n");
        }
        return text.ToString();
    }

    private static string Between(string text)
    {
        var begin = text.IndexOf(Head, StringComparison.Ordinal);
        begin = begin < 0 ? 0 : begin + Head.Length;
        var end = text.IndexOf(Tail, begin, StringComparison.Ordinal);
        return text[begin..(end < 0 ? text.Length : end)].Trim();
    }

    /// <summary>The editor's words: $SYSTEMD_EDITOR, $EDITOR, $VISUAL, else the first that is installed.</summary>
    private static List<string>? Editor()
    {
        foreach (var variable in (ReadOnlySpan<string>)["SYSTEMD_EDITOR", "EDITOR", "VISUAL"])
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } command)
                return [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        }
        return Editors.FirstOrDefault(e => InPath(e) is not null) is { } found ? [found] : null;
    }

    private static string? InPath(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return program;
        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(':'))
        {
            if (File.Exists($"{directory}/{program}"))
                return $"{directory}/{program}";
        }
        return null;
    }

    private static string? Edit(List<string> command)
    {
        if (InPath(command[0]) is not { } path)
            return $"cannot start {command[0]}: it is not installed";
        var plan = new PlanBuilder(path).Step($"start {path}", Origin.Default(), ExitStatus.Exec);
        plan.Execve(path, command, Environments());
        using var compiled = CompiledPlan.Create(plan.Build(), out var failure);
        if (compiled is null)
            return failure!.ToString();
        var started = Launcher.Start(compiled, new LaunchParameters());
        if (started.Failed)
            return PlanFailure.Describe(compiled, started.Outcome).ToString();
        var ended = Sys.Reap(started.Pidfd);
        started.Pidfd.Close();
        return !ended.TryGet(out var end, out var error) ? $"cannot tell how {path} ended: {error}"
            : end is { Code: 1, Status: 0 } ? null
            : $"{path} {(end.Code == 1 ? $"ended with status {end.Status}" : $"was killed by {Signals.Name(end.Status)}")}: nothing was changed";
    }

    private static List<string> Environments()
    {
        var list = new List<string>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            list.Add($"{entry.Key}={entry.Value}");
        return list;
    }
}
