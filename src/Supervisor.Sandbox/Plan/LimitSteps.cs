using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>Resource limits: after the last file is written, before the privilege to raise them goes.</summary>
internal static class LimitSteps
{
    /// <summary>Rows in the order of RLIMIT_*, which are 0 to 15 (bits/resource.h).</summary>
    private static readonly Directive<ResourceLimit?>[] Rows =
    [
        Directives.LimitCPU, Directives.LimitFSIZE, Directives.LimitDATA, Directives.LimitSTACK, Directives.LimitCORE, Directives.LimitRSS, Directives.LimitNPROC,
        Directives.LimitNOFILE, Directives.LimitMEMLOCK, Directives.LimitAS, Directives.LimitLOCKS, Directives.LimitSIGPENDING, Directives.LimitMSGQUEUE,
        Directives.LimitNICE, Directives.LimitRTPRIO, Directives.LimitRTTIME,
    ];

    public static void Write(PlanScope s)
    {
        for (var resource = 0; resource < Rows.Length; resource++)
        {
            if (s.Get(Rows[resource]) is { Value: { } limit } setting)
            {
                s.Step($"limit {Rows[resource].Name[5..]} to {Text(limit.Soft)}{(limit.Hard == limit.Soft ? "" : $":{Text(limit.Hard)}")}", setting.Origin, ExitStatus.Limits)
                    .SetLimit(resource, limit.Soft, limit.Hard);
            }
        }
    }

    private static string Text(ulong value) => value == ulong.MaxValue ? "infinity" : $"{value}";
}
