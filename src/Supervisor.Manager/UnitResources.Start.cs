using System.Globalization;
using Supervisor.Control;
using Supervisor.Engine;
using Supervisor.Journal;
using Supervisor.Launch;
using Supervisor.Manager.Sockets;
using Supervisor.Linux;
using Supervisor.Sandbox;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>One start: plan, descriptors, process.</summary>
internal sealed partial class UnitResources
{
    private const string OutputKind = "out";
    private const uint EPOLLIN = 1;

    private readonly Dictionary<string, Fd> _stdout = [];
    private readonly Fd _null = Sys.Open("/dev/null", LibC.O_RDWR).Value;

    private Failure? TrySpawn(Effect.Spawn e, out int pid)
    {
        pid = 0;
        var unit = engine.Find(e.Unit)!.Unit;
        var owned = _owned[e.Unit];
        while (true)
        {
            var failure = SpawnOnce(e, unit, owned, out pid);
            // SandboxMode=degrade: what cannot be had is left out, one setting after the other, and status says so
            if (failure is null || unit.Get(Directives.SandboxMode).Value != SandboxMode.Degrade || failure.Origin.Directive is not { } directive
                || !SandboxPlanner.CanLeaveOut(directive) || !owned.LeaveOut.Add(directive))
                return failure;
            owned.DropPlans();
            log.UnitWarning(e.Unit, $"{failure}, and SandboxMode=degrade asks to go on without");
            History.Of(e.Unit).Degraded = [.. History.Of(e.Unit).Degraded, $"{directive}= ({failure})"];
        }
    }

    private Failure? SpawnOnce(Effect.Spawn e, Unit unit, UnitOwned owned, out int pid)
    {
        pid = 0;
        using var files = OpenFiles.Open(unit, out var failure);
        if (files is null)
            return failure;
        if (PlanOf(unit, owned, e.Command, files.Count, out failure) is not var (plan, compiled))
            return failure;
        var runtime = engine.Find(e.Unit)!;
        var (sockets, stored, names) = Passed(unit, e.Command);
        if (runtime.Connection is not null && sockets.Count == 0 && e.Role == ProcessRole.Start)
            return new Failure("cannot start: the connection that it was made for is closed");
        if (Output(unit, owned, out var output) is { } noLog)
            return noLog;
        using var arguments = StartArguments.Create(plan.Template, Values(e, unit, owned, runtime, names, files, output), out failure);
        if (arguments is null)
            return failure;
        var parameters = new LaunchParameters { ForParent = true };
        arguments.Fill(ref parameters);
        owned.Namespaces?.Fill(ref parameters);
        if (e.Role == ProcessRole.Start && UsesTerminal(unit) && Terminals.Prepare(unit) is { } noTerminal)
            return noTerminal;
        using var streams = StandardStreams.Open(unit, _null, output, e.Role == ProcessRole.Start ? sockets : null, names, out failure);
        if (streams is null)
            return failure;
        parameters.Set(Registers.StandardInput, streams.Input);
        parameters.Set(Registers.StandardOutput, streams.Output);
        parameters.Set(Registers.StandardError, streams.Error);
        if (owned.ImageMount.IsOpen)
            parameters.Set(Registers.Image, owned.ImageMount);
        IReadOnlyList<Fd> passed = [.. sockets, .. stored, .. files.Fds];
        for (var i = 0; i < passed.Count; i++)
            parameters.Set(Registers.Socket(i), passed[i]);
        var cgroup = Fd.None;
        if (owned.CgroupKilled && RenewCgroup(unit, owned) is { } noCgroup)
            return noCgroup;
        if (owned.CgroupHandle is { Path: not null } group && !group.Open().TryGet(out cgroup, out var error))
            return new Failure("cannot enter its cgroup", error, default, Launch.ExitStatus.Cgroup);
        if (cgroup.IsOpen)
            parameters.Cgroup = cgroup;
        var result = Launcher.Start(compiled, parameters);
        cgroup.Close();
        if (result.Failed)
            return PlanFailure.Describe(compiled, result.Outcome);
        if (result.Report.IsOpen)
            AwaitReport(e.Unit, compiled, result.Report);
        pid = result.Pid;
        Processes.Add(pid, e.Unit, result.Pidfd);
        return null;
    }

