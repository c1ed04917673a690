using System.Globalization;
using System.Text;
using Supervisor.Linux;
using Supervisor.Sandbox;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager.Sockets;

/// <summary>Files of sockets: sockets' own, FIFOs, special files, links. What is acted on is opened first, so that nobody can put something else in its place.</summary>
internal static class SocketFiles
{
    private const uint S_IFMT = 0xF000, S_IFIFO = 0x1000, S_IFCHR = 0x2000, S_IFREG = 0x8000, S_IFLNK = 0xA000, S_IFSOCK = 0xC000;
    private const int O_PATH = 0x200000, O_NOFOLLOW = 0x20000, O_NONBLOCK = 0x800;

    /// <summary>Who owns the files of a socket unit.</summary>
    public readonly record struct Owner(uint Uid, uint Gid);

    public static Failure? OwnerOf(Unit unit, out Owner? owner)
    {
        owner = null;
        var (user, group) = (unit.Get(Directives.SocketUser), unit.Get(Directives.SocketGroup));
        if (user.Value is null && group.Value is null)
            return null;
        if (!AccountDatabase.ReadHost().TryGet(out var accounts, out var error))
            return new Failure("cannot look for the owner of its file", error, user.IsSet ? user.Origin : group.Origin);
        var (uid, gid) = (0u, 0u);
        if (user.Value is { } name)
        {
            var account = AccountDatabase.TryId(name, out uid) ? accounts.User(uid) : accounts.User(name);
            if (account is null && !AccountDatabase.TryId(name, out uid))
                return new Failure($"cannot give its file to {name}: there is no such user", null, user.Origin);
            (uid, gid) = account is null ? (uid, uid) : (account.Uid, account.Gid);
        }
        if (group.Value is { } other && !AccountDatabase.TryId(other, out gid))
        {
            if (accounts.Group(other) is not { } known)
                return new Failure($"cannot give its file to the group {other}: there is no such group", null, group.Origin);
            gid = known.Gid;
        }
        owner = new Owner(uid, gid);
        return null;
    }

    public static OsResult MakeParents(Unit unit, string path) => Sys.MakeDirectories(Path.GetDirectoryName(path)!, unit.Get(Directives.SocketDirectoryMode).Value);

    /// <summary>A socket in the way is left over from an earlier run; nothing else is taken away.</summary>
    public static void RemoveLeftover(string path)
    {
        if (Sys.StatAt(Fd.Cwd, path, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var there, out _) && Kind(there) == S_IFSOCK)
            _ = Sys.UnlinkAt(Fd.Cwd, path);
    }

    /// <summary>A socket that was just bound, and that nobody can connect to yet.</summary>
    public static Failure? Finish(Unit unit, ListenAddress listen, Owner? owner, Action<string> without)
    {
        if (!Sys.Open(listen.File!, O_PATH | O_NOFOLLOW).TryGet(out var file, out var error))
            return new Failure($"cannot find its socket again", error, listen.Origin);
        var failure = Sys.Stat(file).TryGet(out var stat, out error) && Kind(stat) == S_IFSOCK ? Own(unit, file, owner) : new Failure($"cannot use {listen.Text}: somebody has put something else there", null, listen.Origin);
        if (failure is null)
            SocketOptions.Describe(unit, Directives.XAttrEntryPoint, a => Sys.SetAttribute(Magic(file), a.Name, Encoding.UTF8.GetBytes(a.Value)), without);
        file.Close();
        return failure;
    }

