using Supervisor.Launch;

namespace Supervisor.Sandbox;

/// <summary>
/// The preset registers of a service's plan (<see cref="LaunchParameters.Set(PlanRegister, Linux.Fd)"/>). <see cref="SandboxPlan.Registers"/> says which of them a plan reads;
/// <see cref="StartArguments"/> and <see cref="UnitNamespaces"/> fill theirs.
/// </summary>
public static class Registers
{
    /// <summary>Descriptors 0, 1 and 2 of the service.</summary>
    public static PlanRegister StandardInput => new(0);

    public static PlanRegister StandardOutput => new(1);

    public static PlanRegister StandardError => new(2);

    /// <summary>The root: the detached mount of an image (<see cref="RootSource.Mount"/>).</summary>
    public static PlanRegister Image => new(3);

    /// <summary>The namespaces that all processes of a unit share.</summary>
    public static PlanRegister UserNamespace => new(4);

    public static PlanRegister NetworkNamespace => new(5);

    public static PlanRegister IpcNamespace => new(6);

    /// <summary>A detached tmpfs with the directories <c>tmp</c> and <c>var-tmp</c>, for all processes of a unit.</summary>
    public static PlanRegister PrivateTmp => new(7);

    /// <summary>Addresses of argv and envp.</summary>
    public static PlanRegister Arguments => new(8);

    public static PlanRegister Environment => new(9);

    /// <summary>Addresses of texts that end with a process's own number, which only it knows: "SYSTEMD_EXEC_PID=", "LISTEN_PID=", "WATCHDOG_PID=".</summary>
    public static PlanRegister ExecPid => new(10);

    public static PlanRegister ListenPid => new(11);

    public static PlanRegister WatchdogPid => new(12);

    /// <summary>Sockets that the service is given, as descriptors 3, 4 …</summary>
    public static PlanRegister Socket(int index) => new(FirstSocket + index);

    public const int MaxSockets = PlanRegister.Presets - FirstSocket;

    private const int FirstSocket = 16;
}