    private static bool UsesTerminal(Unit unit) =>
        Terminals.IsTerminal(unit.Get(Directives.StandardInput).Value.Kind) || Terminals.IsTerminal(unit.Get(Directives.StandardOutput).Value.Kind) || Terminals.IsTerminal(unit.Get(Directives.StandardError).Value.Kind)
        || unit.Get(Directives.TTYPath).IsSet;

    /// <summary>A child with memory of its own says later what failed; its exit status is the step's, and the engine acts on that.</summary>
    private void AwaitReport(string unit, CompiledPlan compiled, Fd report)
    {
        // the plan may be dropped before the child has spoken; what it says needs the steps only
        loop.Watch(report, EPOLLIN, _ =>
        {
            if (Launcher.ReadReport(compiled, report) is not { } outcome)
                return;
            loop.Forget(report);
            report.Close();
            if (!outcome.Failed)
                return;
            var failure = PlanFailure.Describe(compiled, outcome);
            History.Of(unit).Failure = failure.ToString();
            log.UnitError(unit, failure.ToString());
        });
    }

    private (SandboxPlan Plan, CompiledPlan Compiled)? PlanOf(Unit unit, UnitOwned owned, ExecCommand command, int files, out Failure? failure)
    {
        failure = null;
        if (owned.Plans.TryGetValue(command, out var known))
        {
            // a file that may be missing has come or gone
            var (sockets, stored, _) = Passed(unit, command);
            if (known.Plan.Template.Sockets == files + sockets.Count + stored.Count)
                return known;
            known.Compiled.Dispose();
            owned.Plans.Remove(command);
        }
        var root = Fd.None;
        var host = Sys.Open("/", LibC.O_PATH | LibC.O_DIRECTORY).Value;
        if (unit.Get(Directives.RootDirectory).Value is { } directory && !Sys.Open(directory, LibC.O_PATH | LibC.O_DIRECTORY).TryGet(out root, out var error))
        {
            host.Close();
            failure = new Failure("cannot open the service's root", error, unit.Get(Directives.RootDirectory).Origin, Launch.ExitStatus.Namespace);
            return null;
        }
        var plan = SandboxPlanner.Plan(unit, command, Context(unit, command, owned, owned.ImageMount.IsOpen ? owned.ImageMount : root, host) with { Files = files }, out failure);
        host.Close();
        root.Close();
        if (plan is null || CompiledPlan.Create(plan.Launch, out failure) is not { } compiled)
            return null;
        owned.Plans[command] = (plan, compiled);
        foreach (var lowered in plan.Degraded.Where(d => !owned.LeaveOut.Contains(d.Origin.Directive ?? "")))
            Without(unit.Name, $"{lowered.Origin}: {lowered.Reason}");
        return (plan, compiled);
    }

    /// <summary>What the unit does without on this machine; said once, and shown by status.</summary>
    internal void Without(string unit, string text)
    {
        if (History.Of(unit).Degraded.Contains(text))
            return;
        log.UnitWarning(unit, text);
        History.Of(unit).Degraded = [.. History.Of(unit).Degraded, text];
    }

    private LaunchContext Context(Unit unit, ExecCommand command, UnitOwned owned, Fd root, Fd host) => new()
    {
        Facts = facts,
        Identity = owned.Identity ?? ServiceIdentity.Root,
        Root = owned.Image is not null ? new RootSource.Mount("squashfs", $"/dev/loop{owned.LoopNumber.ToString(CultureInfo.InvariantCulture)}")
            : unit.Get(Directives.RootDirectory).Value is { } directory && HasRootDirectory(unit, command) ? new RootSource.Directory(directory)
            : null,
        RootView = root.IsOpen && (owned.Image is not null || HasRootDirectory(unit, command)) ? RootView.Of(root) : RootView.Of(host),
        HostView = RootView.Of(host),
        Directories = owned.Directories,
        EnterCgroups = owned.CgroupHandle?.EnterPaths ?? [],
        Sockets = Passed(unit, command).Sockets.Count,
        Stored = Passed(unit, command).Stored.Count,
        Notify = NotifyAccessOf(unit) != NotifyAccess.None,
        LeaveOut = LeftOut(unit, owned),
    };

