using System.Globalization;
using Supervisor.Images;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Portable;
using Supervisor.Sandbox;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.LaunchProof;

/// <summary>
/// A service that does nothing under the built-in profile default, in a root from an image: acquired, planned and started by the calls of the manager
/// (src/Supervisor.Manager/UnitResources.Acquire.cs, UnitResources.Start.cs).
/// </summary>
internal sealed class BenchUnit : IDisposable
{
    private readonly HostFacts _facts;
    private readonly Unit _unit;
    private readonly ImageMount _image;
    private readonly DynamicUsers _users;
    private readonly ServiceIdentity _identity;
    private readonly IReadOnlyList<PreparedDirectory> _directories;
    private readonly UnitNamespaces _namespaces;
    private readonly UnitCgroup _cgroup;
    private readonly Fd _null = Sys.Open("/dev/null", LibC.O_RDWR).Value;

    public BenchUnit(string runtime, string state, string image)
    {
        _facts = HostFactsReader.Read(nested: true, DirectoryBases.System, runtime) with { ImageDirectories = DirectoryBases.Nested(runtime, state) };
        _unit = UnitParser.FromText("bench.service",
            $"[Service]\nType=simple\nExecStart=/usr/bin/true\nRootImage={image}\nRuntimeDirectory=bench\nStateDirectory=bench\n{BuiltInProfiles.Text("default")}");
        if (_unit.LoadState != LoadState.Loaded || _unit.Diagnostics.Count > 0)
            throw new InvalidOperationException(string.Join('\n', _unit.Diagnostics));
        var accounts = AccountDatabase.ReadHost().Value;
        _users = DynamicUsers.Open(runtime).Value;
        var uid = _users.Allocate(IdentityResolver.DynamicName(_unit), accounts, ServiceDirectories.FormerOwner(_unit, _facts)).Value;
        _identity = Need(IdentityResolver.Resolve(_unit, accounts, uid, out var failure), failure);
        _directories = Need(ServiceDirectories.Prepare(_unit, _identity, _facts, out failure), failure);
        _cgroup = Need(UnitCgroup.Create(_unit, _facts, [], out failure), failure);
        _image = ImageMount.Open(image) is { Ok: true } mount ? mount.Value : throw new InvalidOperationException($"cannot open the image {image}");
        _namespaces = Need(UnitNamespaces.Create(_unit, _identity, _facts, [], _ => Fd.None, out failure), failure);
    }

    /// <summary>What the manager does before the first start of a command, and keeps as long as the unit runs or restarts.</summary>
    public (SandboxPlan Plan, CompiledPlan Compiled) Plan()
    {
        var host = Sys.Open("/", LibC.O_PATH | LibC.O_DIRECTORY).Value;
        var context = new LaunchContext
        {
            Facts = _facts,
            Identity = _identity,
            Root = new RootSource.Mount("squashfs", $"/dev/loop{_image.LoopNumber.ToString(CultureInfo.InvariantCulture)}"),
            RootView = RootView.Of(_image.Mount),
            HostView = RootView.Of(host),
            Directories = _directories,
            EnterCgroups = _cgroup.EnterPaths,
        };
        var plan = Need(SandboxPlanner.Plan(_unit, _unit.Get(Directives.ExecStart).Value[0], context, out var failure), failure);
        host.Close();
        return (plan, Need(CompiledPlan.Create(plan.Launch, out failure), failure));
    }

    /// <summary>argv and environment of a start.</summary>
    public StartArguments Arguments(SandboxPlan plan)
    {
        var values = new StartValues { InvocationId = new string('a', 32), JournalStream = Sys.Stat(_null).Value is var s ? $"{(ulong)s.st_dev}:{(ulong)s.st_ino}" : null };
        return Need(StartArguments.Create(plan.Template, values, out var failure), failure);
    }

    /// <summary>The descriptors of a start.</summary>
    public void Fill(ref LaunchParameters parameters)
    {
        _namespaces.Fill(ref parameters);
        parameters.Set(Registers.StandardInput, _null);
        parameters.Set(Registers.StandardOutput, _null);
        parameters.Set(Registers.StandardError, _null);
        parameters.Set(Registers.Image, _image.Mount);
        if (_cgroup.Open().TryGet(out var cgroup, out _))
            parameters.Cgroup = cgroup;
    }

    public LaunchResult Start(SandboxPlan plan, CompiledPlan compiled)
    {
        using var arguments = Arguments(plan);
        var parameters = new LaunchParameters();
        arguments.Fill(ref parameters);
        Fill(ref parameters);
        var result = Launcher.Start(compiled, parameters);
        parameters.Cgroup?.Close();
        return result;
    }

    public void Dispose()
    {
        _namespaces.Close();
        _image.Mount.Close();
        _null.Close();
        _ = _cgroup.Remove();
        _ = ServiceDirectories.RemoveRuntime(_unit, _identity, _facts);
        _ = _users.Release(IdentityResolver.DynamicName(_unit));
    }

    private static T Need<T>(T? made, Failure? failure)
        where T : class => made ?? throw new InvalidOperationException(failure?.ToString());
}
