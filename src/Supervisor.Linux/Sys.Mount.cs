namespace Supervisor.Linux;

/// <summary>The new mount API: mounts as descriptors, attached nowhere until somebody moves them (fsopen(2), fsmount(2), open_tree(2), mount_setattr(2)).</summary>
public static unsafe partial class Sys
{
    public const ulong MS_PRIVATE = 1 << 18;
    public const ulong MOUNT_ATTR_RDONLY = 1, MOUNT_ATTR_NOSUID = 2, MOUNT_ATTR_NODEV = 4, MOUNT_ATTR_NOEXEC = 8;

    private const int FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_CMD_CREATE = 6;
    private const int OPEN_TREE_CLONE = 1, OPEN_TREE_CLOEXEC = 0x80000, AT_RECURSIVE = 0x8000, AT_EMPTY_PATH = 0x1000;

    /// <summary>A new mount of a block device's file system, read-only, attached nowhere.</summary>
    public static OsResult<Fd> MountDevice(string type, string device, ulong attributes)
    {
        byte* name = stackalloc byte[CText.Max], value = stackalloc byte[CText.Max];
        if (CText.Write(type, new(name, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, "fsopen", type);
        var context = Raw.Retry(Nr.fsopen, (nint)name, 1);
        if (context < 0)
            return Failure(context, "fsopen", type);
        var fs = new Fd((int)context);
        _ = CText.Write("source", new(name, CText.Max));
        _ = CText.Write(device, new(value, CText.Max));
        var result = Raw.Retry(Nr.fsconfig, fs.Number, FSCONFIG_SET_STRING, (nint)name, (nint)value);
        if (result >= 0)
        {
            _ = CText.Write("ro", new(name, CText.Max));
            result = Raw.Retry(Nr.fsconfig, fs.Number, FSCONFIG_SET_FLAG, (nint)name);
        }
        if (result >= 0)
            result = Raw.Retry(Nr.fsconfig, fs.Number, FSCONFIG_CMD_CREATE);
        if (result < 0)
        {
            fs.Close();
            return Failure(result, "fsconfig", device);
        }
        result = Raw.Retry(Nr.fsmount, fs.Number, 1, (nint)attributes);
        fs.Close();
        return NewFd("fsmount", result, device);
    }

    /// <summary>A new mount of a file system of the kernel's own, such as mqueue, attached nowhere.</summary>
    public static OsResult<Fd> MountNew(string type, ulong attributes)
    {
        byte* name = stackalloc byte[CText.Max];
        if (CText.Write(type, new(name, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, "fsopen", type);
        var context = Raw.Retry(Nr.fsopen, (nint)name, 1);
        if (context < 0)
            return Failure(context, "fsopen", type);
        var result = Raw.Retry(Nr.fsconfig, context, FSCONFIG_CMD_CREATE);
        if (result >= 0)
            result = Raw.Retry(Nr.fsmount, context, 1, (nint)attributes);
        new Fd((int)context).Close();
        return NewFd("fsmount", result, type);
    }

    /// <summary>A copy of the mounts at and below an open directory, attached nowhere.</summary>
    public static OsResult<Fd> CloneTree(Fd directory, string? path = null)
    {
        byte empty = 0;
        return NewFd("open_tree", Raw.Retry(Nr.open_tree, directory.Number, (nint)(&empty), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH), path);
    }

    /// <summary>mount_setattr(2): sets flags on a mount and all below it, and where mounts are passed on to (MS_PRIVATE; 0 leaves that).</summary>
    public static OsResult SetMountAttributes(Fd mount, ulong set, string? path = null, ulong propagation = 0)
    {
        byte empty = 0;
        // struct mount_attr: u64 attr_set, attr_clr, propagation, userns_fd
        ulong* attributes = stackalloc ulong[4];
        attributes[0] = set;
        attributes[1] = attributes[3] = 0;
        attributes[2] = propagation;
        return Void("mount_setattr", path, Raw.Retry(Nr.mount_setattr, mount.Number, (nint)(&empty), AT_RECURSIVE | AT_EMPTY_PATH, (nint)attributes, 32));
    }
}
