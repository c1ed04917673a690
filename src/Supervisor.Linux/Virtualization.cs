using System.Text;

namespace Supervisor.Linux;

/// <summary>ConditionVirtualization=: what this machine runs in, from what the kernel shows.</summary>
public static class Virtualization
{
    /// <summary>A boolean, "vm", "container", or one of systemd-detect-virt(1)'s names that can be told here.</summary>
    public static bool Matches(string argument)
    {
        var container = Container();
        var machine = Machine();
        return argument switch
        {
            "yes" or "true" or "1" or "on" => container is not null || machine is not null,
            "no" or "false" or "0" or "off" => container is null && machine is null,
            "container" => container is not null,
            "vm" => container is null && machine is not null,
            _ => argument == (container ?? machine ?? "none"),
        };
    }

    /// <summary>The container manager's name; null outside of one.</summary>
    public static string? Container() =>
        Sys.Exists("/.dockerenv") ? "docker"
        : Sys.Exists("/run/.containerenv") ? "podman"
        : Sys.ReadFile("/run/systemd/container").TryGet(out var name, out _) ? Encoding.UTF8.GetString(name).Trim()
        : null;

    /// <summary>The hypervisor's name; null on bare metal.</summary>
    public static string? Machine()
    {
        if (!Sys.ReadFile("/proc/cpuinfo", 16 << 20).TryGet(out var cpu, out _) || cpu.AsSpan().IndexOf(" hypervisor"u8) < 0)
            return null;
        var vendor = Sys.ReadFile("/sys/class/dmi/id/sys_vendor").TryGet(out var bytes, out _) ? Encoding.UTF8.GetString(bytes).Trim() : "";
        return vendor switch
        {
            "QEMU" => Sys.Exists("/sys/module/kvm_guest") ? "kvm" : "qemu",
            "VMware, Inc." => "vmware",
            "innotek GmbH" => "oracle",
            "Xen" => "xen",
            "Microsoft Corporation" => "microsoft",
            "Amazon EC2" => "amazon",
            _ => "vm-other",
        };
    }
}
