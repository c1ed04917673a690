using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>Who a service's processes are.</summary>
/// <param name="User">The user's name; null when User= is not set, or is a number without a name.</param>
/// <param name="GroupName">The name of <paramref name="Gid"/> for a group file; the user's when dynamic.</param>
/// <param name="Supplementary">Further groups, in order, each once.</param>
/// <param name="Home">Null when not known, as for a dynamic user.</param>
/// <param name="IsSet">True when User=, Group= or DynamicUser= says who; false means root as the manager itself is.</param>
/// <param name="IsDynamic">True when the numbers come from <see cref="DynamicUsers"/> and no file has them.</param>
public sealed record ServiceIdentity(
    uint Uid, uint Gid, string? User, string? GroupName, IReadOnlyList<uint> Supplementary, string? Home, string? Shell, bool IsSet, bool IsDynamic)
{
    /// <summary>As the manager.</summary>
    public static ServiceIdentity Root { get; } = new(0, 0, null, null, [], "/root", "/bin/sh", false, false);

    public bool ChangesUser => IsSet && Uid != 0;
}

/// <summary>User=, Group=, SupplementaryGroups= and DynamicUser= → numbers.</summary>
public static class IdentityResolver
{
    /// <summary>The name that a unit's dynamic user has: User=, or the unit's name if that can be one, else one with a hash of it.</summary>
    public static string DynamicName(Unit unit)
    {
        if (unit.Get(Directives.User).Value is { } user && !char.IsAsciiDigit(user[0]))
            return user;
        var dot = unit.Name.LastIndexOf('.');
        var stem = dot < 0 ? unit.Name : unit.Name[..dot];
        if (UserNames.Problem(stem) is null)
            return stem;
        return $"_du{DynamicUsers.Hash(stem):x16}";
    }

    /// <summary>The account that makes a dynamic user unnecessary: the name is taken by a static one, which is used then (systemd.exec(5), DynamicUser=).</summary>
    public static UserAccount? StaticFor(Unit unit, AccountDatabase accounts) =>
        unit.Get(Directives.User).Value is { } user && AccountDatabase.TryId(user, out var number) ? accounts.User(number) : accounts.User(DynamicName(unit));

    /// <summary>
    /// Works it out. <paramref name="dynamicUid"/> is what <see cref="DynamicUsers"/> gave for <see cref="DynamicName"/>; null when the unit has no dynamic user.
    /// Null and a failure when a name is not known.
    /// </summary>
    public static ServiceIdentity? Resolve(Unit unit, AccountDatabase accounts, uint? dynamicUid, out Failure? failure)
    {
        failure = null;
        var user = unit.Get(Directives.User);
        var group = unit.Get(Directives.Group);
        var identity = ServiceIdentity.Root;
        if (dynamicUid is { } uid)
        {
            var name = DynamicName(unit);
            identity = new ServiceIdentity(uid, uid, name, name, [], null, null, true, true);
        }
        else if (user.Value is { } wanted || unit.Get(Directives.DynamicUser).Value)
        {
            wanted = user.Value ?? DynamicName(unit);
            if (accounts.User(wanted) is { } account)
                identity = Of(account, accounts);
            else if (wanted == "root")
                identity = identity with { User = "root", IsSet = true };
            else if (AccountDatabase.TryId(wanted, out var number))
                identity = accounts.User(number) is { } numbered ? Of(numbered, accounts) : identity with { Uid = number, Gid = number, Home = null, Shell = null, IsSet = true };
            else
            {
                failure = new Failure($"cannot run as user {wanted}: there is no such user on this machine", null, user.Origin, Launch.ExitStatus.User);
                return null;
            }
        }

        if (group.Value is { } groupName && !(identity.IsDynamic && accounts.Group(groupName) is null && !char.IsAsciiDigit(groupName[0])))
        {
            if (ResolveGroup(groupName, accounts) is not { } gid)
                return NoGroup(groupName, group.Origin, out failure);
            identity = identity with { Gid = gid, GroupName = groupName, IsSet = true };
        }
        else if (group.Value is { } dynamicGroup)
            identity = identity with { GroupName = dynamicGroup };

        var supplementary = new List<uint>();
        if (identity is { User: { } member, IsDynamic: false, Uid: not 0 })
            supplementary.AddRange(accounts.GroupsOf(member));
        var more = unit.Get(Directives.SupplementaryGroups);
        foreach (var name in more.Value)
        {
            if (ResolveGroup(name, accounts) is not { } gid)
                return NoGroup(name, more.Origin, out failure);
            supplementary.Add(gid);
        }
        supplementary.RemoveAll(g => g == identity.Gid);
        return identity with { Supplementary = [.. supplementary.Distinct()], IsSet = identity.IsSet || more.Value.Count > 0 };
    }

    /// <summary>A group by name or number.</summary>
    public static uint? ResolveGroup(string name, AccountDatabase accounts) =>
        accounts.Group(name)?.Gid ?? (name == "root" ? 0 : AccountDatabase.TryId(name, out var number) ? number : null);

    private static ServiceIdentity Of(UserAccount account, AccountDatabase accounts) =>
        new(account.Uid, account.Gid, account.Name, accounts.Groups.FirstOrDefault(g => g.Gid == account.Gid)?.Name, [], account.Home, account.Shell, true, false);

    private static ServiceIdentity? NoGroup(string name, Origin origin, out Failure? failure)
    {
        failure = new Failure($"cannot run as group {name}: there is no such group on this machine", null, origin, Launch.ExitStatus.Group);
        return null;
    }
}
