using System.Text;
using Supervisor.Linux;

namespace Supervisor.Journal;

/// <summary>One service's standard output: bytes in with the writer's credentials, lines out. A line is ended by a newline, by 48 KiB, by another writer, or by the end.</summary>
internal sealed class LogStream(Fd fd, StreamInfo info, Action<JournalRecord> add)
{
    private const int LineMax = 48 * 1024;

    private readonly byte[] _buffer = new byte[LineMax];
    private int _filled;
    private Credentials _writer;
    private string _comm = "";

    public Fd Fd => fd;

    public string Unit => info.Unit;

    /// <summary>Reads what is there, at most a few buffers so that no stream keeps the others waiting; false at the end of the stream.</summary>
    public bool Read()
    {
        for (var i = 0; i < 8; i++)
        {
            if (!Sys.Receive(fd, _buffer.AsSpan(_filled)).TryGet(out var received, out var error))
                return error.Errno == Errno.EAGAIN;
            if (received.Length == 0)
            {
                Line(_filled);
                return false;
            }
            if (received.Sender is { } sender && sender.Pid != _writer.Pid)
            {
                // what is left of another writer's line is its own
                if (_filled > 0)
                {
                    var fresh = _buffer.AsSpan(_filled, received.Length).ToArray();
                    Line(_filled);
                    fresh.CopyTo(_buffer, 0);
                    _filled = 0;
                }
                _writer = sender;
                _comm = Sys.ReadFile($"/proc/{sender.Pid}/comm", 64).TryGet(out var comm, out _) ? Encoding.UTF8.GetString(comm).TrimEnd('\n') : "";
            }
            _filled += received.Length;
            Split();
        }
        return true;
    }

    private void Split()
    {
        var start = 0;
        while (_buffer.AsSpan(start, _filled - start).IndexOf((byte)'\n') is >= 0 and var length)
        {
            Emit(_buffer.AsSpan(start, length));
            start += length + 1;
        }
        _buffer.AsSpan(start, _filled - start).CopyTo(_buffer);
        _filled -= start;
        if (_filled == LineMax)
            Line(_filled);
    }

    private void Line(int length)
    {
        if (length > 0)
            Emit(_buffer.AsSpan(0, length));
        _filled = 0;
    }

    private void Emit(ReadOnlySpan<byte> line)
    {
        var priority = info.Priority;
        if (info.ReadsPrefix && line is [(byte)'<', >= (byte)'0' and <= (byte)'7', (byte)'>', ..])
        {
            priority = line[1] - '0';
            line = line[3..];
        }
        line = line.TrimEnd((byte)'\r');
        if (line.IsEmpty || priority > info.LevelMax)
            return;
        add(new JournalRecord(Sys.Now(0), Sys.Now(), info.Unit, info.InvocationId, _writer.Pid, _writer.Uid, _comm, priority,
            info.Identifier, line.ToArray(), info.Extra));
        if (info.ToKernelLog)
            LineCopy.ToKernelLog(priority, info.Identifier, _writer.Pid, line);
        if (info.ToConsole)
            LineCopy.ToConsole(info.Identifier, _writer.Pid, line);
    }
}
