using System.Buffers.Binary;
using System.Text;

namespace Supervisor.Journal;

/// <summary>
/// What the manager says to the journal process over a SOCK_SEQPACKET socket: 'S' a stream (its descriptor comes along), 'R' a record of the manager's own.
/// Texts are a u32 length and UTF-8 bytes.
/// </summary>
public static class JournalProtocol
{
    public const int MessageMax = 65536;
    private const byte StreamKind = (byte)'S', RecordKind = (byte)'R';

    /// <summary>Bits beside a stream's priority.</summary>
    private const int NoPrefix = 0x80, KernelLog = 0x40, Console = 0x20;

    public static byte[] Stream(StreamInfo info) =>
        Message(StreamKind, info.Priority | (info.ReadsPrefix ? 0 : NoPrefix) | (info.ToKernelLog ? KernelLog : 0) | (info.ToConsole ? Console : 0), info.LevelMax, [info.Unit, info.InvocationId, info.Identifier, .. info.Extra]);

    /// <summary>A message about <paramref name="unit"/> by the manager; a long text is cut.</summary>
    public static byte[] Record(string unit, int priority, string text) =>
        Message(RecordKind, priority, 7, [unit, text.Length > MessageMax / 8 ? text[..(MessageMax / 8)] : text]);

    internal static StreamInfo? ParseStream(ReadOnlySpan<byte> message) =>
        Parse(message, StreamKind) is ({ Count: >= 3 } texts, var priority, var level) ? new StreamInfo(texts[0], texts[1], texts[2], priority & 7, level, texts[3..])
        {
            ReadsPrefix = (priority & NoPrefix) == 0, ToKernelLog = (priority & KernelLog) != 0, ToConsole = (priority & Console) != 0,
        } : null;

    internal static (string Unit, int Priority, string Text)? ParseRecord(ReadOnlySpan<byte> message) =>
        Parse(message, RecordKind) is ({ Count: 2 } texts, var priority, _) ? (texts[0], priority, texts[1]) : null;

    private static byte[] Message(byte kind, int priority, int level, List<string> texts)
    {
        var message = new List<byte> { kind, (byte)priority, (byte)level };
        Span<byte> length = stackalloc byte[4];
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            message.AddRange(length);
            message.AddRange(bytes);
        }
        return [.. message];
    }

    private static (List<string> Texts, int Priority, int Level)? Parse(ReadOnlySpan<byte> message, byte kind)
    {
        if (message.Length < 3 || message[0] != kind)
            return null;
        var texts = new List<string>();
        var rest = message[3..];
        while (!rest.IsEmpty)
        {
            if (rest.Length < 4 || BinaryPrimitives.ReadInt32LittleEndian(rest) is var length && (length < 0 || length > rest.Length - 4))
                return null;
            texts.Add(Encoding.UTF8.GetString(rest.Slice(4, length)));
            rest = rest[(4 + length)..];
        }
        return (texts, message[1], message[2]);
    }
}
