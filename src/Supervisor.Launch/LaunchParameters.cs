using System.Runtime.CompilerServices;
using Supervisor.Linux;

namespace Supervisor.Launch;

/// <summary>What differs from one start of a plan to the next.</summary>
public struct LaunchParameters
{
    private Values _values;

    /// <summary>The directory of the cgroup (v2) that the process is born in; null for the starter's own.</summary>
    public Fd? Cgroup { get; set; }

    /// <summary>CLONE_PARENT: the process is a child of the starter's parent, which will reap it.</summary>
    public bool ForParent { get; set; }

    /// <summary>Fills a register; those not filled hold -1. Descriptors stay the caller's.</summary>
    public void Set(PlanRegister register, Fd fd) => Set(register, fd.Number);

    public void Set(PlanRegister register, long value) => _values[register.Number] = ~value;

    internal readonly long Get(int register) => ~_values[register];

    // Complemented, so that a fresh structure means -1 everywhere.
    [InlineArray(PlanRegister.Presets)]
    private struct Values
    {
        private long _first;
    }
}
