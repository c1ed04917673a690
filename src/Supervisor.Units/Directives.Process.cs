namespace Supervisor.Units;

/// <summary>How the kernel treats the processes of a service: scheduling, memory, personality.</summary>
public static partial class Directives
{
    public static readonly Directive<ProcessorAffinity> CPUAffinity =
        new() { Section = "Service", Name = "CPUAffinity", Default = ProcessorAffinity.Any, Parse = Syntax.Affinity(), Since = 1, Help = "Processors that it runs on" };

    public static readonly Directive<CPUSchedulingPolicy> CPUSchedulingPolicy =
        new()
        {
            Section = "Service", Name = "CPUSchedulingPolicy", Default = Units.CPUSchedulingPolicy.Other, Since = 1, Help = "How the kernel schedules it",
            Parse = Syntax.Words(("other", Units.CPUSchedulingPolicy.Other), ("batch", Units.CPUSchedulingPolicy.Batch), ("idle", Units.CPUSchedulingPolicy.Idle),
                ("ext", Units.CPUSchedulingPolicy.Ext), ("fifo", Units.CPUSchedulingPolicy.Fifo), ("rr", Units.CPUSchedulingPolicy.RoundRobin)),
        };

    public static readonly Directive<int?> CPUSchedulingPriority =
        new() { Section = "Service", Name = "CPUSchedulingPriority", Default = null, Parse = Syntax.OptionalInt(1, 99), Since = 1, Help = "Its priority among the real-time" };

    public static readonly Directive<bool> CPUSchedulingResetOnFork =
        new() { Section = "Service", Name = "CPUSchedulingResetOnFork", Default = false, Parse = Syntax.Bool(), Since = 1, Help = "Children do not inherit the policy" };

    public static readonly Directive<NUMAPolicy> NUMAPolicy =
        new()
        {
            Section = "Service", Name = "NUMAPolicy", Default = Units.NUMAPolicy.Default, Since = 243, Help = "Where its memory comes from",
            Parse = Syntax.Words(("default", Units.NUMAPolicy.Default), ("preferred", Units.NUMAPolicy.Preferred), ("bind", Units.NUMAPolicy.Bind),
                ("interleave", Units.NUMAPolicy.Interleave), ("local", Units.NUMAPolicy.Local)),
        };

    public static readonly Directive<NodeMask> NUMAMask =
        new() { Section = "Service", Name = "NUMAMask", Default = NodeMask.None, Parse = Syntax.Nodes(), Since = 243, Help = "Memory nodes of NUMAPolicy=" };

    public static readonly Directive<ulong?> TimerSlackNSec =
        new() { Section = "Service", Name = "TimerSlackNSec", Default = null, Parse = Syntax.Nanoseconds(), Since = 1, Help = "How late its timers may be" };

    public static readonly Directive<ulong?> CoredumpFilter =
        new() { Section = "Service", Name = "CoredumpFilter", Default = null, Parse = Syntax.CoredumpFilter(), Since = 246, Help = "Which memory core dumps hold" };

    public static readonly Directive<Personality?> Personality =
        new() { Section = "Service", Name = "Personality", Default = null, Parse = Syntax.Personality(), Since = 209, Help = "What uname(2) shows" };

    public static readonly Directive<uint> SecureBits =
        new() { Section = "Service", Name = "SecureBits", Default = 0, Parse = Syntax.SecureBits(), Since = 1, Ceiling = Ceiling.Withheld, Help = "Secure bits (capabilities(7))" };

    public static readonly Directive<bool?> MemoryKSM =
        new() { Section = "Service", Name = "MemoryKSM", Default = null, Parse = Syntax.OptionalBool(), Since = 254, Help = "Merge equal pages" };

    public static readonly Directive<MemoryTHP> MemoryTHP =
        new()
        {
            Section = "Service", Name = "MemoryTHP", Default = Units.MemoryTHP.Inherit, Since = 260, Help = "Transparent huge pages",
            Parse = Syntax.Words(("inherit", Units.MemoryTHP.Inherit), ("disable", Units.MemoryTHP.Disable), ("madvise", Units.MemoryTHP.Madvise), ("system", Units.MemoryTHP.System)),
        };

    public static readonly Directive<bool?> SetLoginEnvironment =
        new() { Section = "Service", Name = "SetLoginEnvironment", Default = null, Parse = Syntax.OptionalBool(), Since = 255, Help = "Set HOME, LOGNAME and SHELL" };

    public static readonly Directive<IReadOnlyList<string>> ExecSearchPath =
        new() { Section = "Service", Name = "ExecSearchPath", Default = [], Parse = Syntax.SearchPath(), Since = 250, Help = "Where commands are looked for" };

    public static readonly Directive<int> SyslogFacility =
        new()
        {
            Section = "Service", Name = "SyslogFacility", Default = 3, Since = 1, Help = "The facility of its messages",
            Parse = Syntax.Words([.. Syntax.SyslogFacilities.Select((name, number) => (name, number)).Where(f => f.name.Length > 0)]),
        };

    public static readonly Directive<int> SyslogLevel =
        new() { Section = "Service", Name = "SyslogLevel", Default = 6, Parse = Syntax.LogLevel(6), Since = 1, Help = "The priority of its messages" };

    public static readonly Directive<bool> SyslogLevelPrefix =
        new() { Section = "Service", Name = "SyslogLevelPrefix", Default = true, Parse = Syntax.Bool(), Since = 1, Help = "Read priorities before lines" };

    private static void RegisterProcess()
    {
        DirectiveTable.Add(CPUAffinity);
        DirectiveTable.Add(CPUSchedulingPolicy);
        DirectiveTable.Add(CPUSchedulingPriority);
        DirectiveTable.Add(CPUSchedulingResetOnFork);
        DirectiveTable.Add(NUMAPolicy);
        DirectiveTable.Add(NUMAMask);
        DirectiveTable.Add(TimerSlackNSec);
        DirectiveTable.Add(CoredumpFilter);
        DirectiveTable.Add(Personality);
        DirectiveTable.Add(SecureBits);
        DirectiveTable.Add(MemoryKSM);
        DirectiveTable.Add(MemoryTHP);
        DirectiveTable.Add(SetLoginEnvironment);
        DirectiveTable.Add(ExecSearchPath);
        DirectiveTable.Add(SyslogFacility);
        DirectiveTable.Add(SyslogLevel);
        DirectiveTable.Add(SyslogLevelPrefix);
    }
}
