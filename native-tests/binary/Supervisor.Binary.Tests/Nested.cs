using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Supervisor.Binary.Tests;

/// <summary>
/// <c>supervisor run</c> in fresh mount, network, IPC, UTS and PID namespaces and a cgroup of its own, with file systems of its own on /run and
/// where services keep things. Ending it ends everything in it, and fails the test when it did not end by itself.
/// </summary>
internal sealed partial class Nested : IDisposable
{
    public const string RuntimeDirectory = "/run/supervisor";
    public const string StateDirectory = "/run/state";
    public const string ToolDirectory = "/run/tools";
    public const string CheckDirectory = "/run/check";

    private static int _count;

    private readonly Process _unshare;
    private readonly StringBuilder _console = new();
    private readonly string _cgroup;
    private bool _ended;

    /// <param name="start">What stands behind run: options and units.</param>
    /// <param name="before">What the shell sees before the program: variables.</param>
    private Nested(IReadOnlyDictionary<string, string> units, IReadOnlyList<string> start, string before = "")
    {
        var id = $"supervisor-test-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        _cgroup = Path.Combine(Machine.CgroupRoot, id);
        Directory.CreateDirectory(_cgroup);
        Scratch = Path.Combine(Path.GetTempPath(), id);
        ImageDirectory = "/run/images-" + id;
        Directory.CreateDirectory(Path.Combine(Scratch, "units"));
        foreach (var (name, text) in units)
            File.WriteAllText(Path.Combine(Scratch, "units", name), text);

        var setup = $"""
            set -e
            echo $$ > {_cgroup}/cgroup.procs
            mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /run
            for d in lib cache log; do mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /var/$d; done
            mkdir -p {RuntimeDirectory} {StateDirectory} {ImageDirectory} {ToolDirectory} {CheckDirectory}
            {Machine.Busybox} --install -s {ToolDirectory}
            cp {Machine.Probe} {ToolDirectory}/probe
            cp -r {Scratch}/units {RuntimeDirectory}/units
            {Machine.Busybox} ip link set lo up
            {before} {Machine.Supervisor} run --runtime-dir={RuntimeDirectory} --state-dir={StateDirectory} {string.Join(' ', start)} &
            echo $! > /run/keeper.pid
            wait $! || exit $?
            """;
        _unshare = Command.Start(
            ["unshare", "--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "/bin/sh", "-c", setup]);
        _unshare.StandardInput.Close();
        _unshare.OutputDataReceived += Collect;
        _unshare.ErrorDataReceived += Collect;
        _unshare.BeginOutputReadLine();
        _unshare.BeginErrorReadLine();
        Init = FindInit();
        Command.Until(
            () => _unshare.HasExited || File.Exists(At(RuntimeDirectory + "/control")), () => $"the control socket of supervisor run is there\n{Console}");
        Assert.False(_unshare.HasExited, $"supervisor run ended at once:\n{Console}");
    }

    /// <summary>A folder on the machine for the test's own files, gone at the end.</summary>
    public string Scratch { get; }

    /// <summary>Where images are in there; a name of its own, so that a loop device tells whose it is.</summary>
    public string ImageDirectory { get; }

    /// <summary>The shell that is PID 1 in there, by its number out here.</summary>
    public int Init { get; }

    /// <summary>What keeper and manager wrote to their own standard output and error.</summary>
    public string Console
    {
        get
        {
            lock (_console)
                return _console.ToString();
        }
    }

    public static Nested Start(params (string Name, string Text)[] units) => new(units.ToDictionary(u => u.Name, u => u.Text), []);

    public static Nested StartWith(string unit, params (string Name, string Text)[] units) => new(units.ToDictionary(u => u.Name, u => u.Text), [unit]);

    /// <summary>With variables in the environment (NAME=value …), and options or units behind run.</summary>
    public static Nested StartWithVariables(string variables, params string[] start) => new(new Dictionary<string, string>(), start, variables);

    /// <summary>A path in there, as a path out here.</summary>
    public string At(string inside) => $"/proc/{Init}/root{inside}";

    /// <summary>Runs a program in there, outside of every service.</summary>
    public Outcome Enter(params string[] arguments) =>
        Command.Run(["nsenter", "--target", $"{Init}", "--mount", "--net", "--ipc", "--uts", "--pid", "--", .. arguments]);

    /// <summary>A client command.</summary>
    public Outcome Supervisor(params string[] arguments) => Enter([Machine.Supervisor, .. arguments]);

    /// <summary>Starts a client command that goes on, such as <c>logs -f</c>.</summary>
    public Process Begin(params string[] arguments) =>
        Command.Start(["nsenter", "--target", $"{Init}", "--mount", "--net", "--ipc", "--uts", "--pid", "--", Machine.Supervisor, .. arguments]);

    public void Signal(string signal, int pid) => Enter(Machine.Busybox, "kill", $"-{signal}", $"{pid}").Succeeded();

    /// <summary>Puts a unit where the administrator's are; only for one that is not loaded yet.</summary>
    public void Unit(string name, string text) => File.WriteAllText(At($"{RuntimeDirectory}/units/{name}"), text);

    /// <summary>
    /// Starts a oneshot service with these directives whose script, run by busybox with -e, checks from inside. A script that ends with 0 is a check that held.
    /// </summary>
    public Outcome Check(string name, string directives, string script)
    {
        File.WriteAllText(At($"{CheckDirectory}/{name}"), $"PATH_AT_START=$PATH\nexport PATH={ToolDirectory}\nset -ex\n{ImageTree.No}\n{script}\n");
        Unit($"{name}.service", $"[Service]\nType=oneshot\nExecStart={ToolDirectory}/sh {CheckDirectory}/{name}\n{directives}\n");
        return Supervisor("start", $"{name}.service");
    }

    /// <summary>The same, and it must hold; what the script printed is returned.</summary>
    public string Holds(string name, string directives, string script)
    {
        var outcome = Check(name, directives, script);
        var log = Supervisor("logs", $"{name}.service").All;
        Assert.True(outcome.Status == 0, $"{directives}\n{script}\n{outcome}\n{log}");
        return log;
    }

    /// <summary>Makes an image in there and returns its path in there.</summary>
    public string Image(ImageTree tree, string name, string compression = "zstd")
    {
        var path = Path.Combine(Scratch, name);
        tree.Write(path, compression);
        File.Copy(path, At($"{ImageDirectory}/{name}"), overwrite: true);
        return $"{ImageDirectory}/{name}";
    }

    /// <summary>Copies an image of the machine into there and returns its path in there.</summary>
    public string Image(string file)
    {
        var path = $"{ImageDirectory}/{Path.GetFileName(file)}";
        File.Copy(file, At(path), overwrite: true);
        return path;
    }

    /// <summary>What supervisor keeps in files, the log left out.</summary>
    public SortedSet<string> Files()
    {
        var found = Witness.Tree(At("/run"));
        found.RemoveWhere(e => e.Contains(" /state/journal", StringComparison.Ordinal));
        return found;
    }

    /// <summary>Names of the cgroups below the one that supervisor was started in.</summary>
    public IReadOnlyList<string> Cgroups() => [.. Directory.GetDirectories(_cgroup, "*", SearchOption.AllDirectories).Select(d => Path.GetFileName(d))];

    /// <summary>The page that a service in there serves.</summary>
    public Outcome Fetch(string address = "http://127.0.0.1:8080/") => Enter("curl", "--silent", "--show-error", "--fail", "--max-time", "5", address);

    /// <summary>The main PID that status shows, by its number in there; 0 when it shows none.</summary>
    public int MainPid(string unit) =>
        MainPattern().Match(Supervisor("status", unit).Out) is { Success: true } match ? int.Parse(match.Groups[1].Value, null) : 0;

    /// <summary>The value behind a word in what status shows, such as "state".</summary>
    public string StatusLine(string unit, string word) =>
        Supervisor("status", unit).Out.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.StartsWith(word + " ", StringComparison.Ordinal)) ?? "";

    public int KeeperPid => int.Parse(File.ReadAllText(At("/run/keeper.pid")), null);

    /// <summary>The manager: the keeper's child that was started with the word manager.</summary>
    public int ManagerPid => Witness.Processes(this).First(p => p.Arguments is [_, "manager", ..]).Pid;

    /// <summary>Ends supervisor as a user would and returns its exit status.</summary>
    public int End()
    {
        if (!_ended)
        {
            _ended = true;
            if (!_unshare.HasExited)
                Enter(Machine.Busybox, "kill", "-TERM", $"{KeeperPid}"); // the end may be so quick that it takes kill(1) with it
            if (!_unshare.WaitForExit(TimeSpan.FromSeconds(20)))
            {
                Kill();
                Assert.Fail($"supervisor run did not end within 20 s of SIGTERM:\n{Console}");
            }
        }
        return _unshare.ExitCode;
    }

    /// <summary>Waits until supervisor has ended by itself and returns its exit status.</summary>
    public int WaitForEnd()
    {
        Assert.True(_unshare.WaitForExit(TimeSpan.FromSeconds(20)), $"supervisor run did not end by itself within 20 s:\n{Console}");
        _ended = true;
        return _unshare.ExitCode;
    }

    public void Dispose()
    {
        try
        {
            // A test that fails on its own should say why itself, not how the end went.
            if (TestContext.Current.TestState is { Result: TestResult.Failed })
                Kill();
            else
                End();
        }
        finally
        {
            Kill();
            _unshare.Dispose();
            RemoveCgroup(_cgroup);
            Directory.Delete(Scratch, recursive: true);
        }
    }

    private void Kill()
    {
        _ended = true;
        if (!_unshare.HasExited)
            _unshare.Kill(entireProcessTree: false);
        File.WriteAllText(Path.Combine(_cgroup, "cgroup.kill"), "1");
        Assert.True(_unshare.WaitForExit(TimeSpan.FromSeconds(20)), $"killed processes are still there:\n{Console}");
    }

    private static void RemoveCgroup(string path)
    {
        Command.Until(() => !File.ReadAllText(Path.Combine(path, "cgroup.events")).Contains("populated 1", StringComparison.Ordinal), $"{path} is empty");
        foreach (var child in Directory.GetDirectories(path))
            RemoveCgroup(child);
        Command.Run("rmdir", path).Succeeded();
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_console)
            _console.AppendLine(line.Data);
    }

    private int FindInit()
    {
        var children = $"/proc/{_unshare.Id}/task/{_unshare.Id}/children";
        var child = 0;
        Command.Until(
            () => _unshare.HasExited || (int.TryParse(File.ReadAllText(children).Split(' ')[0], out child) && File.Exists($"/proc/{child}/root/run/keeper.pid")),
            () => $"the namespaces are set up\n{Console}");
        Assert.False(_unshare.HasExited, $"the namespaces could not be set up:\n{Console}");
        return child;
    }

    [GeneratedRegex(@"^\s*main\s+(\d+)", RegexOptions.Multiline)]
    private static partial Regex MainPattern();
}
