using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Supervisor.Linux;

namespace Supervisor.Control;

/// <summary>An error that the other side answered, or that kept its answer from coming.</summary>
/// <param name="Name">The Varlink error, or "io.supervisor.Unreachable".</param>
public sealed record ControlError(string Name, string Text)
{
    public const string Unreachable = "io.supervisor.Unreachable";
}

/// <summary>The calling end: blocks until the answer is there.</summary>
public sealed class VarlinkClient : IDisposable
{
    private const int ReplyMax = 64 << 20;

    private readonly Fd _fd;
    private byte[] _input = new byte[65536];
    private int _filled;

    private VarlinkClient(Fd fd) => _fd = fd;

    public static OsResult<VarlinkClient> Connect(string path)
    {
        if (!Sys.UnixSocket(1, nonBlocking: false).TryGet(out var fd, out var error))
            return error;
        if (!Sys.ConnectUnix(fd, path).Failed(out error))
            return new VarlinkClient(fd);
        fd.Close();
        return error;
    }

    public static VarlinkClient Over(Fd fd) => new(fd);

    /// <summary>One call, one answer.</summary>
    public (TReply? Reply, ControlError? Error) Call<TRequest, TReply>(string method, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType)
        where TReply : class
    {
        if (Send(method, request, requestType, more: false) is { } failed)
            return (null, failed);
        return Receive(replyType, out _);
    }

    /// <summary>One call, answers until the other side says that there are no more or <paramref name="each"/> returns false.</summary>
    public ControlError? CallMore<TRequest, TReply>(
        string method, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType, Func<TReply, bool> each)
        where TReply : class
    {
        if (Send(method, request, requestType, more: true) is { } failed)
            return failed;
        while (true)
        {
            var (reply, error) = Receive(replyType, out var continues);
            if (error is not null)
                return error;
            if (!each(reply!) || !continues)
                return null;
        }
    }

    public void Dispose() => _fd.Close();

    private ControlError? Send<T>(string method, T request, JsonTypeInfo<T> type, bool more)
    {
        var call = new CallMessage(method, JsonSerializer.SerializeToElement(request, type), more);
        byte[] message = [.. JsonSerializer.SerializeToUtf8Bytes(call, ControlJson.Default.CallMessage), 0];
        ReadOnlySpan<byte> left = message;
        while (!left.IsEmpty)
        {
            if (!Sys.Send(_fd, left).TryGet(out var n, out var error))
                return error.Errno == Errno.EPIPE ? null : new ControlError(ControlError.Unreachable, error.ToString()); // its reason may still be read
            left = left[n..];
        }
        return null;
    }

    private (T? Reply, ControlError? Error) Receive<T>(JsonTypeInfo<T> type, out bool continues)
        where T : class
    {
        continues = false;
        int end;
        while ((end = _input.AsSpan(0, _filled).IndexOf((byte)0)) < 0)
        {
            if (_filled == _input.Length)
            {
                if (_filled >= ReplyMax)
                    return (null, new ControlError("io.supervisor.TooLarge", "the answer is too large"));
                Array.Resize(ref _input, _input.Length * 2);
            }
            if (!Sys.Read(_fd, _input.AsSpan(_filled)).TryGet(out var n, out var failed))
                return (null, new ControlError(ControlError.Unreachable, failed.ToString()));
            if (n == 0)
                return (null, new ControlError(ControlError.Unreachable, "the manager ended the connection"));
            _filled += n;
        }
        var message = _input.AsSpan(0, end).ToArray();
        _input.AsSpan(end + 1, _filled - end - 1).CopyTo(_input);
        _filled -= end + 1;
        try
        {
            var reply = JsonSerializer.Deserialize(message, ControlJson.Default.ReplyMessage);
            if (reply?.Error is { } name)
            {
                var text = reply.Parameters is { } detail ? detail.Deserialize(ControlJson.Default.ErrorDetail)?.Text : null;
                return (null, new ControlError(name, text ?? name));
            }
            continues = reply?.Continues ?? false;
            var value = reply?.Parameters is { } parameters ? parameters.Deserialize(type) : null;
            return value is null ? (null, new ControlError("io.supervisor.BadReply", "the answer has no parameters")) : (value, null);
        }
        catch (JsonException bad)
        {
            return (null, new ControlError("io.supervisor.BadReply", $"the answer is not of the right form: {bad.Message}"));
        }
    }
}
