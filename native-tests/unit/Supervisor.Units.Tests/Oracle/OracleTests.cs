using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Supervisor.Units.Tests.Oracle;

/// <summary>
/// What systemd-analyze verify of systemd 252 finds in some hundred units that have something wrong, is found here, too, on the same line. Recorded in
/// <c>systemd-252.txt</c> as line numbers a unit; <c>RECORD_ORACLE=1</c> asks the systemd-analyze of this machine again.
/// </summary>
public sealed partial class OracleTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_problem_that_systemd_finds_is_found()
    {
        if (Environment.GetEnvironmentVariable("RECORD_ORACLE") == "1")
            Record();
        var recorded = File.ReadAllLines(Recorded());
        Assert.Equal(Mutations.Count, recorded.Length);
        var (found, missed) = (0, new List<string>());
        for (var index = 0; index < Mutations.Count; index++)
        {
            var text = Mutations.Text(index);
            var unit = UnitParser.FromText(Mutations.Name(index), text);
            foreach (var line in recorded[index].Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(n => int.Parse(n, CultureInfo.InvariantCulture)))
            {
                if (unit.Diagnostics.Any(d => Covers(d.Origin.Line, line, text)))
                    found++;
                else
                    missed.Add($"{index}: line {line}: {(line == 0 ? "the whole" : text.Split('\n')[line - 1])}; found: {string.Join(" | ", unit.Diagnostics)}");
            }
        }
        output.WriteLine($"{found} problems in {Mutations.Count} units");
        Assert.True(missed.Count == 0, $"{missed.Count} of {found + missed.Count} missed:\n{string.Join('\n', missed)}");
        Assert.True(found > 200, $"only {found} problems were looked at");
    }

    /// <summary>systemd names the last line of one that is continued, we the first. Line 0 is the unit as a whole, which a diagnostic of ours places somewhere.</summary>
    private static bool Covers(int ours, int theirs, string text)
    {
        if (ours == theirs || theirs == 0)
            return true;
        var lines = text.Split('\n');
        for (var line = ours; line >= 1 && line < theirs; line++)
            if (!lines[line - 1].EndsWith('\\'))
                return false;
        return ours >= 1 && ours < theirs;
    }

    private static void Record()
    {
        var folder = Directory.CreateTempSubdirectory("oracle").FullName;
        var answers = new StringBuilder();
        for (var index = 0; index < Mutations.Count; index++)
        {
            var file = Path.Combine(folder, Mutations.Name(index));
            File.WriteAllText(file, Mutations.Text(index));
            answers.Append($"{Mutations.Name(index)}{string.Concat(Ask(file).Select(n => " " + n))}\n");
        }
        Directory.Delete(folder, recursive: true);
        File.WriteAllText(Recorded(), answers.ToString());
    }

    private static SortedSet<int> Ask(string file)
    {
        var start = new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", file]) { RedirectStandardError = true, Environment = { ["SYSTEMD_LOG_LEVEL"] = "info" } };
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        var lines = new SortedSet<int>();
        foreach (var line in said.Split('\n'))
        {
            var name = Path.GetFileName(file);
            if (Placed().Match(line) is { Success: true } placed && placed.Groups[1].Value.EndsWith(name, StringComparison.Ordinal))
                lines.Add(int.Parse(placed.Groups[2].Value, CultureInfo.InvariantCulture));
            else if (line.StartsWith(name + ": ", StringComparison.Ordinal) && !IsOfTheMachine(line))
                lines.Add(0);
        }
        return lines;
    }

    /// <summary>What is said of programs and units that are not on the machine, and of what follows from a problem that was told of.</summary>
    private static bool IsOfTheMachine(string line) =>
        line.Contains("is not executable", StringComparison.Ordinal) || line.Contains("not found", StringComparison.Ordinal) || line.Contains("Failed to", StringComparison.Ordinal)
        || line.Contains("has a bad unit file setting", StringComparison.Ordinal);

    [GeneratedRegex(@"^(\S+):(\d+): ")]
    private static partial Regex Placed();

    private static string Recorded([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "systemd-252.txt");
}
