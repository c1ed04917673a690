using Supervisor.Linux;

namespace Supervisor.Generators.Tests;

/// <summary>A run of everything, with programs of others and directories of its own.</summary>
public sealed class GeneratorRunTests : IDisposable
{
    private readonly string _top = Directory.CreateTempSubdirectory("generators").FullName;
    private readonly Dictionary<string, string> _variables = [];

    public GeneratorRunTests()
    {
        foreach (var directory in new[] { "first", "second", "units", "init.d" })
            Directory.CreateDirectory($"{_top}/{directory}");
    }

    public void Dispose() => Directory.Delete(_top, recursive: true);

    [Fact]
    public void Three_directories_and_the_facts_are_given_to_each()
    {
        Program("first/a", "[ $# = 3 ] && env > $1/facts && echo '[Unit]' > $1/n.target && echo '[Unit]' > $2/e.target && echo '[Unit]' > $3/l.target");
        Assert.Empty(Run());
        Assert.Equal(["generator.early/e.target", "generator.late/l.target", "generator/facts", "generator/n.target"], Files());
        var facts = File.ReadAllLines($"{_top}/generator/facts");
        foreach (var fact in new[] { "SYSTEMD_SCOPE=system", "SYSTEMD_IN_INITRD=0", "SYSTEMD_FIRST_BOOT=0", "SYSTEMD_ARCHITECTURE=x86-64", "PWD=/" })
            Assert.Contains(fact, facts);
        Assert.DoesNotContain(facts, f => f.StartsWith("HOME=", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_one_name_the_first_runs_and_masks_hide()
    {
        Program("first/a", "echo first > $1/a");
        Program("second/a", "echo second > $1/a");
        Program("second/linked", "echo > $1/linked");
        Program("second/empty", "echo > $1/empty");
        Program("second/b", "echo > $1/b");
        File.CreateSymbolicLink($"{_top}/first/linked", "/dev/null");
        File.WriteAllText($"{_top}/first/empty", "");
        File.WriteAllText($"{_top}/first/README", "not executable");
        Assert.Empty(Run());
        Assert.Equal(["generator/a", "generator/b"], Files());
        Assert.Equal("first\n", File.ReadAllText($"{_top}/generator/a"));
    }

    [Fact]
    public void A_built_in_one_is_masked_and_replaced_by_its_name()
    {
        File.WriteAllText($"{_top}/fstab", "/dev/a /a ext4\n");
        _variables["SYSTEMD_FSTAB"] = $"{_top}/fstab";
        Assert.Empty(Run());
        Assert.Contains("generator/a.mount", Files());
        Program("first/systemd-fstab-generator", "echo > $1/mine");
        Assert.Empty(Run());
        Assert.Equal(["generator/mine"], Files());
        File.Delete($"{_top}/first/systemd-fstab-generator");
        File.CreateSymbolicLink($"{_top}/first/systemd-fstab-generator", "/dev/null");
        Assert.Empty(Run());
        Assert.Empty(Files());
    }

    [Fact]
    public void What_fails_hangs_or_is_killed_is_named_and_the_others_count()
    {
        Program("first/fails", "echo one; echo the reason >&2; exit 3");
        Program("first/killed", "kill -SEGV $$");
        Program("first/hangs", "echo '[Unit]' > $1/half.target; echo waiting; exec sleep 1000");
        File.WriteAllText($"{_top}/first/noloader", "#!/no/such/interpreter\n");
        File.SetUnixFileMode($"{_top}/first/noloader", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllBytes($"{_top}/first/junk", [1, 2, 3]);
        File.SetUnixFileMode($"{_top}/first/junk", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Program("first/good", "echo '[Unit]' > $1/good.target");
        var notes = Run(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["generator/good.target", "generator/half.target"], Files());
        Assert.Contains("fails failed with status 3: the reason", notes);
        Assert.Contains("killed was killed by SIGSEGV", notes);
        Assert.Contains("hangs did not end within 0.5 s and was killed: waiting", notes);
        Assert.Contains(notes, n => n.StartsWith("noloader: cannot start", StringComparison.Ordinal) && n.Contains("interpreter or loader is missing", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.StartsWith("junk: cannot start", StringComparison.Ordinal));
        Assert.Equal(5, notes.Count);
    }

    [Fact]
    public void A_bad_unit_is_named_with_its_maker()
    {
        Program("first/a", "echo '[Service]' > $1/bad.service; printf '[Service]\\nExecStart=relative/path\\n' > $1/t@.service; echo nonsense > $1/x.target");
        var notes = Run();
        Assert.Contains("a: bad.service:1: ExecStart=: a service without a command: ExecStart= is missing", notes);
        Assert.Contains(notes, n => n.StartsWith("a: t@.service:2: ExecStart=", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.StartsWith("a: x.target:1: ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_no_file_stays_out_and_links_lead_where_they_should()
    {
        Program("first/a", "mkfifo $1/pipe; ln -s /etc/passwd $1/out.service; ln -s / $1/root.wants; mkdir -p $1/a.wants/deep; echo '[Unit]' > $1/b.target; ln -s $1/b.target $1/a.wants/b.target; ln -s b.target $1/c.target");
        var notes = Run();
        Assert.Equal(["a: a.wants/deep is neither a file nor a link, left out", "a: pipe is neither a file nor a link, left out"], notes.Order(StringComparer.Ordinal));
        Assert.Equal($"{_top}/generator/b.target", new FileInfo($"{_top}/generator/a.wants/b.target").LinkTarget);
        Assert.Equal("b.target", new FileInfo($"{_top}/generator/c.target").LinkTarget);
        Assert.Equal("/", new FileInfo($"{_top}/generator/root.wants").LinkTarget);
    }

    [Fact]
    public void Two_that_write_one_file_are_told_apart()
    {
        Program("first/a", "mkdir $1/x.wants; echo a > $1/f; ln -s ../a $1/x.wants/y");
        Program("first/b", "mkdir $1/x.wants; echo b > $1/f; ln -s ../b $1/x.wants/z");
        Assert.Equal(["b: f is written by another generator already"], Run());
        Assert.Equal("a\n", File.ReadAllText($"{_top}/generator/f"));
        Assert.Equal(["generator/f", "generator/x.wants/y", "generator/x.wants/z"], Files());
    }

    [Fact]
    public void Each_run_begins_with_nothing_and_leaves_nothing_beside()
    {
        Program("first/a", "echo > $1/old; mkdir -p $2/d; echo > $2/d/old");
        Assert.Empty(Run());
        Program("first/a", "echo > $1/new");
        Directory.CreateDirectory($"{_top}/generator.new/left");
        Assert.Empty(Run());
        Assert.Equal(["generator/new"], Files());
        File.Delete($"{_top}/first/a");
        Assert.True(GeneratorRun.IsNeeded(Settings()));
        Assert.Empty(Run());
        Assert.Equal(["first", "init.d", "second", "units"], Directory.GetDirectories(_top).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal));
        Assert.False(GeneratorRun.IsNeeded(Settings()));
    }

    [Fact]
    public void Much_that_is_written_is_bounded()
    {
        Program("first/a", "head -c 3000000 /dev/zero | tr '\\0' x; echo; i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done; exit 1");
        var said = Say();
        Assert.Contains(said, s => s.StartsWith("Na failed with status 1", StringComparison.Ordinal));
        Assert.True(said.Sum(s => s.Length) < 100_000);
    }

    [Fact]
    public void When_nobody_waits_any_more_everything_stops_and_the_old_units_stay()
    {
        Program("first/a", "echo > $1/old");
        Assert.Empty(Run());
        Program("first/a", "echo > $1/new; exec sleep 1000");
        var pair = Sys.SocketPair(1).Value;
        pair.First.Close();
        Assert.Contains("is gone", new GeneratorRun(Settings(), new GeneratorReport(Fd.None, true), Variable).Run(pair.Second)!.ToString(), StringComparison.Ordinal);
        pair.Second.Close();
        Assert.Equal(["generator/old"], Files().Where(f => !f.StartsWith("generator.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nested_nothing_of_the_machine_is_read()
    {
        var settings = GeneratorSettings.Create(false, _top, ("/n", "/e", "/l"), [], _ => null);
        Assert.Null(settings.Fstab);
        Assert.Empty(settings.Scripts);
        Assert.Equal("", settings.CommandLine);
        Assert.DoesNotContain(settings.GeneratorPath, d => d.Contains("systemd", StringComparison.Ordinal) && !d.StartsWith(_top, StringComparison.Ordinal));
    }

    private void Program(string path, string script)
    {
        path = $"{_top}/{path}";
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string? Variable(string name) => _variables.GetValueOrDefault(name, name == "SYSTEMD_GENERATOR_PATH" ? $"{_top}/first:{_top}/second" : null!);

    private GeneratorSettings Settings() =>
        GeneratorSettings.Create(false, _top, ($"{_top}/generator", $"{_top}/generator.early", $"{_top}/generator.late"), [$"{_top}/units"], Variable);

    private List<string> Run(TimeSpan? limit = null) => [.. Say(limit).Where(l => l[0] == 'N').Select(l => l[1..])];

    private string[] Say(TimeSpan? limit = null)
    {
        var log = $"{_top}/log";
        using (var file = File.Create(log))
        {
            var report = new GeneratorReport(new Fd((int)file.SafeFileHandle.DangerousGetHandle()), marked: true);
            Assert.Null(new GeneratorRun(Settings() with { Limit = limit ?? TimeSpan.FromSeconds(60) }, report, Variable).Run(Fd.None));
        }
        var lines = File.ReadAllLines(log);
        File.Delete(log);
        return lines;
    }

    /// <summary>Files and links that were generated.</summary>
    private List<string> Files() =>
    [
        .. Directory.GetDirectories(_top, "generator*")
            .SelectMany(d => Directory.EnumerateFileSystemEntries(d, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }))
            .Where(f => new FileInfo(f).LinkTarget is not null || File.Exists(f)).Select(f => Path.GetRelativePath(_top, f)).Order(StringComparer.Ordinal),
    ];
}
