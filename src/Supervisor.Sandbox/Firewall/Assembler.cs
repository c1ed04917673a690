using System.Buffers.Binary;

namespace Supervisor.Sandbox.Firewall;

/// <summary>
/// Writes eBPF (Documentation/bpf/standardization/instruction-set.rst). Registers: r1 to r5 arguments of a call, r0 its result and the program's; r6 is the packet until
/// the address is loaded, then r6 to r9 are its words. Every match ends the program on the spot, so all jumps are short.
/// </summary>
internal sealed class Assembler
{
    private const byte LoadWord = 0x61, MoveRegister = 0xbf, MoveRegister32 = 0xbc, MoveImmediate = 0xb7, AddImmediate = 0x07, And32 = 0x54, ShiftRight32 = 0x74,
        JumpEqual = 0x15, JumpNotEqual = 0x55, JumpNotEqual32 = 0x56, CallHelper = 0x85, ExitProgram = 0x95;

    private const int SkbLoadBytes = 26, ProtocolOffset = 16, FrameRegister = 10, Frame = -16;

    private readonly List<(byte Op, byte Registers, short Offset, int Immediate)> _code = [];

    /// <summary>Nothing gets past here: what would follow is left out, because the kernel refuses instructions that are never reached.</summary>
    private bool _ended;

    public int Length => _code.Count;

    /// <summary>r7 = the packet's protocol, in network order.</summary>
    public void LoadProtocol()
    {
        Emit(MoveRegister, 6, 1);
        Emit(LoadWord, 7, 6, ProtocolOffset);
    }

    /// <summary>The block, when the protocol is this one. A block never falls out at its end.</summary>
    public void IfProtocol(ushort protocol, Assembler block)
    {
        Emit(JumpNotEqual, 7, 0, (short)block.Length, BinaryPrimitives.ReverseEndianness(protocol));
        Append(block);
    }

    public Assembler Block(Action<Assembler> write)
    {
        var block = new Assembler();
        write(block);
        return block;
    }

    /// <summary>Words of the address into r6 …; a packet too short to have one is dropped.</summary>
    public void LoadAddress(int offset, int size)
    {
        Emit(MoveRegister, 1, 6);
        Emit(MoveImmediate, 2, 0, 0, offset);
        Emit(MoveRegister, 3, FrameRegister);
        Emit(AddImmediate, 3, 0, 0, Frame);
        Emit(MoveImmediate, 4, 0, 0, size);
        Emit(CallHelper, 0, 0, 0, SkbLoadBytes);
        Emit(JumpEqual, 0, 0, 2, 0);
        Return(false);
        for (var word = 0; word < size / 4; word++)
            Emit(LoadWord, 6 + word, FrameRegister, (short)(Frame + 4 * word));
    }

    /// <summary>For each prefix: if the address is in it, this is the verdict. IPv4 prefixes are compared with <paramref name="firstWord"/>.</summary>
    public void Verdicts(IEnumerable<Prefix> prefixes, int firstWord, bool pass)
    {
        foreach (var prefix in prefixes)
        {
            var verdict = Block(b => b.Return(pass));
            // from the last word back, since each needs to know how far the end is
            var match = verdict;
            for (var word = prefix.IsV4 ? 0 : 3; word >= 0; word--)
            {
                var (mask, value) = prefix[word];
                if (mask != 0)
                    match = Compare(firstWord + word, mask, value, match);
            }
            Append(match);
            _ended |= ReferenceEquals(match, verdict);
        }
    }

    /// <summary>The block, when the address is ::ffff:0:0/96.</summary>
    public void WhenMapped(Action<Assembler> write)
    {
        var block = Block(write);
        if (block.Length == 0)
            return;
        // Long lists make the block longer than a comparison of 8 more instructions, never longer than a jump of 16 bits.
        block = Compare(2, uint.MaxValue, 0xffff0000, block);
        block = Compare(1, uint.MaxValue, 0, block);
        block = Compare(0, uint.MaxValue, 0, block);
        Append(block);
    }

    /// <summary>Of struct bpf_cgroup_dev_ctx: r7 = kind, r8 = access, r6 = major, r9 = minor.</summary>
    public void LoadDevice()
    {
        Emit(LoadWord, 7, 1, 0);
        Emit(MoveRegister32, 8, 7);
        Emit(And32, 7, 0, 0, 0xffff);
        Emit(ShiftRight32, 8, 0, 0, 16);
        Emit(LoadWord, 6, 1, 4);
        Emit(LoadWord, 9, 1, 8);
    }

    /// <summary>Passes these devices.</summary>
    public void AllowDevice(Devices.DeviceMatch match)
    {
        const int blockKind = 1, charKind = 2, everyAccess = 7;
        var block = Block(b => b.Return(true));
        if (match.Minor >= 0)
            block = Unless(9, match.Minor, block);
        if (match.Major >= 0)
            block = Unless(6, match.Major, block);
        if (match.Access != everyAccess)
        {
            var inner = block;
            block = new Assembler();
            block.Emit(MoveRegister32, 0, 8);
            block.Emit(And32, 0, 0, 0, ~match.Access & everyAccess);
            block.Emit(JumpNotEqual32, 0, 0, (short)inner.Length, 0);
            block.Append(inner);
        }
        Append(Unless(7, match.IsBlock ? blockKind : charKind, block));
    }

    /// <summary>The block, when a register has this value.</summary>
    private static Assembler Unless(int register, int value, Assembler block)
    {
        var code = new Assembler();
        code.Emit(JumpNotEqual32, register, 0, (short)block.Length, value);
        code.Append(block);
        return code;
    }

    public void Return(bool pass)
    {
        Emit(MoveImmediate, 0, 0, 0, pass ? 1 : 0);
        Emit(ExitProgram);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[_code.Count * 8];
        for (var i = 0; i < _code.Count; i++)
        {
            var at = bytes.AsSpan(i * 8, 8);
            at[0] = _code[i].Op;
            at[1] = _code[i].Registers;
            BinaryPrimitives.WriteInt16LittleEndian(at[2..], _code[i].Offset);
            BinaryPrimitives.WriteInt32LittleEndian(at[4..], _code[i].Immediate);
        }
        return bytes;
    }

    /// <summary>(word &amp; mask) == value, then the block; else past it.</summary>
    private static Assembler Compare(int word, uint mask, uint value, Assembler block)
    {
        var code = new Assembler();
        code.Emit(MoveRegister32, 0, 6 + word);
        if (mask != uint.MaxValue)
            code.Emit(And32, 0, 0, 0, unchecked((int)mask));
        code.Emit(JumpNotEqual32, 0, 0, (short)block.Length, unchecked((int)value));
        code.Append(block);
        return code;
    }

    private void Append(Assembler block)
    {
        if (!_ended)
            _code.AddRange(block._code);
    }

    private void Emit(byte op, int destination = 0, int source = 0, short offset = 0, int immediate = 0)
    {
        if (!_ended)
            _code.Add((op, (byte)(destination | source << 4), offset, immediate));
    }
}
