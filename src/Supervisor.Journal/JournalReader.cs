using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Journal;

/// <summary>The reading end: records in the order in which they were written, of one unit or of all, while the daemon goes on writing and rotating.</summary>
public sealed class JournalReader(string directory, Func<JournalRecord, bool> wanted)
{
    private ulong _number;
    private long _offset;

    /// <summary>The last <paramref name="count"/> wanted records, oldest first; reading goes on behind them.</summary>
    public List<JournalRecord> Last(int count)
    {
        var found = new Queue<JournalRecord>();
        // from the newest file back until there are enough, each read forwards
        var numbers = JournalFiles.Numbers(directory);
        numbers.Sort();
        var first = numbers.Count;
        var perFile = new List<List<JournalRecord>>();
        var total = 0;
        while (first > 0 && total < count)
        {
            first--;
            var records = new List<JournalRecord>();
            var end = ReadFile(numbers[first], 0, records.Add);
            if (first == numbers.Count - 1)
                (_number, _offset) = (numbers[first], end);
            perFile.Insert(0, records);
            total += records.Count;
        }
        foreach (var record in perFile.SelectMany(r => r))
        {
            found.Enqueue(record);
            if (found.Count > count)
                found.Dequeue();
        }
        if (count == 0)
            Skip(numbers);
        return [.. found];
    }

    /// <summary>What has been written since the last call.</summary>
    public List<JournalRecord> Next()
    {
        var found = new List<JournalRecord>();
        var numbers = JournalFiles.Numbers(directory);
        numbers.Sort();
        foreach (var number in numbers)
        {
            if (number < _number)
                continue;
            var end = ReadFile(number, number == _number ? _offset : 0, found.Add);
            (_number, _offset) = (number, end);
        }
        return found;
    }

    private void Skip(List<ulong> numbers)
    {
        if (numbers.Count > 0)
            (_number, _offset) = (numbers[^1], ReadFile(numbers[^1], 0, _ => { }));
    }

    /// <summary>Reads whole records from an offset; returns where the first that is not whole begins.</summary>
    private long ReadFile(ulong number, long offset, Action<JournalRecord> found)
    {
        if (!Sys.Open(JournalFiles.PathOf(directory, number), LibC.O_RDONLY).TryGet(out var fd, out _))
            return offset;
        var buffer = new byte[1 << 16];
        var filled = 0;
        var start = offset;
        if (start == 0)
        {
            Span<byte> magic = stackalloc byte[8];
            if (!Sys.ReadAt(fd, magic, 0).TryGet(out var n, out _) || n < magic.Length || !magic.SequenceEqual(JournalFiles.Magic))
            {
                fd.Close();
                return 0;
            }
            start = magic.Length;
        }
        while (true)
        {
            if (!Sys.ReadAt(fd, buffer.AsSpan(filled), start + filled).TryGet(out var n, out _))
                break;
            filled += n;
            var used = 0;
            int length;
            while ((length = RecordFormat.Measure(buffer.AsSpan(used, filled - used))) > 0)
            {
                if (RecordFormat.Parse(buffer.AsSpan(used + RecordFormat.HeaderSize, length - RecordFormat.HeaderSize)) is { } record && wanted(record))
                    found(record);
                used += length;
            }
            start += used;
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
            if (length < 0 || n == 0)
                break;
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
        fd.Close();
        return start;
    }
}
