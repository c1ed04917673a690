using System.Text;
using Supervisor.Linux;

namespace Supervisor.Journal.Tests;

public sealed class JournalTests : IDisposable
{
    private readonly string _dir = Directory.CreateTempSubdirectory("journal").FullName;

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    private static JournalRecord Line(string unit, string text) => new(1, 2, unit, "i", 3, 4, "c", 6, "id", Encoding.UTF8.GetBytes(text), ["A=b"]);

    private List<string> Read(int count, string? unit = null) =>
        [.. new JournalReader(_dir, r => unit is null || r.Unit == unit).Last(count).Select(r => Encoding.UTF8.GetString(r.Message))];

    private JournalFiles Open(long fileMax = 1 << 20, int files = 8) => JournalFiles.Open(_dir, fileMax * files, fileMax).Value;

    [Fact]
    public void Written_is_read()
    {
        var journal = Open();
        journal.Add(Line("a", "one"));
        journal.Add(Line("b", "two"));
        Assert.True(journal.Flush().Ok);
        Assert.Equal(["one", "two"], Read(10));
        Assert.Equal(["two"], Read(10, "b"));
        Assert.Equal(["two"], Read(1));
        var record = new JournalReader(_dir, _ => true).Last(2)[0];
        Assert.Equal((3, 4u, "c", 6, "id", "A=b"), (record.Pid, record.Uid, record.Comm, record.Priority, record.Identifier, record.Extra[0]));
    }

    [Fact]
    public void It_rotates_and_drops_the_oldest()
    {
        var journal = Open(fileMax: 2000, files: 3);
        for (var i = 0; i < 200; i++)
        {
            journal.Add(Line("a", $"line {i}"));
            Assert.True(journal.Flush().Ok);
        }
        Assert.InRange(Directory.GetFiles(_dir).Length, 2, 4);
        Assert.Equal("line 199", Read(1)[0]);
        Assert.Equal(20, Read(20).Count);
    }

    [Fact]
    public void Cut_anywhere_it_opens_and_keeps_all_whole_records()
    {
        var journal = Open();
        for (var i = 0; i < 5; i++)
            journal.Add(Line("a", $"line {i}"));
        Assert.True(journal.Flush().Ok);
        var file = Directory.GetFiles(_dir)[0];
        var whole = File.ReadAllBytes(file);
        for (var length = whole.Length; length >= 0; length--)
        {
            File.WriteAllBytes(file, whole.AsSpan(0, length).ToArray());
            var again = Open();
            again.Add(Line("a", "after"));
            Assert.True(again.Flush().Ok);
            var lines = Read(100);
            Assert.Equal("after", lines[^1]);
            Assert.Equal(Enumerable.Range(0, lines.Count - 1).Select(i => $"line {i}"), lines[..^1]);
        }
    }

    [Fact]
    public void Any_flipped_bit_is_no_exception()
    {
        var journal = Open();
        for (var i = 0; i < 3; i++)
            journal.Add(Line("a", $"line {i}"));
        Assert.True(journal.Flush().Ok);
        var file = Directory.GetFiles(_dir)[0];
        var whole = File.ReadAllBytes(file);
        for (var bit = 0; bit < whole.Length * 8; bit += 3)
        {
            var flipped = (byte[])whole.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(file, flipped);
            Assert.InRange(Read(100).Count, 0, 3);
        }
    }

    [Fact]
    public void A_reader_follows_across_files()
    {
        var journal = Open(fileMax: 500);
        var reader = new JournalReader(_dir, _ => true);
        Assert.Empty(reader.Last(0));
        var seen = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            journal.Add(Line("a", $"{i}"));
            Assert.True(journal.Flush().Ok);
            seen.AddRange(reader.Next().Select(r => Encoding.UTF8.GetString(r.Message)));
        }
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), seen);
    }

    [Fact]
    public void The_daemon_writes_what_streams_say_and_ends_with_them()
    {
        var (ours, theirs) = Sys.SocketPair(5).Value;
        var (read, write) = Sys.SocketPair(1).Value;
        Assert.True(Sys.PassCredentials(read).Ok);
        _ = Sys.Send(ours, JournalProtocol.Stream(new StreamInfo("web.service", "inv", "web", 6, 6, [])), read).Value;
        _ = Sys.Send(ours, JournalProtocol.Record("web.service", 5, "started")).Value;
        read.Close();
        Assert.True(Sys.WriteAll(write, "hello\n<3>bad\n<7>dropped\nlast"u8).Ok);
        write.Close();
        ours.Close();
        Assert.Equal(0, JournalDaemon.Run(theirs, _dir, max: 0, fileMax: 0));
        var records = new JournalReader(_dir, r => r.Unit == "web.service").Last(10);
        Assert.Equal(["started", "hello", "bad", "last"], records.Select(r => Encoding.UTF8.GetString(r.Message)));
        Assert.Equal(Environment.ProcessId, records[1].Pid);
        Assert.Equal(3, records[2].Priority);
    }

    [Fact]
    public void What_a_terminal_would_act_on_is_shown_as_text()
    {
        Assert.Equal("a\\x1b[31mb\\x07", SafeText.Of("a\u001b[31mb\u0007"u8));
        Assert.Equal("\\u202eabc\\xff", SafeText.Of([.. "\u202eabc"u8, 0xFF]));
        Assert.Equal("grün", SafeText.Of("grün"u8));
    }
}
