namespace Supervisor.Manager;

/// <summary>How a manager runs: as the machine's own, or nested under another init.</summary>
public enum ManagerMode { System, Nested }

/// <summary>What the command line of <c>supervisor run</c> (or the boot) says.</summary>
/// <param name="UnitPath">Directories of unit files, first wins; null for the mode's own.</param>
/// <param name="Start">Units to start once it is ready.</param>
public sealed record ManagerOptions(
    ManagerMode Mode, string RuntimeDirectory, string StateDirectory, IReadOnlyList<string>? UnitPath, IReadOnlyList<string> Start)
{
    /// <summary>How long generators may take together.</summary>
    public TimeSpan GeneratorTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Says what it would start, and starts nothing.</summary>
    public bool Test { get; init; }

    public const string DefaultRuntimeDirectory = "/run/supervisor";
    public const string DefaultStateDirectory = "/var/lib/supervisor";

    /// <summary>Parses what follows <c>run</c> or <c>manager</c>; an option that is not known is an error sentence.</summary>
    public static (ManagerOptions? Options, string? Error) Parse(ReadOnlySpan<string> arguments, ManagerMode mode)
    {
        string runtime = DefaultRuntimeDirectory, state = DefaultStateDirectory;
        List<string>? unitPath = null;
        var start = new List<string>();
        var generators = TimeSpan.FromSeconds(90);
        var test = false;
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith('-'))
            {
                start.Add(argument.Contains('.', StringComparison.Ordinal) ? argument : argument + ".service");
                continue;
            }
            var (name, value) = argument.Split('=', 2) is [var n, var v] ? (n, v) : (argument, null);
            if (name is not ("--runtime-dir" or "--state-dir" or "--unit-path" or "--system" or "--test" or "--generator-timeout"))
                return (null, $"unknown option {name} of run: it takes --unit-path=, --runtime-dir=, --state-dir=, --generator-timeout= and --test");
            if (name == "--system")
            {
                mode = ManagerMode.System;
                continue;
            }
            if (name == "--test" && value is null)
            {
                test = true;
                continue;
            }
            if (value is null && ++i < arguments.Length)
                value = arguments[i];
            if (string.IsNullOrEmpty(value))
                return (null, $"{name} needs a {(name == "--generator-timeout" ? "time" : "directory")}");
            if (name == "--generator-timeout")
            {
                if (!Units.Syntax.TryDuration(value, out var time) || time.Microseconds == 0 || time.IsInfinite)
                    return (null, $"--generator-timeout: {value} is no time");
                generators = TimeSpan.FromMicroseconds(time.Microseconds);
                continue;
            }
            if (name == "--unit-path")
            {
                unitPath = [.. value.Split(':', StringSplitOptions.RemoveEmptyEntries)];
                if (unitPath.Find(d => !Path.IsPathFullyQualified(d)) is { } relative)
                    return (null, $"--unit-path: {relative} is not an absolute path");
            }
            else if (!Path.IsPathFullyQualified(value))
                return (null, $"{name}: {value} is not an absolute path");
            else if (name == "--runtime-dir")
                runtime = Path.TrimEndingDirectorySeparator(value);
            else
                state = Path.TrimEndingDirectorySeparator(value);
        }
        return (new ManagerOptions(mode, runtime, state, unitPath, start) { GeneratorTimeout = generators, Test = test }, null);
    }
}
