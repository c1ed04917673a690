using System.Runtime.CompilerServices;
using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>Where the boot finds what it needs.</summary>
public sealed record BootOptions
{
    /// <summary>appliance.yaml; the kernel command line's supervisor.appliance= goes before it.</summary>
    public string AppliancePath { get; init; } = ApplianceFile.DefaultPath;

    /// <summary>Holds a directory a kernel release, each with modules.dep.</summary>
    public string ModulesDirectory { get; init; } = "/lib/modules";

    /// <summary>The manager's control socket, for the appliance's control port.</summary>
    public string ControlSocket { get; init; } = "/run/supervisor/control";

    /// <summary>How long an Ethernet interface may take to appear once the modules are loaded.</summary>
    public TimeSpan LinkTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>One step of the boot.</summary>
/// <param name="Name">What it did: "mount /proc".</param>
/// <param name="Began">µs of CLOCK_BOOTTIME.</param>
/// <param name="Took">µs.</param>
/// <param name="Problem">Null when it worked; else a sentence that begins with "cannot".</param>
/// <param name="Note">What is worth knowing: "already", "eth0".</param>
public sealed record BootStep(string Name, ulong Began, ulong Took, string? Problem = null, string? Note = null);

/// <summary>What the boot made of the machine.</summary>
/// <param name="Appliance">What appliance.yaml says; null when there is none or it is wrong (then a step says so).</param>
public sealed record BootResult(Appliance? Appliance, KernelCommandLine CommandLine, IReadOnlyList<BootStep> Steps)
{
    public IEnumerable<BootStep> Failures => Steps.Where(s => s.Problem is not null);

    /// <summary>The units to start: the appliance's, after the one that serves its control port.</summary>
    public IReadOnlyList<string> Start =>
        Appliance is null ? [] : [.. Appliance.ControlPort is null ? (string[])[] : [Boot.ControlPortUnit], .. Appliance.Start.Select(u => u.Text)];
}

/// <summary>
/// From a bare kernel to a machine that can start services: file systems of the kernel, devices, identity, modules, network. Every step can be done again (a
/// manager that was restarted does), and one that fails is recorded and does not keep the others from being tried.
/// </summary>
[SkipLocalsInit]
public static partial class Boot
{
    /// <summary>The unit that the boot writes to /run/systemd/system for <c>control-port:</c>; it runs <see cref="Relay"/>.</summary>
    public const string ControlPortUnit = "control-port.service";

    public static BootResult Run(BootOptions options)
    {
        var steps = new BootSteps();
        MountAll(steps);
        LinkDevices(steps);
        var commandLine = KernelCommandLine.Read();
        var appliance = ReadAppliance(steps, commandLine["supervisor.appliance"] ?? options.AppliancePath, commandLine.Has("supervisor.appliance"));
        steps.Try("host name", () => SetHostName(commandLine, appliance));
        steps.Try("machine id", () => SetMachineId(commandLine));
        LoadModules(steps, options, appliance);
        BringUpNetwork(steps, options, appliance);
        if (appliance?.ControlPort is { } port)
            steps.Try("control port", () => WriteControlPortUnit(port.Text, options.ControlSocket));
        return new BootResult(appliance, commandLine, steps.Done);
    }

    private static Appliance? ReadAppliance(BootSteps steps, string path, bool named)
    {
        if (!named && !Sys.Exists(path))
            return null;
        Appliance? appliance = null;
        steps.Try("appliance", () =>
        {
            (appliance, var error) = ApplianceFile.Load(path);
            return error is null ? BootOutcome.Done(path) : BootOutcome.Failed($"cannot use the appliance file: {error}");
        });
        return appliance;
    }

    /// <summary>The links that programs expect in /dev; devtmpfs does not make them.</summary>
    private static void LinkDevices(BootSteps steps) => steps.Try("links in /dev", () =>
    {
        ReadOnlySpan<(string Name, string Target)> links =
        [
            ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"), ("/dev/stderr", "/proc/self/fd/2"), ("/dev/core", "/proc/kcore"),
        ];
        foreach (var (name, target) in links)
        {
            if (Sys.SymlinkAt(target, Fd.Cwd, name).Failed(out var error) && error.Errno != Errno.EEXIST)
                return BootOutcome.Failed($"cannot make the link {name}: {error}");
        }
        return BootOutcome.Done();
    });

    private static BootOutcome WriteControlPortUnit(string port, string socket)
    {
        const string directory = "/run/systemd/system";
        if (!Sys.ReadlinkAt(Fd.Cwd, "/proc/self/exe").TryGet(out var program, out var error))
            return BootOutcome.Failed($"cannot tell which program this is: {error}");
        var unit = $"""
            [Unit]
            Description=Control socket on the virtio-serial port {port}

            [Service]
            ExecStart={program} relay {port} {socket}
            Restart=always
            RestartSec=1

            """;
        if (Sys.MakeDirectories(directory).Failed(out error) || Sys.WriteFileAtomically($"{directory}/{ControlPortUnit}", Encoding.UTF8.GetBytes(unit)).Failed(out error))
            return BootOutcome.Failed($"cannot write the unit of the control port: {error}");
        return BootOutcome.Done(port);
    }

    private static BootOutcome SetHostName(KernelCommandLine commandLine, Appliance? appliance)
    {
        var name = appliance?.Hostname?.Text ?? commandLine["systemd.hostname"];
        if (name is null && Sys.ReadFile("/etc/hostname", 4096).TryGet(out var bytes, out _))
            name = Encoding.UTF8.GetString(bytes).Trim();
        if (string.IsNullOrEmpty(name))
            name = "localhost";
        return Sys.SetHostName(name).Failed(out var error) ? BootOutcome.Failed($"cannot name the machine: {error}") : BootOutcome.Done(name);
    }
}
