namespace Supervisor.Units;

/// <summary>What one unit's ends and reloads mean to others, and to the machine.</summary>
public static partial class Directives
{
    public static readonly Directive<IReadOnlyList<Sourced<string>>> Upholds =
        new() { Section = "Unit", Name = "Upholds", Default = [], Parse = Syntax.UnitNames(), Since = 249, Help = "Units that are started again whenever they end while this one is active" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> OnSuccess =
        new() { Section = "Unit", Name = "OnSuccess", Default = [], Parse = Syntax.UnitNames(), Since = 249, Help = "Units started when this one ends well" };

    public static readonly Directive<JobMode> OnSuccessJobMode =
        new() { Section = "Unit", Name = "OnSuccessJobMode", Default = JobMode.Fail, Parse = JobModes, Since = 209, Help = "How units of OnSuccess= are enqueued" };

    public static readonly Directive<JobMode> OnFailureJobMode =
        new() { Section = "Unit", Name = "OnFailureJobMode", Default = JobMode.Replace, Parse = JobModes, Since = 209, Help = "How units of OnFailure= are enqueued" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> PropagatesReloadTo =
        new() { Section = "Unit", Name = "PropagatesReloadTo", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that are reloaded with this one" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> ReloadPropagatedFrom =
        new() { Section = "Unit", Name = "ReloadPropagatedFrom", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units whose reload reloads this one" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> PropagatesStopTo =
        new() { Section = "Unit", Name = "PropagatesStopTo", Default = [], Parse = Syntax.UnitNames(), Since = 249, Help = "Units that are stopped with this one" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> StopPropagatedFrom =
        new() { Section = "Unit", Name = "StopPropagatedFrom", Default = [], Parse = Syntax.UnitNames(), Since = 249, Help = "Units whose stop stops this one" };

    public static readonly Directive<bool?> IgnoreOnIsolate =
        new() { Section = "Unit", Name = "IgnoreOnIsolate", Default = null, Parse = Syntax.OptionalBool(), Since = 201, Help = "Not stopped when another unit is isolated" };

    public static readonly Directive<Duration> JobRunningTimeoutSec =
        new() { Section = "Unit", Name = "JobRunningTimeoutSec", Default = Duration.Infinity, Parse = Syntax.Time(zeroIsInfinite: true), Since = 201, Help = "How long a job may take from when its turn has come" };

    public static readonly Directive<SystemAction> JobTimeoutAction =
        new() { Section = "Unit", Name = "JobTimeoutAction", Default = SystemAction.None, Parse = Actions, Ceiling = Ceiling.Withheld, Since = 240, Help = "What is done when a job takes too long" };

    public static readonly Directive<string?> JobTimeoutRebootArgument =
        new() { Section = "Unit", Name = "JobTimeoutRebootArgument", Default = null, Parse = Syntax.Text(), Since = 240, Help = "What the boot loader is told" };

    public static readonly Directive<SystemAction> SuccessAction =
        new() { Section = "Unit", Name = "SuccessAction", Default = SystemAction.None, Parse = Actions, Ceiling = Ceiling.Withheld, Since = 236, Help = "What is done when the unit ends well" };

    public static readonly Directive<SystemAction> FailureAction =
        new() { Section = "Unit", Name = "FailureAction", Default = SystemAction.None, Parse = Actions, Ceiling = Ceiling.Withheld, Since = 236, Help = "What is done when the unit fails" };

    public static readonly Directive<SystemAction> StartLimitAction =
        new() { Section = "Unit", Name = "StartLimitAction", Default = SystemAction.None, Parse = Actions, Ceiling = Ceiling.Withheld, Since = 229, Help = "What is done when the unit is started too often" };

    public static readonly Directive<int?> SuccessActionExitStatus =
        new() { Section = "Unit", Name = "SuccessActionExitStatus", Default = null, Parse = Syntax.OptionalInt(0, 255), Since = 240, Help = "The exit status that SuccessAction=exit gives" };

    public static readonly Directive<int?> FailureActionExitStatus =
        new() { Section = "Unit", Name = "FailureActionExitStatus", Default = null, Parse = Syntax.OptionalInt(0, 255), Since = 240, Help = "The exit status that FailureAction=exit gives" };

    public static readonly Directive<string?> RebootArgument =
        new() { Section = "Unit", Name = "RebootArgument", Default = null, Parse = Syntax.Text(), Since = 229, Help = "What the boot loader is told" };

    private static SettingParser<JobMode> JobModes => Syntax.Words(
        ("fail", JobMode.Fail), ("replace", JobMode.Replace), ("replace-irreversibly", JobMode.ReplaceIrreversibly), ("isolate", JobMode.Isolate), ("flush", JobMode.Flush),
        ("ignore-dependencies", JobMode.IgnoreDependencies), ("ignore-requirements", JobMode.IgnoreRequirements));

    private static SettingParser<SystemAction> Actions => Syntax.SystemActions();

    private static void RegisterGraph()
    {
        DirectiveTable.Add(Upholds);
        DirectiveTable.Add(OnSuccess);
        DirectiveTable.Add(OnSuccessJobMode);
        DirectiveTable.Add(OnFailureJobMode);
        DirectiveTable.AddVariant(OnFailureJobMode, "OnFailureIsolate", static (current, c) =>
            Syntax.Bool()(current == JobMode.Isolate, c) ? JobMode.Isolate : JobMode.Replace);
        DirectiveTable.Add(PropagatesReloadTo, "PropagateReloadTo");
        DirectiveTable.Add(ReloadPropagatedFrom, "PropagateReloadFrom");
        DirectiveTable.Add(PropagatesStopTo);
        DirectiveTable.Add(StopPropagatedFrom);
        DirectiveTable.Add(IgnoreOnIsolate);
        DirectiveTable.Add(JobRunningTimeoutSec);
        DirectiveTable.Add(JobTimeoutAction);
        DirectiveTable.Add(JobTimeoutRebootArgument);
        DirectiveTable.Add(SuccessAction);
        DirectiveTable.Add(FailureAction);
        DirectiveTable.Add(StartLimitAction);
        DirectiveTable.Add(SuccessActionExitStatus);
        DirectiveTable.Add(FailureActionExitStatus);
        DirectiveTable.Add(RebootArgument);
        // systemd moved these from [Service] to [Unit] and reads them in both
        DirectiveTable.AddAlias(FailureAction, "Service", "FailureAction");
        DirectiveTable.AddAlias(StartLimitAction, "Service", "StartLimitAction");
        DirectiveTable.AddAlias(RebootArgument, "Service", "RebootArgument");
    }
}
