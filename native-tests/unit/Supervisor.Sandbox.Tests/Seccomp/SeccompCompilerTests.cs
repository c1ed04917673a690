using System.Reflection;
using Supervisor.Linux;
using Supervisor.Sandbox.Seccomp;
using Supervisor.Units;

namespace Supervisor.Sandbox.Tests.Seccomp;

public sealed class SeccompCompilerTests
{
    public const uint X64 = 0xC000003E, X86 = 0x40000003, Arm64 = 0xC00000B7;

    /// <summary>Values that some test of some argument asks about, and their neighbours.</summary>
    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 3, 4, 5, 6, 7, 10, 16, 17, 0x40, 0x80, 0x400, 0x800, 0x8000, 0x20000, 0x400000, 0x400040, 0x10000000, 0x40000000, 0x40000001, 0x40000003, 0x7fffffff, 0xffffffff,
        0x1_0000_0000, 0x1_0000_0001, 0xffff_ffff_0000_0000,
    ];

    /// <summary>Calls with a rule about arguments.</summary>
    private static readonly HashSet<string?> Asked =
    [
        "socket", "socketpair", "clone", "unshare", "setns", "mmap", "mprotect", "pkey_mprotect", "shmat", "personality", "chmod", "fchmod", "creat", "mknod", "mkdir", "fchmodat",
        "fchmodat2", "mknodat", "mkdirat", "open", "openat", "sched_setscheduler",
    ];

    public static TheoryData<string> Cases => [.. Settings.Keys];

    internal static readonly Dictionary<string, SeccompSettings> Settings = new()
    {
        ["default profile"] = Profile,
        ["deny list that kills"] = new() { Filters = [Deny(["ptrace", "mount", "@swap"])] },
        ["deny list with errors of its own"] = new() { Filters = [Deny([("ptrace", (int?)Errno.ENOENT), ("kexec_load", null)])], ErrorNumber = (int)Errno.EACCES },
        ["deny list of files"] = new() { Filters = [Deny(["@file-system"])], ErrorNumber = 1 },
        ["allow list with exceptions"] = new() { Filters = [Allow(["@system-service"], ("chown", (int?)Errno.ENODATA), ("personality", null))], ErrorNumber = 1 },
        ["profile and image"] = new() { Filters = [Allow(["@system-service"]), Deny(["@resources"]), Allow(["@default", "@basic-io"])], ErrorNumber = 13 },
        ["families allowed"] = new() { AddressFamilies = [Families(true, 1, 2, 10, 16)] },
        ["families denied"] = new() { AddressFamilies = [Families(false, 17, 40)] },
        ["no families"] = new() { AddressFamilies = [Families(true)] },
        ["families twice"] = new() { AddressFamilies = [Families(true, 1, 2, 10), Families(false, 2)], AllowIoUring = true },
        ["all namespaces"] = new() { AllowedNamespaces = 0 },
        ["some namespaces"] = new() { AllowedNamespaces = Namespaces.All & ~(Namespaces.User | Namespaces.Mount) },
        ["time namespaces"] = new() { AllowedNamespaces = Namespaces.All & ~Namespaces.Time },
        ["write or execute"] = new() { MemoryDenyWriteExecute = true },
        ["suid"] = new() { RestrictSuidSgid = true },
        ["realtime"] = new() { RestrictRealtime = true },
        ["personality"] = new() { LockPersonality = true, MemoryDenyWriteExecute = true },
        ["protect"] = new() { ProtectClock = true, ProtectHostname = true, ProtectKernelLogs = true, ProtectKernelModules = true, ProtectKernelTunables = true, PrivateDevices = true },
        ["native"] = new() { Architectures = ["native"] },
        ["x86"] = new() { Architectures = ["native", "x86"] },
        ["x32"] = new() { Architectures = ["native", "x32"] },
    };

    internal static SeccompSettings Profile => new()
    {
        Filters = [Allow(["@system-service"])],
        ErrorNumber = (int)Errno.EPERM,
        Architectures = ["native"],
        AddressFamilies = [Families(true, 1, 2, 10, 16)],
        AllowedNamespaces = 0,
        RestrictRealtime = true,
        RestrictSuidSgid = true,
        MemoryDenyWriteExecute = true,
        LockPersonality = true,
        ProtectClock = true,
        ProtectKernelModules = true,
        ProtectKernelLogs = true,
        ProtectKernelTunables = true,
        ProtectHostname = true,
        PrivateDevices = true,
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_filter_answers_what_the_settings_say(string name) => Compare(Settings[name], new Random(1), everything: true);

    [Fact]
    public void Random_settings_and_random_calls()
    {
        var random = new Random(20261123);
        for (var i = 0; i < 150; i++)
        {
            bool Coin() => random.Next(2) == 0;
            var names = Enumerable.Range(0, random.Next(1, 80)).Select(_ => SyscallTable.Name(random.Next(335)) ?? "read").Distinct().ToArray();
            var settings = new SeccompSettings
            {
                Filters = Coin() ? [] : Coin() ? [Deny(names)] : [Allow(names), Deny(["mount"])],
                ErrorNumber = Coin() ? null : random.Next(1, 100),
                AddressFamilies = Coin() ? [] : [Families(Coin(), random.Next(45), random.Next(45))],
                AllowedNamespaces = Coin() ? Namespaces.All : Namespaces.All & (ulong)random.NextInt64(),
                RestrictRealtime = Coin(),
                RestrictSuidSgid = Coin(),
                MemoryDenyWriteExecute = Coin(),
                LockPersonality = Coin(),
                ProtectClock = Coin(),
                ProtectKernelModules = Coin(),
                ProtectKernelLogs = Coin(),
                ProtectKernelTunables = Coin(),
                ProtectHostname = Coin(),
                PrivateDevices = Coin(),
                // what a list of random calls means for rings has a test of its own
                AllowIoUring = true,
            };
            if (settings.RestrictsCalls)
                Compare(settings, random, everything: false);
        }
    }

    private static void Compare(SeccompSettings settings, Random random, bool everything)
    {
        var program = SeccompCompiler.Compile(settings, out var failure);
        Assert.Null(failure);
        Assert.NotNull(program);
        var most = 0;
        var allowed = 0;
        var arguments = new ulong[6];
        uint[] numbers = [.. Enumerable.Range(0, 600).Select(n => (uint)n), 0x3fffffff, 0x40000000, 0x40000001, 0x40000009, 0x400001ff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
        foreach (var nr in numbers)
        {
            var passes = false;
            // what the filter answers without a look at the arguments needs no more of them
            var calls = everything && Asked.Contains(SyscallTable.Name((int)nr)) ? Interesting.Length * Interesting.Length : 30;
            for (var i = 0; i < calls; i++)
            {
                for (var a = 0; a < 6; a++)
                    arguments[a] = Interesting[random.Next(Interesting.Length)];
                if (calls > 30)
                {
                    // each pair of neighbouring arguments takes every pair of values
                    arguments[i % 4] = Interesting[i / Interesting.Length];
                    arguments[i % 4 + 1] = Interesting[i % Interesting.Length];
                }
                var (verdict, comparisons) = BpfMachine.Run(program.Code, X64, nr, arguments);
                var expected = Expectation.Of(settings, X64, nr, arguments);
                if (verdict != expected)
                    Assert.Fail($"{nr} ({SyscallTable.Name((int)nr)}) ({string.Join(", ", arguments.Select(x => x.ToString("x")))}): 0x{verdict:x}, not 0x{expected:x}");
                most = Math.Max(most, comparisons);
                passes |= verdict == Expectation.Allow;
            }
            if (passes && SyscallTable.Name((int)nr) is not null)
                allowed++;
            foreach (var arch in (uint[])[X86, Arm64])
                Assert.Equal(Expectation.Of(settings, arch, nr, arguments), BpfMachine.Run(program.Code, arch, nr, arguments).Verdict);
        }
        Assert.True(most <= program.MaxComparisons, $"{most} comparisons, not at most {program.MaxComparisons}");
        if (everything)
            Assert.Equal(program.AllowedCalls, allowed);
    }

    [Fact]
    public void The_default_profile_needs_few_comparisons()
    {
        var program = SeccompCompiler.Compile(Profile, out _)!;
        Assert.InRange(program.Comparisons, 5, 10);
        Assert.InRange(program.Instructions, 100, 600);
        Assert.Equal($"{program.AllowedCalls} calls allowed, {program.Comparisons} comparisons a call, else EPERM", program.ToString());
    }

    [Fact]
    public void Nothing_restricted_needs_no_filter()
    {
        Assert.Null(SeccompCompiler.Compile(new SeccompSettings(), out var failure));
        Assert.Null(failure);
    }

    [Fact]
    public void Foreign_calls_cannot_be_filtered_and_so_not_be_allowed_beside_a_filter()
    {
        Assert.Null(SeccompCompiler.Compile(new SeccompSettings { Architectures = ["native", "x86"], RestrictRealtime = true }, out var failure));
        Assert.Contains("SystemCallArchitectures= can only be native", failure!.ToString());
    }

    [Theory]
    [InlineData("socket", true)]
    [InlineData("openat", true)]
    [InlineData("mount", false)]
    [InlineData("ptrace", false)]
    public void A_ring_is_refused_when_it_could_do_what_is_refused(string denied, bool refused)
    {
        var program = SeccompCompiler.Compile(new SeccompSettings { Filters = [Deny([denied])] }, out _)!;
        Assert.Equal(refused ? Expectation.Error(Errno.ENOSYS) : Expectation.Allow, BpfMachine.Run(program.Code, X64, Nr.io_uring_setup, []).Verdict);
        program = SeccompCompiler.Compile(new SeccompSettings { Filters = [Deny([denied])], AllowIoUring = true }, out _)!;
        Assert.Equal(Expectation.Allow, BpfMachine.Run(program.Code, X64, Nr.io_uring_setup, []).Verdict);
    }

    [Fact]
    public void Names_and_numbers_are_those_of_the_table_of_calls()
    {
        var table = typeof(Nr).GetFields(BindingFlags.Public | BindingFlags.Static).ToDictionary(f => f.Name, f => (int)f.GetRawConstantValue()!);
        foreach (var (name, number) in table)
        {
            Assert.Equal(number, SyscallTable.Number(name));
            Assert.Equal(name, SyscallTable.Name(number));
        }
        Assert.Equal(table.Count, Enumerable.Range(0, SyscallTable.Last + 1).Count(n => SyscallTable.Name(n) is not null));
    }

    internal static SyscallFilter Allow(string[] names, params (string Name, int? Errno)[] refused)
    {
        var calls = Expand(["@default", .. names]);
        foreach (var (name, _) in refused)
            calls.Remove(name);
        return new SyscallFilter(true, calls, refused.ToDictionary(r => r.Name, r => r.Errno), default);
    }

    private static SyscallFilter Deny(string[] names) => new(false, Expand(names), new Dictionary<string, int?>(), default);

    private static SyscallFilter Deny((string Name, int? Errno)[] names) => new(false, names.ToDictionary(n => n.Name, n => n.Errno), new Dictionary<string, int?>(), default);

    private static Dictionary<string, int?> Expand(string[] names) =>
        names.SelectMany(n => n[0] == '@' ? SyscallSets.Expand(n) : [n]).Distinct().ToDictionary(n => n, _ => (int?)null);

    private static AddressFamilyFilter Families(bool allow, params int[] families) => new(allow, families.ToHashSet(), default);
}
