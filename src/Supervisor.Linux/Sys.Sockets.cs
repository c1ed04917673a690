using System.Text;
using Tmds.Linux;

namespace Supervisor.Linux;

/// <summary>Who sent a message or made a connection, by the kernel's word (struct ucred).</summary>
public readonly record struct Credentials(int Pid, uint Uid, uint Gid);

/// <summary>One message received: its length, the sender if SO_PASSCRED is set, whether control data was cut off (MSG_CTRUNC).</summary>
public readonly record struct Received(int Length, Credentials? Sender, bool ControlTruncated, bool DataTruncated);

/// <summary>AF_UNIX sockets, with descriptors and credentials.</summary>
public static unsafe partial class Sys
{
    private const int MsgNoSignal = 0x4000, MsgCmsgCloexec = 0x40000000, MsgCtrunc = 8, MsgTrunc = 0x20;

    /// <summary>socket(2) of AF_UNIX; <paramref name="type"/> is SOCK_STREAM 1, SOCK_DGRAM 2 or SOCK_SEQPACKET 5. Close-on-exec, not blocking.</summary>
    public static OsResult<Fd> UnixSocket(int type, bool nonBlocking = true) =>
        NewFd("socket", Raw.Call(Nr.socket, LibC.AF_UNIX, type | LibC.O_CLOEXEC | (nonBlocking ? LibC.O_NONBLOCK : 0)));

    /// <summary>socketpair(2) of AF_UNIX, close-on-exec.</summary>
    public static OsResult<(Fd First, Fd Second)> SocketPair(int type, bool nonBlocking = false)
    {
        int* pair = stackalloc int[2];
        var n = Raw.Call(Nr.socketpair, LibC.AF_UNIX, type | LibC.O_CLOEXEC | (nonBlocking ? LibC.O_NONBLOCK : 0), 0, (nint)pair);
        return n < 0 ? Failure(n, "socketpair") : (new Fd(pair[0]), new Fd(pair[1]));
    }

    /// <summary>bind(2) to a path (at most 107 bytes).</summary>
    public static OsResult BindUnix(Fd socket, string path) => WithAddress("bind", Nr.bind, socket, path);

    /// <summary>connect(2) to a path.</summary>
    public static OsResult ConnectUnix(Fd socket, string path) => WithAddress("connect", Nr.connect, socket, path);

    public static OsResult Listen(Fd socket, int backlog) => Void("listen", null, Raw.Call(Nr.listen, socket.Number, backlog));

    /// <summary>accept4(2), close-on-exec, not blocking; EAGAIN when nobody waits.</summary>
    public static OsResult<Fd> Accept(Fd socket) =>
        NewFd("accept4", Raw.Retry(Nr.accept4, socket.Number, 0, 0, LibC.O_CLOEXEC | LibC.O_NONBLOCK));

    /// <summary>setsockopt(2) with an int.</summary>
    public static OsResult SetSocketOption(Fd socket, int level, int option, int value) =>
        Void("setsockopt", null, Raw.Call(Nr.setsockopt, socket.Number, level, option, (nint)(&value), 4));

    /// <summary>SO_PASSCRED: from now on each message says who sent it.</summary>
    public static OsResult PassCredentials(Fd socket) => SetSocketOption(socket, LibC.SOL_SOCKET, LibC.SO_PASSCRED, 1);

    /// <summary>SO_PEERCRED: who connected (as of connect(2)).</summary>
    public static OsResult<Credentials> PeerCredentials(Fd socket)
    {
        int* cred = stackalloc int[3];
        var size = 12;
        var n = Raw.Call(Nr.getsockopt, socket.Number, LibC.SOL_SOCKET, LibC.SO_PEERCRED, (nint)cred, (nint)(&size));
        return n < 0 ? Failure(n, "getsockopt SO_PEERCRED") : new Credentials(cred[0], (uint)cred[1], (uint)cred[2]);
    }