    /// <summary>RootDirectoryStartOnly=.</summary>
    private static bool HasRootDirectory(Unit unit, ExecCommand command) => !unit.Get(Directives.RootDirectoryStartOnly).Value || unit.Get(Directives.ExecStart).Value.Contains(command);

    /// <summary>NotifyAccess=, which Type=notify, WatchdogSec= and FileDescriptorStoreMax= raise to main (systemd.service(5)).</summary>
    public static NotifyAccess NotifyAccessOf(Unit unit)
    {
        var access = unit.Get(Directives.NotifyAccess).Value;
        var talks = unit.Get(Directives.Type).Value is ServiceType.Notify or ServiceType.NotifyReload || unit.Get(Directives.WatchdogSec).Value.Microseconds != 0
            || unit.Get(Directives.FileDescriptorStoreMax).Value > 0;
        return access == NotifyAccess.None && talks ? NotifyAccess.Main : access;
    }

    /// <summary>What a service that a timer or path unit started is told of it (systemd.exec(5), "Environment Variables Set on Triggered Units").</summary>
    private static List<EnvironmentItem> TriggerOf(TriggerDetails? trigger)
    {
        var items = new List<EnvironmentItem>();
        if (trigger is null)
            return items;
        items.Add(new("TRIGGER_UNIT", trigger.Unit));
        if (trigger.Path is { } path)
            items.Add(new("TRIGGER_PATH", path));
        if (trigger.Realtime != 0)
        {
            items.Add(new("TRIGGER_TIMER_REALTIME_USEC", trigger.Realtime.ToString(CultureInfo.InvariantCulture)));
            items.Add(new("TRIGGER_TIMER_MONOTONIC_USEC", trigger.Monotonic.ToString(CultureInfo.InvariantCulture)));
        }
        return items;
    }

    /// <summary>
    /// What a command is given as descriptors 3, 4 …: the sockets, or the one connection, then what the service had stored; the main command only. Commands of a socket unit are
    /// given its sockets when PassFileDescriptorsToExec= says so, and there are any.
    /// </summary>
    private (IReadOnlyList<Fd> Sockets, IReadOnlyList<Fd> Stored, IReadOnlyList<string> Names) Passed(Unit unit, ExecCommand command)
    {
        if (unit.Type == UnitType.Socket)
        {
            var own = unit.Get(Directives.PassFileDescriptorsToExec).Value ? Sockets.Of(unit.Name) : [];
            return (own, [], [.. own.Select(_ => SocketUnits.NameOf(unit))]);
        }
        if (!unit.Get(Directives.ExecStart).Value.Contains(command))
            return ([], [], []);
        var stored = Descriptors.Of(unit.Name);
        if (Sockets.Connections.Of(unit.Name) is { IsOpen: true } connection)
            return ([connection], [.. stored.Select(s => s.Fd)], ["connection", .. stored.Select(s => s.Name)]);
        var sockets = engine.SocketsOf(unit.Name).SelectMany(s => Sockets.Of(s).Select(fd => (Name: SocketUnits.NameOf(engine.Find(s)!.Unit), Fd: fd))).ToList();
        return ([.. sockets.Select(s => s.Fd)], [.. stored.Select(s => s.Fd)], [.. sockets.Select(s => s.Name), .. stored.Select(s => s.Name)]);
    }

