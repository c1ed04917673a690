using System.Globalization;
using System.Runtime.InteropServices;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>How the kernel treats the process: processors, memory nodes, timers, core dumps. While the host's /proc is there and the privilege is.</summary>
internal static class KernelSteps
{
    private const int PR_SET_TIMERSLACK = 29, PR_SET_THP_DISABLE = 41, PR_SET_MEMORY_MERGE = 67, PR_THP_DISABLE_EXCEPT_ADVISED = 2, SCHED_RESET_ON_FORK = 0x40000000;

    public static void Write(PlanScope s)
    {
        Scheduler(s);
        Affinity(s);
        MemoryNodes(s);
        if (s.Get(Directives.TimerSlackNSec) is { Value: { } slack } timers)
            s.Step($"let its timers be {slack} ns late", timers.Origin, ExitStatus.TimerSlack).Prctl("PR_SET_TIMERSLACK", PR_SET_TIMERSLACK, slack);
        if (s.Get(Directives.Personality) is { Value: { } persona } personality)
            s.Step($"set its personality to {(persona == Personality.Linux32 ? "x86" : "x86-64")}", personality.Origin, ExitStatus.Personality).Personality((uint)persona);
        Memory(s);
    }

    private static void Scheduler(PlanScope s)
    {
        var policy = s.Get(Directives.CPUSchedulingPolicy);
        var priority = s.Get(Directives.CPUSchedulingPriority);
        var reset = s.Get(Directives.CPUSchedulingResetOnFork);
        if (!policy.IsSet && !priority.IsSet && !reset.Value)
            return;
        var realtime = policy.Value is CPUSchedulingPolicy.Fifo or CPUSchedulingPolicy.RoundRobin;
        // the others have one priority only (sched(7))
        var number = realtime ? priority.Value ?? 1 : 0;
        s.Step(realtime ? $"schedule it as {policy.Value}, {number}" : $"schedule it as {policy.Value}", policy.IsSet ? policy.Origin : priority.IsSet ? priority.Origin : reset.Origin, ExitStatus.SetScheduler)
            .SchedSetscheduler((int)policy.Value | (reset.Value ? SCHED_RESET_ON_FORK : 0), number);
    }

    private static void Affinity(PlanScope s)
    {
        var affinity = s.Get(Directives.CPUAffinity);
        var processors = affinity.Value.OfNodes ? ProcessorsOfNodes(s, affinity.Origin) : affinity.Value.Processors;
        if (processors is not { Count: > 0 })
            return;
        s.Step($"run it on processors {processors}", affinity.Origin, ExitStatus.CpuAffinity)
            .Call("sched_setaffinity", processors.ToString(), Nr.sched_setaffinity, default, 0, processors.Mask().Length * 8, Mask(processors));
    }

    private static NumberSet? ProcessorsOfNodes(PlanScope s, Origin origin)
    {
        var mask = s.Get(Directives.NUMAMask).Value;
        var nodes = mask.All ? OnlineNodes(s) : mask.Nodes;
        var processors = NumberSet.Empty;
        foreach (var node in nodes.Numbers)
            processors = processors.With(List(s, $"/sys/devices/system/node/node{node}/cpulist"));
        if (processors.Count == 0)
            s.Fail(new Failure($"cannot run it on the processors of memory nodes {nodes}: there are none", null, origin, ExitStatus.CpuAffinity));
        return processors;
    }

    private static void MemoryNodes(PlanScope s)
    {
        var policy = s.Get(Directives.NUMAPolicy);
        if (!policy.IsSet)
            return;
        var mask = s.Get(Directives.NUMAMask).Value;
        var takes = policy.Value is NUMAPolicy.Bind or NUMAPolicy.Interleave or NUMAPolicy.Preferred;
        var nodes = !takes ? NumberSet.Empty : mask.All ? OnlineNodes(s) : mask.Nodes;
        if (policy.Value is NUMAPolicy.Bind or NUMAPolicy.Interleave && nodes.Count == 0)
        {
            s.Fail(new Failure($"cannot set its memory policy to {policy.Value}: NUMAMask= names no memory nodes", null, policy.Origin, ExitStatus.NumaPolicy));
            return;
        }
        if (policy.Value == NUMAPolicy.Preferred && nodes.Count > 1)
        {
            s.Fail(new Failure("cannot set its memory policy to Preferred: NUMAMask= names more than one memory node", null, policy.Origin, ExitStatus.NumaPolicy));
            return;
        }
        var step = s.Step($"set its memory policy to {policy.Value}{(nodes.Count > 0 ? $", nodes {nodes}" : "")}", policy.Origin, ExitStatus.NumaPolicy);
        // the kernel takes one off the number of bits
        if (nodes.Count > 0)
            step.Call("set_mempolicy", nodes.ToString(), Nr.set_mempolicy, default, (int)policy.Value, Mask(nodes), nodes.Mask().Length * 64 + 1);
        else
            step.Call("set_mempolicy", null, Nr.set_mempolicy, default, (int)policy.Value, 0, 0);
    }

    /// <summary>What belongs to the memory and not to the process: the child must have a copy of it, or the manager would be changed with it.</summary>
    private static void Memory(PlanScope s)
    {
        if (s.Get(Directives.CoredumpFilter) is { Value: { } filter } dumps)
        {
            s.Builder.MayBlock = true;
            s.Step($"let its core dumps hold 0x{filter:x}", dumps.Origin, ExitStatus.Limits)
                .WriteFile(PlanBuilder.Cwd, "/proc/self/coredump_filter", string.Create(CultureInfo.InvariantCulture, $"0x{filter:x}"));
        }
        if (s.Get(Directives.MemoryKSM) is { Value: { } merge } ksm)
        {
            s.Builder.MayBlock = true;
            // a hint: a kernel without it shares no pages
            s.Step(merge ? "let its equal pages be merged" : "keep its equal pages apart", ksm.Origin, ExitStatus.Ksm)
                .Prctl("PR_SET_MEMORY_MERGE", PR_SET_MEMORY_MERGE, merge ? 1 : 0, OnError.Ignore(Errno.EINVAL));
        }
        if (s.Get(Directives.MemoryTHP) is { Value: not MemoryTHP.Inherit } huge)
        {
            s.Builder.MayBlock = true;
            s.Step($"set its transparent huge pages to {huge.Value}", huge.Origin, ExitStatus.MemoryThp)
                .Call("prctl (PR_SET_THP_DISABLE)", null, Nr.prctl, OnError.Ignore(Errno.EINVAL),
                    PR_SET_THP_DISABLE, huge.Value == MemoryTHP.System ? 0 : 1, huge.Value == MemoryTHP.Madvise ? PR_THP_DISABLE_EXCEPT_ADVISED : 0, 0, 0);
        }
    }

    private static NumberSet OnlineNodes(PlanScope s) => List(s, "/sys/devices/system/node/online");

    private static NumberSet List(PlanScope s, string path) =>
        s.Context.HostView.ReadFile(path, 65536) is { } bytes && NumberSet.Parse(System.Text.Encoding.ASCII.GetString(bytes)) is { } set ? set : NumberSet.Empty;

    private static PlanBlob Mask(NumberSet numbers) => new(MemoryMarshal.AsBytes<ulong>(numbers.Mask()).ToArray());
}
