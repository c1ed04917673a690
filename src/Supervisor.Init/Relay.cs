using System.Runtime.CompilerServices;
using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>
/// A virtio-serial port led to an AF_UNIX stream: what the machine's host sends to the port reaches the socket, and back. A host that closes its end closes the
/// connection; the next one gets a new one. <c>supervisor relay PORT SOCKET</c> runs it as a process of its own.
/// </summary>
[SkipLocalsInit]
public static class Relay
{
    // Edges: a port whose host is away is always "hung up", and only the change tells that the host is back.
    private const uint Watched = 1 | 4 | 1u << 31; // EPOLLIN | EPOLLOUT | EPOLLET
    private const string Ports = "/sys/class/virtio-ports";

    /// <summary>Does not return but with an error: a sentence.</summary>
    public static string Run(string portName, string socket)
    {
        if (!Find(portName).TryGet(out var device, out var error))
            return $"cannot find the virtio-serial port {portName}: {error}";
        if (!Sys.Open(device, LibC.O_RDWR | LibC.O_NONBLOCK).TryGet(out var port, out error))
            return $"cannot open the virtio-serial port {portName}: {error}";
        if (!Sys.EpollCreate().TryGet(out var epoll, out error))
            return $"cannot wait for the virtio-serial port {portName}: {error}";
        var link = new RelayLink(port, socket, epoll);
        if (Sys.EpollControl(epoll, 1, port, Watched, 0).Failed(out error))
            return $"cannot wait for the virtio-serial port {portName}: {error}";
        Span<EpollEvent> events = stackalloc EpollEvent[2];
        while (true)
        {
            if (link.Pump().Failed(out error) || !Sys.EpollWait(epoll, events, -1).TryGet(out _, out error))
                return $"cannot relay {portName} to {socket}: {error}";
        }
    }

    /// <summary>The device of the port that the host has given this name.</summary>
    internal static OsResult<string> Find(string name)
    {
        if (!Sys.ListDirectory(Ports).TryGet(out var ports, out var error))
            return error;
        foreach (var port in ports)
        {
            if (Sys.ReadFile($"{Ports}/{port}/name").TryGet(out var text, out _) && Encoding.UTF8.GetString(text).TrimEnd('\n') == name)
                return $"/dev/{port}";
        }
        return new OsError(Errno.ENOENT, "find", $"{Ports}/*/name");
    }
}

/// <summary>The two directions, with what could not be written yet.</summary>
internal sealed class RelayLink(Fd port, string socket, Fd epoll)
{
    private const int Size = 16 * 1024;
    private const uint Watched = 1 | 4 | 1u << 31;

    private readonly byte[] _in = new byte[Size], _out = new byte[Size];
    private (int At, int End) _toSocket, _toPort;
    private Fd _connection = Fd.None;

    /// <summary>Moves what can be moved, both ways, until neither side gives or takes.</summary>
    public OsResult Pump()
    {
        bool moved;
        do
        {
            moved = false;
            if (_toSocket.At == _toSocket.End)
            {
                var read = Sys.Read(port, _in);
                if (read.TryGet(out var n, out var error) && n == 0)
                    Hangup();
                else if (n > 0)
                {
                    if (!_connection.IsOpen && Connect().Failed(out error))
                        return error;
                    _toSocket = (0, n);
                    moved = true;
                }
                else if (error.Errno != Errno.EAGAIN)
                    return error;
            }
            moved |= _connection.IsOpen && Flush(_connection, _in, ref _toSocket);
            if (_connection.IsOpen && _toPort.At == _toPort.End)
            {
                if (!Sys.Read(_connection, _out).TryGet(out var n, out var error))
                {
                    if (error.Errno != Errno.EAGAIN)
                        Hangup();
                }
                else if (n == 0)
                    Hangup();
                else
                {
                    _toPort = (0, n);
                    moved = true;
                }
            }
            moved |= Flush(port, _out, ref _toPort);
        }
        while (moved);
        return OsResult.Success;
    }

    private OsResult Connect()
    {
        if (!Sys.UnixSocket(1).TryGet(out var fd, out var error))
            return error;
        if (Sys.ConnectUnix(fd, socket).Failed(out error) || Sys.EpollControl(epoll, 1, fd, Watched, 1).Failed(out error))
        {
            fd.Close();
            return error;
        }
        _connection = fd;
        return OsResult.Success;
    }

    /// <summary>The connection is over. What it had still to say to the host is said; what the host had to say to it is void.</summary>
    private void Hangup()
    {
        _connection.Close();
        _connection = Fd.None;
        _toSocket = default;
    }

    /// <summary>True when something was written. A side that fails for good shows it when it is read next.</summary>
    private static bool Flush(Fd to, byte[] buffer, ref (int At, int End) range)
    {
        if (range.At == range.End || !Sys.Write(to, buffer.AsSpan(range.At, range.End - range.At)).TryGet(out var n, out _) || n == 0)
            return false;
        range.At += n;
        return true;
    }
}
