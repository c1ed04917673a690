namespace Supervisor.Units;

/// <summary>The table's rows, by theme: <c>unit.Get(Directives.PrivateTmp)</c>.</summary>
public static partial class Directives
{
    internal static readonly string[] ConditionKinds =
    [
        "PathExists", "PathExistsGlob", "PathIsDirectory", "PathIsSymbolicLink", "PathIsMountPoint", "PathIsReadWrite", "PathIsEncrypted", "PathIsSocket", "DirectoryNotEmpty",
        "FileNotEmpty", "FileIsExecutable", "KernelCommandLine", "KernelVersion", "Version", "KernelModuleLoaded", "Virtualization", "User", "Group", "Host",
        "Architecture", "Firmware", "ACPower", "Security", "Capability", "NeedsUpdate", "FirstBoot", "ControlGroupController", "Memory", "CPUs", "CPUFeature", "OSRelease",
        "Environment", "Credential", "MemoryPressure", "CPUPressure", "IOPressure", "MachineTag", "Fraction",
    ];

    internal static void RegisterAll()
    {
        RegisterUnit();
        RegisterGraph();
        RegisterInstall();
        RegisterService();
        RegisterLife();
        RegisterExec();
        RegisterProcess();
        RegisterSandbox();
        RegisterNamespaces();
        RegisterLabels();
        RegisterCgroup();
        RegisterStreams();
        RegisterResources();
        RegisterSocket();
        RegisterTimer();
        RegisterPath();
        foreach (var kind in ConditionKinds)
        {
            DirectiveTable.AddVariant(Conditions, $"Condition{kind}", Syntax.Condition(kind, isAssert: false));
            DirectiveTable.AddVariant(Conditions, $"Assert{kind}", Syntax.Condition(kind, isAssert: true));
        }
        DirectiveTable.AddAlias(BindsTo, "Unit", "BindTo");
        DirectiveTable.AddAlias(StartLimitIntervalSec, "Service", "StartLimitInterval");
        DirectiveTable.AddAlias(StartLimitBurst, "Service", "StartLimitBurst");
    }
}
