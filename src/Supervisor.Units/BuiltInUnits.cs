namespace Supervisor.Units;

/// <summary>Well-known targets that are there without a file (systemd.special(7)); a file of the same name replaces one.</summary>
internal static class BuiltInUnits
{
    private static readonly Dictionary<string, string> Texts = new()
    {
        ["default.target"] = "[Unit]\nDescription=Default Target\nRequires=multi-user.target\nAfter=multi-user.target\nAllowIsolate=yes",
        ["multi-user.target"] = "[Unit]\nDescription=Multi-User System\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes",
        ["basic.target"] = "[Unit]\nDescription=Basic System\nRequires=sysinit.target\nWants=sockets.target timers.target paths.target slices.target\nAfter=sysinit.target sockets.target paths.target slices.target",
        ["sysinit.target"] = "[Unit]\nDescription=System Initialization\nWants=local-fs.target\nAfter=local-fs.target",
        ["rescue.target"] = "[Unit]\nDescription=Rescue Mode\nRequires=sysinit.target\nAfter=sysinit.target\nAllowIsolate=yes",
        ["emergency.target"] = "[Unit]\nDescription=Emergency Mode\nAllowIsolate=yes",
        ["shutdown.target"] = "[Unit]\nDescription=System Shutdown\nDefaultDependencies=no\nRefuseManualStart=yes",
        ["umount.target"] = "[Unit]\nDescription=Unmount All Filesystems\nDefaultDependencies=no\nRefuseManualStart=yes",
        ["final.target"] = "[Unit]\nDescription=Late Shutdown\nDefaultDependencies=no\nRefuseManualStart=yes\nAfter=shutdown.target umount.target",
        ["poweroff.target"] = "[Unit]\nDescription=Power Off\nDefaultDependencies=no\nAllowIsolate=yes",
        ["reboot.target"] = "[Unit]\nDescription=Reboot\nDefaultDependencies=no\nAllowIsolate=yes",
        ["halt.target"] = "[Unit]\nDescription=Halt\nDefaultDependencies=no\nAllowIsolate=yes",
        ["exit.target"] = "[Unit]\nDescription=Exit\nDefaultDependencies=no\nAllowIsolate=yes",
        ["network.target"] = "[Unit]\nDescription=Network\nDefaultDependencies=no\nAfter=network-pre.target",
        ["network-pre.target"] = "[Unit]\nDescription=Preparation for Network\nDefaultDependencies=no",
        ["network-online.target"] = "[Unit]\nDescription=Network is Online\nDefaultDependencies=no\nAfter=network.target",
        ["nss-lookup.target"] = "[Unit]\nDescription=Host and Network Name Lookups\nDefaultDependencies=no",
        ["nss-user-lookup.target"] = "[Unit]\nDescription=User and Group Name Lookups\nDefaultDependencies=no",
        ["remote-fs.target"] = "[Unit]\nDescription=Remote File Systems\nDefaultDependencies=no",
        ["remote-fs-pre.target"] = "[Unit]\nDescription=Preparation for Remote File Systems\nDefaultDependencies=no",
        ["local-fs.target"] = "[Unit]\nDescription=Local File Systems\nDefaultDependencies=no",
        ["local-fs-pre.target"] = "[Unit]\nDescription=Preparation for Local File Systems\nDefaultDependencies=no",
        ["time-sync.target"] = "[Unit]\nDescription=System Time Synchronized\nDefaultDependencies=no",
        ["time-set.target"] = "[Unit]\nDescription=System Time Set\nDefaultDependencies=no",
        ["sockets.target"] = "[Unit]\nDescription=Socket Units\nDefaultDependencies=no",
        ["timers.target"] = "[Unit]\nDescription=Timer Units\nDefaultDependencies=no",
        ["paths.target"] = "[Unit]\nDescription=Path Units\nDefaultDependencies=no",
        ["slices.target"] = "[Unit]\nDescription=Slice Units\nDefaultDependencies=no",
        ["swap.target"] = "[Unit]\nDescription=Swaps\nDefaultDependencies=no",
        ["rpcbind.target"] = "[Unit]\nDescription=RPC Port Mapper\nDefaultDependencies=no",
        ["graphical.target"] = "[Unit]\nDescription=Graphical Interface\nRequires=multi-user.target\nAfter=multi-user.target\nAllowIsolate=yes",
    };

    /// <summary>The text of a built-in unit; any slice is one.</summary>
    public static string? Find(string name) =>
        Texts.GetValueOrDefault(name) ?? (name.EndsWith(".slice", StringComparison.Ordinal) ? $"[Unit]\nDescription=Slice {name}\nDefaultDependencies=no" : null);
}