    /// <summary>sendmsg(2) with descriptors (at most 253). SIGPIPE never comes.</summary>
    public static OsResult<int> Send(Fd socket, ReadOnlySpan<byte> data, params ReadOnlySpan<Fd> fds)
    {
        const int controlMax = 16 + 253 * 4 + 4;
        byte* control = stackalloc byte[controlMax];
        fixed (byte* p = data)
        {
            iovec iov = new() { iov_base = p, iov_len = (size_t)(ulong)data.Length };
            msghdr message = default;
            message.msg_iov = &iov;
            message.msg_iovlen = 1;
            if (!fds.IsEmpty)
            {
                *(ulong*)control = (ulong)(16 + fds.Length * 4);
                *(int*)(control + 8) = LibC.SOL_SOCKET;
                *(int*)(control + 12) = LibC.SCM_RIGHTS;
                for (var i = 0; i < fds.Length; i++)
                    *(int*)(control + 16 + i * 4) = fds[i].Number;
                message.msg_control = control;
                message.msg_controllen = (socklen_t)(uint)((16 + fds.Length * 4 + 7) & ~7);
            }
            var n = Raw.Retry(Nr.sendmsg, socket.Number, (nint)(&message), MsgNoSignal);
            return n < 0 ? Failure(n, "sendmsg") : (int)n;
        }
    }

    /// <summary>
    /// recvmsg(2). Descriptors that came with it are appended to <paramref name="fds"/> and belong to the caller; close them all when they were not expected.
    /// Length 0 of a stream or seqpacket is its end.
    /// </summary>
    public static OsResult<Received> Receive(Fd socket, Span<byte> buffer, List<Fd>? fds = null, int flags = 0)
    {
        const int controlMax = 2048;
        byte* control = stackalloc byte[controlMax];
        fixed (byte* p = buffer)
        {
            iovec iov = new() { iov_base = p, iov_len = (size_t)(ulong)buffer.Length };
            msghdr message = default;
            message.msg_iov = &iov;
            message.msg_iovlen = 1;
            message.msg_control = control;
            message.msg_controllen = controlMax;
            var n = Raw.Retry(Nr.recvmsg, socket.Number, (nint)(&message), MsgCmsgCloexec | flags);
            if (n < 0)
                return Failure(n, "recvmsg");
            Credentials? sender = null;
            long length = (uint)message.msg_controllen;
            for (long at = 0; at + 16 <= length;)
            {
                var size = *(long*)(control + at);
                if (size < 16 || at + size > length)
                    break;
                if (*(int*)(control + at + 8) == LibC.SOL_SOCKET)
                {
                    var body = (int*)(control + at + 16);
                    if (*(int*)(control + at + 12) == LibC.SCM_RIGHTS)
                    {
                        for (var i = 0; i < (size - 16) / 4; i++)
                        {
                            if (fds is null)
                                new Fd(body[i]).Close();
                            else
                                fds.Add(new Fd(body[i]));
                        }
                    }
                    else if (*(int*)(control + at + 12) == LibC.SCM_CREDENTIALS && size >= 28)
                        sender = new Credentials(body[0], (uint)body[1], (uint)body[2]);
                }
                at += (size + 7) & ~7;
            }
            return new Received((int)n, sender, (message.msg_flags & MsgCtrunc) != 0, (message.msg_flags & MsgTrunc) != 0);
        }
    }

    private static OsResult WithAddress(string call, int nr, Fd socket, string path)
    {
        const int pathMax = 108;
        byte* address = stackalloc byte[2 + pathMax];
        *(ushort*)address = 1;
        var length = Encoding.UTF8.GetByteCount(path);
        if (length >= pathMax)
            return new OsError(Errno.ENAMETOOLONG, call, path);
        Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, pathMax));
        // "@name" is a name without a file (unix(7), abstract): it begins with a zero byte and ends with its length
        var isAbstract = path.StartsWith('@');
        address[isAbstract ? 2 : 2 + length] = 0;
        return Void(call, path, Raw.Retry(nr, socket.Number, (nint)address, 2 + length + (isAbstract ? 0 : 1)));
    }
}