    /// <summary>Who has connected, for the service that was made for him (systemd.socket(5), Accept=).</summary>
    private static IEnumerable<EnvironmentItem> ConnectionOf(ConnectionDetails? connection)
    {
        if (connection is null)
            yield break;
        if (connection.RemoteAddress is { } address)
            yield return new("REMOTE_ADDR", address);
        if (connection.RemotePort is { } port)
            yield return new("REMOTE_PORT", port);
        if (connection.Cookie != 0)
            yield return new("SO_COOKIE", connection.Cookie.ToString(CultureInfo.InvariantCulture));
    }

    private StartValues Values(Effect.Spawn e, Unit unit, UnitOwned owned, UnitRuntime runtime, IReadOnlyList<string> names, OpenFiles files, Fd output)
    {
        var ending = e.Role is ProcessRole.Stop or ProcessRole.StopPost;
        var exit = runtime.MainExit;
        return new StartValues
        {
            InvocationId = owned.InvocationId.ToString("N"),
            WatchdogMicroseconds = unit.Get(Directives.WatchdogSec).Value is { IsInfinite: false } watchdog ? watchdog.Microseconds : 0,
            SocketNames = [.. names, .. files.Names],
            StoreMax = unit.Get(Directives.FileDescriptorStoreMax).Value,
            DebugInvocation = unit.Get(Directives.RestartMode).Value == RestartMode.Debug && runtime.Restarts > 0,
            JournalStream = output.IsOpen && Sys.Stat(output).TryGet(out var stat, out _) ? $"{(ulong)stat.st_dev}:{(ulong)stat.st_ino}" : null,
            MainPid = e.MainPid,
            Trigger = [.. TriggerOf(runtime.Trigger), .. ConnectionOf(runtime.Connection)],
            ServiceResult = ending ? Words.Of(runtime.Result) : null,
            ExitCode = ending && exit is { } how ? how.Kind switch { ExitKind.Exited => "exited", ExitKind.Killed => "killed", _ => "dumped" } : null,
            ExitStatus = ending && exit is { } ended
                ? ended.Kind == ExitKind.Exited ? ended.Status.ToString(CultureInfo.InvariantCulture) : Signals.Name(ended.Status)["SIG".Length..]
                : null,
        };
    }

    /// <summary>The writing end of the unit's log stream, made at the first command of a run.</summary>
    private Failure? Output(Unit unit, UnitOwned owned, out Fd output)
    {
        if (_stdout.TryGetValue(unit.Name, out output))
            return null;
        if (!Journal.Open(StreamOf(unit, owned)).TryGet(out output, out var error))
            return new Failure("cannot open its log stream", error, unit.Get(Directives.StandardOutput).Origin, Launch.ExitStatus.Stdout);
        _stdout[unit.Name] = output;
        keeper.Store(KeeperNames.Of(OutputKind, unit.Name), output);
        return null;
    }

    private void CloseOutput(string unit)
    {
        if (!_stdout.Remove(unit, out var output))
            return;
        keeper.Drop(KeeperNames.Of(OutputKind, unit));
        output.Close();
    }

    /// <summary>What a unit's messages are called by when it does not say (systemd.exec(5), SyslogIdentifier=): the name of its program.</summary>
    private static string ProgramOf(Unit unit) =>
        unit.Get(Directives.ExecStart).Value is [var command, ..] ? Path.GetFileName(command.Path) : unit.Name;

    private static StreamInfo StreamOf(Unit unit, UnitOwned owned) =>
        new(unit.Name, owned.InvocationId.ToString("N"), unit.Get(Directives.SyslogIdentifier).Value ?? ProgramOf(unit), unit.Get(Directives.SyslogLevel).Value, unit.Get(Directives.LogLevelMax).Value,
            [.. unit.Get(Directives.LogExtraFields).Value, .. unit.Get(Directives.SyslogFacility) is { IsSet: true, Value: var facility } ? [$"SYSLOG_FACILITY={facility}"] : Array.Empty<string>()])
        {
            ToKernelLog = Has(unit, StandardStream.Kmsg, StandardStream.KmsgConsole),
            ToConsole = Has(unit, StandardStream.JournalConsole, StandardStream.KmsgConsole),
            ReadsPrefix = unit.Get(Directives.SyslogLevelPrefix).Value,
        };

