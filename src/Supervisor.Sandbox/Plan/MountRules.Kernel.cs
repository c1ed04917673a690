using Supervisor.Units;

namespace Supervisor.Sandbox.Plan;

/// <summary>The kernel's own trees: /proc, /sys, /dev, /run, and what is protected in them.</summary>
internal static partial class MountRules
{
    // What of /proc can change the machine for others (systemd's list, which is Docker's and the kernel's documentation)
    private static readonly string[] ReadOnlyInProc =
    [
        "/proc/acpi", "/proc/apm", "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/latency_stats", "/proc/mtrr", "/proc/scsi", "/proc/sys",
        "/proc/sysrq-trigger", "/proc/timer_stats",
    ];

    private static readonly string[] LogSockets = ["socket", "stdout", "dev-log"];

    private static void Kernel(PlanScope s, MountTable table)
    {
        if (s.IsOn(Directives.ProtectKernelTunables, out var origin))
        {
            foreach (var path in ReadOnlyInProc)
                Fixed(table, path, origin);
            foreach (var path in (ReadOnlySpan<string>)["/proc/kallsyms", "/proc/kcore"])
                table.Add(new MountNode(path, new MountContent.Nothing(PathKind.File), origin, $"hide {path}") { Optional = true });
            table.Add(new MountNode("/sys", null, origin, "make /sys read-only") { ReadOnly = true, Optional = true });
            // ProtectControlGroups= decides about this one
            table.Add(new MountNode("/sys/fs/cgroup", null, origin, "keep /sys/fs/cgroup as it is") { ReadOnly = false, Optional = true });
        }
        ControlGroups(s, table);
        if (s.IsOn(Directives.PrivateBPF, out origin))
            table.Add(new MountNode("/sys/fs/bpf", new MountContent.Kernel("bpf"), origin, "mount a bpf file system of its own"));
        if (s.IsOn(Directives.ProtectKernelModules, out origin))
            Hide(s, table, "/usr/lib/modules", origin, optional: true);
        if (s.IsOn(Directives.ProtectKernelLogs, out origin))
        {
            foreach (var path in (ReadOnlySpan<string>)["/proc/kmsg", "/dev/kmsg"])
                table.Add(new MountNode(path, new MountContent.Nothing(PathKind.File), origin, $"hide {path}") { Optional = true });
        }
    }

    /// <summary>private and strict: the tree as it is from its own group on. Beside it there may be trees of version 1, which have no such view: nobody writes there.</summary>
    private static void ControlGroups(PlanScope s, MountTable table)
    {
        var setting = s.Get(Directives.ProtectControlGroups);
        if (setting.Value == ProtectControlGroups.No)
            return;
        if (setting.Value == ProtectControlGroups.Yes)
        {
            Fixed(table, "/sys/fs/cgroup", setting.Origin);
            return;
        }
        if (s.Facts.Cgroups.UnifiedMount is not { } tree)
        {
            s.Fail(new Failure("cannot show it its own control groups: this machine has no version 2 tree of them", null, setting.Origin, Launch.ExitStatus.Namespace));
            return;
        }
        table.Add(new MountNode(tree, new MountContent.Kernel("cgroup2"), setting.Origin, "mount its own control groups") { ReadOnly = setting.Value == ProtectControlGroups.Strict ? true : false });
        if (tree != "/sys/fs/cgroup")
            Fixed(table, "/sys/fs/cgroup", setting.Origin);
    }

    private static void Api(PlanScope s, MountTable table)
    {
        var api = s.Effective.MountApi;
        var mounts = s.HasRoot && api.Value;
        var proc = s.Get(Directives.ProtectProc);
        var subset = s.Get(Directives.ProcSubset);
        var limitsProc = s.Sandboxed && (proc.Value != ProtectProc.Default || subset.Value != ProcSubset.All);
        var pids = s.Sandboxed && s.Effective.Pids.Value;
        if (mounts || limitsProc || pids)
        {
            var content = s.Sandboxed ? new MountContent.Proc(proc.Value, subset.Value) : new MountContent.Proc(ProtectProc.Default, ProcSubset.All);
            var origin = !limitsProc ? pids ? s.Effective.Pids.Origin : api.Origin : proc.Value != ProtectProc.Default ? proc.Origin : subset.Origin;
            Add(s, table, "/proc", content, origin, limitsProc || pids ? "mount a /proc of its own" : "mount /proc");
        }
        var privateDevices = s.IsOn(Directives.PrivateDevices, out var devices);
        if (privateDevices)
            Add(s, table, "/dev", new MountContent.PrivateDev(), devices, "mount a private /dev");
        if (mounts)
        {
            Add(s, table, "/sys", new MountContent.Bind("/sys", true, PathKind.Directory), api.Origin, "mount /sys");
            if (!privateDevices)
                Add(s, table, "/dev", new MountContent.Bind("/dev", true, PathKind.Directory), api.Origin, "mount /dev");
            Add(s, table, "/run", new MountContent.Tmpfs("mode=0755,size=20%,nr_inodes=800k"), api.Origin, "mount an empty /run");
        }
        if (s.Sandboxed && s.Effective.Ipc is { Value: true, Origin: var ipc } && (!s.HasRoot || mounts) && !privateDevices)
            table.Add(new MountNode("/dev/mqueue", new MountContent.Kernel("mqueue"), ipc, "mount message queues of its own") { Optional = true });
    }

    private static void Sockets(PlanScope s, MountTable table)
    {
        if (!s.HasRoot)
            return;
        if (s.Context.Notify)
            Socket(s.Facts.NotifySocket, SandboxPlanner.NotifyInRoot, s.Get(Directives.NotifyAccess).Origin, "show the notify socket", optional: false);
        var log = s.Get(Directives.BindLogSockets);
        if (!log.Value)
            return;
        foreach (var name in LogSockets)
            Socket($"{s.Facts.LogSockets}/{name}", $"/run/systemd/journal/{name}", log.Origin, "show the log's sockets", optional: true);

        void Socket(string source, string path, Origin origin, string title, bool optional)
        {
            if (!optional || s.Context.HostView.Look(source).Kind != PathKind.Missing)
                table.Add(new MountNode(Canonical(s, path), new MountContent.Bind(source, false, PathKind.File), origin, title) { Optional = optional });
        }
    }

    private static void Fixed(MountTable table, string path, Origin origin) =>
        table.Add(new MountNode(path, null, origin, $"make {path} read-only") { ReadOnly = true, Optional = true });
}
