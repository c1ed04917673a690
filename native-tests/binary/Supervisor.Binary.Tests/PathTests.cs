namespace Supervisor.Binary.Tests;

/// <summary>Path units with the kernel's own inotify.</summary>
public sealed class PathTests : IDisposable
{
    private const string Runs = "/run/check/runs", Place = "/run/check/place";

    private readonly Nested _host = Nested.Start();

    public void Dispose() => _host.Dispose();

    private string[] Lines() => File.Exists(_host.At(Runs)) ? File.ReadAllLines(_host.At(Runs)) : [];

    private void Ran(int times) => Command.Until(() => Lines().Length >= times, () => $"it ran {times} times\n{string.Join('\n', Lines())}\n{_host.Console}");

    private string Sub(string unit) => _host.Supervisor("systemctl", "show", "-p", "SubState", "--value", unit).Out.Trim();

    private void Becomes(string unit, string sub) => Command.Until(() => Sub(unit) == sub, () => $"{unit} is {sub}, not {Sub(unit)}\n{_host.Console}");

    /// <summary>A path unit whose service leaves a line, then does this.</summary>
    private void Watch(string lines, string then = "", string limit = "StartLimitIntervalSec=0")
    {
        _host.Unit("job.path", $"[Path]\n{lines}\n");
        _host.Unit("job.service", $"[Unit]\n{limit}\n[Service]\nType=oneshot\nExecStart=/run/tools/sh -c 'export PATH=/run/tools; echo \"$$TRIGGER_UNIT $$TRIGGER_PATH\" >> {Runs}; {then}'\n");
        _host.Supervisor("start", "job.path").Succeeded();
    }

    private void Do(string script) => _host.Enter("/bin/sh", "-ec", script).Succeeded();

