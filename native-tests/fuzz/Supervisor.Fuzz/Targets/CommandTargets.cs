using System.Text;
using Supervisor.Cli;
using Supervisor.Sandbox;
using Supervisor.Units;
using static Supervisor.Fuzz.BrokenProperty;

namespace Supervisor.Fuzz;

/// <summary>Command lines and what is put into them.</summary>
internal static class CommandTargets
{
    /// <summary>ExecStart=: words that are quoted and read again are the same words.</summary>
    public static Target Line { get; } = new("command", CheckLine)
    {
        Words = Target.Texts(" ; ", " \\; ", "\\x41", "\\u20ac", "\\U0001F600", "\\101", "'", "\"", "@", "-", "!!", "+", ":", "%n", "%%", "$A", "${A}", "/bin/a "),
        Seeds = Target.Texts("/bin/echo 'a b' \"c\\\"d\" e\\x20f", "-@/bin/a b c ; :/bin/d \\; $X", "!!/bin/a %n %%", "bare word"),
    };

    public static Target EnvironmentText { get; } = new("environment", CheckEnvironment)
    {
        Words = Target.Texts("\nA=", "=\"", "\\\n", "'", "\"", "\\", "#", ";", "$"),
        Seeds = Target.Texts("A=1\n# c\nB=\"a b\\\"\"\nC='x'y\\ z\nD=a\\\nb\n", "; \\\n x\nE = f \n"),
    };

    /// <summary>The words of the first line, with variables of the lines after it.</summary>
    public static Target Expansion { get; } = new("expansion", CheckExpansion)
    {
        Words = Target.Texts("$A", "${A}", "$$", "\nA=", "${", "}", "\nB=${A} "),
        Seeds = Target.Texts("$A x${B}y $$ ${C\nA='a b' \"c\"\nB=1\n"), AllocationBase = 32 << 20,
    };

    /// <summary>Words of a command of ours, one a line.</summary>
    public static Target Options { get; } = new("options", CheckOptions)
    {
        LengthMax = 1024, AllocationPerByte = 8192, Words = Target.Texts("\n--", "\n-", "=", "-q", "--name", "--name=", "\n--\n"),
        Seeds = Target.Texts("-qn5\n--lines=3\nx\n--\n--y", "--name\n1"),
    };

    private static void CheckLine(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input).Replace('\n', ' ').Trim();
        var commands = Read(text);
        // a name that a specifier began with a prefix can be had in no other way
        if (commands.Count == 0 || commands.Any(c => c.Path[0] is '-' or '@' or ':' or '+' or '!' or '|'))
            return;
        var again = Read(string.Join(" ; ", commands.Select(Write)));
        UnlessEqual(commands.Count, again.Count, "commands");
        for (var i = 0; i < commands.Count; i++)
        {
            UnlessEqual(commands[i].Path, again[i].Path, "a program");
            Unless(commands[i].Arguments.SequenceEqual(again[i].Arguments), $"words that do not read back: {Write(commands[i])}");
            Unless(commands[i].Arguments.Count > 0 && !commands[i].Arguments.Any(a => a.Contains('\0', StringComparison.Ordinal)), "a zero byte in a word");
            UnlessEqual((commands[i].IgnoreFailure, commands[i].FullPrivileges, commands[i].ExpandEnvironment), (again[i].IgnoreFailure, again[i].FullPrivileges, again[i].ExpandEnvironment), "prefixes");
        }
    }

    private static IReadOnlyList<ExecCommand> Read(string text)
    {
        var unit = UnitParser.FromText("a.service", $"[Service]\nType=oneshot\nExecStart={text}\n");
        return unit.Diagnostics.Any(d => d.Severity == Severity.Error) ? [] : unit.Get(Directives.ExecStart).Value;
    }

    /// <summary>With "@", so that the first word is said as it is; every word in quotes, everything but letters and digits as an escape.</summary>
    private static string Write(ExecCommand command) =>
        (command.IgnoreFailure ? "-" : "") + (command.ExpandEnvironment ? "" : ":") + (command.FullPrivileges ? "+" : command.KeepPrivileges ? "!" : "") + "@"
        + string.Join(' ', command.Arguments.Prepend(command.Path).Select(Quote));

    private static string Quote(string word)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in word.EnumerateRunes())
        {
            if (rune.Value == '%')
                quoted.Append("%%");
            else if (Rune.IsLetterOrDigit(rune) || rune.Value == '/')
                quoted.Append(rune);
            else
                quoted.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}");
        }
        return quoted.Append('"').ToString();
    }

    private static void CheckEnvironment(byte[] input)
    {
        var items = EnvironmentFile.Parse(input);
        var text = new StringBuilder();
        foreach (var (name, value) in items)
        {
            Unless(Syntax.IsVariableName(name) && !value.Contains('\0', StringComparison.Ordinal), $"no variable: {name}");
            text.Append(name).Append("=\"").Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append("\"\n");
        }
        Unless(items.SequenceEqual(EnvironmentFile.Parse(Encoding.UTF8.GetBytes(text.ToString()))), $"variables that do not read back: {text}");
    }

    private static void CheckExpansion(byte[] input)
    {
        var end = input.AsSpan().IndexOf((byte)'\n');
        if (end < 0)
            return;
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in EnvironmentFile.Parse(input.AsSpan(end + 1)))
            environment[name] = value;
        var words = Encoding.UTF8.GetString(input.AsSpan(0, end)).Split(' ');
        if (Sandbox.CommandLine.Expand(words, environment) is not { } expanded)
            return;
        // values are not looked into again: each reference is worth one value at most
        var references = words.Sum(w => w.Count(c => c == '$'));
        var longest = environment.Values.Select(v => v.Length).DefaultIfEmpty(0).Max();
        Unless(expanded.Sum(w => w.Length) <= end + (long)references * longest, "a command line that grows beyond its values");
    }

    private static void CheckOptions(byte[] input)
    {
        var words = Encoding.UTF8.GetString(input).Split('\n');
        var arguments = Arguments.Parse(words, ["-q|--quiet", "-a|--all", "--now"], ["-n|--lines", "-o|--output", "--name"]);
        Unless(arguments.Words.All(words.Contains), "a word that nobody said");
        Unless(arguments.Error is not null || !arguments.Has("--lines") || arguments.Value("--lines") is not null, "an option without its value");
    }
}
