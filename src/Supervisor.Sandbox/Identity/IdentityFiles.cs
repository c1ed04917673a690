using System.Text;

namespace Supervisor.Sandbox;

/// <summary>
/// The passwd and group that a service sees: the root's own with a line for the service's user where it has none, so that a user who exists in no file has a name
/// inside every image. Lines of the image that would give another user the same name or number do not count: ours comes first, and look-ups stop at the first.
/// </summary>
public static class IdentityFiles
{
    /// <summary>Composed passwd(5), or null when the root's own says it already.</summary>
    public static byte[]? Passwd(ReadOnlySpan<byte> own, ServiceIdentity identity)
    {
        if (identity.User is not { } name || Says(own, name, identity.Uid))
            return null;
        return Prepend($"{name}:x:{identity.Uid}:{identity.Gid}:{(identity.IsDynamic ? "Dynamic User" : "")}:{identity.Home ?? "/"}:{identity.Shell ?? "/usr/sbin/nologin"}\n", own);
    }

    /// <summary>Composed group(5), or null when the root's own says it already.</summary>
    public static byte[]? Group(ReadOnlySpan<byte> own, ServiceIdentity identity)
    {
        if (identity.User is null || identity.GroupName is not { } name || Says(own, name, identity.Gid))
            return null;
        return Prepend($"{name}:x:{identity.Gid}:\n", own);
    }

    /// <summary>True when the first line with this name has this number, and the first with this number this name.</summary>
    private static bool Says(ReadOnlySpan<byte> own, string name, uint number)
    {
        foreach (var line in Encoding.UTF8.GetString(own).Split('\n'))
        {
            var parts = line.Split(':');
            if (parts.Length < 3)
                continue;
            var sameName = parts[0] == name;
            var sameNumber = AccountDatabase.TryId(parts[2], out var id) && id == number;
            if (sameName || sameNumber)
                return sameName && sameNumber;
        }
        return false;
    }

    private static byte[] Prepend(string line, ReadOnlySpan<byte> own) => [.. Encoding.UTF8.GetBytes(line), .. own];
}
