using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>
/// The service's root, assembled in a mount namespace of its own. The new root is put over "/", where paths of this process do not lead, so what is bind-mounted
/// comes from the host while the new root is reached by its descriptor only: every path in it is resolved by openat2(2) inside it, and everything is attached by
/// descriptor. At the end the process moves into it, and the host's tree goes.
/// </summary>
internal sealed partial class MountSteps(PlanScope s, MountTable table)
{
    private const int O_PATH_DIRECTORY = 0x200000 | 0x10000;
    private const uint CloneTree = PlanBuilder.OPEN_TREE_CLONE | PlanBuilder.AT_RECURSIVE;
    private const ulong Harmless = PlanBuilder.MOUNT_ATTR_NOSUID | PlanBuilder.MOUNT_ATTR_NODEV;

    private readonly PlanBuilder _b = s.Builder;
    private PlanRegister _root;
    private PlanRegister? _original;
    private PlanRegister? _scratch;

    /// <summary>Writes all steps; nothing when the root is as the host's and no path of it differs.</summary>
    public static void Write(PlanScope s)
    {
        var table = MountRules.Of(s);
        HostName(s);
        if (!s.HasRoot && table.IsEmpty)
        {
            var flags = s.Get(Directives.MountFlags);
            if (s.IsOn(Directives.PrivateMounts, out var mounts) || s.Sandboxed && flags.Value is MountPropagation.Slave or MountPropagation.Private)
            {
                Own(s, s.Step("get mounts of its own", flags.IsSet ? flags.Origin : mounts, ExitStatus.Namespace).Unshare(Namespaces.Mount));
                PassOn(s);
            }
            return;
        }
        new MountSteps(s, table).WriteAll();
    }

    private static void HostName(PlanScope s)
    {
        if (!s.Sandboxed || s.Get(Directives.ProtectHostname) is not { Value: { Kind: not ProtectHostname.No } hostname, Origin: var origin })
            return;
        s.Step(hostname.Name is { } called ? $"get the host name {called}" : "get a host name of its own", origin, ExitStatus.Namespace).Unshare(Namespaces.Uts);
        if (hostname.Name is { } name)
            s.Builder.Call("sethostname", name, Nr.sethostname, default, name, name.Length);
    }

    private void WriteAll()
    {
        var nodes = table.InOrder();
        var needsScratch = nodes.Exists(n => n.Content is MountContent.Nothing or MountContent.File);
        // In place when nothing is copied from the host's tree, which would have to be as it was before.
        var moves = s.HasRoot || needsScratch || nodes.Exists(n => n.ReadOnly is not null || n.NoExec is not null
            || n.Content is null or MountContent.Bind or MountContent.Own or MountContent.PrivateDev);
        var why = nodes.Count > 0 && !s.HasRoot ? nodes[0].Origin : s.Effective.Root?.Origin ?? s.Effective.MountApi.Origin;

        // Copying a detached mount needs the namespace that it was made in, so it comes before the new one.
        var image = s.Context.Root is RootSource.Mount mount ? Image(mount) : (PlanRegister?)null;
        s.Step("get mounts of its own", why, ExitStatus.Namespace);
        _b.Umask(0);
        _b.Unshare(Namespaces.Mount);
        Own(s, _b);
        Root(image, moves);
        if (needsScratch)
            Scratch(nodes);
        if (moves)
            _b.Step("put the new root in place", why, ExitStatus.Namespace, "/").MoveMount(_root, PlanBuilder.Cwd, "/");
        Everywhere();
        foreach (var node in nodes.Where(n => n.Path != "/"))
            Put(node);
        FinishDevices();
        if (moves)
            Enter(why);
        PassOn(s);
    }

    /// <summary>The host's later mounts show in the service (unless MountFlags=private), the service's never on the host.</summary>
    private static void Own(PlanScope s, PlanBuilder b) =>
        b.MountSetattr(PlanBuilder.Cwd, "/", PlanBuilder.AT_RECURSIVE, 0, 0, s.Get(Directives.MountFlags).Value == MountPropagation.Private ? PlanBuilder.MS_PRIVATE : PlanBuilder.MS_SLAVE);

    /// <summary>MountFlags=shared: to namespaces that the service makes. What is cut from the host stays cut.</summary>
    private static void PassOn(PlanScope s)
    {
        if (s.Sandboxed && s.Get(Directives.MountFlags) is { Value: MountPropagation.Shared } flags)
            s.Step("pass its mounts on", flags.Origin, ExitStatus.Namespace, "/").MountSetattr(PlanBuilder.Cwd, "/", PlanBuilder.AT_RECURSIVE, 0, 0, PlanBuilder.MS_SHARED);
    }

