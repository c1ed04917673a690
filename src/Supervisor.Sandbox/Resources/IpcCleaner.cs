using System.Globalization;
using System.Text;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>
/// RemoveIPC=: what a user left in the host's IPC namespace. System V objects by /proc/sysvipc (proc(5)), POSIX shared memory and message queues by the file systems
/// that hold them. Root's are never touched.
/// </summary>
public static class IpcCleaner
{
    /// <summary>Removes everything that belongs to <paramref name="uid"/>, or to <paramref name="gid"/> if that is not 0. The first failure, after all else was tried.</summary>
    public static Failure? Remove(uint uid, uint gid, Origin origin, string shm = "/dev/shm", string mqueue = "/dev/mqueue")
    {
        if (uid == 0)
            return null;
        Failure? failure = null;
        // columns: key, id, perms …, then the owner's uid and gid
        SystemV("/proc/sysvipc/shm", 7, Sys.RemoveSharedMemory);
        SystemV("/proc/sysvipc/sem", 4, Sys.RemoveSemaphores);
        SystemV("/proc/sysvipc/msg", 7, Sys.RemoveMessageQueue);
        Posix(shm);
        Posix(mqueue);
        return failure;

        void SystemV(string table, int owner, Func<int, OsResult> remove)
        {
            if (!Sys.ReadFile(table, 16 << 20).TryGet(out var bytes, out var error))
            {
                // a kernel without System V IPC
                if (error.Errno != Errno.ENOENT)
                    Note(error);
                return;
            }
            foreach (var id in Owned(Encoding.ASCII.GetString(bytes), owner, uid, gid))
            {
                if (remove(id).Failed(out error) && error.Errno is not (Errno.EINVAL or Errno.EIDRM))
                    Note(error);
            }
        }

        void Posix(string path)
        {
            if (!Sys.Open(path, 0x10000).TryGet(out var directory, out _))
                return;
            var names = new List<byte[]>();
            var buffer = new byte[32 * 1024];
            while (true)
            {
                if (!Sys.ReadDirectory(directory, buffer).TryGet(out var length, out var unread))
                    Note(unread);
                if (length == 0)
                    break;
                for (var at = 0; at < length;)
                    names.Add(Sys.EntryName(buffer.AsSpan(0, length), at, out at).ToArray());
            }
            foreach (var name in names)
            {
                if (name.AsSpan().SequenceEqual(".\0"u8) || name.AsSpan().SequenceEqual("..\0"u8))
                    continue;
                if (!Sys.OpenEntry(directory, name, 0x200000).TryGet(out var entry, out var error))
                    continue;
                var stat = Sys.Stat(entry);
                entry.Close();
                if (!stat.Ok || (uint)stat.Value.st_uid != uid && (gid == 0 || (uint)stat.Value.st_gid != gid))
                    continue;
                if (RemoveTree.Run(directory, name).Failed(out error))
                    Note(error with { Path = $"{path}/{Encoding.UTF8.GetString(name).TrimEnd('\0')}" });
            }
            directory.Close();
        }

        void Note(OsError error) => failure ??= new Failure("cannot remove the IPC objects of its user", error, origin);
    }

    /// <summary>Identifiers of a table of /proc/sysvipc whose owner has this user or group.</summary>
    internal static List<int> Owned(string table, int ownerColumn, uint uid, uint gid)
    {
        var ids = new List<int>();
        foreach (var line in table.Split('\n').Skip(1))
        {
            var columns = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > ownerColumn + 1
                && int.TryParse(columns[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && uint.TryParse(columns[ownerColumn], NumberStyles.None, CultureInfo.InvariantCulture, out var owner)
                && uint.TryParse(columns[ownerColumn + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var group)
                && (owner == uid || gid != 0 && group == gid))
                ids.Add(id);
        }
        return ids;
    }
}
