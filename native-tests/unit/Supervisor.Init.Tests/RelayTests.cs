using System.Net.Sockets;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Init.Tests;

/// <summary>The relay's two directions, with a socket pair in place of the port.</summary>
public sealed class RelayTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("relay").FullName;
    private readonly Socket _server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Fd _host, _port, _epoll = Sys.EpollCreate().Value;
    private readonly RelayLink _link;

    public RelayTests()
    {
        _server.Bind(new UnixDomainSocketEndPoint($"{_directory}/control"));
        _server.Listen();
        (_host, _port) = Sys.SocketPair(1, nonBlocking: true).Value;
        _link = new RelayLink(_port, $"{_directory}/control", _epoll);
    }

    [Fact]
    public void Bytes_go_both_ways()
    {
        Say("question");
        Assert.True(_link.Pump().Ok);
        using var connection = _server.Accept();
        Assert.Equal("question", Hear(connection));
        connection.Send("answer"u8);
        Assert.True(_link.Pump().Ok);
        var bytes = new byte[64];
        Assert.Equal("answer", Encoding.UTF8.GetString(bytes, 0, Sys.Read(_host, bytes).Value));
    }

    [Fact]
    public void A_megabyte_arrives_whole_though_nobody_takes_it_at_first()
    {
        Say("x");
        Assert.True(_link.Pump().Ok);
        using var connection = _server.Accept();
        Hear(connection);
        var data = new byte[1 << 20];
        new Random(3).NextBytes(data);
        var received = new MemoryStream();
        connection.Blocking = false;
        var sent = 0;
        var bytes = new byte[5000];
        while (received.Length < data.Length)
        {
            if (sent < data.Length && connection.Poll(0, SelectMode.SelectWrite))
                sent += connection.Send(data, sent, Math.Min(30_000, data.Length - sent), SocketFlags.None, out _);
            Assert.True(_link.Pump().Ok);
            if (Sys.Read(_host, bytes).TryGet(out var n, out _))
                received.Write(bytes, 0, n);
        }
        Assert.Equal(data, received.ToArray());
    }

    [Fact]
    public void A_connection_that_ends_is_followed_by_a_new_one()
    {
        Say("first");
        Assert.True(_link.Pump().Ok);
        using (var connection = _server.Accept())
            Assert.Equal("first", Hear(connection));
        Assert.True(_link.Pump().Ok);
        Say("second");
        Assert.True(_link.Pump().Ok);
        using var next = _server.Accept();
        Assert.Equal("second", Hear(next));
    }

    [Fact]
    public void A_host_that_goes_away_ends_the_connection()
    {
        Say("last words");
        Assert.True(_link.Pump().Ok);
        using var connection = _server.Accept();
        Assert.Equal("last words", Hear(connection));
        _ = Raw.Call(Nr.shutdown, _host.Number, 2);
        Assert.True(_link.Pump().Ok);
        Assert.Equal(0, connection.Receive(new byte[8]));
    }

    [Fact]
    public void A_socket_that_is_not_there_is_an_error()
    {
        var link = new RelayLink(_port, $"{_directory}/nobody", _epoll);
        Say("hello");
        Assert.Equal(Errno.ENOENT, link.Pump().Error.Errno);
    }

    [Fact]
    public void A_port_that_is_not_there_is_an_error() =>
        Assert.StartsWith("cannot find the virtio-serial port no.such.port", Relay.Run("no.such.port", "/nowhere"), StringComparison.Ordinal);

    private void Say(string text) => Assert.True(Sys.WriteAll(_host, Encoding.UTF8.GetBytes(text)).Ok);

    private static string Hear(Socket connection)
    {
        var bytes = new byte[64];
        return Encoding.UTF8.GetString(bytes, 0, connection.Receive(bytes));
    }

    public void Dispose()
    {
        _server.Dispose();
        _host.Close();
        _port.Close();
        _epoll.Close();
        Directory.Delete(_directory, recursive: true);
    }
}
