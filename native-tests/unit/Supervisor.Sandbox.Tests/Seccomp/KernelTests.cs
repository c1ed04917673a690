using System.Diagnostics;
using Supervisor.Linux;
using Supervisor.Sandbox.Seccomp;

namespace Supervisor.Sandbox.Tests.Seccomp;

/// <summary>The kernel's own answers under the filters: a small program makes the calls.</summary>
public sealed class KernelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("seccomp").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_default_profile_as_the_kernel_sees_it()
    {
        Expect(SeccompCompilerTests.Profile,
            ("64 39 0 0 0 0", "ok"), // getpid
            ("64 165 0 0 0 0", "errno 1"), // mount
            ("64 101 0 0 0 0", "errno 1"), // ptrace
            ("64 41 2 1 0 0", "ok"), // socket AF_INET
            ("64 41 0x100000002 1 0 0", "ok"), // the same with a bit that the kernel drops
            ("64 41 17 3 0 0", "errno 97"), // AF_PACKET
            ("64 41 0x100000011 3 0 0", "errno 97"),
            ("64 41 40 1 0 0", "errno 97"), // AF_VSOCK
            ("64 53 40 1 0 0x1000", "errno 97"), // socketpair
            ("64 425 8 0 0 0", "errno 38"), // io_uring_setup
            ("64 435 0 0 0 0", "errno 38"), // clone3
            ("64 437 0 0 0 0", "errno 38"), // openat2
            ("64 272 0x10000000 0 0 0", "errno 1"), // unshare user
            ("64 272 0x110000000 0 0 0", "errno 1"),
            ("64 56 0x10000011 0 0 0", "errno 1"), // clone user
            ("64 308 0 0 0 0", "errno 1"), // setns of whatever
            ("64 9 0 4096 6 0x22", "errno 1"), // mmap write and execute
            ("64 9 0 4096 0x100000007 0x22", "errno 1"),
            ("64 9 0 4096 3 0x22", "ok"), // write alone
            ("64 10 0 0 4 0", "errno 1"), // mprotect execute
            ("64 135 0x400000 0 0 0", "errno 1"), // personality
            ("64 135 0xffffffff 0 0 0", "ok"),
            ("64 90 0 0x9ff 0 0", "errno 1"), // chmod u+s
            ("64 90 0 0x1ff 0 0", "errno 14"),
            ("64 144 0 1 0 0", "errno 1"), // SCHED_FIFO
            ("64 144 0 0x40000001 0 0", "errno 1"),
            ("64 144 0 3 0 0", "errno 22"), // SCHED_BATCH passes; the parameter is missing
            ("64 314 0 0 0 0", "errno 38"), // sched_setattr
            ("64 175 0 0 0 0", "errno 1"), // init_module
            ("64 103 3 0 0 0", "errno 1"), // syslog
            ("64 227 0 0 0 0", "errno 1"), // clock_settime
            ("64 170 0 0 0 0", "errno 1"), // sethostname
            ("64 172 3 0 0 0", "errno 1"), // iopl
            ("64 999 0 0 0 0", "errno 38"), // no such call
            ("64 0x40000027 0 0 0 0", "signal 31"), // x32 getpid
            ("64 0x400001ff 0 0 0 0", "signal 31"));
    }

    [Fact]
    public void A_32_bit_call_of_a_64_bit_program_is_killed()
    {
        Assert.SkipUnless(Make("-", "80 20 0 0 0 0")[0] == "ok", "this kernel makes no 32-bit calls");
        Expect(SeccompCompilerTests.Profile, ("80 20 0 0 0 0", "signal 31"), ("80 21 0 0 0 0", "signal 31"), ("80 102 1 0 0 0", "signal 31"), ("80 117 1 0 0 0", "signal 31"));
        Expect(new() { Architectures = ["native"] }, ("80 20 0 0 0 0", "signal 31"), ("64 39 0 0 0 0", "ok"));
        Expect(new() { Architectures = ["native", "x86"] }, ("80 20 0 0 0 0", "ok"), ("64 39 0 0 0 0", "ok"));
    }

    [Fact]
    public void A_list_without_an_error_number_kills() =>
        Expect(SeccompCompilerTests.Settings["deny list that kills"], ("64 101 0 0 0 0", "signal 31"), ("64 39 0 0 0 0", "ok"), ("64 999 0 0 0 0", "errno 38"));

    private void Expect(SeccompSettings settings, params (string Call, string Answer)[] expected)
    {
        var file = Path.Combine(_folder, "filter");
        File.WriteAllBytes(file, SeccompCompiler.Compile(settings, out _)!.Code);
        var answers = Make(file, [.. expected.Select(e => e.Call)]);
        Assert.Equal(expected.Select(e => $"{e.Call}: {e.Answer}"), expected.Zip(answers, (e, a) => $"{e.Call}: {a}"));
    }

    private string[] Make(string filter, params string[] calls)
    {
        var probe = Path.Combine(_folder, "probe");
        if (!File.Exists(probe))
            Assert.Equal("", Run("cc", "", "-O1", "-static", "-o", probe, Path.Combine(AppContext.BaseDirectory, "probe.c")));
        return Run(probe, string.Join('\n', calls) + '\n', filter).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Run(string program, string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
