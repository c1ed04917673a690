using Supervisor.Launch;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>A setting that this start does without.</summary>
public sealed record DegradedSetting(Origin Origin, string Reason);

/// <summary>What a unit and a command come to: the steps, and what has to be given to each start.</summary>
/// <param name="Launch">To be compiled once (<see cref="CompiledPlan.Create"/>) and started any number of times.</param>
/// <param name="Registers">The presets that the plan reads: the caller fills those of its descriptors.</param>
/// <param name="Degraded">What is not applied as it reads, in words for <c>status</c>: limits that this machine cannot raise, and with SandboxMode=degrade the settings that were left out.</param>
/// <param name="Template">What argv and the environment are made from.</param>
public sealed record SandboxPlan(
    LaunchPlan Launch, IReadOnlySet<PlanRegister> Registers, IReadOnlyList<DegradedSetting> Degraded, StartTemplate Template)
{
    public bool Reads(PlanRegister register) => Registers.Contains(register);
}

/// <summary>A command line and the parts of its environment that are known before a start.</summary>
/// <param name="Defaults">What the manager itself says: PATH, USER, RUNTIME_DIRECTORY and so on.</param>
/// <param name="Sockets">Sockets that are passed.</param>
/// <param name="NotifySocket">Where the service finds the notify socket; null when it is not to notify.</param>
public sealed record StartTemplate(
    Unit Unit, ExecCommand Command, IReadOnlyList<EnvironmentItem> Defaults, int Sockets, string? NotifySocket);

/// <summary>What differs from one start to the next.</summary>
public sealed record StartValues
{
    /// <summary>32 hexadecimal digits.</summary>
    public string? InvocationId { get; init; }

    public ulong WatchdogMicroseconds { get; init; }

    /// <summary>Names of the sockets, in order (LISTEN_FDNAMES).</summary>
    public IReadOnlyList<string> SocketNames { get; init; } = [];

    /// <summary>FileDescriptorStoreMax= (FDSTORE).</summary>
    public int StoreMax { get; init; }

    /// <summary>A restart of RestartMode=debug (DEBUG_INVOCATION).</summary>
    public bool DebugInvocation { get; init; }

    /// <summary>"DEVICE:INODE" of standard error's log stream.</summary>
    public string? JournalStream { get; init; }

    /// <summary>0 when there is none.</summary>
    public int MainPid { get; init; }

    /// <summary>For ExecStop= and ExecStopPost=.</summary>
    public string? ServiceResult { get; init; }

    public string? ExitCode { get; init; }

    public string? ExitStatus { get; init; }

    /// <summary>What the unit was triggered by: TRIGGER_UNIT and its kin.</summary>
    public IReadOnlyList<EnvironmentItem> Trigger { get; init; } = [];

    /// <summary>The manager's own environment, for PassEnvironment=; null to read that of this process.</summary>
    public IReadOnlyDictionary<string, string>? ManagerEnvironment { get; init; }
}
