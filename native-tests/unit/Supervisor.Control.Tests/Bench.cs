using System.Text;
using System.Text.Json;
using Supervisor.Linux;

namespace Supervisor.Control.Tests;

/// <summary>A server on a socket in a directory of its own, turned by hand: nothing happens but in <see cref="Turn"/>.</summary>
internal sealed class Bench : IDisposable
{
    private const int POLLIN = 1, POLLOUT = 4;

    private readonly string _directory = Directory.CreateTempSubdirectory("control").FullName;
    private readonly Dictionary<Fd, bool> _watched = [];
    private readonly List<Peer> _peers = [];

    public Bench(Action<VarlinkCall>? handle = null, Func<Credentials, bool>? allowed = null)
    {
        var socket = VarlinkServer.Listen(Path).Value;
        Server = new VarlinkServer(socket, call => { Calls.Add(call.Method); (handle ?? Echo)(call); }, allowed ?? (peer => peer.Uid == 0))
        {
            Watch = (fd, write) => _watched[fd] = write,
            Forget = fd => Assert.True(_watched.Remove(fd)),
            Report = Reports.Add,
        };
    }

    public VarlinkServer Server { get; }

    public string Path => $"{_directory}/socket";

    /// <summary>The methods that reached the handler, in their order.</summary>
    public List<string> Calls { get; } = [];

    public List<string> Reports { get; } = [];

    public int Connections => _watched.Count;

    /// <summary>Answers a call with the unit that it names, or with an error.</summary>
    public static void Echo(VarlinkCall call)
    {
        if (call.Method != "test.Echo")
            call.Error("org.varlink.service.MethodNotFound", call.Method);
        else if (call.TryParameters(ControlJson.Default.UnitRequest, out var request))
            call.Reply(request, ControlJson.Default.UnitRequest);
    }

    public Peer Connect()
    {
        var fd = Sys.UnixSocket(1).Value;
        Assert.True(Sys.ConnectUnix(fd, Path).Ok);
        var peer = new Peer(this, fd);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>Serves everything that is ready, until nothing is.</summary>
    public void Turn()
    {
        for (var busy = true; busy;)
        {
            busy = Ready(Server.Socket, POLLIN);
            if (busy)
                Server.OnAcceptable();
            foreach (var (fd, write) in _watched.ToList())
            {
                var (readable, writable) = (Ready(fd, POLLIN), write && Ready(fd, POLLOUT));
                if (readable || writable)
                    Server.OnReady(fd, readable, writable);
                busy |= readable || writable;
            }
        }
    }

    public void Dispose()
    {
        foreach (var peer in _peers)
            peer.Leave();
        Turn();
        Server.Socket.Close();
        Directory.Delete(_directory, recursive: true);
    }

    private static bool Ready(Fd fd, short events) => Sys.PollOne(fd, events, 0).Value;
}

/// <summary>The other end of a connection, byte by byte.</summary>
internal sealed class Peer(Bench bench, Fd fd)
{
    private readonly List<byte> _received = [];
    private bool _left;

    /// <summary>The server has closed the connection, as far as <see cref="Replies"/> has seen.</summary>
    public bool IsEnded { get; private set; }

    public static byte[] Message(string json) => [.. Encoding.UTF8.GetBytes(json), 0];

    public static byte[] EchoOf(string unit) => Message($$$"""{"method":"test.Echo","parameters":{"unit":"{{{unit}}}"}}""");

    /// <summary>Writes, turning the server when the socket is full; false when the server does not take it all.</summary>
    public bool Write(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (Sys.Send(fd, data).TryGet(out var n, out var error))
                data = data[n..];
            else if (error.Errno == Errno.EAGAIN)
                bench.Turn();
            else
                return false;
        }
        return true;
    }

    public void Leave()
    {
        if (!_left)
            fd.Close();
        _left = true;
    }

    /// <summary>Turns the server and takes the replies that have come.</summary>
    public List<JsonElement> Replies()
    {
        var buffer = new byte[65536];
        while (true)
        {
            bench.Turn();
            if (!Sys.Read(fd, buffer).TryGet(out var n, out var error))
            {
                IsEnded |= error.Errno != Errno.EAGAIN;
                break;
            }
            IsEnded |= n == 0;
            if (n == 0)
                break;
            _received.AddRange(buffer.AsSpan(0, n));
        }
        var replies = new List<JsonElement>();
        var start = 0;
        for (int end; (end = _received.IndexOf(0, start)) >= 0; start = end + 1)
            replies.Add(JsonDocument.Parse(_received.GetRange(start, end - start).ToArray()).RootElement);
        _received.RemoveRange(0, start);
        return replies;
    }

    /// <summary>What an echo, or another call with one reply, says: the unit or the error.</summary>
    public string Ask(ReadOnlySpan<byte> message)
    {
        Write(message);
        return Said(Assert.Single(Replies()));
    }

    public static string Said(JsonElement reply) =>
        reply.TryGetProperty("error", out var error) ? error.GetString()! : reply.GetProperty("parameters").GetProperty("unit").GetString()!;
}
