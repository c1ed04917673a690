using System.Buffers.Binary;
using System.Text;

namespace Supervisor.Manager;

/// <summary>
/// The little of D-Bus (specification 0.40, "Message Protocol") that it takes to ask for the owner of a name: calls with one string or none, and answers whose body begins
/// with strings or a boolean. Little-endian only; hostile: what does not fit its own lengths is no message.
/// </summary>
internal readonly record struct BusMessage(BusMessageType Type, uint ReplyTo, string Member, byte[] Body)
{
    public const int SizeMax = 64 * 1024;

    private const int FixedSize = 16;
    private const byte Path = 1, Interface = 2, MemberField = 3, ReplySerial = 5, Destination = 6, Signature = 8;

    /// <summary>A call of a method of the bus itself.</summary>
    public static byte[] Call(uint serial, string member, string? argument)
    {
        var fields = new List<byte>();
        Field(fields, Path, 'o', "/org/freedesktop/DBus");
        Field(fields, Interface, 's', "org.freedesktop.DBus");
        Field(fields, MemberField, 's', member);
        Field(fields, Destination, 's', "org.freedesktop.DBus");
        if (argument is not null)
        {
            Pad(fields, 8);
            fields.AddRange([Signature, 1, (byte)'g', 0, 1, (byte)'s', 0]);
        }
        var body = new List<byte>();
        if (argument is not null)
            Text(body, argument);
        var message = new List<byte>([(byte)'l', (byte)BusMessageType.Call, 0, 1]);
        Number(message, (uint)body.Count);
        Number(message, serial);
        Number(message, (uint)fields.Count);
        message.AddRange(fields);
        Pad(message, 8);
        message.AddRange(body);
        return [.. message];
    }

    /// <summary>Bytes of the message that begins there, 0 when more are needed to tell, -1 for what is none or too long.</summary>
    public static int LengthOf(ReadOnlySpan<byte> data)
    {
        if (data.Length < FixedSize)
            return 0;
        var (body, fields) = (BinaryPrimitives.ReadUInt32LittleEndian(data[4..]), BinaryPrimitives.ReadUInt32LittleEndian(data[12..]));
        if (data[0] != 'l' || data[3] != 1 || body > SizeMax || fields > SizeMax)
            return -1;
        var length = ((FixedSize + (int)fields + 7) & ~7) + (int)body;
        return length > SizeMax ? -1 : length;
    }

    /// <summary>A whole message as <see cref="LengthOf"/> measured it; null when its header does not hold together.</summary>
    public static BusMessage? Parse(ReadOnlySpan<byte> data)
    {
        var fields = data.Slice(FixedSize, (int)BinaryPrimitives.ReadUInt32LittleEndian(data[12..]));
        var (reply, member) = (0u, "");
        for (var at = 0; at < fields.Length;)
        {
            at = (at + 7) & ~7;
            if (at + 4 > fields.Length || fields[at + 1] != 1 || fields[at + 3] != 0)
                return null; // every field of the standard has a signature of one letter
            var (code, kind) = (fields[at], (char)fields[at + 2]);
            at += 4;
            switch (kind)
            {
                case 's' or 'o':
                    if (TakeText(fields, ref at) is not { } text)
                        return null;
                    member = code == MemberField ? text : member;
                    break;
                case 'g':
                    if (at >= fields.Length)
                        return null;
                    at += fields[at] + 2;
                    break;
                case 'u':
                    if (at + 4 > fields.Length)
                        return null;
                    reply = code == ReplySerial ? BinaryPrimitives.ReadUInt32LittleEndian(fields[at..]) : reply;
                    at += 4;
                    break;
                default:
                    return null;
            }
        }
        var begin = (FixedSize + fields.Length + 7) & ~7;
        return new((BusMessageType)data[1], reply, member, data[begin..].ToArray());
    }

    /// <summary>The boolean that the body is.</summary>
    public bool? Boolean => Body.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(Body) != 0 : null;

    /// <summary>The strings that the body begins with; null when there are fewer.</summary>
    public string[]? Strings(int count)
    {
        var texts = new string[count];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            at = (at + 3) & ~3;
            if (TakeText(Body, ref at) is not { } text)
                return null;
            texts[i] = text;
        }
        return texts;
    }

    private static string? TakeText(ReadOnlySpan<byte> data, ref int at)
    {
        if (at + 4 > data.Length)
            return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);
        if (length >= data.Length - at - 4)
            return null;
        var text = Encoding.UTF8.GetString(data.Slice(at + 4, (int)length));
        at += 4 + (int)length + 1;
        return text;
    }

    private static void Field(List<byte> fields, byte code, char kind, string text)
    {
        Pad(fields, 8);
        fields.AddRange([code, 1, (byte)kind, 0]);
        Text(fields, text);
    }

    private static void Text(List<byte> to, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Number(to, (uint)bytes.Length);
        to.AddRange(bytes);
        to.Add(0);
    }

    private static void Number(List<byte> to, uint number)
    {
        Pad(to, 4);
        to.AddRange([(byte)number, (byte)(number >> 8), (byte)(number >> 16), (byte)(number >> 24)]);
    }

    private static void Pad(List<byte> to, int size)
    {
        while (to.Count % size != 0)
            to.Add(0);
    }
}

internal enum BusMessageType : byte { Call = 1, Return = 2, Error = 3, Signal = 4 }
