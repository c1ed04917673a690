using System.Text.Json;
using Supervisor.Linux;

namespace Supervisor.Control.Tests;

public sealed class VarlinkServerTests
{
    private const string InvalidParameter = "org.varlink.service.InvalidParameter";

    [Fact]
    public void A_call_is_answered()
    {
        using var bench = new Bench();
        Assert.Equal("a.service", bench.Connect().Ask(Peer.EchoOf("a.service")));
    }

    [Fact]
    public void A_last_reply_does_not_say_that_it_continues()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        Assert.True(peer.Write(Peer.EchoOf("a")));
        var reply = Assert.Single(peer.Replies());
        Assert.False(reply.TryGetProperty("continues", out _));
        Assert.False(reply.TryGetProperty("error", out _));
    }

    [Fact]
    public void A_message_may_come_a_byte_at_a_time()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        var message = Peer.EchoOf("a");
        for (var i = 0; i < message.Length - 1; i++)
        {
            Assert.True(peer.Write(message.AsSpan(i, 1)));
            Assert.Empty(peer.Replies());
        }
        Assert.Equal("a", peer.Ask(message.AsSpan(message.Length - 1)));
    }

    [Fact]
    public void Two_messages_in_one_write_are_answered_in_their_order()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        Assert.True(peer.Write([.. Peer.EchoOf("a"), .. Peer.EchoOf("b")]));
        Assert.Equal(["a", "b"], peer.Replies().Select(Peer.Said));
    }

    [Fact]
    public void A_message_and_a_half_are_one_answer_until_the_rest_is_there()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        var second = Peer.EchoOf("b");
        Assert.Equal("a", peer.Ask([.. Peer.EchoOf("a"), .. second[..10]]));
        Assert.Equal("b", peer.Ask(second.AsSpan(10)));
    }

    [Fact]
    public void A_call_waits_until_the_one_before_it_is_answered()
    {
        VarlinkCall? first = null;
        using var bench = new Bench(call =>
        {
            if (first is null)
                first = call;
            else
                Bench.Echo(call);
        });
        var peer = bench.Connect();
        Assert.True(peer.Write([.. Peer.Message("""{"method":"test.Slow"}"""), .. Peer.EchoOf("b")]));
        Assert.Empty(peer.Replies());
        Assert.Equal(["test.Slow"], bench.Calls);
        first!.Reply(new UnitRequest("slow"), ControlJson.Default.UnitRequest);
        Assert.Equal(["slow", "b"], peer.Replies().Select(Peer.Said));
    }

    [Fact]
    public void Very_many_calls_behind_one_that_waits_are_all_answered()
    {
        const int count = 50_000;
        VarlinkCall? first = null;
        using var bench = new Bench(call =>
        {
            if (first is null)
                first = call;
            else
                call.Reply(new Nothing(), ControlJson.Default.Nothing);
        });
        var peer = bench.Connect();
        byte[] all = [.. Enumerable.Repeat(Peer.Message("""{"method":"a"}"""), count).SelectMany(m => m)];
        Assert.True(peer.Write(all));
        bench.Turn();
        first!.Reply(new Nothing(), ControlJson.Default.Nothing);
        Assert.Equal(count, peer.Replies().Count);
        Assert.False(peer.IsEnded);
    }

    [Fact]
    public void A_call_is_heard_whose_caller_leaves_at_once()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        Assert.True(peer.Write(Peer.Message("""{"method":"test.Note","oneway":true}""")));
        peer.Leave();
        bench.Turn();
        Assert.Equal(["test.Note"], bench.Calls);
        Assert.Equal(0, bench.Connections);
    }

    [Fact]
    public void A_message_of_a_megabyte_without_an_end_is_refused_and_its_connection_closed()
    {
        using var bench = new Bench();
        var other = bench.Connect();
        var peer = bench.Connect();
        var chunk = new byte[65536];
        Array.Fill(chunk, (byte)' ');
        var taken = 0;
        while (taken < 64 && peer.Write(chunk))
            taken++;
        Assert.InRange(taken, 16, 32); // what the kernel holds comes on top of what the server does
        Assert.Equal("io.supervisor.TooLarge", Peer.Said(Assert.Single(peer.Replies())));
        Assert.True(peer.IsEnded);
        Assert.Equal("b", other.Ask(Peer.EchoOf("b")));
    }

    [Fact]
    public void A_large_message_within_the_limit_is_answered()
    {
        using var bench = new Bench();
        var unit = new string('u', 1_000_000);
        Assert.Equal(unit, bench.Connect().Ask(Peer.EchoOf(unit)));
    }

    public static TheoryData<string> NoCalls => new(
        "", "x", "{", "\"text\"", "17", "[]", "true", """{"method":5}""", """{"method":"test.Echo","more":"yes"}""", """{"method":"test.Echo"} {}""", "{}", """{"parameters":{}}""",
        """{"method":null}""", new string('[', 1000) + new string(']', 1000),
        """{"method":"test.Echo","parameters":""" + string.Concat(Enumerable.Repeat("""{"a":""", 1000)) + "1" + new string('}', 1001));

    [Theory]
    [MemberData(nameof(NoCalls))]
    public void What_is_no_call_is_refused_and_its_connection_closed_and_another_goes_on(string text)
    {
        using var bench = new Bench();
        var other = bench.Connect();
        var peer = bench.Connect();
        Assert.Equal("io.supervisor.BadRequest", peer.Ask(Peer.Message(text)));
        Assert.True(peer.IsEnded);
        Assert.Empty(bench.Calls);
        Assert.Equal("b", other.Ask(Peer.EchoOf("b")));
    }

    [Fact]
    public void Null_in_place_of_a_call_closes_its_connection()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        Assert.True(peer.Write(Peer.Message("null")));
        Assert.Empty(peer.Replies());
        Assert.True(peer.IsEnded);
    }

    [Fact]
    public void Nothing_after_a_message_that_is_no_call_is_heard()
    {
        using var bench = new Bench();
        Assert.Equal("io.supervisor.BadRequest", bench.Connect().Ask([.. Peer.Message("{"), .. Peer.EchoOf("a")]));
        Assert.Empty(bench.Calls);
    }

    [Fact]
    public void Fields_that_nobody_knows_are_passed_over()
    {
        using var bench = new Bench();
        Assert.Equal("a", bench.Connect().Ask(Peer.Message("""{"colour":"red","method":"test.Echo","upgrade":false,"parameters":{"unit":"a","shape":[1]}}""")));
    }

    [Fact]
    public void An_error_of_the_handler_arrives_with_its_name_and_text_and_the_connection_goes_on()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        Assert.True(peer.Write(Peer.Message("""{"method":"test.Nothing"}""")));
        var reply = Assert.Single(peer.Replies());
        Assert.Equal("org.varlink.service.MethodNotFound", Peer.Said(reply));
        Assert.Equal("test.Nothing", reply.GetProperty("parameters").GetProperty("text").GetString());
        Assert.Equal("a", peer.Ask(Peer.EchoOf("a")));
    }

    [Theory]
    [InlineData("""{"unit":5}""")]
    [InlineData("""{"unit":["a"]}""")]
    [InlineData("""{"unit":"a","wait":"yes"}""")]
    [InlineData("""{"unit":"a","mode":{}}""")]
    [InlineData("""{"unit":"\ud800"}""")]
    [InlineData("""{"unit":"a","\ud800":1}""")]
    [InlineData("""{"unit":null}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"a\"")]
    public void Parameters_of_another_form_are_an_error_and_the_connection_goes_on(string parameters)
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        Assert.Equal(InvalidParameter, peer.Ask(Peer.Message($$$"""{"method":"test.Echo","parameters":{{{parameters}}}}""")));
        Assert.Equal("a", peer.Ask(Peer.EchoOf("a")));
    }

    [Fact]
    public void Parameters_that_are_not_UTF8_are_an_error_and_the_connection_goes_on()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        Assert.Equal(InvalidParameter, peer.Ask([.. """{"method":"test.Echo","parameters":{"unit":"""u8, (byte)'"', 0xFF, (byte)'"', .. "}}"u8, 0]));
        Assert.Equal("a", peer.Ask(Peer.EchoOf("a")));
    }

    [Fact]
    public void A_null_parameter_is_one_that_is_not_given()
    {
        UnitRequest? seen = null;
        using var bench = new Bench(call =>
        {
            Assert.True(call.TryParameters(ControlJson.Default.UnitRequest, out var request));
            call.Reply(seen = request, ControlJson.Default.UnitRequest);
        });
        Assert.Equal("a", bench.Connect().Ask(Peer.Message("""{"method":"x","parameters":{"unit":"a","mode":null,"wait":null}}""")));
        Assert.Equal(new UnitRequest("a", "replace", true), seen);
    }

    [Fact]
    public void A_call_without_parameters_has_their_defaults()
    {
        ExitRequest? seen = null;
        using var bench = new Bench(call =>
        {
            Assert.True(call.TryParameters(ControlJson.Default.ExitRequest, out var request));
            seen = request;
            call.Reply(new Nothing(), ControlJson.Default.Nothing);
        });
        var peer = bench.Connect();
        Assert.True(peer.Write(Peer.Message("""{"method":"x"}""")));
        Assert.Single(peer.Replies());
        Assert.Equal(new ExitRequest(0), seen);
    }

    [Fact]
    public void More_gives_replies_that_continue_and_a_last_one()
    {
        using var bench = new Bench(call =>
        {
            Assert.True(call.More);
            Assert.True(call.ReplyContinues(new UnitRequest("1"), ControlJson.Default.UnitRequest));
            Assert.True(call.ReplyContinues(new UnitRequest("2"), ControlJson.Default.UnitRequest));
            call.Reply(new UnitRequest("3"), ControlJson.Default.UnitRequest);
        });
        var peer = bench.Connect();
        Assert.True(peer.Write(Peer.Message("""{"method":"x","more":true}""")));
        var replies = peer.Replies();
        Assert.Equal(["1", "2", "3"], replies.Select(Peer.Said));
        Assert.Equal([true, true, false], replies.Select(r => r.TryGetProperty("continues", out var continues) && continues.GetBoolean()));
    }

    [Fact]
    public void A_call_is_answered_once()
    {
        using var bench = new Bench(call =>
        {
            call.Reply(new UnitRequest("first"), ControlJson.Default.UnitRequest);
            call.Reply(new UnitRequest("second"), ControlJson.Default.UnitRequest);
            call.Error("io.supervisor.Failed", "third");
            Assert.False(call.ReplyContinues(new UnitRequest("fourth"), ControlJson.Default.UnitRequest));
        });
        Assert.Equal("first", bench.Connect().Ask(Peer.Message("""{"method":"x"}""")));
    }

    [Fact]
    public void Whoever_leaves_before_the_answer_is_noticed_and_an_answer_after_that_is_no_error()
    {
        var abandoned = 0;
        VarlinkCall? waiting = null;
        using var bench = new Bench(call => (waiting = call).OnAbandoned = () => abandoned++);
        var peer = bench.Connect();
        Assert.True(peer.Write(Peer.Message("""{"method":"x","more":true}""")));
        bench.Turn();
        Assert.Equal((1, 0), (bench.Connections, abandoned));
        peer.Leave();
        bench.Turn();
        Assert.Equal((0, 1), (bench.Connections, abandoned));
        Assert.False(waiting!.ReplyContinues(new Nothing(), ControlJson.Default.Nothing));
        waiting.Reply(new Nothing(), ControlJson.Default.Nothing);
    }

    [Fact]
    public void A_oneway_call_is_heard_and_gets_no_reply()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        var oneway = Peer.Message("""{"method":"test.Echo","parameters":{"unit":"a"},"oneway":true}""");
        Assert.Equal("b", peer.Ask([.. oneway, .. Peer.EchoOf("b")]));
        Assert.Equal(["test.Echo", "test.Echo"], bench.Calls);
    }

    [Fact]
    public void A_oneway_call_that_fails_gets_no_error_either()
    {
        using var bench = new Bench();
        Assert.Equal("b", bench.Connect().Ask([.. Peer.Message("""{"method":"test.Nothing","oneway":true}"""), .. Peer.EchoOf("b")]));
        Assert.Equal(["test.Nothing", "test.Echo"], bench.Calls);
    }

    [Fact]
    public void A_oneway_call_gets_no_reply_that_continues()
    {
        using var bench = new Bench(call =>
        {
            call.ReplyContinues(new UnitRequest("1"), ControlJson.Default.UnitRequest);
            call.Reply(new UnitRequest("2"), ControlJson.Default.UnitRequest);
        });
        var peer = bench.Connect();
        Assert.True(peer.Write(Peer.Message("""{"method":"x","oneway":true}""")));
        Assert.Empty(peer.Replies());
        Assert.Equal(["x"], bench.Calls);
    }

    [Fact]
    public void A_client_that_never_reads_its_replies_is_closed_before_they_fill_the_memory()
    {
        using var bench = new Bench();
        var other = bench.Connect();
        var peer = bench.Connect();
        var message = Peer.EchoOf(new string('u', 100_000));
        var sent = 0;
        while (sent < 1000 && peer.Write(message))
            sent++;
        bench.Turn();
        Assert.InRange(bench.Calls.Count, 40, 60); // 4 MB in the server, and what the kernel holds
        Assert.Equal(1, bench.Connections);
        Assert.Equal("b", other.Ask(Peer.EchoOf("b")));
    }

    [Fact]
    public void A_subscriber_that_never_reads_is_abandoned()
    {
        var abandoned = 0;
        VarlinkCall? subscriber = null;
        using var bench = new Bench(call => (subscriber = call).OnAbandoned = () => abandoned++);
        Assert.True(bench.Connect().Write(Peer.Message("""{"method":"x","more":true}""")));
        bench.Turn();
        var sent = 0;
        while (sent < 1000 && subscriber!.ReplyContinues(new UnitRequest(new string('u', 100_000)), ControlJson.Default.UnitRequest))
            sent++;
        Assert.InRange(sent, 40, 60);
        Assert.Equal((0, 1), (bench.Connections, abandoned));
    }

    [Fact]
    public void Replies_that_the_socket_does_not_take_at_once_come_later()
    {
        using var bench = new Bench();
        var peer = bench.Connect();
        var unit = new string('u', 100_000);
        for (var i = 0; i < 20; i++)
            Assert.True(peer.Write(Peer.EchoOf(unit)));
        bench.Turn();
        Assert.Equal(20, bench.Calls.Count);
        Assert.Equal(Enumerable.Repeat(unit, 20), peer.Replies().Select(Peer.Said));
    }

    [Fact]
    public void A_handler_knows_its_peer_by_the_kernels_word()
    {
        Credentials peer = default;
        using var bench = new Bench(call =>
        {
            peer = call.Peer;
            call.Reply(new UnitRequest("a"), ControlJson.Default.UnitRequest);
        });
        bench.Connect().Ask(Peer.Message("""{"method":"x"}"""));
        Assert.Equal((Environment.ProcessId, 0u), (peer.Pid, peer.Uid));
    }

    [Fact]
    public void A_peer_of_another_user_is_told_so_and_closed_without_being_heard()
    {
        using var bench = new Bench();
        File.SetUnixFileMode(Path.GetDirectoryName(bench.Path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(bench.Path, UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        var stranger = AsNobody(bench.Connect);
        Assert.Equal("io.supervisor.PermissionDenied", stranger.Ask(Peer.EchoOf("a")));
        Assert.True(stranger.IsEnded);
        Assert.Empty(bench.Calls);
        Assert.Equal(0, bench.Connections);
        Assert.Contains("uid 65534", Assert.Single(bench.Reports));
        Assert.Equal("a", bench.Connect().Ask(Peer.EchoOf("a")));
    }

    [Fact]
    public void The_socket_is_for_its_owner_and_group_only()
    {
        using var bench = new Bench();
        File.SetUnixFileMode(Path.GetDirectoryName(bench.Path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        var socket = Sys.UnixSocket(1).Value;
        Assert.True(AsNobody(() => Sys.ConnectUnix(socket, bench.Path)).Failed(out var error));
        Assert.Equal(Errno.EACCES, error.Errno);
        socket.Close();
    }

    [Fact]
    public void There_is_room_for_128_connections_and_for_another_when_one_has_gone()
    {
        using var bench = new Bench();
        var peers = new List<Peer>();
        for (var i = 0; i < 128; i++)
        {
            peers.Add(bench.Connect());
            bench.Turn();
        }
        var late = bench.Connect();
        Assert.Equal("io.supervisor.PermissionDenied", Peer.Said(Assert.Single(late.Replies())));
        Assert.True(late.IsEnded);
        peers[5].Leave();
        bench.Turn();
        Assert.Equal("a", bench.Connect().Ask(Peer.EchoOf("a")));
    }

    [Fact]
    public void A_socket_that_an_earlier_run_left_is_replaced()
    {
        using var bench = new Bench();
        var again = VarlinkServer.Listen(bench.Path).Value;
        var socket = Sys.UnixSocket(1).Value;
        Assert.True(Sys.ConnectUnix(socket, bench.Path).Ok);
        Assert.True(Sys.PollOne(again, 1, 0).Value);
        Assert.False(Sys.PollOne(bench.Server.Socket, 1, 0).Value);
        socket.Close();
        again.Close();
    }

    [Fact]
    public void A_socket_in_a_directory_that_is_not_there_is_an_error()
    {
        Assert.False(VarlinkServer.Listen("/nonexistent/socket").TryGet(out _, out var error));
        Assert.Equal(Errno.ENOENT, error.Errno);
    }

    [Fact]
    public void A_damaged_message_is_never_an_exception()
    {
        using var bench = new Bench();
        var random = new Random(20240607);
        var valid = Peer.Message("""{"method":"test.Echo","parameters":{"unit":"n\u00e4me","mode":"replace","wait":true},"more":false,"oneway":false}""");
        for (var i = 0; i < 2000; i++)
        {
            var damaged = valid.ToList();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                var at = random.Next(damaged.Count - 1);
                switch (random.Next(4))
                {
                    case 0:
                        damaged[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        damaged[at] = (byte)random.Next(256);
                        break;
                    case 2:
                        damaged.RemoveAt(at);
                        break;
                    default:
                        damaged.Insert(at, (byte)"{}[]\":,\\\0u"[random.Next(10)]);
                        break;
                }
            }
            var peer = bench.Connect();
            Assert.True(peer.Write([.. damaged]));
            Assert.All(peer.Replies(), reply => Assert.Equal(JsonValueKind.Object, reply.ValueKind));
            peer.Leave();
        }
        bench.Turn();
        Assert.Equal(0, bench.Connections);
        Assert.InRange(bench.Calls.Count, 100, 4000); // some are calls still
        Assert.Equal("a", bench.Connect().Ask(Peer.EchoOf("a")));
    }

    /// <summary>User and group 65534 on a thread that ends after it: the raw calls change one thread, not the process.</summary>
    private static T AsNobody<T>(Func<T> action)
    {
        var result = default(T);
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Assert.Equal(0, Raw.Call(Nr.setgroups, 0));
                Assert.Equal(0, Raw.Call(Nr.setresgid, 65534, 65534, 65534));
                Assert.Equal(0, Raw.Call(Nr.setresuid, 65534, 65534, 65534));
                result = action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        return result!;
    }
}
