using System.Buffers.Binary;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Journal;

/// <summary>
/// A record in a file: u32 length of the body, u32 CRC-32C of it, then the body — u64 realtime, u64 monotonic, i32 pid, u32 uid, u8 priority, then unit,
/// invocation, comm, identifier, message and the number of extra fields with each of them; a text is a u32 length and its bytes. Little endian.
/// </summary>
internal static class RecordFormat
{
    public const int HeaderSize = 8;

    /// <summary>Longer bodies are no records: a length read from a damaged file goes no further.</summary>
    public const int BodyMax = 1 << 20;

    public static void Append(List<byte> to, JournalRecord record)
    {
        var at = to.Count;
        Number(to, 0);
        Number(to, 0);
        Long(to, record.Realtime);
        Long(to, record.Monotonic);
        Number(to, (uint)record.Pid);
        Number(to, record.Uid);
        to.Add((byte)record.Priority);
        Text(to, Encoding.UTF8.GetBytes(record.Unit));
        Text(to, Encoding.UTF8.GetBytes(record.InvocationId));
        Text(to, Encoding.UTF8.GetBytes(record.Comm));
        Text(to, Encoding.UTF8.GetBytes(record.Identifier));
        Text(to, record.Message);
        Number(to, (uint)record.Extra.Count);
        foreach (var extra in record.Extra)
            Text(to, Encoding.UTF8.GetBytes(extra));
        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(to)[at..];
        BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)(span.Length - HeaderSize));
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], Crc32C.Of(span[HeaderSize..]));
    }

    /// <summary>The length of the whole record at the beginning of <paramref name="bytes"/>; 0 when it is not all there, -1 when it is damaged.</summary>
    public static int Measure(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize)
            return 0;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length is 0 or > BodyMax)
            return -1;
        if (bytes.Length < HeaderSize + (int)length)
            return 0;
        return Crc32C.Of(bytes.Slice(HeaderSize, (int)length)) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) ? HeaderSize + (int)length : -1;
    }

    /// <summary>The record of a body that <see cref="Measure"/> found whole; null when its parts do not fit into it all the same.</summary>
    public static JournalRecord? Parse(ReadOnlySpan<byte> body)
    {
        if (body.Length < 25)
            return null;
        var realtime = BinaryPrimitives.ReadUInt64LittleEndian(body);
        var monotonic = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]);
        var pid = BinaryPrimitives.ReadInt32LittleEndian(body[16..]);
        var uid = BinaryPrimitives.ReadUInt32LittleEndian(body[20..]);
        var priority = body[24];
        body = body[25..];
        if (!TryText(ref body, out var unit) || !TryText(ref body, out var invocation) || !TryText(ref body, out var comm) || !TryText(ref body, out var identifier)
            || !TryText(ref body, out var message) || body.Length < 4)
            return null;
        var count = BinaryPrimitives.ReadUInt32LittleEndian(body);
        body = body[4..];
        var extra = new List<string>();
        for (var i = 0; i < count; i++)
        {
            if (!TryText(ref body, out var field))
                return null;
            extra.Add(Encoding.UTF8.GetString(field));
        }
        return new JournalRecord(realtime, monotonic, Encoding.UTF8.GetString(unit), Encoding.UTF8.GetString(invocation), pid, uid, Encoding.UTF8.GetString(comm),
            priority, Encoding.UTF8.GetString(identifier), message.ToArray(), extra);
    }

    private static bool TryText(ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (from.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(from) is var length && length > from.Length - 4)
            return false;
        text = from.Slice(4, (int)length);
        from = from[(4 + (int)length)..];
        return true;
    }

    private static void Text(List<byte> to, ReadOnlySpan<byte> text)
    {
        Number(to, (uint)text.Length);
        to.AddRange(text);
    }

    private static void Number(List<byte> to, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        to.AddRange(bytes);
    }

    private static void Long(List<byte> to, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        to.AddRange(bytes);
    }
}
