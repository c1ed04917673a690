using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Launch;

/// <summary>Mounts: the new mount API (open_tree(2), move_mount(2), fsopen(2) and so on), and the old one where it is shorter.</summary>
public sealed partial class PlanBuilder
{
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_RECURSIVE = 0x8000;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const uint OPEN_TREE_CLONE = 1;
    public const uint OPEN_TREE_CLOEXEC = 0x80000;
    public const uint MOVE_MOUNT_F_EMPTY_PATH = 4;
    public const uint MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    public const ulong MOUNT_ATTR_RDONLY = 1;
    public const ulong MOUNT_ATTR_NOSUID = 2;
    public const ulong MOUNT_ATTR_NODEV = 4;
    public const ulong MOUNT_ATTR_NOEXEC = 8;
    public const ulong MOUNT_ATTR_NOATIME = 0x10;
    public const ulong MOUNT_ATTR_STRICTATIME = 0x20;
    public const ulong MOUNT_ATTR_NODIRATIME = 0x80;
    public const ulong MOUNT_ATTR_IDMAP = 0x100000;
    public const ulong MOUNT_ATTR_NOSYMFOLLOW = 0x200000;
    public const ulong MS_PRIVATE = 1 << 18;
    public const ulong MS_SLAVE = 1 << 19;
    public const ulong MS_SHARED = 1 << 20;

    private const uint FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_SET_FD = 5, FSCONFIG_CMD_CREATE = 6, FSCONFIG_CMD_RECONFIGURE = 7;

    /// <summary>open_tree(2): a descriptor of what is mounted there, or with OPEN_TREE_CLONE a detached copy of it. An empty path means <paramref name="dir"/> itself.</summary>
    public PlanRegister OpenTree(PlanArg dir, string path, uint flags, OnError onError = default) =>
        CallKeep((flags & OPEN_TREE_CLONE) != 0 ? "open_tree (clone)" : "open_tree", Named(path), Nr.open_tree, onError,
            dir, path, flags | OPEN_TREE_CLOEXEC | (path.Length == 0 ? (uint)AT_EMPTY_PATH : 0));

    /// <summary>move_mount(2): attaches the mount <paramref name="from"/> at <paramref name="path"/> below <paramref name="to"/> (empty: at it).</summary>
    public PlanBuilder MoveMount(PlanArg from, PlanArg to, string path, OnError onError = default) =>
        Call("move_mount", Named(path), Nr.move_mount, onError, from, "", to, path, MOVE_MOUNT_F_EMPTY_PATH | (path.Length == 0 ? MOVE_MOUNT_T_EMPTY_PATH : 0));

    /// <summary>mount_setattr(2) on <paramref name="path"/> below <paramref name="dir"/> (empty: on it).</summary>
    public PlanBuilder MountSetattr(PlanArg dir, string path, int flags, ulong set, ulong clear = 0, ulong propagation = 0, OnError onError = default) =>
        Call("mount_setattr", Named(path), Nr.mount_setattr, onError,
            dir, path, flags | (path.Length == 0 ? AT_EMPTY_PATH : 0), PlanBlob.OfWords(set, clear, propagation, 0), 32);

    /// <summary>mount_setattr(2) with MOUNT_ATTR_IDMAP: owners are seen through <paramref name="userNamespace"/>. Only on a detached mount.</summary>
    public PlanBuilder MountIdmap(PlanArg mount, PlanRegister userNamespace, bool recursive = false, OnError onError = default)
    {
        var attributes = PlanBlob.OfWords(MOUNT_ATTR_IDMAP, 0, 0, 0);
        Store(attributes, 24, userNamespace, 8);
        return Call("mount_setattr (idmap)", null, Nr.mount_setattr, onError, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), attributes, 32);
    }

    /// <summary>fsopen(2).</summary>
    public PlanRegister FsOpen(string type, OnError onError = default) => CallKeep("fsopen", type, Nr.fsopen, onError, type, 1);

    /// <summary>fsconfig(2), a key with a value.</summary>
    public PlanBuilder FsConfig(PlanRegister context, string key, string value, OnError onError = default) =>
        Call("fsconfig", $"{key}={value}", Nr.fsconfig, onError, context, FSCONFIG_SET_STRING, key, value, 0);

    /// <summary>fsconfig(2), a key alone.</summary>
    public PlanBuilder FsConfigFlag(PlanRegister context, string key, OnError onError = default) =>
        Call("fsconfig", key, Nr.fsconfig, onError, context, FSCONFIG_SET_FLAG, key, 0, 0);

    /// <summary>fsconfig(2), a key with a descriptor.</summary>
    public PlanBuilder FsConfigFd(PlanRegister context, string key, PlanRegister fd, OnError onError = default) =>
        Call("fsconfig", key, Nr.fsconfig, onError, context, FSCONFIG_SET_FD, key, 0, fd);

    /// <summary>fsconfig(2) FSCONFIG_CMD_CREATE: makes the file system.</summary>
    public PlanBuilder FsCreate(PlanRegister context, string? what = null, OnError onError = default) =>
        Call("fsconfig (create)", what, Nr.fsconfig, onError, context, FSCONFIG_CMD_CREATE, 0, 0, 0);

    /// <summary>fsconfig(2) FSCONFIG_CMD_RECONFIGURE, for a context of fspick(2).</summary>
    public PlanBuilder FsReconfigure(PlanRegister context, string? what = null, OnError onError = default) =>
        Call("fsconfig (reconfigure)", what, Nr.fsconfig, onError, context, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);

    /// <summary>fsmount(2): the file system as a detached mount.</summary>
    public PlanRegister FsMount(PlanRegister context, ulong attributes, string? what = null, OnError onError = default) =>
        CallKeep("fsmount", what, Nr.fsmount, onError, context, 1, attributes);

    /// <summary>mount(2).</summary>
    public PlanBuilder Mount(string? source, string target, string? type, ulong flags, string? data = null, OnError onError = default) =>
        Call(type is null ? "mount" : $"mount {type} on", target, Nr.mount, onError, OrNull(source), target, OrNull(type), flags, OrNull(data));

    /// <summary>umount2(2); MNT_DETACH is 2.</summary>
    public PlanBuilder Umount2(string target, int flags, OnError onError = default) => Call("umount2", target, Nr.umount2, onError, target, flags);

    /// <summary>pivot_root(2). With "." twice the old root ends up on top of the new one, to be detached by <c>Umount2(".", 2)</c>.</summary>
    public PlanBuilder PivotRoot(string newRoot, string putOld, OnError onError = default) => Call("pivot_root", newRoot, Nr.pivot_root, onError, newRoot, putOld);

    /// <summary>chroot(2).</summary>
    public PlanBuilder Chroot(string path, OnError onError = default) => Call("chroot", path, Nr.chroot, onError, path);

    private static PlanArg OrNull(string? text) => text is null ? 0 : text;

    private static string? Named(string path) => path.Length == 0 ? null : path;
}
