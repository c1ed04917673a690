using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// What all processes of a unit share while it runs: namespaces of users, network and IPC, and the private /tmp, as descriptors. Nothing of it has a name; when the
/// last descriptor and the last process are gone, so is it. A manager that takes over gets the descriptors from the keeper by <see cref="Fds"/>.
/// </summary>
public sealed class UnitNamespaces
{
    private readonly SortedDictionary<string, (PlanRegister Register, Fd Fd)> _fds = new(StringComparer.Ordinal);

    /// <summary>Name and descriptor of each, to be kept by somebody else and given to <see cref="Adopt"/>.</summary>
    public IEnumerable<(string Name, Fd Fd)> Fds => _fds.Select(f => (f.Key, f.Value.Fd));

    /// <summary>Makes those that the unit asks for; null and the failure when one cannot be made.</summary>
    public static UnitNamespaces? Create(Unit unit, ServiceIdentity identity, HostFacts facts, IReadOnlyList<DegradedSetting> leaveOut, out Failure? failure)
    {
        var left = leaveOut.Select(l => l.Origin.Directive ?? "").ToHashSet();
        var view = new UnitView(unit, left);
        var result = new UnitNamespaces();
        failure = null;
        if (view.Get(Directives.PrivateUsers) is { Value: not PrivateUsers.No } users)
            failure ??= result.Keep("user", Registers.UserNamespace, Users(users.Value, identity), "make a user namespace", users.Origin, Launch.ExitStatus.User);
        if (view.Get(Directives.PrivateNetwork) is { Value: true } network)
            failure ??= result.Keep("net", Registers.NetworkNamespace, OwnNamespace.Network(), "make a network namespace", network.Origin, Launch.ExitStatus.Network);
        if (view.Get(Directives.PrivateIPC) is { Value: true } ipc)
            failure ??= result.Keep("ipc", Registers.IpcNamespace, OwnNamespace.Ipc(), "make an IPC namespace", ipc.Origin, Launch.ExitStatus.Namespace);
        var tmp = EffectiveSandbox.Of(unit, left).PrivateTmp;
        if (tmp.Value != PrivateTmp.No && facts.CanCloneDetachedMounts)
            failure ??= result.Keep("tmp", Registers.PrivateTmp, PrivateTmpMount.Create(), "make a private /tmp", tmp.Origin, Launch.ExitStatus.Namespace);
        if (failure is null)
            return result;
        result.Close();
        return null;
    }

    /// <summary>The same from descriptors that an earlier manager left; unknown names are closed.</summary>
    public static UnitNamespaces Adopt(IEnumerable<(string Name, Fd Fd)> fds)
    {
        var result = new UnitNamespaces();
        foreach (var (name, fd) in fds)
        {
            PlanRegister? register = name switch
            {
                "user" => Registers.UserNamespace,
                "net" => Registers.NetworkNamespace,
                "ipc" => Registers.IpcNamespace,
                "tmp" => Registers.PrivateTmp,
                _ => null,
            };
            if (register is { } known)
                result._fds[name] = (known, fd);
            else
                fd.Close();
        }
        return result;
    }

    public void Fill(ref LaunchParameters parameters)
    {
        foreach (var (register, fd) in _fds.Values)
            parameters.Set(register, fd);
    }

    public void Close()
    {
        foreach (var (_, fd) in _fds.Values)
            fd.Close();
        _fds.Clear();
    }

    private Failure? Keep(string name, PlanRegister register, OsResult<Fd> made, string what, Origin origin, int exitStatus)
    {
        if (!made.TryGet(out var fd, out var error))
            return new Failure($"cannot {what}", error, origin, exitStatus);
        _fds[name] = (register, fd);
        return null;
    }

    /// <summary>self: root and the service's user are themselves, everybody else is nobody. identity: the first 65536 are themselves.</summary>
    private static OsResult<Fd> Users(PrivateUsers kind, ServiceIdentity identity) => kind == PrivateUsers.Identity
        ? UserNamespace.Create("0 0 65536\n", "0 0 65536\n")
        : UserNamespace.Create(Self(identity.Uid), Self(identity.Gid));

    private static string Self(uint id) => id == 0 ? "0 0 1\n" : $"0 0 1\n{id} {id} 1\n";
}