    private static bool Has(Unit unit, StandardStream one, StandardStream other) =>
        unit.Get(Directives.StandardOutput).Value.Kind is var output && (output == one || output == other) || unit.Get(Directives.StandardError).Value.Kind is var error && (error == one || error == other);

    /// <summary>The steps that the unit's main command would go through, as text.</summary>
    public (IReadOnlyList<string>? Text, Failure? Failure) Explain(Unit unit)
    {
        if (unit.LoadState != LoadState.Loaded || unit.Get(Directives.ExecStart).Value is not [var command, ..])
            return (null, new Failure(unit.LoadState == LoadState.NotFound ? $"there is no unit {unit.Name}" : $"{unit.Name} has no command that could be explained"));
        var owned = _owned.GetValueOrDefault(unit.Name);
        if (owned is null)
        {
            // as it would be: with a user number that stands for the one that is drawn at the start
            owned = new UnitOwned(unit.Name)
            {
                Identity = unit.Get(Directives.DynamicUser).Value
                    ? new ServiceIdentity(DynamicUsers.First, DynamicUsers.First, IdentityResolver.DynamicName(unit), IdentityResolver.DynamicName(unit), [], null, null, true, true)
                    : ServiceIdentity.Root,
                Image = unit.Get(Directives.RootImage).Value,
            };
        }
        var host = Sys.Open("/", LibC.O_PATH | LibC.O_DIRECTORY).Value;
        var plan = SandboxPlanner.Plan(unit, command, Context(unit, command, owned, Fd.None, host) with { RootView = RootView.Unknown }, out var failure);
        host.Close();
        return plan is null ? (null, failure) : (PlanPrinter.Print(plan.Launch).TrimEnd('\n').Split('\n'), null);
    }

    /// <summary>What the unit owns, for a detach that wants to prove that nothing is left.</summary>
    public OwnedResources Owned(UnitRuntime runtime)
    {
        var unit = runtime.Unit;
        var owned = _owned.GetValueOrDefault(unit.Name);
        var namespaces = new List<ulong>();
        foreach (var kind in new[] { "mnt", "user", "ipc", "net", "pid", "uts", "cgroup" })
        {
            if (runtime.MainPid > 0 && Inode(runtime.MainPid.ToString(CultureInfo.InvariantCulture), kind) is var own && own != 0 && own != Inode("self", kind))
                namespaces.Add(own);
        }
        var kept = new List<string>();
        var gone = new List<string> { $"{paths.UnitStates}/{unit.Name}" };
        var bases = facts.DirectoriesOf(unit);
        foreach (var (row, kind, list) in new[]
        {
            (Directives.StateDirectory, DirectoryKind.State, kept), (Directives.CacheDirectory, DirectoryKind.Cache, kept), (Directives.LogsDirectory, DirectoryKind.Logs, kept),
            (Directives.ConfigurationDirectory, DirectoryKind.Configuration, kept), (Directives.RuntimeDirectory, DirectoryKind.Runtime, gone),
        })
        {
            foreach (var item in unit.Get(row).Value)
                list.AddRange([$"{bases.For(kind)}/{item.Value.Name}", $"{bases.For(kind)}/private/{item.Value.Name}"]);
        }
        if (owned?.Identity is { IsDynamic: true } identity)
            gone.Add($"{paths.Runtime}/dynamic-uid/{identity.Uid.ToString(CultureInfo.InvariantCulture)}");
        return new OwnedResources(unit.Name, owned?.Identity is { IsDynamic: true } dynamic ? [dynamic.Uid] : [], owned?.Cgroup is { } cgroup ? [cgroup] : [],
            owned is { LoopNumber: >= 0 } ? [owned.LoopNumber] : [], owned?.Image, namespaces, gone, kept);
    }

    private static ulong Inode(string pid, string kind) =>
        Sys.ReadlinkAt(Fd.Cwd, $"/proc/{pid}/ns/{kind}").TryGet(out var link, out _) ? Portable.LeftoverAudit.Inode(link) : 0;
}
