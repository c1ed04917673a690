using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>Namespaces other than that of mounts. Those that a unit's processes share are made once (<see cref="UnitNamespaces"/>) and entered here.</summary>
internal static class NamespaceSteps
{
    /// <summary>Kinds that a delegated one can be of: a process cannot enter a PID or time namespace that it makes itself.</summary>
    private const ulong Delegable = Namespaces.Mount | Namespaces.Ipc | Namespaces.Net | Namespaces.Uts | Namespaces.Cgroup | Namespaces.User;

    /// <summary>Network and IPC: before mounts, because /sys and message queues show what their mounter's namespaces have.</summary>
    public static void Shared(PlanScope s)
    {
        if (!s.Sandboxed)
            return;
        if (s.Effective.Network is { Value: true, Origin: var network })
        {
            var path = s.Get(Directives.NetworkNamespacePath).Value;
            s.Step(path is null ? "enter a network of its own" : $"enter the network namespace {path}", network, ExitStatus.Network, path)
                .Setns(s.Use(Sandbox.Registers.NetworkNamespace), Namespaces.Net);
        }
        if (s.Effective.Ipc is { Value: true, Origin: var ipc })
        {
            var path = s.Get(Directives.IPCNamespacePath).Value;
            s.Step(path is null ? "enter an IPC namespace of its own" : $"enter the IPC namespace {path}", ipc, ExitStatus.Namespace, path)
                .Setns(s.Use(Sandbox.Registers.IpcNamespace), Namespaces.Ipc);
        }
        if (s.Get(Directives.ProtectControlGroups) is { Value: ProtectControlGroups.Private or ProtectControlGroups.Strict } groups)
            s.Step("see its own control groups only", groups.Origin, ExitStatus.Namespace).Unshare(Namespaces.Cgroup);
        if (s.Effective.Pids is { Value: true, Origin: var pids })
        {
            s.Builder.OwnPids = true;
            if (s.Get(Directives.Type).Value == ServiceType.Forking)
                s.Fail(new Failure("cannot give it a PID namespace of its own: with Type=forking its first process ends, and all others with it", null, pids, ExitStatus.Namespace));
        }
    }

    /// <summary>Users: last of the namespaces, so that all others belong to the host's root and the service has no power over them.</summary>
    public static void Users(PlanScope s)
    {
        var users = s.Effective.Users;
        var delegated = s.Get(Directives.DelegateNamespaces);
        if (!s.Sandboxed)
            return;
        if (users.Value)
            s.Step(s.Get(Directives.UserNamespacePath).Value is { } path ? $"enter the user namespace {path}" : "enter a user namespace of its own", users.Origin, ExitStatus.User).Setns(s.UserNamespace!.Value, Namespaces.User);
        // User namespaces that it makes are its own anyway.
        var wanted = delegated.Value & ~Namespaces.User;
        if (wanted == 0)
            return;
        if (!users.Value)
            s.Fail(new Failure("cannot give it namespaces that belong to its own users: PrivateUsers= is not set", null, delegated.Origin, ExitStatus.Namespace));
        else if ((wanted & ~Delegable) != 0)
            s.Fail(new Failure($"cannot delegate {PlanBuilder.CloneFlags(wanted & ~Delegable)}: a process cannot enter one that it makes itself", null, delegated.Origin, ExitStatus.Namespace));
        else
        {
            s.Step("get namespaces that belong to its own users", delegated.Origin, ExitStatus.Namespace).Unshare(wanted);
            if ((wanted & Namespaces.Net) != 0)
                LoopbackUp(s.Builder);
        }
    }

    /// <summary>SIOCSIFFLAGS (0x8914) of "lo": IFF_UP.</summary>
    private static void LoopbackUp(PlanBuilder b)
    {
        const int cloexec = 0x80000;
        var socket = b.CallKeep("socket", "AF_INET", Nr.socket, default, 2, 2 | cloexec, 0);
        // struct ifreq: char name[16], short flags
        var request = new byte[40];
        "lo"u8.CopyTo(request);
        request[16] = 1;
        b.Call("ioctl (SIOCSIFFLAGS)", "lo", Nr.ioctl, default, socket, 0x8914, new PlanBlob(request)).Close(socket);
    }
}
