using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Launch.Tests;

public sealed class LauncherTests
{
    [Fact]
    public void A_program_runs_with_its_arguments_environment_and_streams()
    {
        var (output, end) = Host.Begin().Shell("echo out $A; echo err >&2; cat; exit 7", "A=1 2").Run();
        Assert.Equal("out 1 2\nerr\n", output);
        Assert.Equal(new ProcessEnd(1, 7), end);
    }

    [Fact]
    public void A_compiled_plan_starts_again_and_again()
    {
        using var plan = Host.Begin().Shell("exit 3").Compile();
        for (var i = 0; i < 50; i++)
            Assert.Equal(new ProcessEnd(1, 3), plan.Run().End);
    }

    [Fact]
    public void Only_the_placed_descriptors_are_open()
    {
        var (output, _) = Host.Begin().Shell("ls -l /proc/self/fd | sed -n 's/.* \\([0-9]* ->.*\\)/\\1/p'").Run();
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length); // the fourth is the directory that ls itself reads
        Assert.Equal("0 -> /dev/null", lines[0]);
        Assert.StartsWith("1 -> pipe:", lines[1]);
        Assert.StartsWith("3 -> /proc/", lines[3]);
    }

    [Fact]
    public void Descriptors_change_places_without_overwriting_one_another()
    {
        // 40 files in registers from 2 on, wanted at the numbers 2 to 41 in reverse: some have one another's numbers
        var files = Enumerable.Range(0, 40).Select(_ => Host.Pipe()).ToArray();
        var named = files.Select(f => Sys.ReadlinkAt(Fd.Cwd, $"/proc/self/fd/{f.Read.Number}").Value).ToArray();
        var registers = Enumerable.Range(2, 40).Select(n => new PlanRegister(n)).ToArray();
        var plan = new PlanBuilder("sockets.service");
        plan.Step("place", default, ExitStatus.Fds).PlaceDescriptors([Host.Out, Host.Out, .. registers.Reverse()]);
        plan.Step("execve", default, ExitStatus.Exec).Execve("/bin/sh", ["sh", "-c", "for i in $(seq 2 41); do readlink /proc/self/fd/$i; done"], ["PATH=/bin:/usr/bin"]);
        using var compiled = plan.Build().Compile();
        var (read, write) = Host.Pipe();
        var parameters = new LaunchParameters();
        for (var i = 0; i < files.Length; i++)
            parameters.Set(registers[i], files[i].Read);
        parameters.Set(Host.Out, write);
        var result = Launcher.Start(compiled, parameters);
        write.Close();
        Assert.False(result.Failed);
        var seen = Host.ReadAll(read).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _ = Sys.Reap(result.Pidfd);
        result.Pidfd.Close();
        foreach (var file in files)
        {
            file.Read.Close();
            file.Write.Close();
        }
        read.Close();
        Assert.Equal(named.Reverse(), seen);
    }

    [Fact]
    public void No_signal_is_blocked_ignored_or_pending()
    {
        var plan = Host.Begin();
        plan.Step("execve", default, ExitStatus.Exec).Execve("/bin/grep", ["grep", "^Sig[BIP]", "/proc/self/status"], []);
        var (output, _) = plan.Build().Run();
        Assert.Equal("SigPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", output);
    }

    [Fact]
    public void A_signal_is_ignored_when_the_plan_says_so()
    {
        var plan = Host.Begin();
        plan.Step("ignore SIGPIPE", default, ExitStatus.SignalMask).IgnoreSignal(13);
        plan.Step("execve", default, ExitStatus.Exec).Execve("/bin/grep", ["grep", "^SigI", "/proc/self/status"], []);
        Assert.Equal("SigIgn:\t0000000000001000\n", plan.Build().Run().Output);
    }

    [Fact]
    public void The_parents_signal_mask_is_as_it_was()
    {
        var before = Sys.SignalProcMask(0, 0);
        _ = Host.Begin().Shell("true").Run();
        Assert.Equal(before, Sys.SignalProcMask(0, 0));
    }

    [Fact]
    public void The_process_knows_its_own_number_in_its_environment()
    {
        var plan = Host.Begin();
        plan.Step("set up socket activation", default, ExitStatus.Fds);
        var pid = plan.TextWithPid("LISTEN_PID=");
        plan.Step("execve", default, ExitStatus.Exec).Execve("/bin/sh", ["sh", "-c", "echo $$ $LISTEN_PID"], [pid]);
        using var compiled = plan.Build().Compile();
        for (var i = 0; i < 3; i++)
        {
            var words = compiled.Run().Output.Trim().Split(' ');
            Assert.Equal(words[0], words[1]);
        }
    }

    [Fact]
    public void A_child_for_the_parent_is_a_brother()
    {
        using var plan = Host.Begin().Shell("echo $PPID").Compile();
        var (read, write) = Host.Pipe();
        var parameters = new LaunchParameters { ForParent = true };
        parameters.Set(Host.Out, write);
        parameters.Set(Host.Err, write);
        parameters.Set(Host.In, write);
        var result = Launcher.Start(plan, parameters);
        write.Close();
        Assert.False(result.Failed);
        Assert.Equal(((int)Raw.Call(Nr.getppid)).ToString(), Host.ReadAll(read).Trim());
        // not ours to wait for, but its pidfd tells us of its end
        Assert.True(Sys.PollOne(result.Pidfd, 1, 5000).Value);
        Assert.Equal(Errno.ECHILD, Sys.Reap(result.Pidfd).Error.Errno);
        result.Pidfd.Close();
        read.Close();
    }

    [Fact]
    public void A_process_is_born_in_its_cgroup()
    {
        Host.NeedRoot();
        var top = Sys.Exists("/sys/fs/cgroup/unified/cgroup.procs") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
        Assert.SkipUnless(Sys.Exists($"{top}/cgroup.procs"), "no cgroup tree of version 2");
        var path = $"{top}/launch-test-{Environment.ProcessId}";
        Assert.True(Sys.MkdirAt(Fd.Cwd, path, 0x1ED).Ok);
        var cgroup = Sys.Open(path, LibC.O_RDONLY | LibC.O_DIRECTORY).Value;
        var (output, _) = Host.Begin().Shell("sed -n 's/^0:://p' /proc/self/cgroup").Run(cgroup: cgroup);
        cgroup.Close();
        Assert.True(Sys.UnlinkAt(Fd.Cwd, path, LibC.AT_REMOVEDIR).Ok);
        Assert.EndsWith($"/launch-test-{Environment.ProcessId}\n", output);
    }

    [Fact]
    public void A_cgroup_that_is_none_is_a_failure_to_start_a_process()
    {
        using var plan = Host.Begin().Shell("true").Compile();
        var here = Sys.Open("/", LibC.O_RDONLY | LibC.O_DIRECTORY).Value;
        var result = Launcher.Start(plan, new LaunchParameters { Cgroup = here });
        here.Close();
        Assert.Equal(new LaunchOutcome(-1, -1, Errno.EBADF, false), result.Outcome);
        Assert.Equal("cannot start a process: clone3 web.service: EBADF, bad file descriptor", PlanFailure.Describe(plan, result.Outcome).ToString());
    }

    [Fact]
    public void Groups_user_and_capabilities_are_what_the_plan_says()
    {
        Host.NeedRoot();
        var plan = Host.Begin();
        plan.Step("drop capabilities", default, ExitStatus.Capabilities).KeepBoundingSet(1 << 10, LastCapability);
        plan.Step("change group", default, ExitStatus.Group).Setgroups([4711, 4712]).Setresgid(4710);
        plan.Step("keep capabilities", default, ExitStatus.Capabilities).SetKeepCapabilities(true);
        plan.Step("change user", default, ExitStatus.User).Setresuid(4709);
        plan.Step("set capabilities", default, ExitStatus.Capabilities).Capset(1 << 10, 1 << 10, 1 << 10).SetAmbient(1 << 10);
        plan.Step("no new privileges", default, ExitStatus.NoNewPrivileges).SetNoNewPrivileges();
        var (output, _) = plan.Shell("grep -E '^(Uid|Gid|Groups|Cap|NoNew)' /proc/self/status").Run();
        Assert.Equal(
            """
            Uid:	4709	4709	4709	4709
            Gid:	4710	4710	4710	4710
            Groups:	4711 4712 
            CapInh:	0000000000000400
            CapPrm:	0000000000000400
            CapEff:	0000000000000400
            CapBnd:	0000000000000400
            CapAmb:	0000000000000400
            NoNewPrivs:	1

            """.ReplaceLineEndings("\n"), output);
    }

    [Fact]
    public void Limits_and_the_like_reach_the_program()
    {
        var plan = Host.Begin();
        plan.Step("set limits", default, ExitStatus.Limits).SetLimit(7, 123, 124);
        plan.Step("set the rest", default, 1).Umask(0x3F).Setsid().SetPriority(5).Chdir("/usr").SetDumpable(false);
        var (output, _) = plan.Shell("ulimit -Sn; ulimit -Hn; umask; pwd; cut -d' ' -f6,19 /proc/self/stat; echo $$").Run();
        var lines = output.Split('\n');
        Assert.Equal(["123", "124", "0077", "/usr"], lines[..4]);
        Assert.Equal($"{lines[5]} 5", lines[4]);
    }

    private static int LastCapability => int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap"));
}
