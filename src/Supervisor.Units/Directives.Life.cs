namespace Supervisor.Units;

/// <summary>The finer points of a service's life: when it counts as ended, how it comes back, how it is reloaded.</summary>
public static partial class Directives
{
    public static readonly Directive<ExitType> ExitType =
        new() { Section = "Service", Name = "ExitType", Default = Units.ExitType.Main, Parse = Syntax.Words(("main", Units.ExitType.Main), ("cgroup", Units.ExitType.Cgroup)), Since = 250, Help = "Whose end is the end of the service" };

    public static readonly Directive<string?> BusName =
        new() { Section = "Service", Name = "BusName", Default = null, Parse = Syntax.BusName(), Since = 1, Help = "The name on the bus by which it is ready" };

    public static readonly Directive<int> ReloadSignal =
        new() { Section = "Service", Name = "ReloadSignal", Default = 1, Parse = Syntax.Signal(), Since = 253, Help = "The signal that makes a Type=notify-reload service reload" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> ExecReloadPost =
        new() { Section = "Service", Name = "ExecReloadPost", Default = [], Parse = Syntax.Commands(), Since = 259, Help = "Commands after a reload" };

    public static readonly Directive<RestartMode> RestartMode =
        new() { Section = "Service", Name = "RestartMode", Default = Units.RestartMode.Normal, Parse = Syntax.Words(("normal", Units.RestartMode.Normal), ("direct", Units.RestartMode.Direct), ("debug", Units.RestartMode.Debug)), Since = 254, Help = "Which states a restart goes through" };

    public static readonly Directive<int> RestartSteps =
        new() { Section = "Service", Name = "RestartSteps", Default = 0, Parse = Syntax.Int(0, int.MaxValue), Since = 254, Help = "In how many steps the pause before a restart grows" };

    public static readonly Directive<Duration> RestartMaxDelaySec =
        new() { Section = "Service", Name = "RestartMaxDelaySec", Default = Duration.Infinity, Parse = Syntax.Time(), Since = 254, Help = "The longest pause before a restart" };

    public static readonly Directive<Duration> RestartRandomizedDelaySec =
        new() { Section = "Service", Name = "RestartRandomizedDelaySec", Default = default(Duration), Parse = Syntax.Time(), Since = 262, Help = "A random time on top of it, at most" };

    public static readonly Directive<Duration> RuntimeRandomizedExtraSec =
        new() { Section = "Service", Name = "RuntimeRandomizedExtraSec", Default = default(Duration), Parse = Syntax.Time(), Since = 250, Help = "A random time on top of RuntimeMaxSec=, at most" };

    public static readonly Directive<TimeoutFailureMode> TimeoutStartFailureMode =
        new() { Section = "Service", Name = "TimeoutStartFailureMode", Default = TimeoutFailureMode.Terminate, Parse = FailureModes, Since = 246, Help = "How a start that takes too long is ended" };

    public static readonly Directive<TimeoutFailureMode> TimeoutStopFailureMode =
        new() { Section = "Service", Name = "TimeoutStopFailureMode", Default = TimeoutFailureMode.Terminate, Parse = FailureModes, Since = 246, Help = "How a stop that takes too long is ended" };

    public static readonly Directive<int> WatchdogSignal =
        new() { Section = "Service", Name = "WatchdogSignal", Default = 6, Parse = Syntax.Signal(), Since = 240, Help = "The signal that a watchdog that runs out sends" };

    public static readonly Directive<OOMPolicy?> OOMPolicy =
        new() { Section = "Service", Name = "OOMPolicy", Default = null, Parse = Syntax.OptionalWords<OOMPolicy>(("continue", Units.OOMPolicy.Continue), ("stop", Units.OOMPolicy.Stop), ("kill", Units.OOMPolicy.Kill)), Since = 243, Help = "What is done when the kernel killed a process for lack of memory" };

    public static readonly Directive<int> FileDescriptorStoreMax =
        new() { Section = "Service", Name = "FileDescriptorStoreMax", Default = 0, Parse = Syntax.Int(0, int.MaxValue), Since = 219, Help = "How many descriptors are kept for it" };

    public static readonly Directive<FileDescriptorStorePreserve> FileDescriptorStorePreserve =
        new() { Section = "Service", Name = "FileDescriptorStorePreserve", Default = Units.FileDescriptorStorePreserve.Restart, Parse = Syntax.BoolOrWords(Units.FileDescriptorStorePreserve.No, Units.FileDescriptorStorePreserve.Yes, ("restart", Units.FileDescriptorStorePreserve.Restart)), Since = 254, Help = "Whether they outlive the service" };

    private static SettingParser<TimeoutFailureMode> FailureModes =>
        Syntax.Words(("terminate", TimeoutFailureMode.Terminate), ("abort", TimeoutFailureMode.Abort), ("kill", TimeoutFailureMode.Kill));

    private static void RegisterLife()
    {
        DirectiveTable.Add(ExitType);
        DirectiveTable.Add(BusName);
        DirectiveTable.Add(ReloadSignal);
        DirectiveTable.Add(ExecReloadPost);
        DirectiveTable.Add(RestartMode);
        DirectiveTable.Add(RestartSteps);
        DirectiveTable.Add(RestartMaxDelaySec);
        DirectiveTable.Add(RestartRandomizedDelaySec);
        DirectiveTable.Add(RuntimeRandomizedExtraSec);
        DirectiveTable.Add(TimeoutStartFailureMode);
        DirectiveTable.Add(TimeoutStopFailureMode);
        DirectiveTable.Add(WatchdogSignal);
        DirectiveTable.Add(OOMPolicy);
        DirectiveTable.Add(FileDescriptorStoreMax);
        DirectiveTable.Add(FileDescriptorStorePreserve);
    }
}
