using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;
using ExitStatus = Supervisor.Launch.ExitStatus;

namespace Supervisor.Sandbox.Plan;

/// <summary>One node: find its place in the new root, get what goes there, attach it.</summary>
internal sealed partial class MountSteps
{
    private const int O_PATH = 0x200000, O_DIRECTORY = 0x10000;

    private void Put(MountNode node)
    {
        switch (node.Content)
        {
            case MountContent.Nothing { Kind: PathKind.Unknown }:
                // A directory cannot hide a file nor the other way round; which one it is shows when it is opened.
                Begin(node);
                Attach(node, OpenTarget(node, O_DIRECTORY, node.Optional ? Skip(node) : OnError.SkipStep(Errno.ENOTDIR)), _b.OpenTree(_scratch!.Value, "dir", PlanBuilder.OPEN_TREE_CLONE));
                Begin(node);
                Attach(node, OpenTarget(node, 0), _b.OpenTree(_scratch.Value, "file", PlanBuilder.OPEN_TREE_CLONE), OnError.Ignore(Errno.EINVAL, Errno.ENOTDIR));
                break;
            case MountContent.Nothing nothing:
                Begin(node);
                var name = nothing.Kind == PathKind.Directory ? "dir" : "file";
                Attach(node, OpenTarget(node), _b.OpenTree(_scratch!.Value, name, PlanBuilder.OPEN_TREE_CLONE));
                break;
            case MountContent.PrivateDev:
                Begin(node);
                PrivateDevices(node);
                break;
            case null when IsImplied(node):
                break;
            default:
                Begin(node);
                var source = Source(node);
                Restrict(node, source);
                Attach(node, Target(node), source);
                break;
        }
    }

    private void Begin(MountNode node) => _b.Step(node.Title, node.Origin, StatusOf(node), node.Path);

    private static int StatusOf(MountNode node) => node.Content is MountContent.Own own
        ? own.Directory.Kind switch
        {
            DirectoryKind.Runtime => ExitStatus.RuntimeDirectory,
            DirectoryKind.State => ExitStatus.StateDirectory,
            DirectoryKind.Cache => ExitStatus.CacheDirectory,
            DirectoryKind.Logs => ExitStatus.LogsDirectory,
            _ => ExitStatus.ConfigurationDirectory,
        }
        : ExitStatus.Namespace;

    /// <summary>A wish that holds anyway: writable or executable where nothing around is otherwise; read-only in an image, which is.</summary>
    private bool IsImplied(MountNode node)
    {
        var inImage = s.Context.Root is RootSource.Mount && table.Around(node.Path) is null;
        var readOnly = node.ReadOnly is null || inImage || node.ReadOnly == false && !Surrounded(node, n => n.ReadOnly == true || n.Content is not null);
        var noExec = node.NoExec is null || node.NoExec == false && !Surrounded(node, n => n.NoExec == true || n.Content is not null);
        return readOnly && noExec;
    }

    private bool Surrounded(MountNode node, Func<MountNode, bool> by) => Nearest(node, by) is not null;

    /// <summary>The nearest node above one of which something is true.</summary>
    private MountNode? Nearest(MountNode node, Func<MountNode, bool> isTrue)
    {
        for (var slash = node.Path.LastIndexOf('/'); slash >= 0; slash = slash == 0 ? -1 : node.Path.LastIndexOf('/', slash - 1))
        {
            if (table.Find(slash == 0 ? "/" : node.Path[..slash]) is { } above && isTrue(above))
                return above;
        }
        return null;
    }

    /// <summary>The thing itself, attached nowhere yet.</summary>
    private PlanRegister Source(MountNode node)
    {
        switch (node.Content)
        {
            case MountContent.Bind bind:
                {
                    var place = _b.OpenAt(PlanBuilder.Cwd, bind.Source, O_PATH, onError: Skip(node));
                    var tree = _b.OpenTree(place, "", bind.Recursive ? CloneTree : PlanBuilder.OPEN_TREE_CLONE);
                    _b.Close(place);
                    return tree;
                }
            case MountContent.Own { Directory: var directory }:
                {
                    // Below the base everything may be the service's: no link is followed.
                    var above = _b.OpenAt(PlanBuilder.Cwd, directory.Base, O_PATH | O_DIRECTORY);
                    var place = _b.OpenInRoot(above, directory.Path, O_PATH | O_DIRECTORY, resolve: RootedPath.RESOLVE_BENEATH | RootedPath.RESOLVE_NO_SYMLINKS);
                    var tree = _b.OpenTree(place, "", CloneTree);
                    _b.Close(above).Close(place);
                    return tree;
                }
            case MountContent.Tmpfs tmpfs:
                // It may have to be filled first; FinishDevices and the like make it read-only.
                return Tmpfs(TmpfsOptions.Parse(tmpfs.Options), HasNodesBelow(node) ? TmpfsOptions.ReadOnly : 0);
            case MountContent.PrivateTmp tmp:
                return s.Facts.CanCloneDetachedMounts
                    ? _b.OpenTree(s.Use(Sandbox.Registers.PrivateTmp), tmp.Directory, PlanBuilder.OPEN_TREE_CLONE)
                    : Tmpfs(TmpfsOptions.Parse("mode=1777"));
            case MountContent.Proc proc:
                return Proc(proc);
            case MountContent.Kernel { Type: var type }:
                {
                    var context = _b.FsOpen(type);
                    _b.FsCreate(context, type);
                    var mount = _b.FsMount(context, Harmless | PlanBuilder.MOUNT_ATTR_NOEXEC, type);
                    _b.Close(context);
                    return mount;
                }
            case MountContent.File file:
                return _b.OpenTree(_scratch!.Value, file.Name, PlanBuilder.OPEN_TREE_CLONE);
            default:
                return Itself(node);
        }
    }

