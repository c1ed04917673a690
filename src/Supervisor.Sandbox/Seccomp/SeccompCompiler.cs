using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Sandbox.Seccomp;

/// <summary>
/// Settings → one filter. Numbers with the same rule form ranges; a balanced tree of comparisons finds the range. A filter of this form reads nothing but
/// architecture and number for most calls, which lets the kernel remember "always allowed" and not run it at all.
/// </summary>
public static class SeccompCompiler
{
    internal const uint AuditX64 = 0xC000003E, AuditX86 = 0x40000003, X32Bit = 0x40000000;
    private const int MaxInstructions = 4096;

    /// <summary>The filter, or null: with a failure when the settings cannot be had together, without one when there is nothing to restrict.</summary>
    public static SeccompProgram? Compile(SeccompSettings settings, out Failure? failure)
    {
        failure = null;
        if (!settings.RestrictsCalls && settings.Architectures.Count == 0)
            return null;
        var x86 = settings.Architectures.Contains("x86");
        var x32 = settings.Architectures.Contains("x32");
        if ((x86 || x32) && settings.RestrictsCalls)
        {
            failure = new Failure("cannot filter system calls of a foreign architecture: with other restrictions SystemCallArchitectures= can only be native",
                null, Origin.Default("SystemCallArchitectures"), Launch.ExitStatus.Seccomp);
            return null;
        }

        var ranges = Ranges(new Restrictions(settings), x32, out var allowed);
        var tree = new Code();
        var depth = tree.Tree(ranges, 0, ranges.Count);
        var code = new Code();
        // struct seccomp_data: nr at 0, arch at 4, args at 16
        code.Emit(Code.LoadWord, 4);
        code.Emit(Code.JumpEqual, AuditX64, x86 ? (byte)3 : (byte)1, 0);
        if (x86)
        {
            code.Emit(Code.JumpEqual, AuditX86, 0, 1);
            code.Emit(Code.Return, Verdict.Allow.Value);
        }
        code.Emit(Code.Return, Verdict.KillProcess.Value);
        code.Emit(Code.LoadWord, 0);
        code.Append(tree);
        if (code.Length > MaxInstructions)
            throw new InvalidOperationException("there are not that many system calls");
        return new SeccompProgram(code.ToBytes(), allowed, depth.Number + 1, depth.All + 1, Otherwise(settings));
    }

    /// <summary>First number and rule of each range, in order, from 0 to the largest number there is.</summary>
    private static List<(uint First, Rule Rule)> Ranges(Restrictions restrictions, bool x32, out int allowed)
    {
        var ranges = new List<(uint First, Rule Rule)>();
        allowed = 0;
        for (var nr = 0; nr <= SyscallTable.Last; nr++)
        {
            var name = SyscallTable.Name(nr);
            var rule = name is null ? restrictions.ForUnknown : restrictions.For(name);
            if (name is not null && Allows(rule))
                allowed++;
            Add(ranges, (uint)nr, rule);
        }
        Add(ranges, (uint)SyscallTable.Last + 1, restrictions.ForUnknown);
        // x32 is the same architecture with bit 30: its numbers mean other things. All ones is no call at all, which tracers use to skip one.
        Add(ranges, X32Bit, x32 ? Rule.Allow : Rule.Deny(Verdict.KillProcess));
        Add(ranges, uint.MaxValue, Rule.Deny(Verdict.Error(Errno.ENOSYS)));
        return ranges;
    }

    private static void Add(List<(uint First, Rule Rule)> ranges, uint first, Rule rule)
    {
        if (ranges.Count == 0 || ranges[^1].Rule != rule)
            ranges.Add((first, rule));
    }

    private static bool Allows(Rule rule) => rule switch
    {
        Always always => always.Verdict.IsAllow,
        Test test => Allows(test.Then) || Allows(test.Else),
        _ => false,
    };

    /// <summary>What the lists say to a refused call.</summary>
    private static Verdict Otherwise(SeccompSettings settings) =>
        settings.Filters.Count == 0 ? Verdict.Error(Errno.EPERM) : settings.ErrorNumber is { } errno ? Verdict.Error(errno) : Verdict.KillProcess;
}
