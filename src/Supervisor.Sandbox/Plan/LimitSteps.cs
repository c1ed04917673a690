using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>
/// Resource limits: after the last file is written, before the privilege to raise them goes. Where there never was that privilege, as in containers, a limit is raised as far
/// as it goes: less room is no weaker wall, but it is told.
/// </summary>
internal static class LimitSteps
{
    private const int CapSysResource = 24;

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
            if (s.Get(Rows[resource]) is not { Value: { } limit } setting)
                continue;
            var most = s.Facts.Has(CapSysResource) ? ulong.MaxValue : s.Facts.HardLimit(resource);
            var (soft, hard) = (Math.Min(limit.Soft, most), Math.Min(limit.Hard, most));
            if (hard != limit.Hard)
                s.Lowered.Add(new DegradedSetting(setting.Origin, $"{Text(limit.Hard)} is out of reach without CAP_SYS_RESOURCE, it is {Text(most)}"));
            s.Step($"limit {Rows[resource].Name[5..]} to {Text(soft)}{(hard == soft ? "" : $":{Text(hard)}")}", setting.Origin, ExitStatus.Limits)
                .SetLimit(resource, soft, hard);
        }
    }

    private static string Text(ulong value) => value == ulong.MaxValue ? "infinity" : $"{value}";
}
