namespace Supervisor.Units;

/// <summary>What the unit is, what it needs, when it may start.</summary>
public static partial class Directives
{
    public static readonly Directive<string?> Description =
        new() { Section = "Unit", Name = "Description", Default = null, Parse = Syntax.Text(), Since = 1, Help = "A name for people" };

    public static readonly Directive<IReadOnlyList<string>> Documentation =
        new() { Section = "Unit", Name = "Documentation", Default = [], Parse = Syntax.Documents(), Since = 201, Help = "Where to read more" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Wants =
        new() { Section = "Unit", Name = "Wants", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units started with this one, whose failure does not matter" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Requires =
        new() { Section = "Unit", Name = "Requires", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units started with this one, without which it does not run" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Requisite =
        new() { Section = "Unit", Name = "Requisite", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that must be active already" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> BindsTo =
        new() { Section = "Unit", Name = "BindsTo", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "As Requires=, and this one stops when they do" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> PartOf =
        new() { Section = "Unit", Name = "PartOf", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units whose stop and restart are passed on to this one" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Conflicts =
        new() { Section = "Unit", Name = "Conflicts", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that cannot run at the same time" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> Before =
        new() { Section = "Unit", Name = "Before", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that start after this one" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> After =
        new() { Section = "Unit", Name = "After", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units that start before this one" };

    public static readonly Directive<IReadOnlyList<Sourced<string>>> OnFailure =
        new() { Section = "Unit", Name = "OnFailure", Default = [], Parse = Syntax.UnitNames(), Since = 201, Help = "Units started when this one fails" };

    public static readonly Directive<bool> DefaultDependencies =
        new() { Section = "Unit", Name = "DefaultDependencies", Default = true, Parse = Syntax.Bool(), Since = 201, Help = "Order after the basic system and stop at shutdown" };

    public static readonly Directive<bool> AllowIsolate =
        new() { Section = "Unit", Name = "AllowIsolate", Default = false, Parse = Syntax.Bool(), Since = 201, Help = "May be the target of isolate" };

    public static readonly Directive<bool> StopWhenUnneeded =
        new() { Section = "Unit", Name = "StopWhenUnneeded", Default = false, Parse = Syntax.Bool(), Since = 201, Help = "Stop when no unit needs it" };

    public static readonly Directive<bool> RefuseManualStart =
        new() { Section = "Unit", Name = "RefuseManualStart", Default = false, Parse = Syntax.Bool(), Since = 201, Help = "Only other units may start it" };

    public static readonly Directive<bool> RefuseManualStop =
        new() { Section = "Unit", Name = "RefuseManualStop", Default = false, Parse = Syntax.Bool(), Since = 201, Help = "Only other units may stop it" };

    public static readonly Directive<Duration> StartLimitIntervalSec =
        new() { Section = "Unit", Name = "StartLimitIntervalSec", Default = Duration.Seconds(10), Parse = Syntax.Time(), Since = 230, Help = "The time in which starts are counted" };

    public static readonly Directive<int> StartLimitBurst =
        new() { Section = "Unit", Name = "StartLimitBurst", Default = 5, Parse = Syntax.Int(0, int.MaxValue), Since = 199, Help = "Starts allowed in that time" };

    public static readonly Directive<Duration> JobTimeoutSec =
        new() { Section = "Unit", Name = "JobTimeoutSec", Default = Duration.Infinity, Parse = Syntax.Time(zeroIsInfinite: true), Since = 201, Help = "How long a job of this unit may take" };

    public static readonly Directive<CollectMode> CollectMode =
        new() { Section = "Unit", Name = "CollectMode", Default = Units.CollectMode.Inactive, Parse = Syntax.Words(("inactive", Units.CollectMode.Inactive), ("inactive-or-failed", Units.CollectMode.InactiveOrFailed)), Since = 236, Help = "When the unit is forgotten" };

    /// <summary>All Condition…= and Assert…= lines, in the order in which they stand; each kind has a row of its own name that adds to this one.</summary>
    public static readonly Directive<IReadOnlyList<Condition>> Conditions =
        new() { Section = "Unit", Name = "Condition", Default = [], Parse = static (current, _) => current, Since = 1, Help = "What must hold for it to start" };

    private static void RegisterUnit()
    {
        DirectiveTable.Add(Description);
        DirectiveTable.Add(Documentation);
        DirectiveTable.Add(Wants);
        DirectiveTable.Add(Requires);
        DirectiveTable.Add(Requisite);
        DirectiveTable.Add(BindsTo);
        DirectiveTable.Add(PartOf);
        DirectiveTable.Add(Conflicts);
        DirectiveTable.Add(Before);
        DirectiveTable.Add(After);
        DirectiveTable.Add(OnFailure);
        DirectiveTable.Add(DefaultDependencies);
        DirectiveTable.Add(AllowIsolate);
        DirectiveTable.Add(StopWhenUnneeded);
        DirectiveTable.Add(RefuseManualStart);
        DirectiveTable.Add(RefuseManualStop);
        DirectiveTable.Add(StartLimitIntervalSec, "StartLimitInterval");
        DirectiveTable.Add(StartLimitBurst);
        DirectiveTable.Add(JobTimeoutSec);
        DirectiveTable.Add(CollectMode);
        DirectiveTable.Number(Conditions); // assigned to by the names of its kinds
    }
}
