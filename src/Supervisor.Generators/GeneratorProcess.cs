using System.Globalization;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Generators;

/// <summary>
/// The entry of the process that runs generators: <c>supervisor generate</c>. The manager starts it with its settings and a socket as descriptor 3; by hand it takes a directory to write to
/// and says on standard error what is wrong.
/// </summary>
public static class GeneratorProcess
{
    public const string Verb = "generate";
    private const string ForManager = "--for-manager";

    /// <summary>True when a run would do anything.</summary>
    public static bool IsNeeded(GeneratorSettings settings) => GeneratorRun.IsNeeded(settings);

    /// <summary>The arguments with which a manager starts it.</summary>
    public static IReadOnlyList<string> Arguments(GeneratorSettings settings, string own) =>
    [
        Verb, ForManager, settings.System ? "system" : "nested", own, settings.LimitSeconds, string.Join(':', settings.UnitPath), settings.Normal, settings.Early, settings.Late,
    ];

    public static int Run(ReadOnlySpan<string> arguments)
    {
        Func<string, string?> variable = Environment.GetEnvironmentVariable;
        if (arguments is [ForManager, var mode, var own, var limit, var unitPath, var normal, var early, var late])
        {
            _ = Sys.SetProcessName("generators"); // only what ps(1) shows
            var socket = new Fd(3);
            var settings = GeneratorSettings.Create(mode == "system", own, (normal, early, late), unitPath.Split(':', StringSplitOptions.RemoveEmptyEntries), variable) with
            {
                Limit = TimeSpan.FromSeconds(double.Parse(limit, CultureInfo.InvariantCulture)),
            };
            return Run(settings, new GeneratorReport(socket, marked: true), socket, variable);
        }
        if (arguments is not [var output] || output.StartsWith('-'))
        {
            Say("supervisor: generate needs one directory, below which it makes generator, generator.early and generator.late\n");
            return 2;
        }
        output = Path.GetFullPath(output);
        IReadOnlyList<string> units = variable("SYSTEMD_UNIT_PATH")?.Split(':', StringSplitOptions.RemoveEmptyEntries)
            ?? ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
        var byHand = GeneratorSettings.Create(system: true, "/run/supervisor", ($"{output}/generator", $"{output}/generator.early", $"{output}/generator.late"), units, variable);
        return Run(byHand, new GeneratorReport(new Fd(2), marked: false), Fd.None, variable);
    }

    private static int Run(GeneratorSettings settings, GeneratorReport report, Fd ends, Func<string, string?> variable)
    {
        if (new GeneratorRun(settings, report, variable) { IsAlone = true }.Run(ends) is not { } failure)
            return 0;
        report.Note($"generators: {failure}");
        return 1;
    }

    private static void Say(string text) => _ = Sys.WriteAll(new Fd(2), Encoding.UTF8.GetBytes(text));
}