    public static Failure? OpenFifo(Unit unit, ListenAddress listen, Owner? owner, Action<string> without, out Fd fd)
    {
        fd = Fd.None;
        var what = $"cannot listen on the FIFO {listen.Text}";
        if (MakeParents(unit, listen.Text).Failed(out var error))
            return new Failure(what, error, listen.Origin);
        var mask = Sys.Umask(0x1FFu & ~unit.Get(Directives.SocketMode).Value);
        var made = Sys.MknodAt(Fd.Cwd, listen.Text, S_IFIFO | 0x1FF, 0);
        Sys.Umask(mask);
        if (made.Failed(out error) && error.Errno != Errno.EEXIST)
            return new Failure(what, error, listen.Origin);
        // O_PATH first: opening a device or another's FIFO may already do something
        if (!Sys.Open(listen.Text, O_PATH | O_NOFOLLOW).TryGet(out var file, out error))
            return new Failure(what, error, listen.Origin);
        var failure = CheckFifo(file, listen, what, owner);
        if (failure is null && !Sys.Open(Magic(file), LibC.O_RDWR | LibC.O_NOCTTY | O_NONBLOCK).TryGet(out fd, out error))
            failure = new Failure(what, error, listen.Origin);
        file.Close();
        failure ??= FinishFifo(unit, fd, owner, without);
        if (failure is not null)
            fd.Close();
        return failure;
    }

    private static Failure? CheckFifo(Fd file, ListenAddress listen, string what, Owner? owner)
    {
        if (!Sys.Stat(file).TryGet(out var stat, out var error))
            return new Failure(what, error, listen.Origin);
        if (Kind(stat) != S_IFIFO)
            return new Failure($"{what}: it is {Describe(Kind(stat))}", null, listen.Origin);
        var self = (uint)Raw.CallFast(Nr.getuid);
        if ((uint)stat.st_uid != self && (uint)stat.st_uid != owner?.Uid)
            return new Failure($"{what}: it belongs to user {(uint)stat.st_uid}", null, listen.Origin);
        return null;
    }

    private static Failure? FinishFifo(Unit unit, Fd fd, Owner? owner, Action<string> without)
    {
        if (unit.Get(Directives.PipeSize) is { Value: > 0 and var size } wanted && Sys.SetPipeSize(fd, size).Failed(out var error))
            without(new Failure("cannot set the size of a pipe", error, wanted.Origin).ToString());
        if (unit.Get(Directives.SmackLabel) is { Value: { } text } label && Sys.SetAttribute(fd, "security.SMACK64", Encoding.UTF8.GetBytes(text)).Failed(out error))
            return new Failure("cannot label a FIFO", error, label.Origin);
        SocketOptions.Describe(unit, Directives.XAttrEntryPoint, a => Sys.SetAttribute(fd, a.Name, Encoding.UTF8.GetBytes(a.Value)), without);
        return Own(unit, fd, owner);
    }

    public static Failure? OpenSpecial(Unit unit, ListenAddress listen, out Fd fd)
    {
        var what = $"cannot listen on {listen.Text}";
        fd = Fd.None;
        if (!Sys.Open(listen.Text, O_PATH | O_NOFOLLOW).TryGet(out var file, out var error))
            return new Failure(what, error, listen.Origin);
        Failure? failure = null;
        if (!Sys.Stat(file).TryGet(out var stat, out error))
            failure = new Failure(what, error, listen.Origin);
        else if (Kind(stat) is not (S_IFCHR or S_IFREG))
            failure = new Failure($"{what}: it is {Describe(Kind(stat))}, and no special file", null, listen.Origin);
        else if (!Sys.Open(Magic(file), (unit.Get(Directives.Writable).Value ? LibC.O_RDWR : LibC.O_RDONLY) | LibC.O_NOCTTY | O_NONBLOCK).TryGet(out fd, out error))
            failure = new Failure(what, error with { Path = listen.Text }, listen.Origin);
        file.Close();
        return failure;
    }

    public static Failure? OpenMessageQueue(Unit unit, ListenAddress listen, Owner? owner, out Fd fd)
    {
        var (messages, bytes) = (unit.Get(Directives.MessageQueueMaxMessages).Value, unit.Get(Directives.MessageQueueMessageSize).Value);
        var mask = Sys.Umask(0x1FFu & ~unit.Get(Directives.SocketMode).Value);
        var opened = Sys.OpenMessageQueue(listen.Text, 0x1FF, messages > 0 ? (messages, bytes) : null);
        Sys.Umask(mask);
        if (!opened.TryGet(out fd, out var error))
        {
            return new Failure(error.Errno == Errno.ENOSYS ? $"cannot listen on the message queue {listen.Text}: this kernel has none" : $"cannot listen on the message queue {listen.Text}",
                error, messages > 0 && error.Errno == Errno.EINVAL ? unit.Get(Directives.MessageQueueMaxMessages).Origin : listen.Origin);
        }
        var failure = Own(unit, fd, owner);
        if (failure is not null)
            fd.Close();
        return failure;
    }

