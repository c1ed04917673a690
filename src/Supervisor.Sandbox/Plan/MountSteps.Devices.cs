using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox.Plan;

/// <summary>PrivateDevices=: a /dev with the nodes that harm nobody, terminals, shared memory and message queues.</summary>
internal sealed partial class MountSteps
{
    private const int CapMknod = 27;

    private static readonly (string Name, uint Major, uint Minor)[] Nodes =
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

    private static readonly (string Name, string Target)[] Links =
    [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"),
        ("ptmx", "pts/ptmx"), ("log", "/run/systemd/journal/dev-log"),
    ];

    private PlanRegister? _dev;
    private MountNode? _devNode;

    private void PrivateDevices(MountNode node)
    {
        var dev = Tmpfs(new TmpfsOptions([("mode", "0755"), ("size", "4m"), ("nr_inodes", "1024")], PlanBuilder.MOUNT_ATTR_NOSUID | PlanBuilder.MOUNT_ATTR_NOEXEC));
        var makes = s.Facts.Has(CapMknod);
        foreach (var (name, major, minor) in Nodes)
        {
            if (makes)
                _b.MknodAt(dev, name, 0x2000 | 0x1B6, major << 8 | minor);
            else
                _b.MknodAt(dev, name, 0x8000, 0);
        }
        foreach (var directory in (ReadOnlySpan<string>)["pts", "shm", "mqueue", "hugepages"])
            _b.MkdirAt(dev, directory, 0x1ED);
        foreach (var (name, target) in Links)
            _b.SymlinkAt(target, dev, name);
        var place = OpenTarget(node);
        _b.Call("move_mount", node.Path, Nr.move_mount, default, dev, "", place, "", PlanBuilder.MOVE_MOUNT_F_EMPTY_PATH | PlanBuilder.MOVE_MOUNT_T_EMPTY_PATH);
        _b.Close(place);
        (_dev, _devNode) = (dev, node);

        if (!makes)
        {
            foreach (var (name, _, _) in Nodes)
                Show(name, optional: false);
        }
        Show("pts", optional: true);
        Show("shm", optional: true);
        Show("hugepages", optional: true);
        if (s.Sandboxed && s.Effective.Ipc is { Value: true, Origin: var ipc })
        {
            var mqueue = new MountNode($"{node.Path}/mqueue", new MountContent.Kernel("mqueue"), ipc, "mount message queues of its own");
            Begin(mqueue);
            var own = Source(mqueue);
            _b.MoveMount(own, dev, "mqueue").Close(own);
        }
        else
            Show("mqueue", optional: true);

        void Show(string name, bool optional)
        {
            _b.Step($"show the host's /dev/{name}", node.Origin, Launch.ExitStatus.Namespace, $"/dev/{name}");
            var tree = _b.OpenTree(PlanBuilder.Cwd, $"/dev/{name}", CloneTree, optional ? OnError.SkipStep(Errno.ENOENT) : default);
            _b.MoveMount(tree, dev, name).Close(tree);
        }
    }

    /// <summary>Trees of ours become read-only once everything in them has its place.</summary>
    private void FinishDevices()
    {
        foreach (var node in table.InOrder())
        {
            var options = node.Content is MountContent.Tmpfs tmpfs ? TmpfsOptions.Parse(tmpfs.Options).Attributes : 0;
            if (node.Content is not MountContent.Tmpfs || !HasNodesBelow(node) || node.ReadOnly != true && (options & TmpfsOptions.ReadOnly) == 0)
                continue;
            _b.Step($"make {node.Path} read-only", node.Origin, Launch.ExitStatus.Namespace, node.Path);
            var place = OpenTarget(node);
            _b.MountSetattr(place, "", 0, TmpfsOptions.ReadOnly).Close(place);
        }
        if (_dev is not { } dev)
            return;
        _b.Step("make the private /dev read-only", _devNode!.Origin, Launch.ExitStatus.Namespace, "/dev");
        _b.MountSetattr(dev, "", _devNode.ReadOnly == true ? PlanBuilder.AT_RECURSIVE : 0, PlanBuilder.MOUNT_ATTR_RDONLY).Close(dev);
    }
}
