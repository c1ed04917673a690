using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>What a process asks about its own descriptors and says about itself.</summary>
public static unsafe partial class Sys
{
    /// <summary>getsockopt(2) SO_TYPE: SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_SEQPACKET 5; ENOTSOCK for what is no socket.</summary>
    public static OsResult<int> SocketType(Fd socket)
    {
        int type, size = 4;
        var n = Raw.Call(Nr.getsockopt, socket.Number, LibC.SOL_SOCKET, LibC.SO_TYPE, (nint)(&type), (nint)(&size));
        return n < 0 ? Failure(n, "getsockopt SO_TYPE", socket.ToString()) : type;
    }

    /// <summary>poll(2) of one descriptor for <paramref name="events"/> (POLLIN 1, POLLOUT 4): true when it is ready, false after <paramref name="timeoutMilliseconds"/> or EINTR.</summary>
    public static OsResult<bool> PollOne(Fd fd, short events, int timeoutMilliseconds)
    {
        int* polled = stackalloc int[2];
        polled[0] = fd.Number;
        polled[1] = (ushort)events;
        var n = Raw.Call(Nr.poll, (nint)polled, 1, timeoutMilliseconds);
        return n < 0 && n != -(nint)Errno.EINTR ? Failure(n, "poll") : n > 0;
    }

    /// <summary>poll(2) without end: true when <paramref name="fd"/> may be readable, false when nobody reads <paramref name="output"/> any more.</summary>
    public static OsResult<bool> PollWhileRead(Fd fd, Fd output)
    {
        const int POLLIN = 1, POLLERR = 8;
        int* polled = stackalloc int[4];
        (polled[0], polled[1], polled[2], polled[3]) = (fd.Number, POLLIN, output.Number, 0);
        var n = Raw.Call(Nr.poll, (nint)polled, 2, -1);
        if (n < 0)
            return n == -(nint)Errno.EINTR ? true : Failure(n, "poll");
        return (polled[3] >> 16 & POLLERR) == 0;
    }

    /// <summary>fcntl(2) F_SETFD FD_CLOEXEC.</summary>
    public static OsResult SetCloseOnExec(Fd fd) => Void("fcntl F_SETFD", null, Raw.Call(Nr.fcntl, fd.Number, LibC.F_SETFD, 1));

    /// <summary>prctl(2) PR_SET_NAME: the name that ps(1) shows; 15 bytes count.</summary>
    public static OsResult SetProcessName(string name)
    {
        byte* p = stackalloc byte[CText.Max];
        if (CText.Write(name, new(p, CText.Max)) is not Errno.None and var bad)
            return new OsError(bad, "prctl PR_SET_NAME", name);
        return Void("prctl PR_SET_NAME", name, Raw.Call(Nr.prctl, 15, (nint)p));
    }
}

/// <summary>What the kernel told this process at its start (getauxval(3)).</summary>
public static unsafe partial class Auxiliary
{
    private const nuint AT_PHDR = 3, AT_PHNUM = 5, AT_EXECFN = 31;

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "getauxval")]
    private static partial nuint Getauxval(nuint type);

    /// <summary>The path that was given to execve(2), as a zero-terminated string that lives as long as the process; null when there is none.</summary>
    public static byte* ExecutedPath => (byte*)Getauxval(AT_EXECFN);

    /// <summary>
    /// Takes the program's own code and constants out of this process's resident set (madvise(2) MADV_DONTNEED). They stay in the page cache, and what is used is
    /// mapped again; for a process that has a long start and a small life.
    /// </summary>
    public static void ReleaseProgramPages()
    {
        // Elf64_Phdr: u32 type, u32 flags, u64 offset, vaddr, paddr, filesz, memsz, align. Not for a position-independent program, whose addresses are relative.
        var header = (byte*)Getauxval(AT_PHDR);
        var count = (int)Getauxval(AT_PHNUM);
        for (var i = 0; i < count && header != null; i++, header += 56)
        {
            const uint load = 1, writable = 2;
            if (*(uint*)header != load || (*(uint*)(header + 4) & writable) != 0)
                continue;
            var start = *(nint*)(header + 16) & ~4095;
            var end = *(nint*)(header + 16) + *(nint*)(header + 40) + 4095 & ~4095;
            if (start == 0)
                continue;
            const int MADV_DONTNEED = 4, MADV_NOHUGEPAGE = 15;
            // where the page cache holds the file in 2 MB pieces, the first fault would bring in a whole one; a kernel without such says EINVAL
            _ = Raw.Call(Nr.madvise, start, end - start, MADV_NOHUGEPAGE);
            _ = Raw.Call(Nr.madvise, start, end - start, MADV_DONTNEED);
        }
    }
}
