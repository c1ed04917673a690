using Supervisor.Engine;
using Supervisor.Images;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Sandbox;
using Supervisor.Sandbox.Devices;
using Supervisor.Sandbox.Firewall;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>What a run needs before its first command, and giving it back.</summary>
internal sealed partial class UnitResources
{
    private const string NamespaceKind = "ns-";

    public void Acquire(string name)
    {
        var unit = engine.Find(name)!.Unit;
        if (unit.LoadState != LoadState.Loaded)
        {
            var why = unit.LoadState switch
            {
                LoadState.NotFound => $"there is no unit {name}",
                LoadState.Masked => $"{name} is masked",
                _ => string.Join('\n', unit.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => d.ToString())),
            };
            Refuse(name, new Failure(why));
            return;
        }
        if (!_owned.TryGetValue(name, out var owned))
        {
            _owned[name] = owned = new UnitOwned(name);
            History.Of(name).Degraded = [];
        }
        var failure = unit.Type is UnitType.Service or UnitType.Socket ? Make(unit, owned) : null;
        if (failure is not null)
        {
            Release(name, keepRuntimeDirectory: false, restarting: false);
            Refuse(name, failure);
            return;
        }
        owned.InvocationId = Guid.NewGuid();
        Tell(new Event.ResourcesReady(name, owned.InvocationId));
    }

    public void Release(string name, bool keepRuntimeDirectory, bool restarting)
    {
        if (!_owned.TryGetValue(name, out var owned))
            return;
        owned.PidFileWatch?.Dispose();
        owned.PidFileWatch = null;
        CloseOutput(name);
        Journal.Close(name);
        var preserve = engine.Find(name)!.Unit.Get(Directives.FileDescriptorStorePreserve).Value;
        if (preserve == FileDescriptorStorePreserve.No || (preserve == FileDescriptorStorePreserve.Restart && !restarting))
            Descriptors.Clear(name);
        if (restarting)
            return; // the same unit comes again at once and finds all of this
        var unit = engine.Find(name)!.Unit;
        _owned.Remove(name);
        if (UsesTerminal(unit))
            Report(name, Terminals.Leave(unit));
        owned.DropPlans();
        owned.CgroupWatch?.Dispose();
        foreach (var (kind, _) in owned.Namespaces?.Fds ?? [])
            keeper.Drop(KeeperNames.Of(NamespaceKind + kind, name));
        owned.Namespaces?.Close();
        if (owned.Image is { } image)
            _images.Release(image, name);
        if (owned.CgroupHandle?.Remove().Failed(out var error) == true && error.Errno is not (Errno.EBUSY or Errno.ENOENT))
            Report(name, new Failure("cannot remove its cgroup", error));
        if (owned.Identity is not { } identity)
            return;
        if (EffectiveSandbox.Of(unit, owned.LeaveOut).RemoveIpc is { Value: true } ipc && identity.Uid != 0)
            Report(name, IpcCleaner.Remove(identity.Uid, identity.Gid, ipc.Origin));
        if (!keepRuntimeDirectory)
            Report(name, ServiceDirectories.RemoveRuntime(unit, identity, facts));
        if (owned.DynamicName is { } user && DynamicUsers.Release(user).Failed(out error))
            Report(name, new Failure($"cannot release the dynamic user {user}", error));
    }

    /// <summary>Takes over what a unit had under an earlier manager: the same calls again, with the descriptors that the keeper held.</summary>
    public void Adopt(Unit unit, Guid invocation, Func<string, Fd?> held)
    {
        var owned = _owned[unit.Name] = new UnitOwned(unit.Name) { InvocationId = invocation };
        if (unit.Get(Directives.RootImage).Value is { } image && held(ImageLeases.NameOf(image)) is { } mount)
            _images.Adopt(image, mount);
        var namespaces = new List<(string, Fd)>();
        foreach (var kind in new[] { "user", "net", "ipc", "tmp" })
        {
            if (held(KeeperNames.Of(NamespaceKind + kind, unit.Name)) is { } fd)
                namespaces.Add((kind, fd));
        }
        owned.Namespaces = UnitNamespaces.Adopt(namespaces);
        if (Make(unit, owned) is { } failure)
            Report(unit.Name, failure);
        if (held(KeeperNames.Of("log", unit.Name)) is { } stream)
            Journal.AdoptStream(StreamOf(unit, owned), stream);
        if (held(KeeperNames.Of(OutputKind, unit.Name)) is { } output)
            _stdout[unit.Name] = output;
    }

    private Failure? Make(Unit unit, UnitOwned owned)
    {
        if (owned.Identity is null)
        {
            if (Identify(unit, owned) is { } unknown)
                return unknown;
        }
        var refused = new List<string>();
        if (ServiceDirectories.Prepare(unit, owned.Identity!, facts, out var failure, refused) is not { } directories)
            return failure;
        owned.Directories = directories;
        foreach (var path in refused)
            log.UnitWarning(unit.Name, $"left to its owner, because it has another name elsewhere: {path}");
        if (owned.CgroupHandle is null && MakeCgroup(unit, owned) is { } noCgroup)
            return noCgroup;
        if (OpenImage(unit, owned) is { } noImage)
            return noImage;
        if (owned.Namespaces is not null)
            return null;
        if (UnitNamespaces.Create(unit, owned.Identity!, facts, LeftOut(unit, owned), kind => Joined(unit, kind), out failure) is not { } namespaces)
            return failure;
        owned.Namespaces = namespaces;
        foreach (var (kind, fd) in namespaces.Fds)
            keeper.Store(KeeperNames.Of(NamespaceKind + kind, unit.Name), fd);
        return null;
    }

    /// <summary>
    /// What a running unit has that this one is to share (JoinsNamespaceOf= of either of them); of /tmp only one that is private and not disconnected.
    /// </summary>
    private Fd Joined(Unit unit, string kind)
    {
        var mine = unit.Get(Directives.JoinsNamespaceOf).Value;
        foreach (var other in _owned.Values)
        {
            if (other.Unit == unit.Name || other.Namespaces?.Find(kind) is not { IsOpen: true } fd || engine.Find(other.Unit)?.Unit is not { } theirs)
                continue;
            var joins = mine.Any(j => j.Value == other.Unit) || theirs.Get(Directives.JoinsNamespaceOf).Value.Any(j => j.Value == unit.Name);
            if (joins && (kind != "tmp" || EffectiveSandbox.Of(theirs, other.LeaveOut).PrivateTmp.Value == PrivateTmp.Yes))
                return fd;
        }
        return Fd.None;
    }

    private Failure? Identify(Unit unit, UnitOwned owned)
    {
        var accounts = AccountDatabase.ReadHost().TryGet(out var read, out _) ? read : AccountDatabase.Empty;
        uint? dynamic = null;
        var wants = unit.Get(Directives.DynamicUser);
        if (wants.Value && IdentityResolver.StaticFor(unit, accounts) is null)
        {
            var name = IdentityResolver.DynamicName(unit);
            if (!DynamicUsers.Allocate(name, accounts, ServiceDirectories.FormerOwner(unit, facts)).TryGet(out var uid, out var error))
                return new Failure($"cannot allocate a dynamic user for {name}", error, wants.Origin, Launch.ExitStatus.User);
            owned.DynamicName = name;
            dynamic = uid;
        }
        owned.Identity = IdentityResolver.Resolve(unit, accounts, dynamic, out var failure);
        return failure;
    }

    private Failure? MakeCgroup(Unit unit, UnitOwned owned)
    {
        if (UnitCgroup.Create(unit, facts, LeftOut(unit, owned), out var failure) is not { } cgroup)
            return failure;
        owned.CgroupHandle = cgroup;
        foreach (var missing in cgroup.Missing)
            Without(unit.Name, $"{missing.Origin}: {missing.Reason}");
        owned.Cgroup = cgroup.Path;
        if (cgroup.Path is not { } path)
            return null;
        if (!CgroupWatch.Start(loop, path, () => Tell(new Event.CgroupEmpty(unit.Name))).TryGet(out var watch, out var error))
            return new Failure("cannot watch its cgroup", error);
        owned.CgroupWatch = watch;
        return Firewall(unit, cgroup) ?? (owned.LeaveOut.Contains(Directives.DevicePolicy.Name) || owned.LeaveOut.Contains(Directives.DeviceAllow.Name) ? null : DeviceFilter.Attach(unit, cgroup));
    }

    /// <summary>
    /// Linux 6.14 and later count uses of cgroup.kill, and compare the target's count with that of the starter's own cgroup when a process is born into another one
    /// (kernel/cgroup/cgroup.c, cgroup_css_set_fork): after a kill every such process is killed at birth. A new directory begins at zero.
    /// </summary>
    private Failure? RenewCgroup(Unit unit, UnitOwned owned)
    {
        if (owned.CgroupWatch?.Populated != false)
            return null;
        owned.CgroupWatch.Dispose();
        owned.CgroupWatch = null;
        owned.CgroupKilled = false;
        if (owned.CgroupHandle!.Remove().Failed(out var error))
            return new Failure("cannot renew its cgroup", error, default, Launch.ExitStatus.Cgroup);
        owned.CgroupHandle = null;
        return MakeCgroup(unit, owned);
    }

    private static Failure? Firewall(Unit unit, UnitCgroup cgroup)
    {
        var allow = unit.Get(Directives.IPAddressAllow);
        var deny = unit.Get(Directives.IPAddressDeny);
        if (allow.Value.Count == 0 && deny.Value.Count == 0)
            return null;
        var origin = deny.IsSet ? deny.Origin : allow.Origin;
        if (FirewallCompiler.Compile(allow.Value, deny.Value, out var failure) is not { } programs)
            return failure;
        if (!cgroup.Open().TryGet(out var fd, out var error))
            return new Failure("cannot put a firewall at its cgroup", error, origin, Launch.ExitStatus.Bpf);
        failure = FirewallAttachment.Attach(programs, fd, origin);
        fd.Close();
        return failure;
    }

    private Failure? OpenImage(Unit unit, UnitOwned owned)
    {
        if (unit.Get(Directives.RootImage) is not { Value: { } path, Origin: var origin } || owned.Image is not null)
            return null;
        var wanted = unit.Get(Directives.RootImagePolicy);
        if (wanted.Value is { } text)
        {
            if (ImagePolicy.Parse(text, out var wrong) is not { } policy)
                return new Failure($"cannot read the image policy {text}: {wrong}", null, wanted.Origin);
            if (policy.Refusal("squashfs") is { } refusal)
                return new Failure($"cannot use {path}: {refusal}", null, wanted.Origin);
        }
        if (!_images.Acquire(path, unit.Name).TryGet(out var mount, out var error))
            return new Failure($"cannot open the image", error, origin, Launch.ExitStatus.Namespace);
        (owned.Image, owned.ImageMount, owned.LoopNumber) = (path, mount.Mount, mount.LoopNumber);
        return null;
    }

    private static List<DegradedSetting> LeftOut(Unit unit, UnitOwned owned) =>
        [.. unit.SetDirectives.Where(d => owned.LeaveOut.Contains(d.Name)).Select(d => new DegradedSetting(unit.OriginOf(d), ""))];

    private void Refuse(string unit, Failure failure) => Tell(new Event.ResourcesFailed(unit, failure));

    private void Report(string unit, Failure? failure)
    {
        if (failure is not null)
            log.UnitWarning(unit, failure.ToString());
    }
}
