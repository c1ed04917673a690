using System.Buffers.Binary;
using Supervisor.Linux;

namespace Supervisor.Launch;

/// <summary>Limits, scheduling, signals, seccomp, and the program itself.</summary>
public sealed partial class PlanBuilder
{
    /// <summary>prlimit64(2) of the process itself; <paramref name="resource"/> is RLIMIT_*.</summary>
    public PlanBuilder SetLimit(int resource, ulong soft, ulong hard, OnError onError = default) =>
        Call("prlimit64", null, Nr.prlimit64, onError, 0, resource, PlanBlob.OfWords(soft, hard), 0);

    public PlanBuilder Setsid(OnError onError = default) => Call("setsid", null, Nr.setsid, onError);

    /// <summary>setpriority(2) of the process itself.</summary>
    public PlanBuilder SetPriority(int nice, OnError onError = default) => Call("setpriority", nice.ToString(), Nr.setpriority, onError, 0, 0, nice);

    /// <summary>sched_setscheduler(2) of the process itself.</summary>
    public PlanBuilder SchedSetscheduler(int policy, int priority, OnError onError = default)
    {
        var parameter = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(parameter, priority);
        return Call("sched_setscheduler", null, Nr.sched_setscheduler, onError, 0, policy, new PlanBlob(parameter));
    }

    /// <summary>rt_sigaction(2) SIG_IGN. The child begins with every signal at its default.</summary>
    public PlanBuilder IgnoreSignal(int signal, OnError onError = default) =>
        Call("rt_sigaction", signal.ToString(), Nr.rt_sigaction, onError, signal, PlanBlob.OfWords(1, 0, 0, 0), 0, 8);

    /// <summary>rt_sigprocmask(2) SIG_SETMASK: bit n-1 blocks signal n.</summary>
    public PlanBuilder SetSignalMask(ulong blocked) => Call("rt_sigprocmask", null, Nr.rt_sigprocmask, default, 2, PlanBlob.OfWords(blocked), 0, 8);

    /// <summary>
    /// seccomp(2) SECCOMP_SET_MODE_FILTER with a program of struct sock_filter (8 bytes each). Needs no_new_privs or CAP_SYS_ADMIN. What comes after it in the
    /// plan must pass the filter.
    /// </summary>
    public PlanBuilder InstallSeccomp(ReadOnlySpan<byte> filter, uint flags = 0, OnError onError = default)
    {
        // An allow list need not have rt_sigprocmask. No handler is left that could run, so this early is as good.
        UnblockSignals();
        // struct sock_fprog: u16 len, then at 8 the address of the instructions
        var program = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(program, (ushort)(filter.Length / 8));
        return Call("seccomp", null, Nr.seccomp, onError, 1, flags, new PlanBlob(program, (8, new PlanBlob(filter.ToArray()))));
    }

    /// <summary>
    /// The last step's last call: the signal mask is emptied and the program begins. Signals stay blocked until here, so that none meets a half-made process.
    /// With <paramref name="onError"/> a plan can try several paths in turn.
    /// </summary>
    public PlanBuilder Execve(string path, IReadOnlyList<PlanArg> arguments, IReadOnlyList<PlanArg> environment, OnError onError = default)
    {
        UnblockSignals();
        return Call("execve", path, Nr.execve, onError, path, PlanArg.Of(arguments), PlanArg.Of(environment));
    }

    /// <summary>As <see cref="Execve(string, IReadOnlyList{PlanArg}, IReadOnlyList{PlanArg}, OnError)"/>, with plain strings.</summary>
    public PlanBuilder Execve(string path, IEnumerable<string> arguments, IEnumerable<string> environment) =>
        Execve(path, [.. arguments.Select(a => (PlanArg)a)], [.. environment.Select(e => (PlanArg)e)]);

    private void UnblockSignals()
    {
        if (!_unblocked)
            SetSignalMask(0);
        _unblocked = true;
    }
}
