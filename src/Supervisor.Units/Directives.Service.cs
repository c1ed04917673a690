namespace Supervisor.Units;

/// <summary>How a service runs, ends and comes back.</summary>
public static partial class Directives
{
    public static readonly Directive<ServiceType> Type =
        new() { Section = "Service", Name = "Type", Default = ServiceType.Simple, Parse = Syntax.ServiceTypes(), Since = 1, Help = "What counts as started" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> ExecCondition =
        new() { Section = "Service", Name = "ExecCondition", Default = [], Parse = Syntax.Commands(), Since = 243, Help = "Commands that decide whether it starts" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> ExecStartPre =
        new() { Section = "Service", Name = "ExecStartPre", Default = [], Parse = Syntax.Commands(), Since = 1, Help = "Commands before the main one" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> ExecStart =
        new() { Section = "Service", Name = "ExecStart", Default = [], Parse = Syntax.Commands(), Since = 1, Help = "The main command" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> ExecStartPost =
        new() { Section = "Service", Name = "ExecStartPost", Default = [], Parse = Syntax.Commands(), Since = 1, Help = "Commands after it has started" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> ExecReload =
        new() { Section = "Service", Name = "ExecReload", Default = [], Parse = Syntax.Commands(), Since = 1, Help = "Commands that make it read its configuration again" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> ExecStop =
        new() { Section = "Service", Name = "ExecStop", Default = [], Parse = Syntax.Commands(), Since = 1, Help = "Commands that stop it" };

    public static readonly Directive<IReadOnlyList<ExecCommand>> ExecStopPost =
        new() { Section = "Service", Name = "ExecStopPost", Default = [], Parse = Syntax.Commands(), Since = 1, Help = "Commands after it has stopped" };

    public static readonly Directive<string?> PIDFile =
        new() { Section = "Service", Name = "PIDFile", Default = null, Parse = Syntax.PidFile(), Since = 1, Help = "Where a forking service writes its main process" };

    public static readonly Directive<bool> RemainAfterExit =
        new() { Section = "Service", Name = "RemainAfterExit", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "Counts as active when its processes have ended" };

    public static readonly Directive<bool> GuessMainPID =
        new() { Section = "Service", Name = "GuessMainPID", Default = true, Parse = Syntax.Bool(), Since = 1, Help = "Find the main process of a forking service without a PID file" };

    public static readonly Directive<RestartPolicy> Restart =
        new() { Section = "Service", Name = "Restart", Default = RestartPolicy.No, Parse = Syntax.Words(("no", RestartPolicy.No), ("on-success", RestartPolicy.OnSuccess), ("on-failure", RestartPolicy.OnFailure), ("on-abnormal", RestartPolicy.OnAbnormal), ("on-watchdog", RestartPolicy.OnWatchdog), ("on-abort", RestartPolicy.OnAbort), ("always", RestartPolicy.Always)), Since = 1, Help = "After which ends it is started again" };

    public static readonly Directive<Duration> RestartSec =
        new() { Section = "Service", Name = "RestartSec", Default = Duration.Milliseconds(100), Parse = Syntax.Time(), Since = 1, Help = "The pause before that" };

    public static readonly Directive<Duration> TimeoutStartSec =
        new() { Section = "Service", Name = "TimeoutStartSec", Default = Duration.Seconds(90), Parse = Syntax.Time(zeroIsInfinite: true), Since = 188, Help = "How long a start may take" };

    public static readonly Directive<Duration> TimeoutStopSec =
        new() { Section = "Service", Name = "TimeoutStopSec", Default = Duration.Seconds(90), Parse = Syntax.Time(zeroIsInfinite: true), Since = 188, Help = "How long a stop may take before it is killed" };

    public static readonly Directive<Duration?> TimeoutSec =
        new() { Section = "Service", Name = "TimeoutSec", Default = null, Parse = Syntax.OptionalTime(), Since = 1, Help = "Both of these" };

    public static readonly Directive<Duration> TimeoutAbortSec =
        new() { Section = "Service", Name = "TimeoutAbortSec", Default = Duration.Seconds(90), Parse = Syntax.Time(zeroIsInfinite: true), Since = 243, Help = "How long it may take to end after the watchdog's signal" };

    public static readonly Directive<Duration> RuntimeMaxSec =
        new() { Section = "Service", Name = "RuntimeMaxSec", Default = Duration.Infinity, Parse = Syntax.Time(zeroIsInfinite: true), Since = 229, Help = "How long it may run" };

    public static readonly Directive<Duration> WatchdogSec =
        new() { Section = "Service", Name = "WatchdogSec", Default = default(Duration), Parse = Syntax.Time(), Since = 1, Help = "How often it must say that it lives" };

    public static readonly Directive<ExitStatusSet> SuccessExitStatus =
        new() { Section = "Service", Name = "SuccessExitStatus", Default = ExitStatusSet.Empty, Parse = Syntax.ExitStatuses(), Since = 189, Help = "More exit statuses and signals that are a success" };

    public static readonly Directive<ExitStatusSet> RestartPreventExitStatus =
        new() { Section = "Service", Name = "RestartPreventExitStatus", Default = ExitStatusSet.Empty, Parse = Syntax.ExitStatuses(), Since = 189, Help = "Ends after which it is not started again" };

    public static readonly Directive<ExitStatusSet> RestartForceExitStatus =
        new() { Section = "Service", Name = "RestartForceExitStatus", Default = ExitStatusSet.Empty, Parse = Syntax.ExitStatuses(), Since = 215, Help = "Ends after which it always is" };

    public static readonly Directive<NotifyAccess> NotifyAccess =
        new() { Section = "Service", Name = "NotifyAccess", Default = Units.NotifyAccess.None, Parse = Syntax.Words(("none", Units.NotifyAccess.None), ("main", Units.NotifyAccess.Main), ("exec", Units.NotifyAccess.Exec), ("all", Units.NotifyAccess.All)), Since = 1, Help = "Whose sd_notify messages count" };

    public static readonly Directive<bool> PermissionsStartOnly =
        new()
        {
            Section = "Service", Name = "PermissionsStartOnly", Default = false, Parse = Syntax.Bool(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Commands other than ExecStart= as if they had +",
        };

    public static readonly Directive<bool> NonBlocking =
        new() { Section = "Service", Name = "NonBlocking", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "The sockets that it gets do not block" };

    public static readonly Directive<KillMode> KillMode =
        new() { Section = "Service", Name = "KillMode", Default = Units.KillMode.ControlGroup, Parse = Syntax.Words(("control-group", Units.KillMode.ControlGroup), ("process", Units.KillMode.Process), ("mixed", Units.KillMode.Mixed), ("none", Units.KillMode.None)), Since = 187, Help = "Which processes are killed at a stop" };

    public static readonly Directive<int> KillSignal =
        new() { Section = "Service", Name = "KillSignal", Default = 15, Parse = Syntax.Signal(), Since = 187, Help = "The signal that asks it to end" };

    public static readonly Directive<int> FinalKillSignal =
        new() { Section = "Service", Name = "FinalKillSignal", Default = 9, Parse = Syntax.Signal(), Since = 240, Help = "The signal that ends it" };

    public static readonly Directive<int?> RestartKillSignal =
        new() { Section = "Service", Name = "RestartKillSignal", Default = null, Parse = Syntax.OptionalSignal(), Since = 244, Help = "The signal that asks it to end for a restart" };

    public static readonly Directive<bool> SendSIGKILL =
        new() { Section = "Service", Name = "SendSIGKILL", Default = true, Parse = Syntax.Bool(), Since = 187, Help = "Kill what does not end by itself" };

    public static readonly Directive<bool> SendSIGHUP =
        new() { Section = "Service", Name = "SendSIGHUP", Default = false, Parse = Syntax.Bool(), Since = 207, Help = "Send SIGHUP right after the first signal" };

    public static readonly Directive<int?> OOMScoreAdjust =
        new() { Section = "Service", Name = "OOMScoreAdjust", Default = null, Parse = Syntax.OptionalInt(-1000, 1000), Since = 1, Help = "How likely the kernel kills it when memory runs out" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> SocketsOfService =
        new() { Section = "Service", Name = "Sockets", Default = [], Parse = Syntax.UnitNames(".socket"), Since = 201, Help = "Socket units whose sockets it gets" };

    private static void RegisterService()
    {
        DirectiveTable.Add(Type);
        DirectiveTable.Add(ExecCondition);
        DirectiveTable.Add(ExecStartPre);
        DirectiveTable.Add(ExecStart);
        DirectiveTable.Add(ExecStartPost);
        DirectiveTable.Add(ExecReload);
        DirectiveTable.Add(ExecStop);
        DirectiveTable.Add(ExecStopPost);
        DirectiveTable.Add(PIDFile);
        DirectiveTable.Add(RemainAfterExit);
        DirectiveTable.Add(GuessMainPID);
        DirectiveTable.Add(Restart);
        DirectiveTable.Add(RestartSec);
        DirectiveTable.Add(TimeoutStartSec);
        DirectiveTable.Add(TimeoutStopSec);
        DirectiveTable.Add(TimeoutSec);
        DirectiveTable.Add(TimeoutAbortSec);
        DirectiveTable.Add(RuntimeMaxSec);
        DirectiveTable.Add(WatchdogSec);
        DirectiveTable.Add(SuccessExitStatus);
        DirectiveTable.Add(RestartPreventExitStatus);
        DirectiveTable.Add(RestartForceExitStatus);
        DirectiveTable.Add(NotifyAccess);
        DirectiveTable.Add(PermissionsStartOnly);
        DirectiveTable.Add(NonBlocking);
        DirectiveTable.Add(KillMode);
        DirectiveTable.Add(KillSignal);
        DirectiveTable.Add(FinalKillSignal);
        DirectiveTable.Add(RestartKillSignal);
        DirectiveTable.Add(SendSIGKILL);
        DirectiveTable.Add(SendSIGHUP);
        DirectiveTable.Add(OOMScoreAdjust);
        DirectiveTable.Add(SocketsOfService);
    }
}
