namespace Supervisor.Images;

/// <summary>
/// systemd.image-policy(7): which partitions an image may have and how they must be protected. A naked file system has one, root, without protection: that
/// is what can be checked here; a policy that asks for more is refused for it.
/// </summary>
public sealed class ImagePolicy
{
    private static readonly string[] Designators =
        ["root", "usr", "home", "srv", "esp", "xbootldr", "swap", "root-verity", "root-verity-sig", "usr-verity", "usr-verity-sig", "tmp", "var"];

    private static readonly string[] Flags =
        ["unprotected", "verity", "signed", "encrypted", "encryptedwithintegrity", "unused", "absent", "open", "ignore", "read-only-on", "read-only-off", "growfs-on", "growfs-off",
         "squashfs", "erofs", "ext4", "btrfs", "xfs", "f2fs", "vfat"];

    private static readonly string[] FileSystems = ["squashfs", "erofs", "ext4", "btrfs", "xfs", "f2fs", "vfat"];

    private readonly Dictionary<string, string[]> _rules;
    private readonly string[] _default;

    private ImagePolicy(Dictionary<string, string[]> rules, string[] fallback) => (_rules, _default) = (rules, fallback);

    /// <summary>"root=signed+verity:usr=absent:=ignore", or "*", "-", "~"; the error says what is wrong.</summary>
    public static ImagePolicy? Parse(string text, out string? error)
    {
        error = null;
        switch (text)
        {
            case "*":
                return new ImagePolicy([], ["open"]);
            case "-":
                return new ImagePolicy([], ["ignore"]);
            case "~":
                return new ImagePolicy([], ["absent"]);
        }
        var rules = new Dictionary<string, string[]>();
        string[] fallback = ["ignore"];
        foreach (var part in text.Split(':'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                error = $"{part} is not of the form PARTITION=FLAGS";
                return null;
            }
            var name = part[..equals].Trim();
            var flags = part[(equals + 1)..].Split('+', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (flags.FirstOrDefault(f => !Flags.Contains(f)) is { } unknown)
            {
                error = $"{unknown} is no flag of an image policy";
                return null;
            }
            if (name.Length == 0)
                fallback = flags;
            else if (!Designators.Contains(name))
            {
                error = $"{name} is no partition of an image policy";
                return null;
            }
            else
                rules[name] = flags;
        }
        return new ImagePolicy(rules, fallback);
    }

    /// <summary>What pins a naked file system: it may be nothing else from now on.</summary>
    public static string Pin(string fileSystem) => $"root=unprotected+{fileSystem}:=absent";

    /// <summary>Null when a naked file system of this kind is acceptable, else why it is not.</summary>
    public string? Refusal(string fileSystem)
    {
        var flags = _rules.GetValueOrDefault("root", _default);
        var use = flags.Where(f => !FileSystems.Contains(f) && !f.StartsWith("read-only", StringComparison.Ordinal) && !f.StartsWith("growfs", StringComparison.Ordinal)).ToList();
        var kinds = flags.Where(FileSystems.Contains).ToList();
        if (use.Count > 0 && !use.Contains("unprotected") && !use.Contains("open"))
            return $"the image is not protected, and its policy wants root to be {string.Join(" or ", use)}";
        return kinds.Count > 0 && !kinds.Contains(fileSystem) ? $"the image is {fileSystem}, and its policy wants {string.Join(" or ", kinds)}" : null;
    }
}