    /// <summary>Links to the one file; where something else is, it stays (with RemoveOnStop= an old link does not).</summary>
    public static void Link(Unit unit, Action<string> without)
    {
        if (Target(unit) is not { } target)
            return;
        foreach (var link in unit.Get(Directives.Symlinks).Value)
        {
            var made = MakeParents(unit, link.Value);
            if (made.Ok)
                made = Sys.SymlinkAt(target, Fd.Cwd, link.Value);
            if (made.Failed(out var error) && error.Errno == Errno.EEXIST && Sys.ReadlinkAt(Fd.Cwd, link.Value).TryGet(out var there, out _))
            {
                if (there == target)
                    continue;
                if (unit.Get(Directives.RemoveOnStop).Value && Sys.UnlinkAt(Fd.Cwd, link.Value).Ok)
                    made = Sys.SymlinkAt(target, Fd.Cwd, link.Value);
            }
            if (made.Failed(out error))
                without(new Failure($"cannot link {link.Value} to its socket", error, link.Origin).ToString());
        }
    }

    /// <summary>RemoveOnStop=. What is gone already is as good.</summary>
    public static void Remove(Unit unit)
    {
        if (!unit.Get(Directives.RemoveOnStop).Value)
            return;
        foreach (var listen in unit.Get(Directives.ListenAddresses).Value)
        {
            if (listen.Kind == ListenKind.MessageQueue)
                _ = Sys.UnlinkMessageQueue(listen.Text);
            else if (listen.Kind != ListenKind.Special && listen.File is { } file && Sys.StatAt(Fd.Cwd, file, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out _) && Kind(stat) is S_IFSOCK or S_IFIFO)
                _ = Sys.UnlinkAt(Fd.Cwd, file);
        }
        foreach (var link in unit.Get(Directives.Symlinks).Value)
        {
            if (Sys.StatAt(Fd.Cwd, link.Value, LibC.AT_SYMLINK_NOFOLLOW).TryGet(out var stat, out _) && Kind(stat) == S_IFLNK)
                _ = Sys.UnlinkAt(Fd.Cwd, link.Value);
        }
    }

    private static string? Target(Unit unit) => unit.Get(Directives.ListenAddresses).Value.FirstOrDefault(l => l.File is not null && l.Kind != ListenKind.Special)?.File;

    /// <summary>The mode last: a change of owner takes bits away.</summary>
    private static Failure? Own(Unit unit, Fd file, Owner? owner)
    {
        if (owner is var (uid, gid) && Sys.ChownSelf(file, uid, gid).Failed(out var error))
            return new Failure("cannot give its file to its owner", error, unit.OriginOf(unit.Get(Directives.SocketUser).IsSet ? Directives.SocketUser : Directives.SocketGroup));
        return Sys.ChmodAt(Fd.Cwd, Magic(file), unit.Get(Directives.SocketMode).Value).Failed(out error)
            ? new Failure("cannot set the mode of its file", error, unit.OriginOf(Directives.SocketMode))
            : null;
    }

    private static string Magic(Fd fd) => $"/proc/self/fd/{fd.Number.ToString(CultureInfo.InvariantCulture)}";

    private static uint Kind(stat stat) => (uint)stat.st_mode & S_IFMT;

    private static string Describe(uint kind) => kind switch
    {
        S_IFREG => "a regular file",
        S_IFLNK => "a symbolic link",
        S_IFSOCK => "a socket",
        S_IFIFO => "a FIFO",
        S_IFCHR => "a device",
        0x4000 => "a directory",
        _ => "a block device",
    };
}
