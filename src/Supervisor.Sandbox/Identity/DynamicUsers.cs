using System.Globalization;
using System.Text;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Sandbox;

/// <summary>
/// Numbers for users that exist only while a service runs: 61184 to 65519, chosen by a hash of the name so that a service gets the same one again. A number that is
/// in use is a file <c>dynamic-uid/NUMBER</c> below the runtime directory that holds the name. Files, not descriptors: they outlive the manager, and the next one
/// finds who has what. The directory is root's alone, and there is one manager to a directory.
/// </summary>
public sealed class DynamicUsers
{
    public const uint First = 61184, Last = 65519;

    private const int Count = (int)(Last - First + 1);
    private const uint Mode0700 = 0x1C0, Mode0600 = 0x180;

    private readonly string _directory;

    private DynamicUsers(string directory) => _directory = directory;

    /// <summary>Opens the directory below the manager's runtime directory, made if it is not there.</summary>
    public static OsResult<DynamicUsers> Open(string runtimeDirectory)
    {
        var directory = $"{runtimeDirectory}/dynamic-uid";
        if (Sys.MakeDirectories(directory, Mode0700).Failed(out var error))
            return error;
        return new DynamicUsers(directory);
    }

    /// <summary>
    /// The number for <paramref name="name"/>: the one that it has, else a free one that it has from now on. Numbers that the host's files name are never
    /// given, nor those in <paramref name="avoid"/> (owners of directories that belong to somebody else). <paramref name="preferred"/>
    /// is taken if it is free: the owner of what the service left in its directories.
    /// </summary>
    public OsResult<uint> Allocate(string name, AccountDatabase accounts, uint? preferred = null, Func<uint, bool>? avoid = null)
    {
        if (!Held().TryGet(out var held, out var error))
            return error;
        foreach (var (uid, owner) in held)
        {
            if (owner == name)
                return uid;
        }
        if (preferred is { } wish and >= First and <= Last && !accounts.IsTaken(wish) && !held.ContainsKey(wish))
        {
            if (Claim(wish, name).Failed(out error) && error.Errno != Errno.EEXIST)
                return error;
            if (error.Errno == Errno.None)
                return wish;
        }
        var start = (int)(Hash(name) % Count);
        for (var i = 0; i < Count; i++)
        {
            var uid = First + (uint)((start + i) % Count);
            if (held.ContainsKey(uid) || accounts.IsTaken(uid) || avoid?.Invoke(uid) == true)
                continue;
            var claimed = Claim(uid, name);
            if (claimed.Ok)
                return uid;
            if (claimed.Error.Errno != Errno.EEXIST)
                return claimed.Error;
        }
        return new OsError(Errno.EBUSY, "dynamic users", name);
    }

    /// <summary>The number that <paramref name="name"/> has already, as left by an earlier manager; null when none.</summary>
    public uint? Adopt(string name)
    {
        if (!Held().TryGet(out var held, out _))
            return null;
        foreach (var (uid, owner) in held)
        {
            if (owner == name)
                return uid;
        }
        return null;
    }

    /// <summary>Gives the number back; nobody who has none is no error.</summary>
    public OsResult Release(string name)
    {
        if (Adopt(name) is not { } uid)
            return OsResult.Success;
        var removed = Sys.UnlinkAt(Fd.Cwd, PathOf(uid));
        return removed.Failed(out var error) && error.Errno == Errno.ENOENT ? OsResult.Success : removed;
    }

    /// <summary>Numbers in use, and by whom.</summary>
    public OsResult<Dictionary<uint, string>> Held()
    {
        if (!Sys.ListDirectory(_directory).TryGet(out var names, out var error))
            return error;
        var held = new Dictionary<uint, string>();
        foreach (var file in names)
        {
            if (!uint.TryParse(file, NumberStyles.None, CultureInfo.InvariantCulture, out var uid) || uid is < First or > Last)
                continue;
            if (!Sys.ReadFile($"{_directory}/{file}", 4096).TryGet(out var bytes, out error))
                return error;
            held[uid] = Encoding.UTF8.GetString(bytes);
        }
        return held;
    }

    /// <summary>FNV-1a, 64 bits: the same on every machine and in every version, since state directories outlive both.</summary>
    internal static ulong Hash(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 1099511628211UL;
        // the low bits decide the number; fold the high ones in
        return hash ^ hash >> 32;
    }

    private string PathOf(uint uid) => string.Create(CultureInfo.InvariantCulture, $"{_directory}/{uid}");

    /// <summary>EEXIST when somebody else has it. The name is there before the number is: a crash in between leaves no number without an owner.</summary>
    private OsResult Claim(uint uid, string name)
    {
        var temporary = $"{_directory}/.new";
        _ = Sys.UnlinkAt(Fd.Cwd, temporary);
        if (!Sys.Open(temporary, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW, Mode0600).TryGet(out var fd, out var error))
            return error;
        var result = Sys.WriteAll(fd, Encoding.UTF8.GetBytes(name));
        fd.Close();
        const uint noReplace = 1;
        return result.Ok ? Sys.Rename(Fd.Cwd, temporary, Fd.Cwd, PathOf(uid), noReplace) : result;
    }
}
