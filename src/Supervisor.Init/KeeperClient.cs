using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>
/// The manager's end of the keeper's socket. Use: <see cref="Connect"/>, <see cref="ReceiveInitial"/>, watch <see cref="Fd"/> for reading and call
/// <see cref="OnReadable"/> then; say <see cref="Ready"/> once the loop runs.
/// </summary>
public sealed class KeeperClient
{
    private const int MsgDontWait = 0x40;

    private readonly byte[] _buffer = new byte[KeeperProtocol.MaxMessage];
    private readonly List<Fd> _fds = [];
    private KeeperMode _mode = KeeperMode.Nested;

    private KeeperClient(Fd fd) => Fd = fd;

    /// <summary>The socket; becomes readable when the keeper has something to say.</summary>
    public Fd Fd { get; }

    /// <summary>Takes over <paramref name="fd"/> (<see cref="KeeperProtocol.ManagerFd"/>) and keeps it from the processes that this one starts. Fails when it is no packet socket.</summary>
    public static OsResult<KeeperClient> Connect(Fd fd)
    {
        if (!Sys.SocketType(fd).TryGet(out var type, out var error))
            return error;
        if (type != 5)
            return new OsError(Errno.EPROTOTYPE, "getsockopt SO_TYPE", fd.ToString());
        if (Sys.SetCloseOnExec(fd).Failed(out error))
            return error;
        return new KeeperClient(fd);
    }

    /// <summary>Waits until the keeper has said everything that a fresh manager must know. To be called once, first.</summary>
    public OsResult<KeeperInitial> ReceiveInitial()
    {
        KeeperHeader hello = default;
        KeeperHello body = default;
        var stored = new List<StoredFd>();
        var exits = new List<KeeperExit>();
        while (true)
        {
            if (!Next(0).TryGet(out var length, out var error))
                return error;
            if (length == 0)
                return new OsError(Errno.ECONNRESET, "recvmsg", "keeper");
            var header = Header;
            switch (header.Type)
            {
                case KeeperMessageType.Hello when length >= KeeperHeader.Size + KeeperHello.Size:
                    hello = header;
                    body = MemoryMarshal.Read<KeeperHello>(_buffer.AsSpan(KeeperHeader.Size));
                    _mode = body.Mode;
                    break;
                case KeeperMessageType.Stored when _fds.Count == 1:
                    stored.Add(new StoredFd(Text(header.Count), _fds[0]));
                    _fds.Clear();
                    break;
                case KeeperMessageType.Exited:
                    AddExits(header.Count, exits);
                    break;
                case KeeperMessageType.Go:
                    return new KeeperInitial(hello.A, body.Mode, body.PreviousCode, body.PreviousStatus, stored, exits, hello.B, body.KeeperStarted, body.ManagerStarted);
                case KeeperMessageType.Stored:
                    return new OsError(Errno.EMFILE, "recvmsg (stored descriptor)", Text(header.Count)); // it did not fit this process's table
                default:
                    return new OsError(Errno.EPROTO, "recvmsg", "keeper");
            }
        }
    }

    /// <summary>Everything that the keeper has said by now, without waiting.</summary>
    public OsResult<List<KeeperMessage>> OnReadable()
    {
        var messages = new List<KeeperMessage>();
        while (true)
        {
            if (!Next(MsgDontWait).TryGet(out var length, out var error))
            {
                if (error.Errno == Errno.EAGAIN)
                    return messages;
                if (error.Errno != Errno.ECONNRESET)
                    return error;
                length = 0;
            }
            if (length == 0)
            {
                messages.Add(new KeeperMessage.Gone());
                return messages;
            }
            var header = Header;
            switch (header.Type)
            {
                case KeeperMessageType.Exited:
                    var exits = new List<KeeperExit>(header.Count);
                    AddExits(header.Count, exits);
                    messages.Add(new KeeperMessage.Exited(exits));
                    break;
                case KeeperMessageType.Signal:
                    messages.Add(new KeeperMessage.Signal(header.A, KeeperSignals.Meaning(_mode, header.A), (int)(header.B >> 32), (uint)header.B));
                    break;
                case KeeperMessageType.Ping:
                    messages.Add(new KeeperMessage.Ping(header.B));
                    break;
                case KeeperMessageType.Refused:
                    messages.Add(new KeeperMessage.Refused(Text(header.Count), (Errno)header.A));
                    break;
                default:
                    return new OsError(Errno.EPROTO, "recvmsg", "keeper");
            }
        }
    }

