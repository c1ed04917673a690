using System.Globalization;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Sandbox;

/// <summary>A line of passwd(5).</summary>
public sealed record UserAccount(string Name, uint Uid, uint Gid, string Home, string Shell);

/// <summary>A line of group(5).</summary>
public sealed record GroupAccount(string Name, uint Gid, IReadOnlyList<string> Members);

/// <summary>/etc/passwd and /etc/group, read by ourselves: a static binary has no name service. Lines that are not of the form are skipped, as glibc does.</summary>
public sealed class AccountDatabase
{
    /// <summary>No file of accounts is larger that we would read.</summary>
    public const int MaxFile = 1 << 20;

    private readonly Dictionary<string, UserAccount> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GroupAccount> _groups = new(StringComparer.Ordinal);
    private readonly HashSet<uint> _ids = [];

    private AccountDatabase()
    {
    }

    public static AccountDatabase Empty { get; } = Parse([], []);

    public IReadOnlyCollection<UserAccount> Users => _users.Values;

    public IReadOnlyCollection<GroupAccount> Groups => _groups.Values;

    /// <summary>The host's own. A file that is missing counts as empty, one that cannot be read is an error.</summary>
    public static OsResult<AccountDatabase> ReadHost(string directory = "/etc")
    {
        var passwd = Sys.ReadFile($"{directory}/passwd", MaxFile);
        if (!passwd.TryGet(out var users, out var error) && error.Errno != Errno.ENOENT)
            return error;
        var group = Sys.ReadFile($"{directory}/group", MaxFile);
        if (!group.TryGet(out var groups, out error) && error.Errno != Errno.ENOENT)
            return error;
        return Parse(users ?? [], groups ?? []);
    }

    public static AccountDatabase Parse(ReadOnlySpan<byte> passwd, ReadOnlySpan<byte> group)
    {
        var database = new AccountDatabase();
        foreach (var line in Lines(passwd))
        {
            var parts = line.Split(':');
            if (parts.Length == 7 && parts[0].Length > 0 && TryId(parts[2], out var uid) && TryId(parts[3], out var gid))
            {
                database._users.TryAdd(parts[0], new UserAccount(parts[0], uid, gid, parts[5], parts[6]));
                database._ids.Add(uid);
            }
        }
        foreach (var line in Lines(group))
        {
            var parts = line.Split(':');
            if (parts.Length == 4 && parts[0].Length > 0 && TryId(parts[2], out var gid))
            {
                database._groups.TryAdd(parts[0], new GroupAccount(parts[0], gid, parts[3].Split(',', StringSplitOptions.RemoveEmptyEntries)));
                database._ids.Add(gid);
            }
        }
        return database;
    }

    public UserAccount? User(string name) => _users.GetValueOrDefault(name);

    public UserAccount? User(uint uid) => _users.Values.FirstOrDefault(u => u.Uid == uid);

    public GroupAccount? Group(string name) => _groups.GetValueOrDefault(name);

    /// <summary>True when a user or a group has this number.</summary>
    public bool IsTaken(uint id) => _ids.Contains(id);

    /// <summary>The groups that list <paramref name="user"/> as a member, as getgrouplist(3), without its own.</summary>
    public IEnumerable<uint> GroupsOf(string user) => _groups.Values.Where(g => g.Members.Contains(user)).Select(g => g.Gid);

    /// <summary>A number that can be a user or group: not 65535 and not 4294967295, which mean "none" in one place or another.</summary>
    public static bool TryId(ReadOnlySpan<char> text, out uint id) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id is not (uint.MaxValue or 65535);

    private static string[] Lines(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
