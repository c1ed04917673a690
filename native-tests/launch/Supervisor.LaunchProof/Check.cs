using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Sandbox.Seccomp;
using Supervisor.Units;

namespace Supervisor.LaunchProof;

/// <summary>The published launcher: what fails is named, and the program finds what the plan says.</summary>
internal static class Check
{
    private static int s_failed, s_passed;

    public static int Run()
    {
        Failures();
        Inside();
        Say.Line($"{s_passed} passed, {s_failed} failed");
        return s_failed == 0 ? 0 : 1;
    }

    /// <summary>The same in a process whose clone3 says ENOSYS, by the very filter of RestrictNamespaces=.</summary>
    public static int RunWithoutClone3()
    {
        var filter = SeccompCompiler.Compile(new SeccompSettings { AllowedNamespaces = Namespaces.All & ~Namespaces.Time }, out _)!;
        var plan = new PlanBuilder("launch-proof");
        plan.Step("streams", default, 1).PlaceDescriptors(Supervisor.LaunchProof.Run.In, Supervisor.LaunchProof.Run.Out, Supervisor.LaunchProof.Run.Err);
        plan.Step("seccomp", default, 1).InstallSeccomp(filter.Code);
        plan.Step("execve /proc/self/exe", default, 1).Execve("/proc/self/exe", ["launch-proof", "check"], []);
        var output = Supervisor.LaunchProof.Run.Output(plan.Build());
        Say.Line(output.TrimEnd());
        return output.Contains(" 0 failed") && !output.StartsWith("0 ", StringComparison.Ordinal) ? 0 : 1;
    }

    private static void Failures()
    {
        // for each place: a plan of eight steps, of which that one goes wrong in its second call
        for (var bad = 0; bad < 8; bad++)
        {
            foreach (var (errno, path) in (ReadOnlySpan<(Errno, string)>)[(Errno.ENOENT, "/no/such"), (Errno.ENOTDIR, "/bin/true"), (Errno.ENAMETOOLONG, "/" + new string('x', 300))])
            {
                foreach (var mayBlock in (ReadOnlySpan<bool>)[false, true])
                {
                    var plan = new PlanBuilder("x.service") { MayBlock = mayBlock };
                    for (var i = 0; i < 8; i++)
                        plan.Step($"take step {i}", new Origin("/x.service", i, "WorkingDirectory"), ExitStatus.Chdir).Chdir("/").Chdir(i == bad ? path : "/usr");
                    plan.Step("execve", default, ExitStatus.Exec).Execve("/bin/true", ["true"], []);
                    Same($"cannot take step {bad}: chdir {path}: {errno}, {errno.Describe()} — WorkingDirectory=, /x.service:{bad}", Fail(plan.Build()));
                }
            }
        }
        var execute = new PlanBuilder("x.service");
        execute.Step("execve /no/program", default, ExitStatus.Exec).Execve("/no/program", ["program"], []);
        Same("cannot execve /no/program: there is no such file in the service's root: execve /no/program: ENOENT, no such file or directory", Fail(execute.Build()));
        execute = new PlanBuilder("x.service");
        execute.Step("execve /etc/passwd", default, ExitStatus.Exec).Execve("/etc/passwd", ["passwd"], []);
        Same("cannot execve /etc/passwd: it is not executable, or lies on a file system mounted noexec: execve /etc/passwd: EACCES, permission denied", Fail(execute.Build()));
    }

    private static string Fail(LaunchPlan plan)
    {
        using var compiled = Supervisor.LaunchProof.Run.Compile(plan);
        var result = Launcher.Start(compiled, new LaunchParameters());
        if (result.Failed || !plan.MayBlock)
            return PlanFailure.Describe(compiled, result.Outcome).ToString();
        _ = Sys.PollOne(result.Report, 1, 10_000);
        var outcome = Launcher.ReadReport(compiled, result.Report);
        result.Report.Close();
        _ = Supervisor.LaunchProof.Run.Wait(result.Pidfd);
        return outcome is { } o ? PlanFailure.Describe(compiled, o).ToString() : "no report";
    }

    private static void Inside()
    {
        foreach (var mayBlock in (ReadOnlySpan<bool>)[false, true])
        {
            var plan = new PlanBuilder("x.service") { MayBlock = mayBlock };
            plan.Step("streams", default, ExitStatus.Fds).PlaceDescriptors(Supervisor.LaunchProof.Run.In, Supervisor.LaunchProof.Run.Out, Supervisor.LaunchProof.Run.Err);
            var pid = plan.TextWithPid("PID=");
            plan.Step("identity", default, ExitStatus.Group).Setgroups([11, 12]).Setresgid(10).KeepBoundingSet(1, 40).IgnoreSignal(13).SetNoNewPrivileges().Setresuid(9);
            plan.Step("execve", default, ExitStatus.Exec).Execve("/bin/sh",
                ["sh", "-c", "[ $PID = $$ ] && echo same; ls /proc/self/fd | tr '\\n' ' '; grep -E '^(Groups|Uid|Gid|SigBlk|SigIgn|CapEff|CapBnd|NoNewPrivs)' /proc/self/status"], [pid]);
            Same("same\n0 1 2 3 Uid:\t9\t9\t9\t9\nGid:\t10\t10\t10\t10\nGroups:\t11 12 \nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001000\nCapEff:\t0000000000000000\n" +
                "CapBnd:\t0000000000000001\nNoNewPrivs:\t1\n", Supervisor.LaunchProof.Run.Output(plan.Build()));
        }
    }

    private static void Same(string expected, string actual)
    {
        if (expected == actual)
        {
            s_passed++;
            return;
        }
        s_failed++;
        Say.Line($"expected: {expected}\nbut was:  {actual}");
    }
}