    [Fact]
    public void What_exists_already_and_what_comes()
    {
        Do($"mkdir -p {Place}; touch {Place}/flag");
        Watch($"PathExists={Place}/flag", $"rm {Place}/flag");
        Ran(1);
        Assert.Equal($"job.path {Place}/flag", Lines()[0]);
        Becomes("job.path", "waiting");
        Do($"touch {Place}/flag");
        Ran(2);
        Becomes("job.path", "waiting");
        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public void A_directory_that_appears_later()
    {
        Watch($"PathExists={Place}/a/b/flag", $"rm {Place}/a/b/flag");
        Becomes("job.path", "waiting");
        Do($"mkdir -p {Place}/a/b; touch {Place}/a/b/flag");
        Ran(1);
        Becomes("job.path", "waiting");
        Do($"rm -r {Place}/a; mkdir -p {Place}/n/b; touch {Place}/n/b/flag; mv {Place}/n {Place}/a");
        Ran(2);
    }

    [Fact]
    public void Links_are_followed_and_may_come_to_lead_elsewhere()
    {
        Do($"mkdir -p {Place}/one {Place}/two; touch {Place}/two/flag; ln -s one {Place}/link");
        Watch($"PathExists={Place}/link/flag", $"rm {Place}/two/flag {Place}/one/flag");
        Becomes("job.path", "waiting");
        Do($"ln -sfn two {Place}/link");
        Ran(1);
        Becomes("job.path", "waiting");
        Do($"ln -sfn {Place}/one {Place}/link; touch {Place}/one/flag");
        Ran(2);
    }

    [Fact]
    public void A_pattern()
    {
        Do($"mkdir -p {Place}");
        Watch($"PathExistsGlob={Place}/*/in-[0-9]", $"rm {Place}/*/in-*");
        Do($"mkdir {Place}/x; touch {Place}/x/in-x {Place}/x/.in-1");
        Becomes("job.path", "waiting");
        Assert.Empty(Lines());
        Do($"touch {Place}/x/in-7");
        Ran(1);
        Assert.Equal($"job.path {Place}/*/in-[0-9]", Lines()[0]);
    }

    [Fact]
    public void A_file_that_is_written_and_closed()
    {
        Do($"mkdir -p {Place}; echo 1 > {Place}/file");
        Watch($"PathChanged={Place}/file");
        Becomes("job.path", "waiting");
        Assert.Empty(Lines()); // that it is there is no change
        Do($"echo 2 > {Place}/file");
        Ran(1);
        Becomes("job.path", "waiting");
        Do($"echo 3 > {Place}/new; mv {Place}/new {Place}/file"); // replaced as editors do
        Ran(2);
        Becomes("job.path", "waiting");
        Do($"rm {Place}/file");
        Ran(3);
        Becomes("job.path", "waiting");
        Do($"echo 4 > {Place}/file");
        Ran(4);
    }

    [Fact]
    public void A_file_that_is_written_and_kept_open()
    {
        Do($"mkdir -p {Place}; touch {Place}/file");
        Watch($"PathModified={Place}/file");
        Becomes("job.path", "waiting");
        using var open = new FileStream(_host.At($"{Place}/file"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        open.Write("x"u8);
        open.Flush();
        Ran(1);
    }

    [Fact]
    public void A_directory_that_something_is_put_into()
    {
        Do($"mkdir -p {Place}/queue; touch {Place}/queue/.hidden");
        Watch($"DirectoryNotEmpty={Place}/queue", $"set -- {Place}/queue/*; rm $$1");
        Becomes("job.path", "waiting");
        Assert.Empty(Lines());
        // one at a time is taken out, and the service comes again until nothing is left
        Do($"mkdir {Place}/three; touch {Place}/three/1 {Place}/three/2 {Place}/three/3; mv {Place}/queue {Place}/old; mv {Place}/three {Place}/queue");
        Ran(3);
        Becomes("job.path", "waiting");
        Assert.Equal(3, Lines().Length);
        Assert.Empty(Directory.GetFiles(_host.At($"{Place}/queue")));
    }

    [Fact]
    public void A_path_that_never_goes_ends_at_the_start_limit()
    {
        Do($"mkdir -p {Place}; touch {Place}/flag");
        Watch($"PathExists={Place}/flag", limit: "StartLimitBurst=3\nStartLimitIntervalSec=1h");
        Becomes("job.path", "failed");
        Assert.Equal(3, Lines().Length);
        _host.Supervisor("systemctl", "show", "-p", "Result", "job.path").Says("Result=unit-start-limit-hit");
    }

    [Fact]
    public void Directories_are_made_when_that_is_asked_for()
    {
        Watch($"DirectoryNotEmpty={Place}/made/deep\nMakeDirectory=yes\nDirectoryMode=0710");
        Assert.Equal("710", _host.Enter("stat", "-c", "%a", $"{Place}/made/deep").Succeeded().Out.Trim());
    }

    [Fact]
    public void A_change_while_there_is_no_manager_is_seen_by_the_next()
    {
        Do($"mkdir -p {Place}; echo 1 > {Place}/file");
        Watch($"PathChanged={Place}/file");
        Becomes("job.path", "waiting");
        var old = _host.ManagerPid;
        _host.Signal("STOP", old);
        Do($"echo 2 > {Place}/file");
        _host.Signal("KILL", old);
        Ran(1);
        Becomes("job.path", "waiting");
        Do($"echo 3 > {Place}/file");
        Ran(2);
        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public void The_next_manager_does_not_see_what_was_not()
    {
        Do($"mkdir -p {Place}; echo 1 > {Place}/file");
        Watch($"PathChanged={Place}/file\nPathExists={Place}/flag");
        Becomes("job.path", "waiting");
        var old = _host.ManagerPid;
        _host.Signal("KILL", old);
        Do($"touch {Place}/flag");
        Ran(1);
        Assert.Equal($"job.path {Place}/flag", Lines()[0]);
    }

    [Fact]
    public void An_image_brings_a_path_unit_that_watches_the_machine()
    {
        Do($"mkdir -p {Place}");
        var tree = ImageTree.Service("probe", "Type=oneshot", "echo found $TRIGGER_PATH").Unit("probe.path", $"[Path]\nPathChanged={Place}/file\nMakeDirectory=yes\n");
        _host.Supervisor("attach", _host.Image(tree, "probe.raw")).Succeeded().Says("probe.path");
        _host.Supervisor("start", "probe.path").Succeeded();
        Assert.False(Directory.Exists(_host.At($"{Place}/file"))); // an image makes no directories of the machine's
        Do($"echo 1 > {Place}/file");
        Command.Until(() => _host.Supervisor("logs", "probe.service").All.Contains($"found {Place}/file", StringComparison.Ordinal), () => $"it ran\n{_host.Console}");
    }

    [Fact]
    public void The_list_and_the_properties_are_systemctls()
    {
        Watch($"PathExists={Place}/flag\nDirectoryNotEmpty={Place}/queue");
        _host.Supervisor("systemctl", "list-paths").Succeeded().Says("PATH", "CONDITION", "UNIT", "ACTIVATES", $"{Place}/flag", "PathExists", "DirectoryNotEmpty", "job.path job.service", "2 paths listed.");
        _host.Supervisor("systemctl", "show", "job.path").Succeeded().Says("Unit=job.service", $"Paths={Place}/flag (PathExists)", "MakeDirectory=no", "DirectoryMode=0755", "TriggerLimitBurst=200");
    }

    [Fact]
    public void What_is_no_path_is_refused()
    {
        _host.Unit("bad.path", "[Path]\nPathExists=relative\n");
        _host.Unit("empty.path", "[Path]\nMakeDirectory=yes\n");
        _host.Supervisor("start", "bad.path").Failed().Says("bad.path:2", "PathExists=");
        _host.Supervisor("start", "empty.path").Failed().Says("a path unit that watches nothing");
    }
}
