using Supervisor.Units;

namespace Supervisor.Sandbox.Plan;

/// <summary>What is put at a path.</summary>
internal abstract record MountContent
{
    /// <summary>True for an empty tree of ours, in which missing mount points can be made.</summary>
    public virtual bool IsOurs => false;

    /// <summary>A file or directory of the host.</summary>
    public sealed record Bind(string Source, bool Recursive, PathKind Kind) : MountContent;

    /// <summary>A directory that was prepared for the service.</summary>
    public sealed record Own(PreparedDirectory Directory) : MountContent;

    /// <summary>A tmpfs with options of mount(8).</summary>
    public sealed record Tmpfs(string Options) : MountContent
    {
        public override bool IsOurs => true;
    }

    /// <summary>/tmp or /var/tmp: a directory of the unit's shared tmpfs, or a tmpfs of this process.</summary>
    public sealed record PrivateTmp(string Directory) : MountContent
    {
        public override bool IsOurs => true;
    }

    public sealed record Proc(ProtectProc Protect, ProcSubset Subset) : MountContent;

    /// <summary>A /dev with harmless nodes.</summary>
    public sealed record PrivateDev : MountContent
    {
        public override bool IsOurs => true;
    }

    /// <summary>A file system that shows what its mounter's namespaces have: mqueue, cgroup2, bpf.</summary>
    public sealed record Kernel(string Type) : MountContent;

    /// <summary>Something with mode 0 in its place.</summary>
    public sealed record Nothing(PathKind Kind) : MountContent;

    /// <summary>A small file that we write.</summary>
    public sealed record File(string Name, byte[] Bytes) : MountContent;
}

/// <summary>One path of the service's root that differs from the root itself.</summary>
/// <param name="Path">Without links, as far as that is known.</param>
/// <param name="Title">What is done, after "cannot": <c>mount a private /tmp</c>.</param>
internal sealed record MountNode(string Path, MountContent? Content, Origin Origin, string Title)
{
    /// <summary>A missing path is no error.</summary>
    public bool Optional { get; init; }

    /// <summary>True read-only, false writable although what is around it is not, null as it is.</summary>
    public bool? ReadOnly { get; init; }

    public bool? NoExec { get; init; }

    /// <summary>nosuid and nodev, for content that somebody else may fill.</summary>
    public bool Harmless { get; init; }
}
