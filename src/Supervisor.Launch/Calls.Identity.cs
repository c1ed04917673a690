using System.Buffers.Binary;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Launch;

/// <summary>Who the process is: users, groups, capabilities(7) and what bounds them.</summary>
public sealed partial class PlanBuilder
{
    private const int PR_SET_PDEATHSIG = 1, PR_SET_DUMPABLE = 4, PR_SET_KEEPCAPS = 8, PR_CAPBSET_DROP = 24, PR_SET_SECUREBITS = 28, PR_SET_NO_NEW_PRIVS = 38,
        PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_RAISE = 2, PR_CAP_AMBIENT_CLEAR_ALL = 4;

    public PlanBuilder Setresuid(uint uid, OnError onError = default) => Call("setresuid", uid.ToString(), Nr.setresuid, onError, uid, uid, uid);

    public PlanBuilder Setresgid(uint gid, OnError onError = default) => Call("setresgid", gid.ToString(), Nr.setresgid, onError, gid, gid, gid);

    /// <summary>setgroups(2): exactly these, or none.</summary>
    public PlanBuilder Setgroups(ReadOnlySpan<uint> groups, OnError onError = default)
    {
        var list = new byte[Math.Max(4, groups.Length * 4)];
        for (var i = 0; i < groups.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan(i * 4), groups[i]);
        return Call("setgroups", null, Nr.setgroups, onError, groups.Length, new PlanBlob(list));
    }

    /// <summary>capset(2) of the process itself, all three sets.</summary>
    public PlanBuilder Capset(ulong effective, ulong permitted, ulong inheritable, OnError onError = default)
    {
        // _LINUX_CAPABILITY_VERSION_3, pid 0; then {effective, permitted, inheritable} of the low and of the high 32
        var header = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x20080522);
        var data = new byte[24];
        ReadOnlySpan<ulong> sets = [effective, permitted, inheritable];
        for (var i = 0; i < 3; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(i * 4), (uint)sets[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(12 + i * 4), (uint)(sets[i] >> 32));
        }
        return Call("capset", null, Nr.capset, onError, new PlanBlob(header), new PlanBlob(data));
    }

    /// <summary>Takes capabilities out of the bounding set: everything that is not in <paramref name="keep"/>, up to <paramref name="last"/> (/proc/sys/kernel/cap_last_cap).</summary>
    public PlanBuilder KeepBoundingSet(ulong keep, int last, OnError onError = default)
    {
        for (var capability = 0; capability <= last; capability++)
        {
            if ((keep >> capability & 1) == 0)
                Call("prctl (PR_CAPBSET_DROP)", capability.ToString(), Nr.prctl, onError, PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
        return this;
    }

    /// <summary>The ambient set becomes exactly this. Each must be permitted and inheritable already.</summary>
    public PlanBuilder SetAmbient(ulong capabilities, OnError onError = default)
    {
        Call("prctl (PR_CAP_AMBIENT_CLEAR_ALL)", null, Nr.prctl, onError, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        for (var capability = 0; capability < 64; capability++)
        {
            if ((capabilities >> capability & 1) != 0)
                Call("prctl (PR_CAP_AMBIENT_RAISE)", capability.ToString(), Nr.prctl, onError, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
        }
        return this;
    }

    public PlanBuilder SetSecureBits(uint bits, OnError onError = default) => Prctl("PR_SET_SECUREBITS", PR_SET_SECUREBITS, bits, onError);

    /// <summary>PR_SET_KEEPCAPS: the permitted set outlives the change to another uid.</summary>
    public PlanBuilder SetKeepCapabilities(bool keep, OnError onError = default) => Prctl("PR_SET_KEEPCAPS", PR_SET_KEEPCAPS, keep ? 1 : 0, onError);

    public PlanBuilder SetNoNewPrivileges(OnError onError = default) => Prctl("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1, onError);

    /// <summary>PR_SET_DUMPABLE: 0 keeps others of the same user from tracing the half-made process. execve sets it back.</summary>
    public PlanBuilder SetDumpable(bool dumpable, OnError onError = default) => Prctl("PR_SET_DUMPABLE", PR_SET_DUMPABLE, dumpable ? 1 : 0, onError);

    /// <summary>PR_SET_PDEATHSIG.</summary>
    public PlanBuilder SetParentDeathSignal(int signal, OnError onError = default) => Prctl("PR_SET_PDEATHSIG", PR_SET_PDEATHSIG, signal, onError);

    /// <summary>personality(2).</summary>
    public PlanBuilder Personality(uint persona, OnError onError = default) => Call("personality", null, Nr.personality, onError, persona);

    /// <summary>A new anonymous session keyring (keyctl(2) KEYCTL_JOIN_SESSION_KEYRING).</summary>
    public PlanBuilder NewSessionKeyring(OnError onError = default) => Call("keyctl (KEYCTL_JOIN_SESSION_KEYRING)", null, Nr.keyctl, onError, 1, 0, 0, 0, 0);

    /// <summary>prctl(2) with one argument.</summary>
    public PlanBuilder Prctl(string name, int option, PlanArg value, OnError onError = default) =>
        Call($"prctl ({name})", null, Nr.prctl, onError, option, value, 0, 0, 0);
}
