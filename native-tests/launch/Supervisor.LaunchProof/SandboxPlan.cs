using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Sandbox.Seccomp;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.LaunchProof;

/// <summary>A start as the default profile makes it, from the root of this machine instead of an image.</summary>
internal static class SandboxPlan
{
    private const ulong Private = PlanBuilder.MS_PRIVATE, Safe = PlanBuilder.MOUNT_ATTR_NOSUID | PlanBuilder.MOUNT_ATTR_NODEV, NoExec = Safe | PlanBuilder.MOUNT_ATTR_NOEXEC,
        NewNamespaces = 0x20000 | 0x08000000 | 0x04000000, NewUser = 0x10000000;

    /// <summary>The capabilities that the default profile leaves.</summary>
    private const ulong Capabilities = 0x00000000_00a075fb;

    public static LaunchPlan Create()
    {
        var plan = new PlanBuilder("bench.service");
        plan.Step("new namespaces", default, ExitStatus.Namespace).SetDumpable(false).Setsid().Unshare(NewNamespaces)
            .MountSetattr(PlanBuilder.Cwd, "/", PlanBuilder.AT_RECURSIVE, 0, 0, Private);

        plan.Step("root", default, ExitStatus.Namespace);
        var root = plan.OpenTree(PlanBuilder.Cwd, "/", PlanBuilder.OPEN_TREE_CLONE);
        plan.MountSetattr(root, "", 0, PlanBuilder.MOUNT_ATTR_RDONLY | PlanBuilder.MOUNT_ATTR_NOSUID).MoveMount(root, PlanBuilder.Cwd, "/mnt");

        Tmpfs(plan, root, "/dev", "mode=0755", PlanBuilder.MOUNT_ATTR_NOSUID | PlanBuilder.MOUNT_ATTR_NOEXEC);
        foreach (var device in (string[])["null", "zero", "full", "random", "urandom", "tty"])
        {
            plan.Step($"bind /dev/{device}", default, ExitStatus.Namespace).MknodAt(root, $"dev/{device}", 0x8000 | 0x1B6, 0);
            Bind(plan, root, $"/dev/{device}", PlanBuilder.MOUNT_ATTR_NOSUID | PlanBuilder.MOUNT_ATTR_NOEXEC);
        }
        Tmpfs(plan, root, "/tmp", "mode=1777", Safe);
        Tmpfs(plan, root, "/var/tmp", "mode=1777", Safe);
        Tmpfs(plan, root, "/run", "mode=0755", Safe);
        Tmpfs(plan, root, "/home", "mode=0755", NoExec | PlanBuilder.MOUNT_ATTR_RDONLY);
        Tmpfs(plan, root, "/root", "mode=0755", NoExec | PlanBuilder.MOUNT_ATTR_RDONLY);
        foreach (var path in (string[])["/etc/passwd", "/etc/group", "/etc/hosts"])
        {
            plan.Step($"bind {path}", default, ExitStatus.Namespace);
            Bind(plan, root, path, Safe | PlanBuilder.MOUNT_ATTR_RDONLY);
        }
        plan.Step("mount procfs", default, ExitStatus.Namespace);
        Mount(plan, root, "proc", "/proc", "hidepid", "invisible", NoExec);
        plan.Step("bind /sys", default, ExitStatus.Namespace);
        Bind(plan, root, "/sys", NoExec | PlanBuilder.MOUNT_ATTR_RDONLY);

        plan.Step("pivot", default, ExitStatus.Namespace).Fchdir(root).PivotRoot(".", ".").Umount2(".", 2).Chdir("/").Close(root);
        plan.Step("kernel tunables read-only", default, ExitStatus.Namespace);
        foreach (var path in (string[])["/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq"])
        {
            var tree = plan.OpenTree(PlanBuilder.Cwd, path, PlanBuilder.OPEN_TREE_CLONE, OnError.SkipStep(Errno.ENOENT));
            plan.MountSetattr(tree, "", 0, PlanBuilder.MOUNT_ATTR_RDONLY).MoveMount(tree, PlanBuilder.Cwd, path).Close(tree);
        }

        plan.Step("limits", default, ExitStatus.Limits).SetLimit(7, 1024, 1024).Umask(0x12);
        plan.Step("user namespace", default, ExitStatus.User).Setns(LaunchProof.Run.UserNamespace, NewUser);
        plan.Step("bounding set", default, ExitStatus.Capabilities).KeepBoundingSet(Capabilities, 40);
        plan.Step("user", default, ExitStatus.User).Setgroups([]).Setresgid(61184).Setresuid(61184);
        plan.Step("capabilities", default, ExitStatus.Capabilities).Capset(0, 0, 0).SetAmbient(0);
        plan.Step("no new privileges", default, ExitStatus.NoNewPrivileges).SetNoNewPrivileges();
        plan.Step("seccomp", default, ExitStatus.Seccomp).InstallSeccomp(SeccompCompiler.Compile(Calls(), out _)!.Code);
        plan.Step("execve /bin/true", default, ExitStatus.Exec).Execve("/bin/true", ["true"], ["PATH=/usr/bin"]);
        return plan.Build();
    }

    private static SeccompSettings Calls() => new()
    {
        Filters = [new SyscallFilter(true, ((string[])["@default", "@system-service"]).SelectMany(SyscallSets.Expand).Distinct().ToDictionary(n => n, _ => (int?)null),
            new Dictionary<string, int?>(), default)],
        ErrorNumber = (int)Errno.EPERM,
        Architectures = ["native"],
        AddressFamilies = [new AddressFamilyFilter(true, new HashSet<int> { 1, 2, 10, 16 }, default)],
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

    private static void Tmpfs(PlanBuilder plan, PlanRegister root, string path, string option, ulong attributes)
    {
        plan.Step($"mount a private {path}", default, ExitStatus.Namespace);
        var equals = option.IndexOf('=');
        Mount(plan, root, "tmpfs", path, option[..equals], option[(equals + 1)..], attributes);
    }

    private static void Mount(PlanBuilder plan, PlanRegister root, string type, string path, string key, string value, ulong attributes)
    {
        var context = plan.FsOpen(type);
        plan.FsConfig(context, key, value).FsCreate(context, path);
        var mount = plan.FsMount(context, attributes, path);
        Attach(plan.Close(context), root, mount, path);
    }

    private static void Bind(PlanBuilder plan, PlanRegister root, string path, ulong attributes)
    {
        var tree = plan.OpenTree(PlanBuilder.Cwd, path, PlanBuilder.OPEN_TREE_CLONE);
        Attach(plan.MountSetattr(tree, "", 0, attributes), root, tree, path);
    }

    private static void Attach(PlanBuilder plan, PlanRegister root, PlanRegister mount, string path)
    {
        var place = plan.OpenInRoot(root, path, 0x200000);
        plan.MoveMount(mount, place, "").Close(place).Close(mount);
    }
}
