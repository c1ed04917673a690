using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Sandbox;

namespace Supervisor.Manager;

/// <summary>What one unit has in the kernel while it runs.</summary>
internal sealed class UnitOwned(string unit)
{
    public string Unit => unit;

    public Guid InvocationId { get; set; }

    public ServiceIdentity? Identity { get; set; }

    /// <summary>Name of the dynamic user that was allocated, null when there is none.</summary>
    public string? DynamicName { get; set; }

    /// <summary>Path of the image whose mount is leased.</summary>
    public string? Image { get; set; }

    public int LoopNumber { get; set; } = -1;

    public Fd ImageMount { get; set; } = Fd.None;

    public IReadOnlyList<PreparedDirectory> Directories { get; set; } = [];

    public UnitCgroup? CgroupHandle { get; set; }

    /// <summary>Its directory in the v2 tree.</summary>
    public string? Cgroup { get; set; }

    /// <summary>cgroup.kill was used on it.</summary>
    public bool CgroupKilled { get; set; }

    public CgroupWatch? CgroupWatch { get; set; }

    public UnitNamespaces? Namespaces { get; set; }

    public PidFileWatch? PidFileWatch { get; set; }

    /// <summary>Directives that are left out of the plans under SandboxMode=degrade.</summary>
    public HashSet<string> LeaveOut { get; } = [];

    /// <summary>Plans made so far, by command; kept for restarts.</summary>
    public Dictionary<Units.ExecCommand, (SandboxPlan Plan, CompiledPlan Compiled)> Plans { get; } = [];

    public void DropPlans()
    {
        foreach (var (_, compiled) in Plans.Values)
            compiled.Dispose();
        Plans.Clear();
    }
}
