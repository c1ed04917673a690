using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Launch.Tests;

/// <summary>Every failure says which step, which call, which error, and who asked for it.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("launch").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_failed_mount_reads_as_documented()
    {
        var plan = Host.Begin();
        plan.Step("mount a private /tmp", Host.Somewhere, ExitStatus.Namespace).Mount("tmpfs", $"{_folder}/missing", "tmpfs", 0);
        var failure = plan.Shell("true").Fail();
        Assert.Equal(226, failure.ExitStatus);
        Assert.Equal($"cannot mount a private /tmp: mount tmpfs on {_folder}/missing: {(Host.IsRoot ? "ENOENT, no such file or directory" : "EPERM, operation not permitted")}" +
            " — PrivateTmp=, /etc/systemd/system/web.service:14", failure.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_step_that_failed_is_the_one_named(int bad)
    {
        var plan = Host.Begin();
        for (var i = 1; i <= 3; i++)
            plan.Step($"go to folder {i}", new Origin("/x.service", i, "WorkingDirectory"), ExitStatus.Chdir, "/folder").Chdir("/").Chdir(i == bad ? "/no/such" : "/usr");
        Assert.Equal($"cannot go to folder {bad}: chdir /no/such: ENOENT, no such file or directory — WorkingDirectory=, /x.service:{bad}", plan.Shell("true").Fail().ToString());
    }

    [Fact]
    public void A_call_without_a_name_of_its_own_shows_the_steps_path()
    {
        var plan = Host.Begin();
        plan.Step("enter the folder", default, ExitStatus.Chdir, "/srv").Fchdir(new PlanRegister(9));
        Assert.Equal("cannot enter the folder: fchdir /srv: EBADF, bad file descriptor", plan.Shell("true").Fail().ToString());
    }

    [Fact]
    public void A_missing_program_is_told_from_a_missing_loader()
    {
        Assert.Equal("cannot start it: there is no such file in the service's root: execve /no/program: ENOENT, no such file or directory", Execute("/no/program").ToString());
        var script = Script("#!/no/interpreter\n");
        Assert.Equal($"cannot start it: the file is there, but its interpreter or loader is missing: execve {script}: ENOENT, no such file or directory", Execute(script).ToString());
    }

    [Fact]
    public void A_file_that_is_no_program_says_so()
    {
        Assert.Contains("neither a program for this machine nor a script", Execute(Script("neither\n")).Attempt);
        var plain = Path.Combine(_folder, "plain");
        File.WriteAllText(plain, "#!/bin/sh\n");
        var failure = Execute(plain);
        Assert.Contains("not executable", failure.Attempt);
        Assert.Equal(Errno.EACCES, failure.Cause!.Value.Errno);
        Assert.Equal(203, failure.ExitStatus);
    }

    [Fact]
    public void Errors_that_are_meant_are_passed_over()
    {
        var folder = Path.Combine(_folder, "made");
        var plan = Host.Begin();
        plan.Step("make a folder", default, 1)
            .MkdirAt(PlanBuilder.Cwd, folder, 0x1C0)
            .MkdirAt(PlanBuilder.Cwd, folder, 0x1C0, OnError.Ignore(Errno.EEXIST))
            .Chdir("/no/such", OnError.Ignore(Errno.ENOTDIR, Errno.ENOENT))
            .Chdir("/no/such", OnError.IgnoreAll);
        plan.Step("an optional path", default, 1).Chdir("/no/such", OnError.SkipStep(Errno.ENOENT)).Chdir("/nor/this");
        plan.Step("and on", default, 1).Chdir("/usr");
        Assert.Equal("/usr\n", plan.Shell("pwd").Run().Output);
        Assert.True(Directory.Exists(folder));
    }

    [Fact]
    public void Errors_that_are_not_meant_fail()
    {
        var plan = Host.Begin();
        plan.Step("go", default, 1).Chdir("/bin/sh", OnError.Ignore(Errno.ENOENT, Errno.EPERM));
        Assert.Equal(Errno.ENOTDIR, plan.Shell("true").Fail().Cause!.Value.Errno);
        plan = Host.Begin();
        plan.Step("go", default, 1).Chdir("/bin/sh", OnError.SkipStep(Errno.ENOENT));
        Assert.Equal(Errno.ENOTDIR, plan.Shell("true").Fail().Cause!.Value.Errno);
    }

    [Fact]
    public void A_zero_byte_in_a_text_is_refused_before_anything_starts()
    {
        var plan = Host.Begin();
        plan.Step("go to a folder", Host.Somewhere, ExitStatus.Chdir).Chdir("/usr\0/etc");
        Assert.Null(CompiledPlan.Create(plan.Shell("true"), out var failure));
        Assert.Equal("cannot go to a folder: a text contains a zero byte — PrivateTmp=, /etc/systemd/system/web.service:14", failure!.ToString());
        Assert.Null(CompiledPlan.Create(Host.Begin().Shell("true", "A=\0"), out failure));
        Assert.NotNull(failure);
    }

    [Fact]
    public void A_plan_that_may_block_reports_through_its_pipe()
    {
        var plan = Host.Begin();
        plan.MayBlock = true;
        plan.Step("go to a folder", Host.Somewhere, ExitStatus.Chdir).Chdir("/no/such");
        using var compiled = plan.Shell("true").Compile();
        var result = Launcher.Start(compiled, WithNull(out var nothing));
        nothing.Close();
        Assert.False(result.Failed);
        Assert.True(Sys.PollOne(result.Report, 1, 10_000).Value);
        var outcome = Launcher.ReadReport(compiled, result.Report);
        Assert.Equal("cannot go to a folder: chdir /no/such: ENOENT, no such file or directory — PrivateTmp=, /etc/systemd/system/web.service:14",
            PlanFailure.Describe(compiled, outcome!.Value).ToString());
        Assert.Equal(new ProcessEnd(1, ExitStatus.Chdir), Sys.Reap(result.Pidfd).Value);
        result.Pidfd.Close();
        result.Report.Close();
    }

    [Fact]
    public void A_plan_that_blocks_leaves_the_starter_free()
    {
        // the child waits for a writer of the FIFO, which the test becomes only after the start has returned
        var fifo = Path.Combine(_folder, "fifo");
        Assert.True(Sys.MknodAt(Fd.Cwd, fifo, 0x1000 | 0x180, 0).Ok);
        var plan = Host.Begin();
        plan.MayBlock = true;
        plan.Step("open a path that blocks", default, 1);
        _ = plan.OpenAt(PlanBuilder.Cwd, fifo, 0);
        using var compiled = plan.Shell("exit 5").Compile();
        var result = Launcher.Start(compiled, WithNull(out var nothing));
        nothing.Close();
        Assert.Null(Launcher.ReadReport(compiled, result.Report));
        Sys.Open(fifo, 1).Value.Close();
        Assert.True(Sys.PollOne(result.Report, 1, 10_000).Value);
        Assert.Equal(LaunchOutcome.Started, Launcher.ReadReport(compiled, result.Report));
        Assert.Equal(new ProcessEnd(1, 5), Sys.Reap(result.Pidfd).Value);
        result.Pidfd.Close();
        result.Report.Close();
    }

    private static LaunchParameters WithNull(out Fd nothing)
    {
        nothing = Sys.Open("/dev/null", 2).Value;
        var parameters = new LaunchParameters();
        foreach (var register in (PlanRegister[])[Host.In, Host.Out, Host.Err])
            parameters.Set(register, nothing);
        return parameters;
    }

    private static Failure Execute(string path)
    {
        var plan = Host.Begin();
        plan.Step("start it", default, ExitStatus.Exec).Execve(path, [path], []);
        return plan.Build().Fail();
    }

    private string Script(string text)
    {
        var path = Path.Combine(_folder, "script");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        return path;
    }
}
