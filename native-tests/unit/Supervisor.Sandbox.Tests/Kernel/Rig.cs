using System.Diagnostics;
using System.Text;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

// The starter's stack is one for all starts, and a process has one set of namespaces.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Supervisor.Sandbox.Tests.Kernel;

/// <summary>Starts a unit as the manager does, in directories of the test's own, and says what came of it.</summary>
internal sealed class Rig : IDisposable
{
    private const int CapSysAdmin = 21;

    public Rig()
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root");
        // not below /tmp, which a service may have of its own
        Directory = $"/run/sandbox-test-{Guid.NewGuid():N}";
        System.IO.Directory.CreateDirectory(Directory);
        File.SetUnixFileMode(Directory, (UnixFileMode)0x1ED);
        Facts = HostFactsReader.Read(nested: true, DirectoryBases.Nested($"{Directory}/run", $"{Directory}/state"), $"{Directory}/run");
        Assert.SkipUnless((Facts.Capabilities >> CapSysAdmin & 1) != 0, "needs CAP_SYS_ADMIN");
        System.IO.Directory.CreateDirectory(Facts.RuntimeDirectory);
    }

    public string Directory { get; }

    public HostFacts Facts { get; set; }

    public List<string> Refused { get; } = [];

    public ServiceIdentity Identity { get; private set; } = ServiceIdentity.Root;

    public string At(string name) => $"{Directory}/{name}";

    /// <summary>busybox with all its names, as a directory of programs that need no library.</summary>
    public static string Tools { get; } = MakeTools();

    /// <summary>The whole life of a oneshot service.</summary>
    public Outcome Run(string directives, string script, Action<Setup>? change = null)
    {
        var text = $"[Service]\nType=oneshot\n{directives.Replace(';', '\n')}\nExecStart={Tools}/sh -ec 'true'\n";
        return RunUnit(text, ["sh", "-ec", script], change);
    }

    public Outcome RunUnit(string text, IReadOnlyList<string>? arguments = null, Action<Setup>? change = null, string name = "check.service")
    {
        var unit = UnitParser.FromText(name, text, $"/t/{name}");
        Assert.True(unit.LoadState == LoadState.Loaded, string.Join('\n', unit.Diagnostics));
        var command = unit.Get(Directives.ExecStart).Value[0];
        if (arguments is not null)
            command = command with { Arguments = arguments, ExpandEnvironment = false };
        var setup = new Setup { Unit = unit, Command = command };
        change?.Invoke(setup);
        return Run(setup);
    }

    public Outcome Run(Setup setup)
    {
        var accounts = AccountDatabase.ReadHost().Value;
        uint? dynamic = null;
        if (setup.Unit.Get(Directives.DynamicUser).Value && IdentityResolver.StaticFor(setup.Unit, accounts) is null)
            dynamic = DynamicUsers.Open(Facts.RuntimeDirectory).Value.Allocate(IdentityResolver.DynamicName(setup.Unit), accounts, ServiceDirectories.FormerOwner(setup.Unit, Facts)).Value;
        if (IdentityResolver.Resolve(setup.Unit, accounts, dynamic, out var failure) is not { } identity)
            return Outcome.Failed(failure!);
        Identity = identity;
        if (ServiceDirectories.Prepare(setup.Unit, identity, Facts, out failure, Refused) is not { } directories)
            return Outcome.Failed(failure!);
        if (UnitNamespaces.Create(setup.Unit, identity, Facts, [], _ => Fd.None, out failure) is not { } namespaces)
            return Outcome.Failed(failure!);
        var hostRoot = Sys.Open("/", 0x200000).Value;
        var viewRoot = setup.ViewRoot ?? hostRoot;
        try
        {
            var context = new LaunchContext
            {
                Facts = Facts, Identity = identity, Directories = directories, Root = setup.Root, Notify = setup.Notify,
                RootView = RootView.Of(viewRoot), HostView = RootView.Of(hostRoot), EnterCgroups = setup.EnterCgroups, LeaveOut = setup.LeaveOut, Sockets = setup.Sockets.Count,
            };
            if (SandboxPlanner.Plan(setup.Unit, setup.Command, context, out failure) is not { } plan)
                return Outcome.Failed(failure!);
            setup.Plan = plan;
            using var compiled = CompiledPlan.Create(plan.Launch, out failure) ?? throw new InvalidOperationException(failure!.ToString());
            return Start(setup, plan, compiled, namespaces);
        }
        finally
        {
            hostRoot.Close();
            namespaces.Close();
        }
    }

    private static Outcome Start(Setup setup, SandboxPlan plan, CompiledPlan compiled, UnitNamespaces namespaces)
    {
        using var arguments = StartArguments.Create(plan.Template, setup.Values, out var failure);
        if (arguments is null)
            return Outcome.Failed(failure!);
        var (read, write) = Pipe();
        var nothing = Sys.Open("/dev/null", LibC.O_RDWR).Value;
        var parameters = new LaunchParameters();
        arguments.Fill(ref parameters);
        namespaces.Fill(ref parameters);
        parameters.Set(Registers.StandardInput, nothing);
        parameters.Set(Registers.StandardOutput, write);
        parameters.Set(Registers.StandardError, write);
        if (setup.Image is { } image)
            parameters.Set(Registers.Image, image);
        for (var i = 0; i < setup.Sockets.Count; i++)
            parameters.Set(Registers.Socket(i), setup.Sockets[i]);
        var result = Launcher.Start(compiled, parameters);
        nothing.Close();
        write.Close();
        if (result.Failed)
        {
            read.Close();
            return new Outcome("", default, PlanFailure.Describe(compiled, result.Outcome));
        }
        var output = ReadAll(read);
        read.Close();
        var end = Sys.Reap(result.Pidfd).Value;
        result.Pidfd.Close();
        return new Outcome(output, end, null);
    }

    public void Dispose()
    {
        foreach (var child in (string[])["state", "run"])
        {
            // private directories are root's, and so are we
            if (System.IO.Directory.Exists(At(child)))
                System.IO.Directory.Delete(At(child), recursive: true);
        }
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    public static unsafe (Fd Read, Fd Write) Pipe()
    {
        int* pair = stackalloc int[2];
        Assert.Equal(0, Raw.Call(Nr.pipe2, (nint)pair, LibC.O_CLOEXEC));
        return (new Fd(pair[0]), new Fd(pair[1]));
    }

    public static string Shell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}: {process.ExitCode}\n{output}\n{error.Result}");
        return output;
    }

    private static string ReadAll(Fd fd)
    {
        var all = new List<byte>();
        var buffer = new byte[4096];
        while (Sys.Read(fd, buffer).Value is > 0 and var n)
            all.AddRange(buffer[..n]);
        return Encoding.UTF8.GetString([.. all]);
    }

    private static string MakeTools()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/busybox"), "needs /usr/bin/busybox (package busybox-static)");
        // Not below /tmp: a service with a private one has to find it. Removed when the test program ends.
        var directory = $"/var/lib/sandbox-test-{Environment.ProcessId}";
        System.IO.Directory.CreateDirectory(directory);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => System.IO.Directory.Delete(directory, recursive: true);
        Shell($"cp /usr/bin/busybox {directory}/busybox && {directory}/busybox --install -s {directory}");
        var source = Path.Combine(AppContext.BaseDirectory, "probe.c");
        if (File.Exists("/usr/bin/cc"))
            Shell($"cc -static -O1 -o {directory}/probe '{source}'");
        return directory;
    }
}

/// <summary>What a test changes before a start.</summary>
internal sealed class Setup
{
    public required Unit Unit { get; set; }

    public required ExecCommand Command { get; set; }

    public RootSource? Root { get; set; }

    public Fd? ViewRoot { get; set; }

    public Fd? Image { get; set; }

    public bool Notify { get; set; }

    public StartValues Values { get; set; } = new() { InvocationId = new string('a', 32) };

    public IReadOnlyList<string> EnterCgroups { get; set; } = [];

    public IReadOnlyList<DegradedSetting> LeaveOut { get; set; } = [];

    public List<Fd> Sockets { get; } = [];

    public SandboxPlan? Plan { get; set; }
}

/// <summary>What came of a start: what it wrote and how it ended, or why it did not start.</summary>
internal sealed record Outcome(string Output, ProcessEnd End, Failure? Failure)
{
    public static Outcome Failed(Failure failure) => new("", default, failure);

    public string Succeeded()
    {
        Assert.True(Failure is null, Failure?.ToString());
        Assert.True(End is { Code: 1, Status: 0 }, $"ended with {End}:\n{Output}");
        return Output;
    }
}
