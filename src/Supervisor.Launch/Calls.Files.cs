using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Launch;

/// <summary>Files and descriptors.</summary>
public sealed partial class PlanBuilder
{
    /// <summary>AT_FDCWD.</summary>
    public static PlanArg Cwd => -100;

    /// <summary>
    /// openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS: <paramref name="path"/> as a process sees it whose root is <paramref name="root"/>.
    /// O_CLOEXEC is added.
    /// </summary>
    public PlanRegister OpenInRoot(PlanArg root, string path, int flags, uint mode = 0, ulong resolve = RootedPath.RESOLVE_IN_ROOT, OnError onError = default) =>
        CallKeep("openat2", path, Nr.openat2, onError,
            root, path, PlanBlob.OfWords((uint)(flags | LibC.O_CLOEXEC), mode, resolve | RootedPath.RESOLVE_NO_MAGICLINKS), 24);

    /// <summary>openat(2) of a path of ours. O_CLOEXEC is added.</summary>
    public PlanRegister OpenAt(PlanArg dir, string path, int flags, uint mode = 0, OnError onError = default) =>
        CallKeep("openat", path, Nr.openat, onError, dir, path, flags | LibC.O_CLOEXEC, mode);

    /// <summary>close(2), and the register is free for another result.</summary>
    public PlanBuilder Close(PlanRegister fd)
    {
        if (fd.Number >= PlanRegister.Presets)
            _free.Push(fd.Number);
        return Call("close", null, Nr.close, default, fd);
    }

    public PlanBuilder MkdirAt(PlanArg dir, string path, uint mode, OnError onError = default) => Call("mkdirat", path, Nr.mkdirat, onError, dir, path, mode);

    public PlanBuilder SymlinkAt(string target, PlanArg dir, string path, OnError onError = default) =>
        Call("symlinkat", path, Nr.symlinkat, onError, target, dir, path);

    /// <summary>mknodat(2); <paramref name="mode"/> with the type (0x2000 character, 0x6000 block, 0x8000 regular, 0x1000 FIFO).</summary>
    public PlanBuilder MknodAt(PlanArg dir, string path, uint mode, ulong device, OnError onError = default) =>
        Call("mknodat", path, Nr.mknodat, onError, dir, path, mode, device);

    public PlanBuilder UnlinkAt(PlanArg dir, string path, int flags = 0, OnError onError = default) => Call("unlinkat", path, Nr.unlinkat, onError, dir, path, flags);

    public PlanBuilder Fchown(PlanArg fd, uint uid, uint gid, OnError onError = default) => Call("fchown", null, Nr.fchown, onError, fd, uid, gid);

    /// <summary>fchownat(2) that never follows a link in the last place.</summary>
    public PlanBuilder FchownAt(PlanArg dir, string path, uint uid, uint gid, OnError onError = default) =>
        Call("fchownat", path, Nr.fchownat, onError, dir, path, uid, gid, AT_SYMLINK_NOFOLLOW | (path.Length == 0 ? AT_EMPTY_PATH : 0));

    public PlanBuilder Fchmod(PlanArg fd, uint mode, OnError onError = default) => Call("fchmod", null, Nr.fchmod, onError, fd, mode);

    /// <summary>fchmodat(2), which follows links: only for names that we made ourselves.</summary>
    public PlanBuilder FchmodAt(PlanArg dir, string path, uint mode, OnError onError = default) => Call("fchmodat", path, Nr.fchmodat, onError, dir, path, mode);

    /// <summary>Opens, writes all of <paramref name="content"/> in one write(2), closes. The file is made if <paramref name="mode"/> is not 0.</summary>
    public PlanBuilder WriteFile(PlanArg dir, string path, ReadOnlySpan<byte> content, uint mode = 0, OnError onError = default)
    {
        var fd = OpenAt(dir, path, LibC.O_WRONLY | LibC.O_NOFOLLOW | (mode != 0 ? LibC.O_CREAT | LibC.O_EXCL : 0), mode, onError);
        Call("write", path, Nr.write, onError, fd, new PlanBlob(content.ToArray()), content.Length);
        return Close(fd);
    }

    public PlanBuilder WriteFile(PlanArg dir, string path, string content, uint mode = 0, OnError onError = default) =>
        WriteFile(dir, path, Encoding.UTF8.GetBytes(content), mode, onError);

    /// <summary>dup3(2) without close-on-exec. <paramref name="from"/> must not be <paramref name="to"/>.</summary>
    public PlanBuilder Dup3(PlanArg from, int to, OnError onError = default) => Call("dup3", null, Nr.dup3, onError, from, to, 0);

    /// <summary>
    /// The descriptors of <paramref name="from"/> become 0, 1, 2 … in this order, whatever numbers they have, and everything above is closed at execve.
    /// First each is copied out of the way, so that no copy overwrites one that is still to come.
    /// </summary>
    public PlanBuilder PlaceDescriptors(params ReadOnlySpan<PlanRegister> from)
    {
        for (var i = 0; i < from.Length; i++)
        {
            // The copy takes its source's register: a unit may pass more sockets than the plan has registers.
            Add("fcntl (F_DUPFD_CLOEXEC)", null, Nr.fcntl, from[i].Number, default, [from[i], LibC.F_DUPFD_CLOEXEC, from.Length]);
        }
        for (var i = 0; i < from.Length; i++)
            Dup3(from[i], i);
        return CloseRange((uint)from.Length, uint.MaxValue, CLOSE_RANGE_CLOEXEC);
    }

    public const uint CLOSE_RANGE_CLOEXEC = 4;

    /// <summary>close_range(2); with <see cref="CLOSE_RANGE_CLOEXEC"/> they close at execve.</summary>
    public PlanBuilder CloseRange(uint first, uint last, uint flags = 0, OnError onError = default) =>
        Call("close_range", null, Nr.close_range, onError, first, last, flags);

    public PlanBuilder Umask(uint mask) => Call("umask", null, Nr.umask, default, mask);

    public PlanBuilder Chdir(string path, OnError onError = default) => Call("chdir", path, Nr.chdir, onError, path);

    public PlanBuilder Fchdir(PlanArg fd, OnError onError = default) => Call("fchdir", null, Nr.fchdir, onError, fd);

    /// <summary>Writes a register into a blob that a later call reads.</summary>
    public PlanBuilder Store(PlanBlob blob, int offset, PlanRegister register, int size) =>
        Call("store", null, PlanOperation.Store, default, blob, offset, register, size);

    /// <summary>
    /// A text such as <c>LISTEN_PID=1234</c> that is complete once the child knows its number: for a vector, after this call in the plan.
    /// </summary>
    public PlanArg TextWithPid(string prefix)
    {
        var head = Encoding.UTF8.GetBytes(prefix);
        var blob = new PlanBlob([.. head, .. new byte[12]]);
        Call("getpid", null, PlanOperation.FormatPid, default, blob, head.Length);
        return blob;
    }
}
