using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox.Firewall;

/// <summary>Puts a unit's firewall at its cgroup, before anything runs in it. It goes when the cgroup goes.</summary>
public static class FirewallAttachment
{
    /// <summary>Null when both programs hold; else why not, in which case the unit must not start.</summary>
    public static Failure? Attach(FirewallPrograms programs, Fd cgroup, Origin origin) =>
        Attach(programs.Ingress, Sys.BPF_CGROUP_INET_INGRESS, "sv_ingress", cgroup, origin) ??
        Attach(programs.Egress, Sys.BPF_CGROUP_INET_EGRESS, "sv_egress", cgroup, origin);

    private static Failure? Attach(byte[] code, int attachType, string name, Fd cgroup, Origin origin)
    {
        const string attempt = "cannot filter the service's network addresses";
        if (!Sys.BpfLoad(Sys.BPF_PROG_TYPE_CGROUP_SKB, attachType, code, name).TryGet(out var program, out var error))
            return new Failure(attempt, error, origin, Launch.ExitStatus.Bpf);
        var attached = Sys.BpfAttach(program, cgroup, attachType, Sys.BPF_F_ALLOW_MULTI);
        program.Close();
        if (!attached.Failed(out error))
            return null;
        // EBADF: a directory, but not one of the version 2 tree
        return new Failure(error.Errno == Errno.EBADF ? $"{attempt}: it is not in a cgroup of version 2" : attempt, error, origin, Launch.ExitStatus.Bpf);
    }
}
