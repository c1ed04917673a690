using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>Directory trees that somebody else fills: names are bytes, which need not be text, and nothing is looked at by path.</summary>
public static unsafe partial class Sys
{
    private const int AtEmptyPath = 0x1000;

    /// <summary>openat(2) of one name with O_NOFOLLOW; <paramref name="name"/> ends with a zero byte. O_CLOEXEC is added.</summary>
    public static OsResult<Fd> OpenEntry(Fd directory, ReadOnlySpan<byte> name, int flags)
    {
        fixed (byte* p = name)
            return NewFd("openat", Raw.Retry(Nr.openat, directory.Number, (nint)p, flags | LibC.O_NOFOLLOW | LibC.O_CLOEXEC));
    }

    /// <summary>unlinkat(2) of one name; <paramref name="flags"/> may be AT_REMOVEDIR (0x200).</summary>
    public static OsResult UnlinkEntry(Fd directory, ReadOnlySpan<byte> name, int flags)
    {
        fixed (byte* p = name)
            return Void("unlinkat", null, Raw.Retry(Nr.unlinkat, directory.Number, (nint)p, flags));
    }

    /// <summary>fchownat(2) of what a descriptor is, an O_PATH one too. The kernel takes set-uid bits and file capabilities away.</summary>
    public static OsResult ChownSelf(Fd fd, uint uid, uint gid)
    {
        byte empty = 0;
        return Void("fchownat", null, Raw.Retry(Nr.fchownat, fd.Number, (nint)(&empty), (nint)uid, (nint)gid, AtEmptyPath));
    }

    /// <summary>getdents64(2): bytes of struct linux_dirent64, 0 at the end.</summary>
    public static OsResult<int> ReadDirectory(Fd directory, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            var n = Raw.Retry(Nr.getdents64, directory.Number, (nint)p, buffer.Length);
            return n < 0 ? Failure(n, "getdents64") : (int)n;
        }
    }

    /// <summary>Goes back to the first entry.</summary>
    public static OsResult RewindDirectory(Fd directory) => Void("lseek", null, Raw.Call(Nr.lseek, directory.Number, 0, 0));

    /// <summary>The name in the entry at <paramref name="offset"/>, with its zero byte; the offset of the next entry.</summary>
    public static ReadOnlySpan<byte> EntryName(ReadOnlySpan<byte> entries, int offset, out int next)
    {
        // u64 ino, s64 off, u16 reclen, u8 type, char name[]
        var length = entries[offset + 16] | entries[offset + 17] << 8;
        next = offset + length;
        var name = entries[(offset + 19)..next];
        return name[..(name.IndexOf((byte)0) + 1)];
    }
}
