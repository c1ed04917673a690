using System.Diagnostics;
using System.Text;

namespace Supervisor.Portable.Tests;

/// <summary>The directories of a host, in a temporary one, and images for it.</summary>
internal sealed class Host : IDisposable
{
    public const string Service = "[Service]\nExecStart=/bin/run\n";

    /// <summary>The least that is a program: an ELF header without a program header.</summary>
    public static readonly byte[] Program = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[47], 56, .. new byte[9]];

    public string Root { get; } = Directory.CreateTempSubdirectory("portable").FullName;

    public PortableDirectories Directories => new(
        $"{Root}/attached", $"{Root}/run/attached", [$"{Root}/images", $"{Root}/more"], [$"{Root}/etc/profile", $"{Root}/lib/profile"], $"{Root}/built-in", [$"{Root}/units"]);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string Write(string path, string text)
    {
        path = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A directory image with all that is needed, the program /bin/run, and these units.</summary>
    public string Image(string name, params (string Name, string Text)[] units)
    {
        foreach (var point in new[] { "proc", "sys", "dev", "run", "tmp", "var/tmp", "bin" })
            Directory.CreateDirectory($"{Root}/images/{name}/{point}");
        Write($"images/{name}/etc/os-release", "ID=test\nVERSION_ID=7\n");
        var program = $"{Root}/images/{name}/bin/run";
        File.WriteAllBytes(program, Program);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (var unit in units)
            Write($"images/{name}/usr/lib/systemd/system/{unit.Name}", unit.Text);
        return $"{Root}/images/{name}";
    }

    public AttachPlan Plan(string image, AttachOptions? options = null, params string[] prefixes)
    {
        var plan = Attacher.Plan(image, prefixes, options ?? new(), Directories, out var errors);
        Assert.Empty(errors);
        return plan!;
    }

    /// <summary>The only reason why this cannot be attached; nothing was written for it.</summary>
    public string Refusal(string image, AttachOptions? options = null, params string[] prefixes)
    {
        var before = Snapshot();
        Assert.Null(Attacher.Plan(image, prefixes, options ?? new(), Directories, out var errors));
        Assert.Equal(before, Snapshot());
        return Assert.Single(errors).Message;
    }

    /// <summary>Every name below the root, without the built-in profiles, which may be laid down at any time.</summary>
    public string[] Snapshot() =>
        [.. Directory.GetFileSystemEntries(Root, "*", SearchOption.AllDirectories).Where(f => !f.StartsWith($"{Root}/built-in", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public static string Text(PlannedFile file) => Encoding.UTF8.GetString(file.Content!);

    public static string Run(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return output;
    }
}
