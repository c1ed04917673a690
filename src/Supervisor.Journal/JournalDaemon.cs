using System.Text;
using Supervisor.Linux;

namespace Supervisor.Journal;

/// <summary>
/// The journal process: takes streams and records from the manager, writes files. It ends when nobody holds the other end of its socket any more and every
/// stream has ended. A line that cannot be written is counted, and said once the disk takes lines again.
/// </summary>
public sealed class JournalDaemon
{
    private const uint EpollIn = 1;
    private const ulong RateInterval = 30_000_000;
    private const int RateBurst = 10_000;

    private readonly Fd _control;
    private readonly JournalFiles _files;
    private readonly Fd _epoll;
    private readonly Dictionary<int, LogStream> _streams = [];
    private readonly Dictionary<string, (ulong Since, int Count, int Dropped)> _rates = [];
    private long _unwritten;
    private bool _ending;

    private JournalDaemon(Fd control, JournalFiles files, Fd epoll) => (_control, _files, _epoll) = (control, files, epoll);

    /// <summary>Runs until the end; the exit status. The sizes are those of <see cref="JournalFiles.Open"/>.</summary>
    public static int Run(Fd control, string directory, long max, long fileMax)
    {
        if (!JournalFiles.Open(directory, max, fileMax).TryGet(out var journal, out var error) || !Sys.EpollCreate().TryGet(out var epoll, out error))
        {
            _ = Sys.WriteAll(new Fd(2), Encoding.UTF8.GetBytes($"journal: cannot write to {directory}: {error}\n"));
            return 1;
        }
        var daemon = new JournalDaemon(control, journal, epoll);
        if (journal.Lost > 0)
            daemon.Own($"the last journal process died while it wrote: {journal.Lost} bytes of an unfinished record are lost");
        daemon.Loop();
        return 0;
    }

    private void Loop()
    {
        _ = Sys.EpollControl(_epoll, 1, _control, EpollIn, (ulong)_control.Number);
        Span<EpollEvent> events = stackalloc EpollEvent[32];
        while (!_ending || _streams.Count > 0)
        {
            if (!Sys.EpollWait(_epoll, events, -1).TryGet(out var count, out _))
                return;
            for (var i = 0; i < count; i++)
            {
                var number = (int)events[i].Data;
                if (number == _control.Number)
                    TakeMessages();
                else if (_streams.TryGetValue(number, out var stream) && !stream.Read())
                    End(stream);
            }
            if (_files.Flush().Failed(out _))
                _unwritten++;
            else if (_unwritten > 0)
            {
                Own($"{_unwritten} batches of lines could not be written and are lost");
                _unwritten = 0;
            }
        }
    }

    private void TakeMessages()
    {
        var buffer = new byte[JournalProtocol.MessageMax];
        var fds = new List<Fd>();
        while (true)
        {
            if (!Sys.Receive(_control, buffer, fds, flags: 0x40).TryGet(out var received, out var error))
            {
                _ending |= error.Errno != Errno.EAGAIN;
                break;
            }
            if (received.Length == 0)
            {
                _ending = true;
                break;
            }
            Take(buffer.AsSpan(0, received.Length), fds);
            fds.ForEach(f => f.Close());
            fds.Clear();
        }
        if (_ending)
            _ = Sys.EpollControl(_epoll, 2, _control, 0, 0);
    }

    private void Take(ReadOnlySpan<byte> message, List<Fd> fds)
    {
        if (JournalProtocol.ParseRecord(message) is var (unit, priority, text))
        {
            _files.Add(new JournalRecord(Sys.Now(0), Sys.Now(), unit, "", 0, 0, "supervisor", priority, "supervisor", Encoding.UTF8.GetBytes(text), []));
            return;
        }
        if (fds.Count != 1 || JournalProtocol.ParseStream(message) is not { } info)
            return;
        var stream = new LogStream(fds[0], info, Add);
        fds.Clear();
        if (Sys.EpollControl(_epoll, 1, stream.Fd, EpollIn, (ulong)stream.Fd.Number).Failed(out var error))
        {
            Own($"cannot read what {info.Unit} writes: {error}");
            stream.Fd.Close();
            return;
        }
        _streams[stream.Fd.Number] = stream;
    }

    private void End(LogStream stream)
    {
        _streams.Remove(stream.Fd.Number);
        _ = Sys.EpollControl(_epoll, 2, stream.Fd, 0, 0);
        stream.Fd.Close();
    }

    /// <summary>Writes a line, unless its unit has written too many: these are counted and the count is written.</summary>
    private void Add(JournalRecord record)
    {
        var rate = _rates.GetValueOrDefault(record.Unit);
        if (record.Monotonic - rate.Since > RateInterval)
        {
            if (rate.Dropped > 0)
                Own($"{record.Unit} wrote more than {RateBurst} lines in 30 s: {rate.Dropped} were dropped");
            rate = (record.Monotonic, 0, 0);
        }
        if (++rate.Count > RateBurst)
            rate.Dropped++;
        else
            _files.Add(record);
        _rates[record.Unit] = rate;
    }

    private void Own(string text) =>
        _files.Add(new JournalRecord(Sys.Now(0), Sys.Now(), "journal", "", Environment.ProcessId, 0, "supervisor", 4, "journal", Encoding.UTF8.GetBytes(text), []));
}
