using System.Text;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Launch;

/// <summary>
/// A user namespace with its maps in place, as a descriptor to enter or to map mounts by. It is made by a process that does nothing and is gone again when the
/// call returns; the maps are written from outside, where the privilege is.
/// </summary>
public static unsafe class UserNamespace
{
    private const ulong CLONE_VM = 0x100, CLONE_PIDFD = 0x1000, CLONE_NEWUSER = 0x10000000, CLONE_CLEAR_SIGHAND = 0x100000000;
    private static CompiledPlan? s_waiting;

    /// <summary>
    /// Makes one. Maps are lines of user_namespaces(7): <c>inside outside count</c>. <paramref name="denySetgroups"/> is needed by a starter without CAP_SETGID.
    /// </summary>
    public static OsResult<Fd> Create(string uidMap, string gidMap, bool denySetgroups = false)
    {
        if (Launcher.Prepare().Failed(out var error))
            return error;
        s_waiting ??= CompiledPlan.Create(WaitingPlan(), out _);
        if (s_waiting is null)
            return new OsError(Errno.ENOMEM, "mmap");
        // It shares our memory, which costs nothing: it reads the plan, keeps to its stack, and is dead before this call returns.
        var result = Launcher.Clone(CLONE_VM | CLONE_PIDFD | CLONE_NEWUSER | CLONE_CLEAR_SIGHAND, false, null, s_waiting.Block, out var pidfd, exitSignal: 0);
        if (result < 0)
            return new OsError((Errno)(-result), "clone3 (CLONE_NEWUSER)");
        var process = $"/proc/{result}";
        var ok = OsResult.Success;
        if (denySetgroups)
            ok = Sys.WriteControl($"{process}/setgroups", "deny"u8);
        if (ok.Ok)
            ok = Sys.WriteControl($"{process}/uid_map", Encoding.ASCII.GetBytes(uidMap));
        if (ok.Ok)
            ok = Sys.WriteControl($"{process}/gid_map", Encoding.ASCII.GetBytes(gidMap));
        OsResult<Fd> opened = ok.Failed(out error) ? error : Sys.Open($"{process}/ns/user", LibC.O_RDONLY);
        _ = Sys.PidfdSendSignal(pidfd, LibC.SIGKILL);
        _ = Sys.Reap(pidfd);
        pidfd.Close();
        return opened;
    }

    private static LaunchPlan WaitingPlan()
    {
        var plan = new PlanBuilder("user namespace").Step("wait", Origin.Default(), 1);
        plan.SetParentDeathSignal(LibC.SIGKILL);
        plan.Call("pause", null, Nr.pause, default);
        return plan.Build();
    }
}
