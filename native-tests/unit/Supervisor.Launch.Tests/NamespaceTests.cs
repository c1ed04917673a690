using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Launch.Tests;

/// <summary>Mounts, roots and users, seen from inside.</summary>
public sealed class NamespaceTests
{
    private const ulong NewMount = 0x20000, NewUser = 0x10000000;

    [Fact]
    public void A_user_namespace_is_made_entered_and_leaves_no_process()
    {
        Host.NeedRoot();
        var made = UserNamespace.Create("0 0 1\n61184 61184 1", "0 0 1\n61184 61184 1");
        Assert.True(made.TryGet(out var fd, out var error), error.ToString());
        Assert.Equal(Errno.ECHILD, (Errno)(-Raw.Call(Nr.wait4, -1, 0, 1 | 0x40000000, 0)));
        var plan = Host.Begin();
        plan.Step("enter the user namespace", default, ExitStatus.User).Setns(new PlanRegister(4), NewUser);
        plan.Step("change user", default, ExitStatus.User).Setgroups([]).Setresgid(61184).Setresuid(61184);
        using var compiled = plan.Shell("cat /proc/self/uid_map; id -u; id -G").Compile();
        var (read, write) = Host.Pipe();
        var parameters = new LaunchParameters();
        parameters.Set(new PlanRegister(4), fd);
        foreach (var register in (PlanRegister[])[Host.In, Host.Out, Host.Err])
            parameters.Set(register, write);
        var result = Launcher.Start(compiled, parameters);
        write.Close();
        fd.Close();
        Assert.False(result.Failed, result.Failed ? PlanFailure.Describe(compiled, result.Outcome).ToString() : "");
        Assert.Equal("         0          0          1\n     61184      61184          1\n61184\n61184\n", Host.ReadAll(read));
        _ = Sys.Reap(result.Pidfd);
        result.Pidfd.Close();
        read.Close();
    }

    [Fact]
    public void A_map_that_the_kernel_refuses_is_an_error_and_leaves_nothing()
    {
        Host.NeedRoot();
        var made = UserNamespace.Create("0 0 1\n0 0 1", "0 0 1");
        Assert.Equal(Errno.EINVAL, made.Error.Errno);
        Assert.EndsWith("/uid_map", made.Error.Path);
        Assert.Equal(Errno.ECHILD, (Errno)(-Raw.Call(Nr.wait4, -1, 0, 1 | 0x40000000, 0)));
    }

    [Fact]
    public void The_new_mount_calls_make_a_root_of_their_own()
    {
        Host.NeedRoot();
        var plan = Host.Begin();
        plan.Step("new mount namespace", default, ExitStatus.Namespace).Unshare(NewMount).MountSetattr(PlanBuilder.Cwd, "/", PlanBuilder.AT_RECURSIVE, 0, 0, PlanBuilder.MS_PRIVATE);
        plan.Step("root of our own", default, ExitStatus.Namespace);
        var context = plan.FsOpen("tmpfs");
        plan.FsConfig(context, "mode", "0755").FsConfig(context, "size", "65536").FsCreate(context, "tmpfs");
        var root = plan.FsMount(context, PlanBuilder.MOUNT_ATTR_NODEV, "tmpfs");
        plan.Close(context);
        plan.MoveMount(root, PlanBuilder.Cwd, "/mnt");
        foreach (var folder in (string[])["usr", "proc", "old"])
            plan.MkdirAt(root, folder, 0x1ED);
        foreach (var link in (string[])["bin", "lib", "lib64"])
            plan.SymlinkAt($"usr/{link}", root, link);
        plan.WriteFile(root, "hello", "from the plan\n", 0x1A4);
        plan.Step("programs", default, ExitStatus.Namespace);
        var programs = plan.OpenTree(PlanBuilder.Cwd, "/usr", PlanBuilder.OPEN_TREE_CLONE | PlanBuilder.AT_RECURSIVE);
        plan.MountSetattr(programs, "", 0, PlanBuilder.MOUNT_ATTR_RDONLY | PlanBuilder.MOUNT_ATTR_NOSUID);
        var place = plan.OpenInRoot(root, "/usr", LibC.O_DIRECTORY | 0x200000);
        plan.MoveMount(programs, place, "").Close(place).Close(programs);
        plan.Step("go in", default, ExitStatus.Namespace).Fchdir(root).PivotRoot(".", ".").Umount2(".", 2).Chdir("/").Close(root);
        plan.Step("procfs", default, ExitStatus.Namespace).Mount("proc", "/proc", "proc", 14);
        var (output, end) = plan.Shell("ls /; cat /hello; touch /usr/x; echo $?; sed 's/ - .*//' /proc/self/mountinfo | cut -d' ' -f5,6; ls -l /proc/self/cwd | sed 's/.*-> //'").Run();
        Assert.Equal(
            """
            bin
            hello
            lib
            lib64
            old
            proc
            usr
            from the plan
            touch: cannot touch '/usr/x': Read-only file system
            1
            / rw,nodev,relatime
            /usr ro,nosuid,relatime
            /proc rw,nosuid,nodev,noexec,relatime
            /

            """.ReplaceLineEndings("\n"), output);
        Assert.Equal(new ProcessEnd(1, 0), end);
        Assert.False(Directory.Exists("/mnt/usr"));
    }

    [Fact]
    public void A_path_in_a_root_does_not_leave_it()
    {
        var folder = Directory.CreateTempSubdirectory("launch").FullName;
        File.CreateSymbolicLink($"{folder}/out", "/");
        var plan = Host.Begin();
        plan.Step("open in the root", default, 1);
        var root = plan.OpenAt(PlanBuilder.Cwd, folder, LibC.O_DIRECTORY);
        _ = plan.OpenInRoot(root, "/out/../etc/passwd", 0);
        var failure = plan.Shell("true").Fail();
        Directory.Delete(folder, recursive: true);
        Assert.Equal("cannot open in the root: openat2 /out/../etc/passwd: ENOENT, no such file or directory", failure.ToString());
    }
}
