namespace Supervisor.Units;

/// <summary>Readers of command lines, conditions and listening addresses.</summary>
public static partial class Syntax
{
    /// <summary>Exec…=: prefixes, quoting, ";" between commands (systemd.service(5), "Command lines"). Environment variables stay for the start.</summary>
    public static SettingParser<IReadOnlyList<ExecCommand>> Commands() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var list = new List<ExecCommand>();
        var at = 0;
        var more = true;
        while (more)
        {
            var command = Command(c, ref at, out more);
            if (c.HasError)
                return current;
            if (command is not null)
                list.Add(command);
        }
        WordSplitter.WarnOfEscapes(c, c.Text, alsoKnown: ';');
        return Grown<ExecCommand>.Of(current, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list));
    };

    private const string DefaultShell = "/bin/sh";

    private static ExecCommand? Command(ParseContext c, ref int at, out bool more)
    {
        more = false;
        bool ignore = false, argumentZero = false, raw = false, full = false, keep = false, shell = false;
        if (!Next(c, ref at, out var first))
            return null;
        var length = 0;
        for (; length < first.Length; length++)
        {
            var prefix = first[length];
            if (prefix == '-')
                ignore = true;
            else if (prefix == '@')
                argumentZero = true;
            else if (prefix == ':')
                raw = true;
            else if (prefix == '+')
                full = true;
            else if (prefix == '!')
                keep = !(length + 1 < first.Length && first[length + 1] == '!') && (length == 0 || first[length - 1] != '!');
            else if (prefix == '|')
                shell = true;
            else
                break;
        }
        var path = c.Expand(first[length..]);
        var isShell = shell && path.Length == 0;
        if (path.Length == 0 && !shell || path.Contains('\0', StringComparison.Ordinal))
        {
            c.Error("names no program", first);
            return null;
        }
        if (!path.StartsWith('/') && path.Contains('/', StringComparison.Ordinal))
        {
            c.Error("neither an absolute path nor a bare name", first);
            return null;
        }
        var directory = path.EndsWith('/');
        if (path.StartsWith('/'))
            path = Normal(path);
        if (directory || path == "/")
        {
            c.Error("a directory is no program", first);
            return null;
        }
        var arguments = new List<string>();
        if (shell ? !isShell : !argumentZero)
            arguments.Add(path);
        while (true)
        {
            var before = at;
            if (!Next(c, ref at, out var word))
                break;
            var written = c.Text.AsSpan(before, Math.Min(at, c.Text.Length) - before).Trim();
            if (written is ";")
            {
                more = true;
                break;
            }
            arguments.Add(written is "\\;" ? ";" : c.Expand(word));
        }
        if (c.HasError)
            return null;
        if (arguments.Count == 0 && !isShell)
        {
            c.Error("@ needs the name that the program is to be called by", first);
            return null;
        }
        return new ExecCommand(isShell ? DefaultShell : path, arguments, ignore, !raw, full, keep, c.Origin)
        {
            Shell = !shell ? ShellUse.None : argumentZero ? ShellUse.Login : ShellUse.Plain,
        };
    }

    private static bool Next(ParseContext c, ref int at, out string word)
    {
        var found = WordSplitter.Next(c.Text, ref at, out var next, out var error);
        word = next ?? "";
        if (error is not null)
            c.Error(error);
        return found;
    }

    public static SettingParser<IReadOnlyList<Condition>> Condition(string kind, bool isAssert) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var text = c.Text;
        bool trigger = false, negate = false;
        if (text.StartsWith('|'))
            (trigger, text) = (true, text[1..].TrimStart());
        if (text.StartsWith('!'))
            (negate, text) = (true, text[1..].TrimStart());
        text = c.Expand(text);
        if (kind.StartsWith("Path", StringComparison.Ordinal) || kind is "DirectoryNotEmpty" or "FileNotEmpty" or "FileIsExecutable")
        {
            if (!CheckPath(c, text, null))
                return current;
        }
        else if (text.Length == 0)
            return Wrong(c, current, "nothing to test");
        else if (kind == "Fraction" && !TryFraction(text, out _, out _))
            return Wrong(c, current, "not a percentage of all machines, and not a word and one (such as web 10%)");
        return Grown<Condition>.Of(current, new Condition(kind, text, negate, trigger, isAssert, c.Origin));
    };

    internal static bool TryFraction(string text, out string tag, out int permyriad)
    {
        var words = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        tag = words.Length == 2 ? words[0] : "";
        permyriad = 0;
        if (words.Length is not (1 or 2) || !TryPercent(words[^1], out var percent) || percent > 100 || percent * 100 % 1 != 0)
            return false;
        permyriad = (int)(percent * 100);
        return true;
    }

    public static SettingParser<WorkingDirectory> WorkingDirectories() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return WorkingDirectory.Root;
        var optional = c.Text[0] == '-';
        var path = c.Expand(optional ? c.Text[1..] : c.Text);
        if (path == "~")
            return new WorkingDirectory(null, optional, true);
        return CheckPath(c, path, null) ? new WorkingDirectory(Normal(path), optional, false) : current;
    };
}

/// <summary>WorkingDirectory= of systemd.exec(5): a path, or the user's home.</summary>
public sealed record WorkingDirectory(string? Path, bool Optional, bool Home)
{
    public static WorkingDirectory Root { get; } = new("/", false, false);
}
