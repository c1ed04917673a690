using System.Text;
using Supervisor.Linux;

namespace Supervisor.Control.Tests;

public sealed class VarlinkClientTests : IDisposable
{
    private readonly Fd _server;
    private readonly VarlinkClient _client;

    public VarlinkClientTests()
    {
        (_server, var other) = Sys.SocketPair(1).Value;
        _client = VarlinkClient.Over(other);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Close();
    }

    private (UnitRequest? Reply, ControlError? Error) CallAnswered(params string[] replies)
    {
        Answer(replies);
        return _client.Call("test.Echo", new UnitRequest("a"), ControlJson.Default.UnitRequest, ControlJson.Default.UnitRequest);
    }

    /// <summary>The answers wait in the socket before the question is asked.</summary>
    private void Answer(params string[] replies)
    {
        foreach (var reply in replies)
            Assert.True(Sys.WriteAll(_server, Peer.Message(reply)).Ok);
    }

    [Fact]
    public async Task A_call_reaches_a_server_and_its_answer_comes_back()
    {
        using var bench = new Bench();
        var call = Task.Run(() =>
        {
            using var client = VarlinkClient.Connect(bench.Path).Value;
            return client.Call("test.Echo", new UnitRequest("a", "fail", false), ControlJson.Default.UnitRequest, ControlJson.Default.UnitRequest);
        });
        while (!call.IsCompleted)
            bench.Turn();
        Assert.Equal((new UnitRequest("a", "fail", false), null), await call);
    }

    [Fact]
    public void What_it_sends_is_a_varlink_call()
    {
        CallAnswered("""{"parameters":{"unit":"a"}}""");
        var buffer = new byte[4096];
        var n = Sys.Read(_server, buffer).Value;
        Assert.Equal("""{"method":"test.Echo","parameters":{"unit":"a","mode":"replace","wait":true},"more":false,"oneway":false}""" + "\0", Encoding.UTF8.GetString(buffer, 0, n));
    }

    [Fact]
    public void An_error_comes_with_its_name_and_text() =>
        Assert.Equal((null, new ControlError("io.supervisor.NoSuchUnit", "no a")), CallAnswered("""{"parameters":{"text":"no a"},"error":"io.supervisor.NoSuchUnit"}"""));

    [Fact]
    public void An_error_without_a_text_is_its_name() =>
        Assert.Equal((null, new ControlError("org.varlink.service.MethodNotFound", "org.varlink.service.MethodNotFound")),
            CallAnswered("""{"error":"org.varlink.service.MethodNotFound","parameters":{"method":"test.Echo"}}"""));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("17")]
    [InlineData("{\"parameters\":")]
    [InlineData("""{"parameters":null}""")]
    [InlineData("""{"parameters":"a"}""")]
    [InlineData("""{"parameters":{"unit":7}}""")]
    [InlineData("""{"parameters":{}}""")]
    [InlineData("""{"error":5}""")]
    [InlineData("""{"error":"a.B","parameters":{"text":5}}""")]
    public void An_answer_of_another_form_is_an_error(string reply)
    {
        var (value, error) = CallAnswered(reply);
        Assert.Null(value);
        Assert.Equal("io.supervisor.BadReply", error!.Name);
    }

    [Fact]
    public void A_server_that_leaves_without_an_answer_is_unreachable()
    {
        _server.Close();
        var (value, error) = CallOf();
        Assert.Null(value);
        Assert.Equal(ControlError.Unreachable, error!.Name);
    }

    [Fact]
    public void The_reason_of_a_server_that_has_left_is_still_read()
    {
        Answer("""{"error":"io.supervisor.PermissionDenied","parameters":{"text":"not you"}}""");
        _server.Close();
        Assert.Equal((null, new ControlError("io.supervisor.PermissionDenied", "not you")), CallOf());
    }

    [Fact]
    public void Answers_that_came_together_belong_to_their_calls()
    {
        Assert.Equal("1", CallAnswered("""{"parameters":{"unit":"1"}}""", """{"parameters":{"unit":"2"}}""").Reply!.Unit);
        Assert.Equal("2", CallOf().Reply!.Unit);
    }

    [Fact]
    public void More_takes_answers_until_one_does_not_continue()
    {
        var (seen, error) = More(_ => true);
        Assert.Null(error);
        Assert.Equal(["1", "2", "3"], seen);
    }

    [Fact]
    public void More_ends_when_the_caller_has_enough()
    {
        var (seen, error) = More(unit => unit != "2");
        Assert.Null(error);
        Assert.Equal(["1", "2"], seen);
    }

    [Fact]
    public void More_ends_with_an_error()
    {
        Answer("""{"parameters":{"unit":"1"},"continues":true}""", """{"error":"a.B","parameters":{"text":"over"}}""");
        var seen = 0;
        var error = _client.CallMore("x", new Nothing(), ControlJson.Default.Nothing, ControlJson.Default.UnitRequest, _ => ++seen > 0);
        Assert.Equal((1, new ControlError("a.B", "over")), (seen, error));
    }

    [Fact]
    public async Task A_large_answer_is_read_whole()
    {
        using var bench = new Bench();
        var unit = new string('u', 900_000);
        var call = Task.Run(() =>
        {
            using var client = VarlinkClient.Connect(bench.Path).Value;
            return client.Call("test.Echo", new UnitRequest(unit), ControlJson.Default.UnitRequest, ControlJson.Default.UnitRequest);
        });
        while (!call.IsCompleted)
            bench.Turn();
        Assert.Equal(unit, (await call).Reply!.Unit);
    }

    [Fact]
    public void A_socket_that_is_not_there_is_an_error()
    {
        Assert.False(VarlinkClient.Connect("/nonexistent/socket").TryGet(out _, out var error));
        Assert.Equal(Errno.ENOENT, error.Errno);
    }

    private (UnitRequest? Reply, ControlError? Error) CallOf() =>
        _client.Call("test.Echo", new UnitRequest("a"), ControlJson.Default.UnitRequest, ControlJson.Default.UnitRequest);

    private (List<string> Seen, ControlError? Error) More(Func<string, bool> goOn)
    {
        Answer("""{"parameters":{"unit":"1"},"continues":true}""", """{"parameters":{"unit":"2"},"continues":true}""", """{"parameters":{"unit":"3"}}""");
        var seen = new List<string>();
        var error = _client.CallMore("x", new Nothing(), ControlJson.Default.Nothing, ControlJson.Default.UnitRequest, reply =>
        {
            seen.Add(reply.Unit);
            return goOn(reply.Unit);
        });
        return (seen, error);
    }
}