    private PlanRegister Image(RootSource.Mount mount)
    {
        s.Step("copy the image's mount", s.Effective.Root?.Origin ?? default, ExitStatus.Namespace, s.Effective.Root?.Value ?? mount.Device);
        if (s.Facts.CanCloneDetachedMounts)
            return _b.OpenTree(s.Use(Sandbox.Registers.Image), "", CloneTree);
        var context = _b.FsOpen(mount.Type);
        _b.FsConfig(context, "source", mount.Device).FsConfigFlag(context, "ro").FsCreate(context, mount.Device);
        var root = _b.FsMount(context, Harmless | PlanBuilder.MOUNT_ATTR_RDONLY, mount.Device);
        _b.Close(context);
        return root;
    }

    private void Root(PlanRegister? image, bool moves)
    {
        if (image is { } copy)
        {
            _root = copy;
            _b.MountSetattr(_root, "", PlanBuilder.AT_RECURSIVE, Harmless | PlanBuilder.MOUNT_ATTR_RDONLY);
            return;
        }
        var path = s.Context.Root is RootSource.Directory directory ? directory.Path : "/";
        if (s.HasRoot)
            _b.Step("open the service's root", s.Effective.Root?.Origin ?? default, ExitStatus.Namespace, path);
        _original = _b.OpenAt(PlanBuilder.Cwd, path, O_PATH_DIRECTORY);
        if (!moves)
        {
            _root = _original.Value;
            return;
        }
        _root = _b.OpenTree(_original.Value, "", CloneTree);
        // An image that is a directory is as little trusted as one that is a file.
        if (s.HasRoot && s.Unit.Portable is not null)
            _b.MountSetattr(_root, "", PlanBuilder.AT_RECURSIVE, Harmless);
    }

    /// <summary>A tmpfs below the new root, from where small files and empty places are copied. It goes with the host's tree.</summary>
    private void Scratch(List<MountNode> nodes)
    {
        _b.Step("prepare files of its own", nodes.First(n => n.Content is MountContent.Nothing or MountContent.File).Origin, ExitStatus.Namespace);
        var scratch = Tmpfs(TmpfsOptions.Parse("size=4m,nr_inodes=64"));
        _scratch = scratch;
        _b.MoveMount(scratch, PlanBuilder.Cwd, "/");
        if (nodes.Exists(n => n.Content is MountContent.Nothing))
        {
            _b.MkdirAt(scratch, "dir", 0);
            // A device without a driver, on a file system where devices do not open: not even root can read it. Making it needs no privilege (mknod(2), 0:0).
            _b.MknodAt(scratch, "file", 0x2000, 0);
        }
        foreach (var node in nodes)
        {
            if (node.Content is MountContent.File file)
                _b.WriteFile(scratch, file.Name, file.Bytes, 0x124);
        }
        _b.MountSetattr(scratch, "", 0, PlanBuilder.MOUNT_ATTR_RDONLY);
    }

    /// <summary>What holds for the root as a whole.</summary>
    private void Everywhere()
    {
        if (table.Find("/") is not { } node || Attributes(node) is not (not 0 and var set))
            return;
        _b.Step(node.Title, node.Origin, ExitStatus.Namespace, "/").MountSetattr(_root, "", PlanBuilder.AT_RECURSIVE, set);
    }

    /// <summary>What is mounted inside something that must not be executed is no way around that; what is mounted inside something read-only is there to be written.</summary>
    private ulong Attributes(MountNode node) =>
        (node.ReadOnly == true ? PlanBuilder.MOUNT_ATTR_RDONLY : 0) | (IsNoExec(node) ? PlanBuilder.MOUNT_ATTR_NOEXEC : 0) | (node.Harmless ? Harmless : 0);

    private bool IsNoExec(MountNode node) => node.NoExec ?? (node.Content is not null && node.Path != "/" && Nearest(node, n => n.NoExec is not null)?.NoExec == true);

    private void Enter(Origin why)
    {
        _b.Step("enter the new root", why, s.HasRoot ? ExitStatus.Chroot : ExitStatus.Namespace, "/");
        _b.Fchdir(_root);
        if (s.Facts.CanPivot)
        {
            const int detach = 2;
            // The old root is now over the new one, and over the old root still what was put there first. Were it left, ".." would lead to the host.
            _b.PivotRoot(".", ".").Umount2(".", detach);
            if (_scratch is not null)
                _b.Umount2(".", detach);
        }
        else
            _b.Chroot(".");
        _b.Chdir("/");
        _b.Close(_root);
        if (_original is { } original)
            _b.Close(original);
        if (_scratch is { } scratch)
            _b.Close(scratch);
    }

    private PlanRegister Tmpfs(TmpfsOptions options, ulong without = 0)
    {
        var context = _b.FsOpen("tmpfs");
        foreach (var (key, value) in options.FileSystem)
        {
            if (value is null)
                _b.FsConfigFlag(context, key);
            else
                _b.FsConfig(context, key, value);
        }
        _b.FsCreate(context, "tmpfs");
        var mount = _b.FsMount(context, options.Attributes & ~without, "tmpfs");
        _b.Close(context);
        return mount;
    }
}
