using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>
/// The five sets of capabilities(7). What a program has after execve follows from them: root gets the bounding set, anyone else the ambient set. So the bounding set is what
/// the unit allows, the inheritable set is the ambient one and nothing else, and file capabilities find nothing to add to it.
/// </summary>
internal static class CapabilitySteps
{
    private const uint NoSetuidFixup = 1 << 2, KeepCaps = 1 << 4;

    /// <summary>After the user namespace, which fills all sets anew; before the user, while CAP_SETPCAP is there.</summary>
    public static void BoundingSet(PlanScope s)
    {
        if (!s.Sandboxed)
            return;
        var e = s.Effective;
        var known = All(s);
        s.Step(
            (e.BoundingSet & known) == known ? "give up inheritable capabilities" : $"keep no capabilities but {(e.BoundingSet == 0 ? "none" : Capabilities.Describe(e.BoundingSet))}",
            e.BoundingSetOrigin, ExitStatus.Capabilities);
        if ((e.BoundingSet & known) != known)
            s.Builder.KeepBoundingSet(e.BoundingSet, s.Facts.LastCapability);
        var have = s.Effective.Users.Value ? known : s.Facts.Capabilities;
        s.Builder.Capset(have, have, e.Ambient.Value);
        SecureBits(s);
    }

    /// <summary>While CAP_SETPCAP is there. What no-setuid-fixup leaves to the new user until execve is taken away in <see cref="Finish"/>.</summary>
    private static void SecureBits(PlanScope s)
    {
        if (s.Get(Directives.SecureBits) is not { IsSet: true } bits)
            return;
        // Another user needs its capabilities kept for the ambient ones; execve clears that bit by itself.
        var keep = s.ChangesUser && s.Context.Identity.Uid != 0 && s.Effective.Ambient.Value != 0 ? KeepCaps : 0;
        s.Step($"set its secure bits to 0x{bits.Value:x}", bits.Origin, ExitStatus.SecureBits).SetSecureBits(bits.Value | keep);
    }

    /// <summary>After the change of user, which clears the ambient set (and leaves the permitted one only if asked).</summary>
    public static void Finish(PlanScope s)
    {
        var (ambient, origin) = s.Effective.Ambient;
        if (!s.Sandboxed)
            return;
        if (ambient == 0)
        {
            if ((s.Get(Directives.SecureBits) is { Value: var bits } secure && (bits & NoSetuidFixup) != 0) && s.ChangesUser && s.Context.Identity.Uid != 0)
                s.Step("leave root's capabilities", secure.Origin, ExitStatus.Capabilities).Capset(0, 0, 0);
            return;
        }
        s.Step($"give it {Capabilities.Describe(ambient)}", origin, ExitStatus.Capabilities);
        if (s.ChangesUser && s.Context.Identity.Uid != 0)
            s.Builder.Capset(ambient, ambient, ambient);
        s.Builder.SetAmbient(ambient);
    }

    public static void NoNewPrivileges(PlanScope s)
    {
        if (s.Sandboxed && s.Effective.NoNewPrivileges is { Value: true } setting)
            s.Step("let no program give it privileges", setting.Origin, ExitStatus.NoNewPrivileges).SetNoNewPrivileges();
    }

    private static ulong All(PlanScope s) => s.Facts.LastCapability >= 63 ? ulong.MaxValue : (1UL << (s.Facts.LastCapability + 1)) - 1;
}
