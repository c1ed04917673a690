namespace Supervisor.Control;

/// <summary>io.supervisor.Manager: the names of its methods, and its description for GetInterfaceDescription.</summary>
public static class ManagerInterface
{
    public const string Name = "io.supervisor.Manager";

    public const string GetInfo = Name + ".GetInfo", ListUnits = Name + ".ListUnits", GetUnit = Name + ".GetUnit", StartUnit = Name + ".StartUnit",
        StopUnit = Name + ".StopUnit", RestartUnit = Name + ".RestartUnit", TryRestartUnit = Name + ".TryRestartUnit", ReloadUnit = Name + ".ReloadUnit",
        ReloadOrRestartUnit = Name + ".ReloadOrRestartUnit", KillUnit = Name + ".KillUnit", ResetFailed = Name + ".ResetFailed", Reload = Name + ".Reload",
        Reexecute = Name + ".Reexecute", PowerOff = Name + ".PowerOff", Reboot = Name + ".Reboot", Halt = Name + ".Halt", Exit = Name + ".Exit",
        ReleaseImage = Name + ".ReleaseImage", GetOwned = Name + ".GetOwned", ExplainSandbox = Name + ".ExplainSandbox", Subscribe = Name + ".Subscribe";

    public const string ServiceGetInfo = "org.varlink.service.GetInfo", ServiceGetInterfaceDescription = "org.varlink.service.GetInterfaceDescription";

    /// <summary>The interface in Varlink's own language.</summary>
    public const string Description = """
        # The manager's units, images and end.
        interface io.supervisor.Manager

        type UnitDirectoryInfo (path: string, attached: bool, generated: bool)
        type ProcessInfo (pid: int, parentPid: int, command: string)

        # Times are microseconds since 1970, 0 for never.
        type UnitStatus (name: string, description: string, loadState: string, activeState: string, subState: string, result: string, type: ?string,
          fragmentPath: ?string, dropIns: []string, problems: []string, stateChangedAt: int, activeEnterAt: int, mainPid: int, mainStartedAt: int,
          mainExitedAt: int, mainExit: ?string, mainExitCode: int, mainExitStatus: int, controlPid: int, restarts: int, lastRestartAt: int,
          lastRestartReason: ?string, statusText: ?string, failure: ?string, unmetCondition: ?string, invocationId: ?string, image: ?string,
          profile: ?string, withheld: []string, user: ?string, uid: ?int, dynamicUser: bool, cgroup: ?string, processes: []ProcessInfo,
          memoryBytes: ?int, cpuMicroseconds: int, tasks: int, job: ?string, degraded: []string, causes: []string, canReload: bool, listen: []string,
          triggers: ?string, triggeredBy: []string, nextElapseAt: int, lastTriggerAt: int, properties: []string)

        method GetInfo() -> (version: string, mode: string, generation: int, managerPid: int, keeperPid: int, runtimeDirectory: string,
          stateDirectory: string, attached: string, runtimeAttached: string, journalDirectory: string, unitPath: []UnitDirectoryInfo, notes: []string)
        method ListUnits(all: bool) -> (units: []UnitStatus)
        method GetUnit(unit: string) -> (unit: UnitStatus)
        method StartUnit(unit: string, mode: ?string, wait: ?bool) -> (unit: string, result: string, text: ?string, notes: []string, tookMicroseconds: int, status: ?UnitStatus)
        method StopUnit(unit: string, mode: ?string, wait: ?bool) -> (unit: string, result: string, text: ?string, notes: []string, tookMicroseconds: int, status: ?UnitStatus)
        method RestartUnit(unit: string, mode: ?string, wait: ?bool) -> (unit: string, result: string, text: ?string, notes: []string, tookMicroseconds: int, status: ?UnitStatus)
        method TryRestartUnit(unit: string, mode: ?string, wait: ?bool) -> (unit: string, result: string, text: ?string, notes: []string, tookMicroseconds: int, status: ?UnitStatus)
        method ReloadUnit(unit: string, mode: ?string, wait: ?bool) -> (unit: string, result: string, text: ?string, notes: []string, tookMicroseconds: int, status: ?UnitStatus)
        method ReloadOrRestartUnit(unit: string, mode: ?string, wait: ?bool) -> (unit: string, result: string, text: ?string, notes: []string, tookMicroseconds: int, status: ?UnitStatus)
        # who is main, control or all.
        method KillUnit(unit: string, who: string, signal: int) -> ()
        method ResetFailed(unit: string) -> ()
        # Reads all unit files again.
        method Reload() -> ()
        # Replaces this manager by a new one; services go on.
        method Reexecute() -> ()
        method PowerOff() -> ()
        method Reboot() -> ()
        method Halt() -> ()
        method Exit(code: int) -> ()
        # Gives up the mount that is kept of an image.
        method ReleaseImage(image: string) -> ()
        # What the unit owns in the kernel and in files.
        method GetOwned(unit: string) -> (unit: string, users: []int, cgroups: []string, loopDevices: []int, image: ?string, namespaces: []int, paths: []string, keptPaths: []string)
        # The steps that a start of the unit would take.
        method ExplainSandbox(unit: string) -> (text: []string)
        # With "more": every change of state from now on.
        method Subscribe() -> (unit: string, active: string, sub: string, result: string, at: int, text: ?string)

        error PermissionDenied (text: string)
        error NoSuchUnit (text: string)
        error BadRequest (text: string)
        error Failed (text: string)
        """;
}
