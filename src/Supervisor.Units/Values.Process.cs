namespace Supervisor.Units;

/// <summary>CPUAffinity=: no processors for any; <paramref name="OfNodes"/> for those of NUMAMask=.</summary>
public sealed record ProcessorAffinity(NumberSet Processors, bool OfNodes)
{
    public static ProcessorAffinity Any { get; } = new(NumberSet.Empty, false);
}

/// <summary>NUMAMask=: some nodes, or all that there are.</summary>
public sealed record NodeMask(NumberSet Nodes, bool All)
{
    public static NodeMask None { get; } = new(NumberSet.Empty, false);
}

/// <summary>Numbers of sched(7).</summary>
public enum CPUSchedulingPolicy { Other = 0, Fifo = 1, RoundRobin = 2, Batch = 3, Idle = 5, Ext = 7 }

/// <summary>Modes of set_mempolicy(2).</summary>
public enum NUMAPolicy { Default = 0, Preferred = 1, Bind = 2, Interleave = 3, Local = 4 }

/// <summary>Execution domains of personality(2) that this machine has.</summary>
public enum Personality { Linux = 0, Linux32 = 8 }

public enum MemoryTHP { Inherit, Disable, Madvise, System }

/// <summary>A label of AppArmor, SELinux or SMACK.</summary>
/// <param name="Optional">"-": that it cannot be had is no failure.</param>
public sealed record SecurityLabel(string Text, bool Optional);

[Flags]
public enum OpenFileOptions { None = 0, ReadOnly = 1, Append = 2, Truncate = 4, Graceful = 8 }

/// <summary>An item of OpenFile=.</summary>
public sealed record OpenFile(string Path, string Name, OpenFileOptions Options);
