using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>Unmounts everything but the root and the kernel's own file systems, again until nothing changes; what stays busy is made read-only and detached.</summary>
public static unsafe partial class Keeper
{
    private const int MaxTable = 1 << 20; // bytes of /proc/self/mountinfo that are looked at: some 8000 mounts
    private const int MNT_DETACH = 2, UMOUNT_NOFOLLOW = 8;

    private static void UnmountAll()
    {
        // mapped now, for the end only: PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS
        var table = Raw.Call(Nr.mmap, 0, MaxTable + 1, 3, 0x22, -1, 0);
        if (table < 0)
        {
            Print("no memory for the mount table"u8, (int)table);
            return;
        }
        const int passes = 32;
        for (var pass = 0; pass < passes; pass++)
        {
            if (UnmountPass((byte*)table, 0) == 0)
                break;
        }
        var left = UnmountPass((byte*)table, MNT_DETACH);
        Begin();
        Add("mounts left: "u8);
        Add(left);
        Flush();
        Remount("/\0"u8);
    }

    /// <summary>Tries each mount, the newest first, so that what lies on another is gone before it; how many went.</summary>
    private static int UnmountPass(byte* table, int flags)
    {
        var length = ReadTable(table);
        var gone = 0;
        for (var end = length; end > 0;)
        {
            var start = end - 1;
            while (start > 0 && table[start - 1] != '\n')
                start--;
            var target = MountPoint(table + start, table + end);
            end = start;
            if (target == null || IsKernels(target))
                continue;
            if (flags != 0)
            {
                Remount(new ReadOnlySpan<byte>(target, LengthWithZero(target)));
                Begin();
                Add("still busy: "u8);
                Add(new ReadOnlySpan<byte>(target, LengthWithZero(target) - 1));
                Flush();
            }
            if (Raw.Call(Nr.umount2, (nint)target, flags | UMOUNT_NOFOLLOW) >= 0)
                gone++;
        }
        return gone;
    }

    private static int ReadTable(byte* table)
    {
        fixed (byte* path = "/proc/self/mountinfo\0"u8)
        {
            var fd = (int)Raw.Call(Nr.openat, -100, (nint)path, LibC.O_RDONLY | LibC.O_CLOEXEC);
            if (fd < 0)
            {
                Print("cannot read the mount table"u8, fd);
                return 0;
            }
            var length = 0;
            while (length < MaxTable)
            {
                var n = (int)Raw.Retry(Nr.read, fd, (nint)(table + length), MaxTable - length);
                if (n <= 0)
                    break;
                length += n;
            }
            _ = Raw.Call(Nr.close, fd);
            return length;
        }
    }

    /// <summary>The fifth field of a line, decoded in place (the kernel writes space, tab, newline and backslash as \ooo) and ended by a zero; null when it is not there.</summary>
    private static byte* MountPoint(byte* line, byte* end)
    {
        for (var spaces = 0; spaces < 4; line++)
        {
            if (line >= end)
                return null;
            if (*line == ' ')
                spaces++;
        }
        var to = line;
        for (var from = line; from < end && *from is not (byte)' ' and not (byte)'\n'; to++)
        {
            if (*from == '\\' && from + 3 < end)
            {
                *to = (byte)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
                from += 4;
            }
            else
                *to = *from++;
        }
        if (to >= end)
            return null;
        *to = 0;
        return line;
    }

    /// <summary>The root, which is needed to the end, and what holds no data.</summary>
    private static bool IsKernels(byte* target)
    {
        var path = new ReadOnlySpan<byte>(target, LengthWithZero(target) - 1);
        return path.SequenceEqual("/"u8) || IsBelow(path, "/proc"u8) || IsBelow(path, "/sys"u8) || IsBelow(path, "/dev"u8) || path.SequenceEqual("/run"u8);
    }

    private static bool IsBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> directory) =>
        path.StartsWith(directory) && (path.Length == directory.Length || path[directory.Length] == '/');

    /// <summary>A file system that stays is at least written out and closed to writing.</summary>
    private static void Remount(ReadOnlySpan<byte> zeroTerminated)
    {
        fixed (byte* target = zeroTerminated)
            _ = Raw.Call(Nr.mount, 0, (nint)target, 0, 0x20 | 1, 0); // MS_REMOUNT | MS_RDONLY; a file system that cannot is no worse off
    }

    /// <summary>Bytes with the terminator.</summary>
    private static int LengthWithZero(byte* text)
    {
        var length = 0;
        while (text[length] != 0)
            length++;
        return length + 1;
    }
}
