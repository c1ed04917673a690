using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>The file systems that the kernel makes, where programs look for them.</summary>
public static partial class Boot
{
    private const ulong RDONLY = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, REC = 0x4000, PRIVATE = 1 << 18, SHARED = 1 << 20, STRICTATIME = 1 << 24;

    private static void MountAll(BootSteps steps)
    {
        Mount(steps, "proc", "/proc", NOSUID | NODEV | NOEXEC, null);
        Mount(steps, "sysfs", "/sys", NOSUID | NODEV | NOEXEC, null);
        Mount(steps, "devtmpfs", "/dev", NOSUID | STRICTATIME, "mode=755");
        Mount(steps, "devpts", "/dev/pts", NOSUID | NOEXEC, "gid=5,mode=620,ptmxmode=666");
        Mount(steps, "tmpfs", "/dev/shm", NOSUID | NODEV, "mode=1777");
        Mount(steps, "mqueue", "/dev/mqueue", NOSUID | NODEV | NOEXEC, null, optional: true);
        Mount(steps, "tmpfs", "/run", NOSUID | NODEV, "mode=755,size=20%");
        Mount(steps, "tmpfs", "/tmp", NOSUID | NODEV, "mode=1777");
        Mount(steps, "cgroup2", "/sys/fs/cgroup", NOSUID | NODEV | NOEXEC, "nsdelegate,memory_recursiveprot");
        Mount(steps, "bpf", "/sys/fs/bpf", NOSUID | NODEV | NOEXEC, "mode=700", optional: true);
        // As systemd leaves it: what is mounted later shows in every namespace that did not ask to be alone.
        steps.Try("share /", () => Sys.Mount("none", "/", null, REC | SHARED, null).Failed(out var error)
            ? BootOutcome.Failed($"cannot make mounts shared: {error}")
            : BootOutcome.Done());
    }

    /// <summary>Mounts unless something is mounted there. A file system that the kernel lacks is a note when it is <paramref name="optional"/>.</summary>
    private static void Mount(BootSteps steps, string type, string target, ulong flags, string? data, bool optional = false) => steps.Try($"mount {target}", () =>
    {
        if (Sys.MakeDirectories(target).Failed(out var error))
            return optional ? BootOutcome.Done("not in this kernel") : BootOutcome.Failed($"cannot make {target}: {error}");
        if (IsMountPoint(target))
            return BootOutcome.Done("already");
        var mounted = Sys.Mount(type, target, type, flags, data);
        if (mounted.Failed(out error) && error.Errno == Errno.EINVAL && data is not null)
            mounted = Sys.Mount(type, target, type, flags, null); // an option that this kernel does not know
        if (!mounted.Failed(out error) || error.Errno == Errno.EBUSY)
            return BootOutcome.Done();
        return optional && error.Errno == Errno.ENODEV ? BootOutcome.Done("not in this kernel") : BootOutcome.Failed($"cannot mount {type} on {target}: {error}");
    });

    /// <summary>A directory on another device than the one above it.</summary>
    private static bool IsMountPoint(string path) =>
        Sys.StatAt(Fd.Cwd, path).TryGet(out var here, out _) && Sys.StatAt(Fd.Cwd, $"{path}/..").TryGet(out var above, out _)
        && (ulong)here.st_dev != (ulong)above.st_dev;
}
