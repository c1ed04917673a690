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
    private const int O_NONBLOCK = 0x800;

    private readonly SortedDictionary<string, (PlanRegister Register, Fd Fd)> _fds = new(StringComparer.Ordinal);

    /// <summary>Name and descriptor of each, to be kept by somebody else and given to <see cref="Adopt"/>.</summary>
    public IEnumerable<(string Name, Fd Fd)> Fds => _fds.Select(f => (f.Key, f.Value.Fd));

    /// <summary>Makes those that the unit asks for, or takes them from another unit; null and the failure when one cannot be had.</summary>
    /// <param name="joined">Descriptors of a unit of JoinsNamespaceOf=, by the names of <see cref="Fds"/>; none when there is none of that name.</param>
    public static UnitNamespaces? Create(Unit unit, ServiceIdentity identity, HostFacts facts, IReadOnlyList<DegradedSetting> leaveOut, Func<string, Fd> joined, out Failure? failure)
    {
        var left = leaveOut.Select(l => l.Origin.Directive ?? "").ToHashSet();
        var view = new UnitView(unit, left);
        var effective = EffectiveSandbox.Of(unit, left);
        var result = new UnitNamespaces();
        failure = null;
        if (effective.Users is { Value: true, Origin: var users })
            failure ??= result.Keep("user", Registers.UserNamespace, Opened(Directives.UserNamespacePath) ?? Users(view.Get(Directives.PrivateUsers).Value, identity), "have a user namespace", users, Launch.ExitStatus.User);
        if (effective.Network is { Value: true, Origin: var network })
            failure ??= result.Keep("net", Registers.NetworkNamespace, Joined("net") ?? Opened(Directives.NetworkNamespacePath) ?? OwnNamespace.Network(), "have a network namespace", network, Launch.ExitStatus.Network);
        if (effective.Ipc is { Value: true, Origin: var ipc })
            failure ??= result.Keep("ipc", Registers.IpcNamespace, Joined("ipc") ?? Opened(Directives.IPCNamespacePath) ?? OwnNamespace.Ipc(), "have an IPC namespace", ipc, Launch.ExitStatus.Namespace);
        var tmp = effective.PrivateTmp;
        if (tmp.Value != PrivateTmp.No && facts.CanCloneDetachedMounts)
        {
            var shared = tmp.Value == PrivateTmp.Yes ? Joined("tmp") : null;
            failure ??= result.Keep("tmp", Registers.PrivateTmp, shared ?? PrivateTmpMount.Create(), "make a private /tmp", tmp.Origin, Launch.ExitStatus.Namespace);
        }
        else if (tmp.Value == PrivateTmp.Yes && view.Get(Directives.JoinsNamespaceOf) is { Value.Count: > 0 } joins)
            failure ??= new Failure("cannot share a private /tmp: that needs Linux 6.15", null, joins.Origin, Launch.ExitStatus.Namespace);
        if (failure is null)
            return result;
        result.Close();
        return null;

        OsResult<Fd>? Joined(string name) => joined(name) is { IsOpen: true } fd ? Sys.Duplicate(fd) : null;

        // not blocking: it may be a FIFO, which setns(2) then refuses
        OsResult<Fd>? Opened(Directive<string?> row) => view.Get(row).Value is { } path ? Sys.Open(path, O_NONBLOCK) : null;
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

    /// <summary>One of <see cref="Fds"/> by its name; none when the unit does not have it.</summary>
    public Fd Find(string name) => _fds.TryGetValue(name, out var known) ? known.Fd : Fd.None;

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

    /// <summary>self: root and the service's user are themselves, everybody else is nobody. identity: the first 65536 are themselves. full: all are.</summary>
    private static OsResult<Fd> Users(PrivateUsers kind, ServiceIdentity identity) => kind switch
    {
        PrivateUsers.Identity => UserNamespace.Create("0 0 65536\n", "0 0 65536\n"),
        // in two pieces, by which programs tell it from the host's own
        PrivateUsers.Full => UserNamespace.Create("0 0 1\n1 1 4294967294\n", "0 0 1\n1 1 4294967294\n"),
        _ => UserNamespace.Create(Self(identity.Uid), Self(identity.Gid)),
    };

    private static string Self(uint id) => id == 0 ? "0 0 1\n" : $"0 0 1\n{id} {id} 1\n";
}
