using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Supervisor.Linux;

namespace Supervisor.Control;

/// <summary>One client: bytes in until a NUL ends a message, one call at a time, bytes out as the socket takes them. Both ways are bounded.</summary>
internal sealed class VarlinkConnection(VarlinkServer server, Fd fd)
{
    private const int RequestMax = 1 << 20;
    private const int PendingMax = 4 << 20;

    private readonly List<byte> _pending = [];
    private byte[] _input = new byte[4096];
    private int _filled;
    private VarlinkCall? _current;
    private bool _handing;

    public Fd Fd => fd;

    public Credentials Peer { get; set; }

    public bool IsClosed { get; private set; }

    public void Read()
    {
        while (!IsClosed)
        {
            if (_filled == _input.Length)
            {
                if (_filled >= RequestMax)
                {
                    SendError("io.supervisor.TooLarge", $"a request may have {RequestMax} bytes");
                    Close();
                    return;
                }
                Array.Resize(ref _input, _input.Length * 2);
            }
            if (!Sys.Read(fd, _input.AsSpan(_filled)).TryGet(out var n, out var error))
            {
                if (error.Errno != Errno.EAGAIN)
                    Close();
                break;
            }
            if (n == 0)
            {
                Next(); // whoever says it all and leaves is heard
                Close();
                return;
            }
            _filled += n;
        }
        Next();
    }

    /// <summary>
    /// Hands on the whole messages, one after the other, until a call is not answered at once. An answer comes back here (<see cref="Finish"/>):
    /// the loop goes on, it does not nest.
    /// </summary>
    private void Next()
    {
        if (_handing)
            return;
        _handing = true;
        var start = 0;
        try
        {
            while (!IsClosed && _current is null)
            {
                var length = _input.AsSpan(start, _filled - start).IndexOf((byte)0);
                if (length < 0)
                    return;
                var message = _input.AsSpan(start, length);
                start += length + 1;
                Take(message);
            }
        }
        finally
        {
            _input.AsSpan(start, _filled - start).CopyTo(_input);
            _filled -= start;
            _handing = false;
        }
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        CallMessage? call = null;
        try
        {
            call = JsonSerializer.Deserialize(message, ControlJson.Default.CallMessage);
        }
        catch (JsonException bad)
        {
            SendError("io.supervisor.BadRequest", $"not a call: {bad.Message}");
        }
        if (call?.Method is null)
        {
            if (call is not null)
                SendError("io.supervisor.BadRequest", "a call without a method");
            Close();
            return;
        }
        _current = new VarlinkCall(this, call);
        server.Dispatch(_current);
    }

    internal void Finish(VarlinkCall call)
    {
        if (_current == call)
            _current = null;
        Next();
    }

    public void Send<T>(T parameters, JsonTypeInfo<T> type, bool? continues)
    {
        if (IsClosed)
            return;
        var reply = new ReplyMessage(JsonSerializer.SerializeToElement(parameters, type), continues);
        Send(JsonSerializer.SerializeToUtf8Bytes(reply, ControlJson.Default.ReplyMessage));
    }

    public void SendError(string name, string text)
    {
        var reply = new ReplyMessage(JsonSerializer.SerializeToElement(new ErrorDetail(text), ControlJson.Default.ErrorDetail), null, name);
        Send(JsonSerializer.SerializeToUtf8Bytes(reply, ControlJson.Default.ReplyMessage));
    }

    public void Flush()
    {
        var data = CollectionsMarshal.AsSpan(_pending);
        var sent = 0;
        while (sent < data.Length)
        {
            if (!Sys.Send(fd, data[sent..]).TryGet(out var n, out var error))
            {
                if (error.Errno != Errno.EAGAIN)
                {
                    Close();
                    return;
                }
                break;
            }
            sent += n;
        }
        _pending.RemoveRange(0, sent);
        if (!IsClosed && Peer != default)
            server.Watch(fd, _pending.Count > 0);
    }

    public void Close()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        _current?.Abandon();
        server.Close(this);
    }

    private void Send(byte[] message)
    {
        if (IsClosed)
            return;
        if (_pending.Count + message.Length > PendingMax)
        {
            Close(); // it does not read what it asked for
            return;
        }
        _pending.AddRange(message);
        _pending.Add(0);
        Flush();
    }
}

/// <summary>A call that waits for its answer. Answer once (or several times with <see cref="ReplyContinues"/>), now or later; a client that is gone is no error.</summary>
public sealed class VarlinkCall
{
    private readonly VarlinkConnection _connection;
    private readonly CallMessage _message;
    private bool _done;

    internal VarlinkCall(VarlinkConnection connection, CallMessage message) => (_connection, _message) = (connection, message);

    public string Method => _message.Method!;

    public bool More => _message.More;

    public Credentials Peer => _connection.Peer;

    /// <summary>Called when the client goes away before the answer.</summary>
    public Action? OnAbandoned { get; set; }

    /// <summary>The parameters as <typeparamref name="T"/>; false, with the error answered, when they are not of that form.</summary>
    public bool TryParameters<T>(JsonTypeInfo<T> type, out T parameters)
        where T : class
    {
        parameters = null!;
        try
        {
            parameters = WithoutNulls(_message.Parameters).Deserialize(type)!;
            return true;
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or ArgumentException) // the latter two: text that is not Unicode
        {
            Error("org.varlink.service.InvalidParameter", bad.Message);
            return false;
        }
    }

    /// <summary>The fields that are there: null is how Varlink writes the absence of one.</summary>
    private static JsonElement WithoutNulls(JsonElement? parameters)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            if (parameters is { ValueKind: JsonValueKind.Object } given)
            {
                foreach (var field in given.EnumerateObject().Where(f => f.Value.ValueKind != JsonValueKind.Null))
                {
                    writer.WritePropertyName(field.Name);
                    // as it came: what is wrong with it is found by its reader
                    writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(field.Value), skipInputValidation: true);
                }
            }
            writer.WriteEndObject();
        }
        return JsonDocument.Parse(stream.GetBuffer().AsMemory(0, (int)stream.Length)).RootElement;
    }

    public void Reply<T>(T parameters, JsonTypeInfo<T> type)
    {
        if (_done)
            return;
        _done = true;
        if (!_message.Oneway)
            _connection.Send(parameters, type, null);
        _connection.Finish(this);
    }

    /// <summary>One of several answers; false when nobody listens any more.</summary>
    public bool ReplyContinues<T>(T parameters, JsonTypeInfo<T> type)
    {
        if (!_done && !_message.Oneway)
            _connection.Send(parameters, type, true);
        return !_done && !_connection.IsClosed;
    }

    public void Error(string name, string text)
    {
        if (_done)
            return;
        _done = true;
        if (!_message.Oneway)
            _connection.SendError(name, text);
        _connection.Finish(this);
    }

    internal void Abandon()
    {
        _done = true;
        OnAbandoned?.Invoke();
    }
}
