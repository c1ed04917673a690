using System.Runtime.CompilerServices;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>
/// The calls, one file a facility. None throws and none logs; EINTR is retried; a failure is an <see cref="OsError"/> that names the call and the path.
/// </summary>
[SkipLocalsInit]
public static unsafe partial class Sys
{
    /// <summary>openat(2) from the working directory. O_CLOEXEC is always added.</summary>
    public static OsResult<Fd> Open(string path, int flags, uint mode = 0) => OpenAt(Fd.Cwd, path, flags, mode);

    /// <summary>
    /// openat(2) below <paramref name="dir"/>. O_CLOEXEC is always added. Not for paths that an image or a service controls: those go through
    /// <see cref="RootedPath"/>.
    /// </summary>
    public static OsResult<Fd> OpenAt(Fd dir, string path, int flags, uint mode = 0) =>
        PathCall("openat", Nr.openat, dir, path, flags | LibC.O_CLOEXEC, (nint)mode).TryGet(out var fd, out var error) ? new Fd((int)fd) : error;

    /// <summary>mkdirat(2).</summary>
    public static OsResult MkdirAt(Fd dir, string path, uint mode) => Void(PathCall("mkdirat", Nr.mkdirat, dir, path, (nint)mode));

    /// <summary>unlinkat(2); <paramref name="flags"/> may be AT_REMOVEDIR.</summary>
    public static OsResult UnlinkAt(Fd dir, string path, int flags = 0) => Void(PathCall("unlinkat", Nr.unlinkat, dir, path, flags));

    /// <summary>mknodat(2).</summary>
    public static OsResult MknodAt(Fd dir, string path, uint mode, ulong device) =>
        Void(PathCall("mknodat", Nr.mknodat, dir, path, (nint)mode, (nint)device));

    /// <summary>fchownat(2) with AT_SYMLINK_NOFOLLOW: never the target of a link.</summary>
    public static OsResult ChownAt(Fd dir, string path, uint uid, uint gid) =>
        Void(PathCall("fchownat", Nr.fchownat, dir, path, (nint)uid, (nint)gid, LibC.AT_SYMLINK_NOFOLLOW));

    /// <summary>fchown(2).</summary>
    public static OsResult Chown(Fd fd, uint uid, uint gid) => Void("fchown", null, Raw.Retry(Nr.fchown, fd.Number, (nint)uid, (nint)gid));

    /// <summary>fchmod(2).</summary>
    public static OsResult Chmod(Fd fd, uint mode) => Void("fchmod", null, Raw.Retry(Nr.fchmod, fd.Number, (nint)mode));

    /// <summary>fchmodat(2), which follows links: for our own files only.</summary>
    public static OsResult ChmodAt(Fd dir, string path, uint mode) => Void(PathCall("fchmodat", Nr.fchmodat, dir, path, (nint)mode));

    /// <summary>symlinkat(2).</summary>
    public static OsResult SymlinkAt(string target, Fd dir, string path) => Link("symlinkat", Nr.symlinkat, target, dir, path);

    /// <summary>renameat2(2); <paramref name="flags"/> may be RENAME_NOREPLACE (1) or RENAME_EXCHANGE (2).</summary>
    public static OsResult Rename(Fd oldDir, string oldPath, Fd newDir, string newPath, uint flags = 0)
    {
        byte* a = stackalloc byte[CText.Max], b = stackalloc byte[CText.Max];
        if (CText.Write(oldPath, new(a, CText.Max)) is not Errno.None and var e1)
            return new OsError(e1, "renameat2", oldPath);
        if (CText.Write(newPath, new(b, CText.Max)) is not Errno.None and var e2)
            return new OsError(e2, "renameat2", newPath);
        return Void("renameat2", newPath, Raw.Retry(Nr.renameat2, oldDir.Number, (nint)a, newDir.Number, (nint)b, (nint)flags));
    }

    /// <summary>readlinkat(2): where the link points.</summary>
    public static OsResult<string> ReadlinkAt(Fd dir, string path)
    {
        byte* p = stackalloc byte[CText.Max], target = stackalloc byte[CText.Max];
        if (CText.Write(path, new(p, CText.Max)) is not Errno.None and var e)
            return new OsError(e, "readlinkat", path);
        var n = Raw.Retry(Nr.readlinkat, dir.Number, (nint)p, (nint)target, CText.Max);
        return n < 0 ? Failure(n, "readlinkat", path) : System.Text.Encoding.UTF8.GetString(target, (int)n);
    }

