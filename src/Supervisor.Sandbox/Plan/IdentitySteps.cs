using Supervisor.Units;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>Groups while still root of the host, the user when everything that needs root is done.</summary>
internal static class IdentitySteps
{
    private const int CapSetgid = 6;

    public static void Groups(PlanScope s)
    {
        var identity = s.Context.Identity;
        var origin = s.Get(Directives.Group) is { IsSet: true } group ? group.Origin : UserOrigin(s);
        if (!s.ChangesUser)
        {
            // The manager's own groups are not the service's. Without the privilege it cannot have been given any that it could shed.
            if (s.Facts.Has(CapSetgid))
                s.Step("leave the manager's groups", s.Command.Origin, ExitStatus.Group).Setgroups([]);
            return;
        }
        s.Step($"be in group {identity.GroupName ?? identity.Gid.ToString()}", origin, ExitStatus.Group)
            .Setgroups([.. identity.Supplementary])
            .Setresgid(identity.Gid);
    }

    public static void User(PlanScope s)
    {
        if (s.ChangesUser)
        {
            var identity = s.Context.Identity;
            s.Step($"be user {identity.User ?? identity.Uid.ToString()}", UserOrigin(s), ExitStatus.User);
            if (identity.Uid != 0 && s.Effective.Ambient.Value != 0 && !(s.Sandboxed && s.Get(Directives.SecureBits).IsSet))
                s.Builder.SetKeepCapabilities(true);
            s.Builder.Setresuid(identity.Uid);
        }
        // Keys are a courtesy (KeyringMode=private of systemd): a kernel without them, or a user whose quota is full, is no reason not to start.
        s.Step("get a keyring of its own", Origin.Default(), ExitStatus.Keyring).NewSessionKeyring(Launch.OnError.IgnoreAll);
    }

    private static Origin UserOrigin(PlanScope s) =>
        s.Context.Identity.IsDynamic ? s.Effective.DynamicUser.Origin : s.Get(Directives.User) is { IsSet: true } user ? user.Origin : s.Get(Directives.Group).Origin;
}
