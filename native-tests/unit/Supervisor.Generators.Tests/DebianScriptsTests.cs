using System.Diagnostics;
using Supervisor.Units;

namespace Supervisor.Generators.Tests;

/// <summary>Init scripts of Debian 12 whose packages bring no unit, fetched when they are not there yet.</summary>
public sealed class DebianScriptsTests
{
    private static readonly string[] Services = ["exim4", "monit", "stunnel4", "tftpd-hpa", "uwsgi"];

    [Fact]
    public void They_become_the_units_that_systemd_makes_and_load()
    {
        var top = AppContext.BaseDirectory;
        while (!File.Exists($"{top}/Supervisor.sln"))
            top = Path.GetDirectoryName(top.TrimEnd('/'))!;
        var folder = $"{top}/build/debian-scripts";
        var start = new ProcessStartInfo($"{top}/native-tests/unit/Supervisor.Generators.Tests/debian-scripts", folder) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, $"Debian's packages cannot be fetched: {errors}");

        var reading = new GeneratorOutput();
        // as the packages' installation links them
        foreach (var service in Services)
        {
            Directory.CreateDirectory($"{folder}/etc/rc2.d");
            File.Delete($"{folder}/etc/rc2.d/S01{service}");
            File.CreateSymbolicLink($"{folder}/etc/rc2.d/S01{service}", $"../init.d/{service}");
        }
        var output = SysvGenerator.Generate(SysvReader.Scripts([$"{folder}/etc/init.d"], reading), SysvReader.Links([$"{folder}/etc"], reading), new());
        Assert.Empty(reading.Diagnostics);
        Assert.Empty(output.Diagnostics);
        foreach (var service in Services)
        {
            var entry = output.Entries.Single(e => e.Path == $"{service}.service");
            var unit = UnitParser.FromText(entry.Path, entry.Text!);
            Assert.Equal(LoadState.Loaded, unit.LoadState);
            Assert.DoesNotContain(unit.Diagnostics, d => d.Severity > Severity.Note);
        }
        UnitTree.Same(
            Oracle.Run(SysvGenerator.Name, ("SYSTEMD_SYSVINIT_PATH", $"{folder}/etc/init.d"), ("SYSTEMD_SYSVRCND_PATH", $"{folder}/etc"), ("SYSTEMD_UNIT_PATH", "/nonexistent")), UnitTree.Of(output));
    }
}
