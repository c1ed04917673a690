using System.Text.Json;
using Supervisor.Control;
using Supervisor.Linux;
using static Supervisor.Fuzz.BrokenProperty;
using Json = Supervisor.Control.ControlJson;

namespace Supervisor.Fuzz;

/// <summary>A server with one client, which says the input and hears the answers.</summary>
internal sealed class VarlinkBench
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _calls;

    public void Check(byte[] input)
    {
        if (!Sys.SocketPair(1, nonBlocking: true).TryGet(out var pair, out _))
            return;
        _calls = 0;
        var server = new VarlinkServer(Fd.None, Answer, _ => true) { Watch = (_, _) => { }, Forget = _ => { }, Report = _ => { } };
        var connection = new VarlinkConnection(server, pair.Second) { Peer = new Credentials(1, 0, 0) };
        for (var at = 0; at < input.Length && !connection.IsClosed; at += 700)
        {
            _ = Sys.Send(pair.First, input.AsSpan(at, Math.Min(700, input.Length - at)));
            connection.Read();
        }
        Hear(pair.First, input.AsSpan().Count((byte)0));
        connection.Close();
        pair.First.Close();
    }

    /// <summary>Whole messages of JSON, and not more of them than were asked for.</summary>
    private void Hear(Fd client, int asked)
    {
        var length = 0;
        while (Sys.Read(client, _buffer.AsSpan(length)).TryGet(out var n, out _) && n > 0)
            length += n;
        Unless(length == 0 || _buffer[length - 1] == 0, "an answer without an end");
        var answers = 0;
        foreach (var range in _buffer.AsSpan(0, Math.Max(0, length - 1)).Split((byte)0))
        {
            if (length == 0)
                break;
            using var answer = JsonDocument.Parse(_buffer.AsMemory(range));
            Unless(answer.RootElement.TryGetProperty("parameters", out _), "an answer without parameters");
            answers++;
        }
        Unless(answers <= asked && _calls <= asked, $"{answers} answers to {asked} messages");
    }

    private void Answer(VarlinkCall call)
    {
        _calls++;
        switch (call.Method)
        {
            case "UnitRequest" when call.TryParameters(Json.Default.UnitRequest, out var request):
                call.Reply(request, Json.Default.UnitRequest);
                break;
            case "KillRequest" when call.TryParameters(Json.Default.KillRequest, out var request):
                call.Reply(request, Json.Default.KillRequest);
                break;
            case "ListRequest" when call.TryParameters<ListRequest>(Json.Default.ListRequest, out _):
                call.Reply(new Nothing(), Json.Default.Nothing);
                break;
            case "ExitRequest" when call.TryParameters(Json.Default.ExitRequest, out var request):
                call.Reply(request, Json.Default.ExitRequest);
                break;
            case "UnitRequest" or "KillRequest" or "ListRequest" or "ExitRequest":
                break;
            default:
                call.Error("org.varlink.service.MethodNotFound", call.Method);
                break;
        }
    }
}