    /// <summary>fstat(2).</summary>
    public static OsResult<stat> Stat(Fd fd, string? path = null)
    {
        stat result;
        var n = Raw.Retry(Nr.fstat, fd.Number, (nint)(&result));
        return n < 0 ? Failure(n, "fstat", path) : result;
    }

    /// <summary>fstatat(2) (newfstatat); links are followed unless <paramref name="flags"/> has AT_SYMLINK_NOFOLLOW.</summary>
    public static OsResult<stat> StatAt(Fd dir, string path, int flags = 0)
    {
        stat result;
        return PathCall("newfstatat", Nr.newfstatat, dir, path, (nint)(&result), flags).TryGet(out _, out var error) ? result : error;
    }

    /// <summary>True when something is there (links followed), whatever it is.</summary>
    public static bool Exists(string path) => StatAt(Fd.Cwd, path).Ok;

    /// <summary>read(2): bytes read, 0 at the end.</summary>
    public static OsResult<int> Read(Fd fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            var n = Raw.Retry(Nr.read, fd.Number, (nint)p, buffer.Length);
            return n < 0 ? Failure(n, "read") : (int)n;
        }
    }

    /// <summary>pread64(2): bytes read at <paramref name="offset"/>, 0 at the end.</summary>
    public static OsResult<int> ReadAt(Fd fd, Span<byte> buffer, long offset)
    {
        fixed (byte* p = buffer)
        {
            var n = Raw.Retry(Nr.pread64, fd.Number, (nint)p, buffer.Length, (nint)offset);
            return n < 0 ? Failure(n, "pread64") : (int)n;
        }
    }

    /// <summary>write(2): bytes written, which may be fewer than given.</summary>
    public static OsResult<int> Write(Fd fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* p = data)
        {
            var n = Raw.Retry(Nr.write, fd.Number, (nint)p, data.Length);
            return n < 0 ? Failure(n, "write") : (int)n;
        }
    }

    /// <summary>write(2) until all of it is written.</summary>
    public static OsResult WriteAll(Fd fd, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (!Write(fd, data).TryGet(out var n, out var error))
                return error;
            data = data[n..];
        }
        return OsResult.Success;
    }

    /// <summary>
    /// The whole file, at most <paramref name="limit"/> bytes (EFBIG beyond). Only regular files, opened without blocking: a FIFO or device in its place is
    /// EINVAL. Files under /proc and /sys count as regular.
    /// </summary>
    public static OsResult<byte[]> ReadFile(string path, int limit = 1 << 20)
    {
        if (!Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY).TryGet(out var fd, out var error))
            return error;
        var result = ReadRegular(fd, limit, path);
        fd.Close();
        return result;
    }

    /// <summary>As <see cref="ReadFile"/>, from a descriptor that stays open.</summary>
    public static OsResult<byte[]> ReadRegular(Fd fd, int limit, string? path = null)
    {
        if (!Stat(fd, path).TryGet(out var stat, out var error))
            return error;
        if (((uint)stat.st_mode & 0xF000) != 0x8000)
            return new OsError(Errno.EINVAL, "read (not a regular file)", path);
        if ((long)stat.st_size > limit)
            return new OsError(Errno.EFBIG, "read", path);
        var buffer = new byte[Math.Max(4096, (int)(long)stat.st_size + 1)];
        var filled = 0;
        while (true)
        {
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            if (!Read(fd, buffer.AsSpan(filled)).TryGet(out var n, out error))
                return error with { Path = path };
            if (n == 0)
                return buffer.AsSpan(0, filled).ToArray();
            filled += n;
            if (filled > limit)
                return new OsError(Errno.EFBIG, "read", path);
        }
    }

    /// <summary>Writes the whole file anew: to a name beside it, then renamed over it, so that a reader sees the old or the new one (fsync when <paramref name="durable"/>).</summary>
    public static OsResult WriteFileAtomically(string path, ReadOnlySpan<byte> data, uint mode = 0x1A4, bool durable = false)
    {
        var temporary = $"{path}.{Environment.ProcessId:x}.new";
        if (!Open(temporary, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_TRUNC | LibC.O_NOFOLLOW, mode).TryGet(out var fd, out var error))
            return error;
        var result = WriteAll(fd, data);
        if (result.Ok)
            result = Chmod(fd, mode);
        if (result.Ok && durable)
            result = Void("fsync", temporary, Raw.Retry(Nr.fsync, fd.Number));
        fd.Close();
        if (result.Ok)
            result = Rename(Fd.Cwd, temporary, Fd.Cwd, path);
        if (!result.Ok)
            _ = UnlinkAt(Fd.Cwd, temporary);
        return result.Failed(out var e) ? e with { Path = path } : result;
    }

    /// <summary>Writes to an existing file in one write(2), as the kernel's control files want it.</summary>
    public static OsResult WriteControl(string path, ReadOnlySpan<byte> data)
    {
        if (!Open(path, LibC.O_WRONLY).TryGet(out var fd, out var error))
            return error;
        var result = Write(fd, data);
        fd.Close();
        return result.TryGet(out _, out error) ? OsResult.Success : error with { Path = path };
    }

    /// <summary>Sets the time of the last change of what a descriptor is open on, µs since 1970; the time of the last access stays.</summary>
    public static OsResult SetModified(Fd fd, ulong microseconds)
    {
        // two struct timespec, access and change; UTIME_OMIT is (1 << 30) - 2
        long* times = stackalloc long[4];
        (times[0], times[1]) = (0, (1L << 30) - 2);
        (times[2], times[3]) = ((long)(microseconds / 1_000_000), (long)(microseconds % 1_000_000) * 1000);
        return Void("utimensat", null, Raw.Call(Nr.utimensat, fd.Number, 0, (nint)times, 0));
    }

    /// <summary>mkdir -p with <paramref name="mode"/> for what is made. For our own directories only.</summary>
    public static OsResult MakeDirectories(string path, uint mode = 0x1ED)
    {
        for (var slash = path.IndexOf('/', 1); ; slash = path.IndexOf('/', slash + 1))
        {
            var part = slash < 0 ? path : path[..slash];
            if (MkdirAt(Fd.Cwd, part, mode).Failed(out var error) && error.Errno != Errno.EEXIST)
                return error;
            if (slash < 0 || slash == path.Length - 1)
                return OsResult.Success;
        }
    }

    /// <summary>The names in a directory, without "." and ".."; in the kernel's order. More than <paramref name="most"/> are E2BIG.</summary>
    public static OsResult<List<string>> ListDirectory(string path, int most = int.MaxValue)
    {
        if (!Open(path, LibC.O_RDONLY | LibC.O_DIRECTORY).TryGet(out var fd, out var error))
            return error;
        var result = ListDirectory(fd, path, most);
        fd.Close();
        return result;
    }

    /// <summary>As above, from an open directory, whose position it moves.</summary>
    public static OsResult<List<string>> ListDirectory(Fd fd, string? path = null, int most = int.MaxValue)
    {
        const int size = 32768;
        var names = new List<string>();
        byte* buffer = stackalloc byte[size];
        while (true)
        {
            var n = Raw.Retry(Nr.getdents64, fd.Number, (nint)buffer, size);
            if (n < 0)
                return Failure(n, "getdents64", path);
            if (n == 0)
                return names;
            // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, char name[]
            for (nint at = 0; at < n; at += *(ushort*)(buffer + at + 16))
            {
                var name = System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)(buffer + at + 19))!;
                if (name is not ("." or ".."))
                    names.Add(name);
            }
            if (names.Count > most)
                return new OsError(Errno.E2BIG, "getdents64", path);
        }
    }

    internal static OsError Failure(nint result, string call, string? path = null) => new((Errno)(-result), call, path);

    internal static OsResult Void(string call, string? path, nint result) => result < 0 ? Failure(result, call, path) : OsResult.Success;

    private static OsResult Void(OsResult<nint> result) => result.TryGet(out _, out var error) ? OsResult.Success : error;

    internal static OsResult<nint> PathCall(string call, int nr, Fd dir, string path, nint c = 0, nint d = 0, nint e = 0)
    {
        byte* p = stackalloc byte[CText.Max];
        if (CText.Write(path, new(p, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, call, path);
        var result = Raw.Retry(nr, dir.Number, (nint)p, c, d, e);
        return result < 0 ? Failure(result, call, path) : result;
    }

    private static OsResult Link(string call, int nr, string target, Fd dir, string path)
    {
        byte* a = stackalloc byte[CText.Max], b = stackalloc byte[CText.Max];
        if (CText.Write(target, new(a, CText.Max)) is not Errno.None and var e1)
            return new OsError(e1, call, target);
        if (CText.Write(path, new(b, CText.Max)) is not Errno.None and var e2)
            return new OsError(e2, call, path);
        return Void(call, path, Raw.Retry(nr, (nint)a, dir.Number, (nint)b));
    }
}
