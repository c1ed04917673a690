using Supervisor.Launch;
using Supervisor.Units;

namespace Supervisor.Sandbox.Plan;

/// <summary>What the writers of steps share while one plan is written.</summary>
internal sealed class PlanScope(Unit unit, ExecCommand command, LaunchContext context, EffectiveSandbox effective)
{
    private readonly UnitView _unit = new(unit, context.LeftOut);

    public PlanBuilder Builder { get; } = new(unit.Name);

    public Unit Unit => unit;

    public ExecCommand Command => command;

    public LaunchContext Context => context;

    public HostFacts Facts => context.Facts;

    public EffectiveSandbox Effective => effective;

    public HashSet<PlanRegister> Registers { get; } = [];

    /// <summary>The user namespace, with a number that no descriptor of the service gets.</summary>
    public PlanRegister? UserNamespace { get; set; }

    /// <summary>True once a filter of system calls is in place.</summary>
    public bool Filtered { get; set; }

    /// <summary>Descriptors that the service begins with.</summary>
    public int Descriptors => 3 + context.Passed;

    /// <summary>The first thing that cannot be planned; the start fails with it.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>What this machine has less of than the unit asks for, and no security setting.</summary>
    public List<DegradedSetting> Lowered { get; } = [];

    /// <summary>False for "+": the command has its root and nothing else of the sandbox.</summary>
    public bool Sandboxed => !command.FullPrivileges;

    /// <summary>False for "+" and "!": the command stays root.</summary>
    public bool ChangesUser => !command.FullPrivileges && !command.KeepPrivileges && context.Identity.IsSet;

    public bool HasRoot => context.Root is not null;

    public Setting<T> Get<T>(Directive<T> row) => _unit.Get(row);

    /// <summary>True and the origin when the setting is on and the command is sandboxed.</summary>
    public bool IsOn(Directive<bool> row, out Origin origin)
    {
        var setting = Get(row);
        origin = setting.Origin;
        return setting.Value && Sandboxed;
    }

    public PlanRegister Use(PlanRegister register)
    {
        Registers.Add(register);
        return register;
    }

    public void Fail(Failure failure) => Failure ??= failure;

    public PlanBuilder Step(string title, Origin origin, int exitStatus, string? path = null) => Builder.Step(title, origin, exitStatus, path);
}
