using Supervisor.Linux;

namespace Supervisor.Sandbox;

/// <summary>The private /tmp and /var/tmp of a unit: a detached tmpfs with the directories <c>tmp</c> and <c>var-tmp</c>, mode 1777.</summary>
internal static class PrivateTmpMount
{
    private const ulong NoSuidNoDev = 2 | 4;

    public static OsResult<Fd> Create()
    {
        if (!Sys.NewTmpfs([("mode", "0700"), ("size", "10%"), ("nr_inodes", "400k")], NoSuidNoDev).TryGet(out var mount, out var error))
            return error;
        foreach (var name in (ReadOnlySpan<string>)["tmp", "var-tmp"])
        {
            var made = Sys.MkdirAt(mount, name, 0x1C0);
            // mkdir obeys the umask, chmod does not; nobody else has seen this file system yet.
            if (made.Ok)
                made = Sys.ChmodAt(mount, name, 0x3FF);
            if (!made.Failed(out error))
                continue;
            mount.Close();
            return error;
        }
        return mount;
    }
}
