namespace Supervisor.Fuzz;

/// <summary>Every reader of bytes that somebody else wrote.</summary>
internal static class Targets
{
    public static IReadOnlyList<Target> All { get; } =
    [
        UnitTargets.Text, UnitTargets.Image, UnitTargets.Files, UnitTargets.Names,
        TimeTargets.Calendar, TimeTargets.Span, TimeTargets.Size,
        CommandTargets.Line, CommandTargets.EnvironmentText, CommandTargets.Expansion, CommandTargets.Options,
        GeneratorTargets.Script, GeneratorTargets.MountTable, GeneratorTargets.KernelLine,
        ImageTargets.Release, ImageTargets.Squash, ImageTargets.Program, ImageTargets.Compressed, ImageTargets.Policy, ImageTargets.Accounts,
        MessageTargets.Notify, MessageTargets.Bus, MessageTargets.Varlink, MessageTargets.Record, MessageTargets.Stream, MessageTargets.Output, MessageTargets.Terminal,
        MachineTargets.Appliance, MachineTargets.Modules, MachineTargets.Mounts, MachineTargets.SavedState,
    ];
}
