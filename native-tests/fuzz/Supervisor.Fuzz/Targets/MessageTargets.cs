using System.Text;
using System.Text.Json;
using Supervisor.Journal;
using Supervisor.Linux;
using Supervisor.Manager;
using static Supervisor.Fuzz.BrokenProperty;

namespace Supervisor.Fuzz;

/// <summary>What processes say to the manager and the journal.</summary>
internal static class MessageTargets
{
    public static Target Notify { get; } = new("notify", CheckNotify)
    {
        Words = Target.Texts("\nREADY=1", "\nSTATUS=", "\nMAINPID=", "\nERRNO=", "\nFDNAME=", "\nFDSTORE=1", "\nFDPOLL=0", "\nWATCHDOG_USEC=", "\nWATCHDOG=trigger", "\nEXTEND_TIMEOUT_USEC=", "\nNOTIFYACCESS=all",
            "\nRELOADING=1", "\nMONOTONIC_USEC=", "\nSTOPPING=1", "\nBARRIER=1", "\nMAINPIDFD=1", "\nMAINPIDFDID=", "\nBUSERROR=", "\nVARLINKERROR=", "\nRESTART_RESET=1", "\nFDSTOREREMOVE=1"),
        Seeds = Target.Texts("READY=1\nSTATUS=up\nMAINPID=5\n", "FDSTORE=1\nFDNAME=a\nFDPOLL=0", "RELOADING=1\nMONOTONIC_USEC=5"), AllocationPerByte = 1024,
    };

    public static Target Bus { get; } = new("bus", CheckBus)
    {
        Seeds = [BusMessage.Call(1, "GetNameOwner", "a.b"), BusMessage.Call(2, "Hello", null),
            [.. "l\u0002\u0001\u0001"u8, 8, 0, 0, 0, 9, 0, 0, 0, 15, 0, 0, 0, 5, 1, (byte)'u', 0, 3, 0, 0, 0, 8, 1, (byte)'g', 0, 1, (byte)'s', 0, 0, 3, 0, 0, 0, .. "a.b\0"u8]],
    };

    public static Target Varlink { get; } = new("varlink", new VarlinkBench().Check)
    {
        Words = Target.Texts("{\"method\":\"", "\",\"parameters\":{", "\"unit\":\"a\"", "}}\0", "\"more\":true", "\"oneway\":true", "null", "[", "{", "1e999", "\\ud800", "\"wait\":false", "\"code\":5"),
        Seeds = Target.Texts("{\"method\":\"UnitRequest\",\"parameters\":{\"unit\":\"a.service\",\"mode\":\"fail\",\"wait\":false}}\0", "{\"method\":\"ListRequest\",\"more\":true}\0{\"method\":\"KillRequest\",\"oneway\":true,\"parameters\":{\"unit\":\"a\",\"signal\":9}}\0"),
        AllocationPerByte = 8192,
    };

    /// <summary>A record of a journal file.</summary>
    public static Target Record { get; } = new("record", CheckRecord) { Seeds = [RecordSeed()] };

    /// <summary>What the manager tells the journal.</summary>
    public static Target Stream { get; } = new("stream", CheckStream)
    {
        Seeds = [JournalProtocol.Stream(new("a.service", "0123", "a", 6, 7, ["A=b"])), JournalProtocol.Record("a.service", 4, "text")],
    };

    /// <summary>What a service writes: lines, each whole and in order.</summary>
    public static Target Output { get; } = new("output", CheckOutput)
    {
        Words = Target.Texts("\n<3>", "\r\n", "<7>", "\n"), Seeds = Target.Texts("<3>a\nb\r\n\nc"), AllocationBase = 512 * 1024, AllocationPerByte = 8192,
    };

    /// <summary>What is shown on a terminal.</summary>
    public static Target Terminal { get; } = new("terminal", CheckTerminal) { Words = Target.Texts("\x1b[31m", "\u202e", "\u009b", "\ue000", "\u2028", "😀"), Seeds = Target.Texts("a\tb\x1b[0m\u202e", "\u00e9") };

    private static void CheckNotify(byte[] input)
    {
        if (NotifyMessage.Parse(input) is not { } message)
            return;
        Unless((message.Status?.Length ?? 0) <= 512 && (message.BusError?.Length ?? 0) <= 512, "a text without bounds");
        Unless(message.MainPid is null or > 1 && message.Errno is null or >= 0, "a number that is none");
        Unless(message.FdName is null || message.FdName.Length is > 0 and <= 255 && message.FdName.All(c => c is >= ' ' and <= '~' and not ':'), "a name that is none");
    }

