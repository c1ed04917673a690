using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>Commands that the user's shell runs: the prefix "|" of systemd.service(5), systemd 258.</summary>
internal static class ShellCommand
{
    private const string Default = "/bin/sh";

    /// <summary>The shell to take: an account that nobody can log in to has none.</summary>
    public static string Of(string? shell) => shell is null or "" || shell.EndsWith("/nologin", StringComparison.Ordinal) || shell.EndsWith("/false", StringComparison.Ordinal) ? Default : shell;

    /// <summary>argv: the shell, "-c", and the words quoted so that it sees the same ones; without words, the shell alone.</summary>
    public static IReadOnlyList<string> Arguments(ExecCommand command, IReadOnlyList<string> words)
    {
        var name = (command.Shell == ShellUse.Login ? "-" : "") + command.Path[(command.Path.LastIndexOf('/') + 1)..];
        return words.Count == 0 ? [name] : [name, "-c", string.Join(' ', words.Select(Quote))];
    }

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
