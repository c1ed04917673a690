using System.Buffers.Binary;

namespace Supervisor.Sandbox.Seccomp;

/// <summary>Instructions of classic BPF (linux/filter.h), written from the front. Jumps go forward only and count from the next instruction.</summary>
internal sealed class Code
{
    public const ushort LoadWord = 0x20, And = 0x54, JumpAlways = 0x05, JumpEqual = 0x15, JumpAtLeast = 0x35, JumpBits = 0x45, Return = 0x06;

    private readonly List<(ushort Op, byte IfTrue, byte IfFalse, uint K)> _code = [];

    public int Length => _code.Count;

    public void Emit(ushort op, uint k, byte ifTrue = 0, byte ifFalse = 0) => _code.Add((op, ifTrue, ifFalse, k));

    public void Append(Code code) => _code.AddRange(code._code);

    /// <summary>
    /// Decides between the ranges from <paramref name="from"/> up to <paramref name="to"/>, the number being in the accumulator. The depth that it adds: comparisons
    /// of the number, and comparisons in all.
    /// </summary>
    public (int Number, int All) Tree(List<(uint First, Rule Rule)> ranges, int from, int to)
    {
        if (to - from == 1)
            return (0, Decide(ranges[from].Rule, -1, 0));
        var middle = (from + to) / 2;
        var below = new Code();
        var above = new Code();
        var a = below.Tree(ranges, from, middle);
        var b = above.Tree(ranges, middle, to);
        Branch(JumpAtLeast, ranges[middle].First, above, below);
        return (Math.Max(a.Number, b.Number) + 1, Math.Max(a.All, b.All) + 1);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[_code.Count * 8];
        for (var i = 0; i < _code.Count; i++)
        {
            var at = bytes.AsSpan(i * 8, 8);
            BinaryPrimitives.WriteUInt16LittleEndian(at, _code[i].Op);
            at[2] = _code[i].IfTrue;
            at[3] = _code[i].IfFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], _code[i].K);
        }
        return bytes;
    }

    /// <summary>A rule; its depth. <paramref name="loaded"/> is the argument that the accumulator holds under <paramref name="mask"/>, -1 for none.</summary>
    private int Decide(Rule rule, int loaded, uint mask)
    {
        if (rule is Always always)
        {
            Emit(Return, always.Verdict.Value);
            return 0;
        }
        var test = (Test)rule;
        // "any bit" leaves the accumulator alone, so it loads without a mask
        var wanted = test.AnyBit ? uint.MaxValue : test.Mask;
        if (loaded != test.Argument || mask != wanted)
        {
            // little endian: the low half comes first
            Emit(LoadWord, 16 + 8 * (uint)test.Argument);
            if (wanted != uint.MaxValue)
                Emit(And, wanted);
        }
        var then = new Code();
        var otherwise = new Code();
        var a = then.Decide(test.Then, test.Argument, wanted);
        var b = otherwise.Decide(test.Else, test.Argument, wanted);
        if (test.AnyBit)
            Branch(JumpBits, test.Mask, then, otherwise);
        else
            Branch(JumpEqual, test.Value, then, otherwise);
        return 1 + Math.Max(a, b);
    }

    /// <summary>The false side follows at once. A true side too far for the 8 bits of a jump is reached by a long one.</summary>
    private void Branch(ushort op, uint k, Code ifTrue, Code ifFalse)
    {
        if (ifFalse.Length <= byte.MaxValue)
            Emit(op, k, (byte)ifFalse.Length, 0);
        else
        {
            Emit(op, k, 0, 1);
            Emit(JumpAlways, (uint)ifFalse.Length);
        }
        Append(ifFalse);
        Append(ifTrue);
    }
}
