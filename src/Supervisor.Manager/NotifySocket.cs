using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>
/// The datagram socket that NOTIFY_SOCKET= names. Bound once and kept by the keeper, so that a message sent while the manager is being replaced is read by the
/// next one. Hostile: every descriptor that comes along and is not taken is closed, every message is bounded, a flood is read in slices.
/// </summary>
internal sealed class NotifySocket(Fd fd, Action<Credentials, NotifyMessage, List<Fd>> deliver)
{
    private const int DatagramMax = 64 * 1024;
    private const int SliceMax = 128;

    private readonly byte[] _buffer = new byte[DatagramMax];

    public Fd Fd => fd;

    /// <summary>Binds <paramref name="path"/>; what an earlier run left there is replaced. Anyone may send: who it was decides what it means.</summary>
    public static OsResult<Fd> Bind(string path)
    {
        _ = Sys.UnlinkAt(Fd.Cwd, path);
        if (!Sys.UnixSocket(2).TryGet(out var socket, out var error))
            return error;
        // SO_PASSCRED before bind: a datagram that arrives in between would have no sender
        var result = Sys.PassCredentials(socket);
        if (result.Ok)
            result = Sys.BindUnix(socket, path);
        if (result.Ok)
            result = Sys.ChmodAt(Fd.Cwd, path, 0x1B6);
        if (!result.Failed(out error))
            return socket;
        socket.Close();
        return error;
    }

    /// <summary>Reads what is there, at most a slice: the loop comes back for the rest.</summary>
    public void OnReadable()
    {
        var fds = new List<Fd>();
        for (var i = 0; i < SliceMax; i++)
        {
            if (!Sys.Receive(fd, _buffer, fds).TryGet(out var received, out _))
                return; // EAGAIN: nothing left
            if (received is { Sender: { } sender, DataTruncated: false } && NotifyMessage.Parse(_buffer.AsSpan(0, received.Length)) is { } message)
                deliver(sender, message, fds);
            foreach (var stray in fds)
                stray.Close(); // BARRIER=1 waits for exactly this, after what was said before it
            fds.Clear();
        }
    }
}
