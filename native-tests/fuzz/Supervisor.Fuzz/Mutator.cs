namespace Supervisor.Fuzz;

/// <summary>A new input from an old one, by a few changes one on the other: bits, bytes, numbers, words of the target, whole lines, and pieces of other inputs.</summary>
internal sealed class Mutator(Target target, Random random)
{
    private static readonly byte[][] Numbers = Target.Texts("0", "1", "-1", "255", "256", "4096", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
        "9223372036854775807", "18446744073709551615", "99999999999999999999", "0x10", "1e9", "0.1", "007");

    private static readonly byte[] Syntax = [.. " \t\n\r\\\"'=%$;:,./-~*@#[]{}()<>!|&+?^"u8, 0, 1, 0x1B, 0x7F, 0x80, 0xC2, 0xFF];

    public byte[] Mutate(byte[] parent, IReadOnlyList<byte[]> others)
    {
        var bytes = new List<byte>(parent);
        for (var changes = 1 << random.Next(5); changes > 0; changes--)
            Change(bytes, others);
        if (bytes.Count > target.LengthMax)
            bytes.RemoveRange(target.LengthMax, bytes.Count - target.LengthMax);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> others)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(15))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] = Syntax[random.Next(Syntax.Length)];
                break;
            case 3 when at < bytes.Count:
                bytes[at] += (byte)random.Next(-16, 17);
                break;
            case 4:
                bytes.Insert(at, Syntax[random.Next(Syntax.Length)]);
                break;
            case 5:
                Insert(bytes, at, Numbers[random.Next(Numbers.Length)]);
                break;
            case 6 or 7 or 8 when target.Words.Count > 0:
                Insert(bytes, at, target.Words[random.Next(target.Words.Count)]);
                break;
            case 9:
                bytes.RemoveRange(at, random.Next(Math.Min(bytes.Count - at, 1 << random.Next(10)) + 1));
                break;
            case 10:
                Insert(bytes, at, Piece(bytes));
                break;
            case 11:
                Lines(bytes);
                break;
            case 12 when others.Count > 0:
                Insert(bytes, at, Piece(others[random.Next(others.Count)]));
                break;
            case 13 when others.Count > 0:
                // the beginning of one and the end of another
                var other = others[random.Next(others.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            case 14 when random.Next(8) == 0 && bytes.Count > 0:
                // the same again and again: what grows faster than its input shows
                var piece = Piece(bytes);
                while (piece.Length > 0 && bytes.Count < target.LengthMax)
                    Insert(bytes, at, piece);
                break;
        }
    }

    private static void Insert(List<byte> bytes, int at, ReadOnlySpan<byte> piece) => bytes.InsertRange(at, piece);

    private byte[] Piece(IReadOnlyList<byte> of)
    {
        if (of.Count == 0)
            return [];
        var from = random.Next(of.Count);
        return [.. of.Skip(from).Take(1 + random.Next(Math.Min(of.Count - from, 1 << random.Next(8))))];
    }

    /// <summary>A line doubled, taken away, or put elsewhere.</summary>
    private void Lines(List<byte> bytes)
    {
        var ends = new List<int> { -1 };
        for (var i = 0; i < bytes.Count; i++)
        {
            if (bytes[i] == '\n')
                ends.Add(i);
        }
        if (ends.Count < 2)
            return;
        var n = random.Next(ends.Count - 1);
        var (from, length) = (ends[n] + 1, ends[n + 1] - ends[n]);
        var line = bytes.GetRange(from, length);
        var to = ends[random.Next(ends.Count)] + 1;
        if (random.Next(3) != 0)
        {
            bytes.RemoveRange(from, length);
            to = to > from ? to - length : to;
        }
        if (random.Next(3) != 0)
            bytes.InsertRange(to, line);
    }
}
