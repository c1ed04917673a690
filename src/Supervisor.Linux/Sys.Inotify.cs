using System.Runtime.CompilerServices;
using System.Text;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>inotify(7).</summary>
public static unsafe partial class Sys
{
    public const uint IN_MODIFY = 0x2, IN_ATTRIB = 0x4, IN_CLOSE_WRITE = 0x8, IN_MOVED_FROM = 0x40, IN_MOVED_TO = 0x80, IN_CREATE = 0x100, IN_DELETE = 0x200,
        IN_DELETE_SELF = 0x400, IN_MOVE_SELF = 0x800, IN_UNMOUNT = 0x2000, IN_Q_OVERFLOW = 0x4000, IN_IGNORED = 0x8000, IN_ONLYDIR = 0x0100_0000,
        IN_DONT_FOLLOW = 0x0200_0000, IN_MASK_ADD = 0x2000_0000;

    public static OsResult<Fd> InotifyCreate() => NewFd("inotify_init1", Raw.Call(Nr.inotify_init1, LibC.O_CLOEXEC | LibC.O_NONBLOCK));

    /// <summary>inotify_add_watch(2): the watch's number.</summary>
    public static OsResult<int> InotifyAdd(Fd inotify, string path, uint mask) =>
        PathCall("inotify_add_watch", Nr.inotify_add_watch, inotify, path, (nint)mask).TryGet(out var n, out var error) ? (int)n : error;

    /// <summary>A watch that is gone already is EINVAL.</summary>
    public static OsResult InotifyRemove(Fd inotify, int watch) => Void("inotify_rm_watch", null, Raw.Call(Nr.inotify_rm_watch, inotify.Number, watch));

    /// <summary>All events that there are; none is no error.</summary>
    public static OsResult<List<InotifyEvent>> InotifyRead(Fd inotify)
    {
        const int size = 16384;
        var events = new List<InotifyEvent>();
        byte* buffer = stackalloc byte[size];
        while (true)
        {
            var read = Read(inotify, new Span<byte>(buffer, size));
            if (!read.TryGet(out var n, out var error))
                return error.Errno == Errno.EAGAIN ? events : error;
            // struct inotify_event: s32 wd, u32 mask, u32 cookie, u32 len, char name[len], padded with zeroes
            for (var at = 0; at + 16 <= n;)
            {
                var length = Unsafe.ReadUnaligned<int>(buffer + at + 12);
                var name = new ReadOnlySpan<byte>(buffer + at + 16, length);
                events.Add(new(Unsafe.ReadUnaligned<int>(buffer + at), Unsafe.ReadUnaligned<uint>(buffer + at + 4), Encoding.UTF8.GetString(name.TrimEnd((byte)0))));
                at += 16 + length;
            }
            if (n == 0)
                return events;
        }
    }
}

/// <param name="Watch">What <see cref="Sys.InotifyAdd"/> returned; -1 when events were lost.</param>
/// <param name="Name">The entry of a watched directory; empty for the watched object itself.</param>
public readonly record struct InotifyEvent(int Watch, uint Mask, string Name);
