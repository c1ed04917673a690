using Supervisor.Launch;

namespace Supervisor.Sandbox.Plan;

/// <summary>Mount options of a tmpfs (tmpfs(5), mount(8)): those that belong to the mount become attributes, the others go to the file system.</summary>
internal readonly record struct TmpfsOptions(IReadOnlyList<(string Key, string? Value)> FileSystem, ulong Attributes)
{
    public const ulong ReadOnly = PlanBuilder.MOUNT_ATTR_RDONLY;

    /// <summary>nosuid and nodev unless the options say otherwise; mode 0755 and a tenth of the memory unless they say otherwise.</summary>
    public static TmpfsOptions Parse(string options)
    {
        var attributes = PlanBuilder.MOUNT_ATTR_NOSUID | PlanBuilder.MOUNT_ATTR_NODEV;
        var values = new List<(string Key, string? Value)> { ("mode", "0755"), ("size", "10%"), ("nr_inodes", "400k") };
        foreach (var option in options.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            ulong set = option switch
            {
                "ro" => PlanBuilder.MOUNT_ATTR_RDONLY,
                "nosuid" => PlanBuilder.MOUNT_ATTR_NOSUID,
                "nodev" => PlanBuilder.MOUNT_ATTR_NODEV,
                "noexec" => PlanBuilder.MOUNT_ATTR_NOEXEC,
                "noatime" => PlanBuilder.MOUNT_ATTR_NOATIME,
                "nodiratime" => PlanBuilder.MOUNT_ATTR_NODIRATIME,
                "strictatime" => PlanBuilder.MOUNT_ATTR_STRICTATIME,
                "nosymfollow" => PlanBuilder.MOUNT_ATTR_NOSYMFOLLOW,
                _ => 0,
            };
            ulong clear = option switch
            {
                "rw" => PlanBuilder.MOUNT_ATTR_RDONLY,
                "suid" => PlanBuilder.MOUNT_ATTR_NOSUID,
                "dev" => PlanBuilder.MOUNT_ATTR_NODEV,
                "exec" => PlanBuilder.MOUNT_ATTR_NOEXEC,
                "atime" or "nostrictatime" or "relatime" => PlanBuilder.MOUNT_ATTR_NOATIME | PlanBuilder.MOUNT_ATTR_STRICTATIME,
                "norelatime" => 0,
                "diratime" => PlanBuilder.MOUNT_ATTR_NODIRATIME,
                "symfollow" => PlanBuilder.MOUNT_ATTR_NOSYMFOLLOW,
                _ => 0,
            };
            attributes = (attributes | set) & ~clear;
            if ((set | clear) != 0 || option is "norelatime" or "defaults")
                continue;
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? option : option[..equals];
            values.RemoveAll(v => v.Key == key);
            values.Add((key, equals < 0 ? null : option[(equals + 1)..]));
        }
        return new(values, attributes);
    }
}
