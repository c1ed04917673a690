using System.Diagnostics;

namespace Supervisor.Generators.Tests;

/// <summary>
/// The generators of an installed systemd, run in a mount namespace whose root is this one without the marks of a container. They are what ours are held against.
/// </summary>
internal static class Oracle
{
    private const string Directory = "/lib/systemd/system-generators";

    private const string Enter = """
        r=$(mktemp -d)
        mount -t tmpfs tmpfs "$r"
        for d in /*; do
            if [ -L "$d" ]; then cp -P "$d" "$r/"; elif [ -d "$d" ] && [ "$d" != /run ]; then mkdir "$r$d"; mount --rbind "$d" "$r$d"; fi
        done
        mkdir -p "$r/run/systemd/system"
        [ -z "$CONSOLES" ] || mount --bind "$CONSOLES" "$r/sys/class/tty/console/active"
        exec chroot "$r" "$@"
        """;

    public static SortedSet<string> Run(string generator, params (string Name, string Value)[] environment)
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root");
        Assert.SkipUnless(File.Exists($"{Directory}/{generator}"), $"{generator} is not installed");
        var output = System.IO.Directory.CreateTempSubdirectory("oracle").FullName;
        try
        {
            var places = new[] { "normal", "early", "late" }.Select(p => System.IO.Directory.CreateDirectory($"{output}/{p}").FullName).ToList();
            var start = new ProcessStartInfo("unshare") { RedirectStandardError = true };
            foreach (var argument in new[] { "--mount", "--propagation", "private", "sh", "-ec", Enter, "enter", $"{Directory}/{generator}" }.Concat(places))
                start.ArgumentList.Add(argument);
            start.Environment["SYSTEMD_LOG_TARGET"] = "console";
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            // it says with its status that a line was wrong; that it could not run at all would leave nothing to compare
            Assert.True(process.ExitCode is 0 or 1, $"{generator} ended with {process.ExitCode}: {errors}");
            return UnitTree.Of(output);
        }
        finally
        {
            System.IO.Directory.Delete(output, recursive: true);
        }
    }
}