    private static void CheckBus(byte[] input)
    {
        var length = BusMessage.LengthOf(input);
        Unless(length is >= -1 and <= BusMessage.SizeMax, $"a length: {length}");
        if (length <= 0 || length > input.Length || BusMessage.Parse(input.AsSpan(0, length)) is not { } message)
            return;
        for (var count = 1; count < 4; count++)
            _ = message.Strings(count);
        _ = message.Boolean;
    }

    private static void CheckRecord(byte[] input)
    {
        var measured = RecordFormat.Measure(input);
        Unless(measured >= -1 && measured <= input.Length, $"a length: {measured}");
        if (RecordFormat.Parse(input.AsSpan(Math.Min(input.Length, RecordFormat.HeaderSize))) is not { } record)
            return;
        var bytes = new List<byte>();
        RecordFormat.Append(bytes, record);
        UnlessEqual(bytes.Count, RecordFormat.Measure(bytes.ToArray()), "a record's length");
        var again = RecordFormat.Parse(bytes.ToArray().AsSpan(RecordFormat.HeaderSize)) ?? throw new BrokenProperty("a record that does not read back");
        Unless(again.Message.AsSpan().SequenceEqual(record.Message) && again.Extra.SequenceEqual(record.Extra), "a record that reads back as another");
        UnlessEqual(record, again with { Message = record.Message, Extra = record.Extra }, "a record");
    }

    private static byte[] RecordSeed()
    {
        var bytes = new List<byte>();
        RecordFormat.Append(bytes, new JournalRecord(5, 6, "a.service", "0123", 7, 8, "a", 3, "b", Encoding.UTF8.GetBytes("text"), ["C=d"]));
        return [.. bytes];
    }

    private static void CheckStream(byte[] input)
    {
        if (JournalProtocol.ParseStream(input) is { } info)
        {
            var again = JournalProtocol.ParseStream(JournalProtocol.Stream(info)) ?? throw new BrokenProperty("a stream that does not read back");
            Unless(again.Extra.SequenceEqual(info.Extra), "fields of a stream");
            UnlessEqual(info with { Extra = again.Extra }, again, "a stream");
        }
        if (JournalProtocol.ParseRecord(input) is { Text.Length: < 8192 } record)
            UnlessEqual(record, JournalProtocol.ParseRecord(JournalProtocol.Record(record.Unit, record.Priority, record.Text)), "a message");
    }

    private static void CheckOutput(byte[] input)
    {
        if (!Sys.SocketPair(1, nonBlocking: true).TryGet(out var pair, out _))
            return;
        var lines = new List<JournalRecord>();
        var stream = new LogStream(pair.Second, new StreamInfo("a.service", "", "a", 6, 7, []), lines.Add);
        for (var at = 0; at < input.Length; at += 1000)
        {
            if (Sys.Send(pair.First, input.AsSpan(at, Math.Min(1000, input.Length - at))).TryGet(out _, out _))
                Unless(stream.Read(), "a stream that ended early");
        }
        pair.First.Close();
        _ = stream.Read();
        pair.Second.Close();
        var expected = Encoding.Latin1.GetString(input).Split('\n').Select(Bare).Where(l => l.Length > 0);
        Unless(expected.SequenceEqual(lines.Select(l => Encoding.Latin1.GetString(l.Message))), "lines that were not written, or lines lost");
        Unless(lines.All(l => l.Priority is >= 0 and <= 7), "a priority that is none");
    }

    private static string Bare(string line) => (line is ['<', >= '0' and <= '7', '>', ..] ? line[3..] : line).TrimEnd('\r');

    private static void CheckTerminal(byte[] input)
    {
        foreach (var safe in (ReadOnlySpan<string>)[SafeText.Of(input), SafeText.Of(Encoding.UTF8.GetString(input)), SafeText.Of(Encoding.Unicode.GetString(input))])
        {
            foreach (var rune in safe.EnumerateRunes())
                Unless(!Rune.IsControl(rune) && rune.Value is not (>= 0x200E and <= 0x200F or >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069), $"a character that a terminal acts on: {rune.Value:x}");
            UnlessEqual(safe, SafeText.Of(safe), "made safe twice");
        }
    }
}