    /// <summary>The path as it is, as a mount that can have attributes of its own: from the tree before anything in it was restricted, where that is the same.</summary>
    private PlanRegister Itself(MountNode node)
    {
        var from = _original is { } original && table.Around(node.Path) is null ? original : _root;
        var place = _b.OpenInRoot(from, node.Path, O_PATH, onError: Skip(node));
        var tree = _b.OpenTree(place, "", CloneTree);
        _b.Close(place);
        if (from == _root && (node.ReadOnly == false || node.NoExec == false))
            _b.MountSetattr(tree, "", 0, 0, (node.ReadOnly == false ? PlanBuilder.MOUNT_ATTR_RDONLY : 0) | (node.NoExec == false ? PlanBuilder.MOUNT_ATTR_NOEXEC : 0));
        return tree;
    }

    private void Restrict(MountNode node, PlanRegister mount)
    {
        var set = Attributes(node);
        if (node.Content is { IsOurs: true } && HasNodesBelow(node))
            set &= ~PlanBuilder.MOUNT_ATTR_RDONLY;
        if (set != 0)
            _b.MountSetattr(mount, "", PlanBuilder.AT_RECURSIVE, set);
    }

    private bool HasNodesBelow(MountNode node) => table.InOrder().Exists(n => n.Content is not null && MountTable.IsBelow(n.Path, node.Path));

    private void Attach(MountNode node, PlanRegister target, PlanRegister mount, OnError onError = default)
    {
        _b.Call("move_mount", node.Path, Nr.move_mount, onError,
            mount, "", target, "", PlanBuilder.MOVE_MOUNT_F_EMPTY_PATH | PlanBuilder.MOVE_MOUNT_T_EMPTY_PATH);
        _b.Close(target);
        _b.Close(mount);
    }

    private PlanRegister OpenTarget(MountNode node, int flags = 0, OnError? onError = null) =>
        _b.OpenInRoot(_root, node.Path, O_PATH | flags, onError: onError ?? Skip(node));

    /// <summary>Where a node goes. Inside a tree of ours its place is made; elsewhere it must be there, and the error names it.</summary>
    private PlanRegister Target(MountNode node)
    {
        var around = table.Around(node.Path);
        var missing = around is null && node.Content is MountContent.Bind or MountContent.Tmpfs && s.Context.Root is not RootSource.Mount && s.Context.RootView.Look(node.Path).Kind == PathKind.Missing;
        if (node.Content is null || !missing && around?.Content is not { IsOurs: true })
            return OpenTarget(node);
        var isFile = node.Content is MountContent.File or MountContent.Bind { Kind: PathKind.File };
        // on the host and in a directory, a missing place is made as systemd makes it, and stays
        var above = missing ? "/" : around!.Path;
        var parts = node.Path[(above == "/" ? 1 : above.Length + 1)..].Split('/');
        var here = _b.OpenInRoot(missing && _original is { } original ? original : _root, above, O_PATH | O_DIRECTORY, onError: Skip(node));
        for (var i = 0; i < parts.Length; i++)
        {
            if (isFile && i == parts.Length - 1)
                _b.MknodAt(here, parts[i], 0x8000 | 0x124, 0, OnError.Ignore(Errno.EEXIST));
            else
                _b.MkdirAt(here, parts[i], 0x1ED, OnError.Ignore(Errno.EEXIST));
            // One step at a time and never through a link: in a shared /tmp an earlier process of the service may have been here.
            var next = _b.OpenInRoot(here, parts[i], O_PATH | (i < parts.Length - 1 ? O_DIRECTORY : 0),
                resolve: RootedPath.RESOLVE_BENEATH | RootedPath.RESOLVE_NO_SYMLINKS);
            _b.Close(here);
            here = next;
        }
        if (missing)
        {
            // it was made in the tree as the host has it; what goes there belongs into the new one
            _b.Close(here);
            return OpenTarget(node);
        }
        return here;
    }

    /// <summary>A missing path ends an optional node's step.</summary>
    private static OnError Skip(MountNode node) => node.Optional ? OnError.SkipStep(Errno.ENOENT, Errno.ENOTDIR) : default;

    private PlanRegister Proc(MountContent.Proc proc)
    {
        var context = _b.FsOpen("proc");
        if (proc.Protect != ProtectProc.Default)
            _b.FsConfig(context, "hidepid", proc.Protect.ToString().ToLowerInvariant());
        if (proc.Subset == ProcSubset.Pid)
            _b.FsConfig(context, "subset", "pid");
        _b.FsCreate(context, "proc");
        var mount = _b.FsMount(context, Harmless | PlanBuilder.MOUNT_ATTR_NOEXEC, "proc");
        _b.Close(context);
        return mount;
    }
}