    /// <summary>
    /// Lets the keeper hold a copy of <paramref name="fd"/> for the managers to come; the caller keeps its own. A descriptor of the same name is replaced.
    /// A name is 1 to <see cref="KeeperProtocol.MaxName"/> bytes. A full table is answered with <see cref="KeeperMessage.Refused"/>.
    /// </summary>
    public OsResult Store(string name, Fd fd) => SendName(KeeperMessageType.Store, name, fd);

    /// <summary>Lets the keeper close its copy. A name that it does not hold is no error.</summary>
    public OsResult Drop(string name) => SendName(KeeperMessageType.Drop, name);

    /// <summary>The manager works: from now on its silence is a fault, and its next crash counts from zero once it has lived for a while.</summary>
    public OsResult Ready() => Send(new KeeperHeader { Type = KeeperMessageType.Ready }, default);

    /// <summary>The answer to <see cref="KeeperMessage.Ping"/>.</summary>
    public OsResult Pong(ulong sequence) => Send(new KeeperHeader { Type = KeeperMessageType.Pong, B = sequence }, default);

    /// <summary>Exits up to <paramref name="sequence"/> have been acted on and are in the saved state: a new manager need not hear of them.</summary>
    public OsResult Acknowledge(ulong sequence) => Send(new KeeperHeader { Type = KeeperMessageType.Acknowledge, B = sequence }, default);

    /// <summary>This manager is about to exit on purpose (re-execution): start the next one at once and do not call it a crash.</summary>
    public OsResult Restart() => Send(new KeeperHeader { Type = KeeperMessageType.Restart }, default);

    /// <summary>
    /// The end: the keeper kills what is left, this process included, unmounts and powers off (or what <paramref name="kind"/> says).
    /// <paramref name="code"/> is the exit status of a nested or container keeper; <paramref name="why"/> (at most 1000 bytes) is shown on the console.
    /// </summary>
    public OsResult Shutdown(ShutdownKind kind, int code = 0, string why = "")
    {
        var text = Encoding.UTF8.GetBytes(why);
        return Send(new KeeperHeader { Type = KeeperMessageType.Shutdown, A = code, B = (ulong)kind }, text.AsSpan(0, Math.Min(text.Length, 1000)));
    }

    private KeeperHeader Header => MemoryMarshal.Read<KeeperHeader>(_buffer);

    /// <summary>The next packet's length, 0 at the end; its descriptors are in <see cref="_fds"/>.</summary>
    private OsResult<int> Next(int flags)
    {
        foreach (var fd in _fds)
            fd.Close(); // nobody expected them
        _fds.Clear();
        if (!Sys.Receive(Fd, _buffer, _fds, flags).TryGet(out var received, out var error))
            return error with { Path = "keeper" };
        if (received.Length is > 0 and < KeeperHeader.Size || received.DataTruncated)
            return new OsError(Errno.EPROTO, "recvmsg", "keeper");
        _buffer.AsSpan(received.Length).Clear();
        return received.Length;
    }

    private string Text(int length) => Encoding.UTF8.GetString(_buffer, KeeperHeader.Size, Math.Min(length, KeeperProtocol.MaxName));

    private void AddExits(int count, List<KeeperExit> exits)
    {
        var records = MemoryMarshal.Cast<byte, KeeperExit>(_buffer.AsSpan(KeeperHeader.Size));
        exits.AddRange(records[..Math.Min(count, KeeperProtocol.MaxBatch)]);
    }

    private OsResult SendName(KeeperMessageType type, string name, Fd fd = default)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        if (length is 0 or > KeeperProtocol.MaxName)
            return new OsError(Errno.EINVAL, "sendmsg", name);
        Span<byte> bytes = stackalloc byte[length];
        Encoding.UTF8.GetBytes(name, bytes);
        return type == KeeperMessageType.Store ? Send(new KeeperHeader { Type = type }, bytes, fd) : Send(new KeeperHeader { Type = type }, bytes);
    }

    [SkipLocalsInit]
    private OsResult Send(KeeperHeader header, ReadOnlySpan<byte> body, params ReadOnlySpan<Fd> fds)
    {
        Span<byte> packet = stackalloc byte[KeeperHeader.Size + body.Length];
        header.Count = (ushort)body.Length;
        MemoryMarshal.Write(packet, header);
        body.CopyTo(packet[KeeperHeader.Size..]);
        return Sys.Send(Fd, packet, fds).TryGet(out _, out var error) ? OsResult.Success : error with { Path = "keeper" };
    }
}
