using System.Buffers.Binary;

namespace Supervisor.Sandbox.Tests.Seccomp;

/// <summary>Runs a filter as the kernel would: classic BPF over struct seccomp_data. Counts the comparisons on the way.</summary>
internal static class BpfMachine
{
    public static (uint Verdict, int Comparisons) Run(byte[] code, uint arch, uint nr, ReadOnlySpan<ulong> arguments)
    {
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(data, nr);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], arch);
        for (var i = 0; i < arguments.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + 8 * i)..], arguments[i]);
        uint a = 0;
        var comparisons = 0;
        for (var pc = 0; ; pc++)
        {
            var at = code.AsSpan(pc * 8, 8);
            var op = BinaryPrimitives.ReadUInt16LittleEndian(at);
            var k = BinaryPrimitives.ReadUInt32LittleEndian(at[4..]);
            switch (op)
            {
                case 0x20:
                    Assert.True(k % 4 == 0 && k < 64);
                    a = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)k..]);
                    break;
                case 0x54:
                    a &= k;
                    break;
                case 0x05:
                    pc += (int)k;
                    break;
                case 0x15:
                case 0x35:
                case 0x45:
                    comparisons++;
                    pc += (op == 0x15 ? a == k : op == 0x35 ? a >= k : (a & k) != 0) ? at[2] : at[3];
                    break;
                case 0x06:
                    return (k, comparisons);
                default:
                    Assert.Fail($"instruction 0x{op:x} at {pc}");
                    break;
            }
        }
    }
}
