using Supervisor.Linux;

namespace Supervisor.Control;

/// <summary>
/// The listening end of a Varlink service, without threads: the owner's loop tells which descriptor is ready, and calls may be answered at once or later.
/// Every connection is authorised by the kernel's word for its peer (SO_PEERCRED).
/// </summary>
public sealed class VarlinkServer(Fd socket, Action<VarlinkCall> handle, Func<Credentials, bool> allowed)
{
    private const int ConnectionsMax = 128;

    private readonly Dictionary<int, VarlinkConnection> _connections = [];

    public Fd Socket => socket;

    /// <summary>The loop should watch this descriptor for reading, and for writing when the second is true.</summary>
    public required Action<Fd, bool> Watch { get; init; }

    public required Action<Fd> Forget { get; init; }

    /// <summary>Told of connections that were turned away.</summary>
    public required Action<string> Report { get; init; }

    /// <summary>Binds and listens on a path of ours; a socket left there by an earlier run is replaced.</summary>
    public static OsResult<Fd> Listen(string path)
    {
        _ = Sys.UnlinkAt(Fd.Cwd, path);
        if (!Sys.UnixSocket(1).TryGet(out var socket, out var error))
            return error;
        var result = Sys.BindUnix(socket, path);
        if (result.Ok)
            result = Sys.ChmodAt(Fd.Cwd, path, 0x1B0);
        if (result.Ok)
            result = Sys.Listen(socket, 128);
        if (!result.Failed(out error))
            return socket;
        socket.Close();
        return error;
    }

    /// <summary>Takes in everyone who waits.</summary>
    public void OnAcceptable()
    {
        while (Sys.Accept(socket).TryGet(out var fd, out _))
        {
            var connection = new VarlinkConnection(this, fd);
            if (!Sys.PeerCredentials(fd).TryGet(out var peer, out var error))
                Refuse(connection, $"cannot tell who connected: {error}");
            else if (!allowed(peer))
            {
                Report($"refused a connection of process {peer.Pid}, uid {peer.Uid}");
                Refuse(connection, $"uid {peer.Uid} may not control this manager: root and the manager's own user may");
            }
            else if (_connections.Count >= ConnectionsMax)
                Refuse(connection, $"there are {ConnectionsMax} connections already");
            else
            {
                connection.Peer = peer;
                _connections[fd.Number] = connection;
                Watch(fd, false);
            }
        }
    }

    /// <summary>A connection is ready for reading or writing, or its peer is gone.</summary>
    public void OnReady(Fd fd, bool readable, bool writable)
    {
        if (!_connections.TryGetValue(fd.Number, out var connection))
            return;
        if (writable)
            connection.Flush();
        if (readable && !connection.IsClosed)
            connection.Read();
    }

    internal void Dispatch(VarlinkCall call) => handle(call);

    internal void Close(VarlinkConnection connection)
    {
        if (_connections.Remove(connection.Fd.Number))
            Forget(connection.Fd);
        connection.Fd.Close();
    }

    private static void Refuse(VarlinkConnection connection, string text)
    {
        connection.SendError("io.supervisor.PermissionDenied", text);
        connection.Fd.Close();
    }
}
