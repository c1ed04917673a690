using Supervisor.Linux;

namespace Supervisor.Sandbox;

/// <summary>What a plan needs besides the unit. A plan holds for as long as this stays the same; what changes with each start is in <see cref="StartValues"/>.</summary>
public sealed record LaunchContext
{
    public required HostFacts Facts { get; init; }

    public ServiceIdentity Identity { get; init; } = ServiceIdentity.Root;

    /// <summary>Where the service's root comes from; null for the host's own.</summary>
    public RootSource? Root { get; init; }

    /// <summary>A look into the service's root: the image, or the host.</summary>
    public RootView RootView { get; init; } = RootView.Unknown;

    /// <summary>A look at the host, where bind mounts come from. The same as <see cref="RootView"/> without an image.</summary>
    public RootView HostView { get; init; } = RootView.Unknown;

    /// <summary>What <see cref="ServiceDirectories.Prepare"/> made.</summary>
    public IReadOnlyList<PreparedDirectory> Directories { get; init; } = [];

    /// <summary>Directories of version 1 cgroups that the process enters (<see cref="UnitCgroup.EnterPaths"/>).</summary>
    public IReadOnlyList<string> EnterCgroups { get; init; } = [];

    /// <summary>How many sockets the service is given.</summary>
    public int Sockets { get; init; }

    /// <summary>How many descriptors of its store it is given after them.</summary>
    public int Stored { get; init; }

    /// <summary>How many files it is given behind them (OpenFile=).</summary>
    public int Files { get; init; }

    /// <summary>Descriptors from 3 on.</summary>
    public int Passed => Sockets + Stored + Files;

    /// <summary>True when the service talks to the notify socket.</summary>
    public bool Notify { get; init; }

    /// <summary>True when a path may be on a file system that waits for somebody else; the plan then is one that may block (<see cref="Launch.LaunchPlan.MayBlock"/>).</summary>
    public bool MayBlock { get; init; }

    /// <summary>
    /// Settings that this start does without, because they failed here and SandboxMode=degrade asks to go on: of a failed step its origin, and why. Only those
    /// that <see cref="SandboxPlanner.CanLeaveOut"/> allows.
    /// </summary>
    public IReadOnlyList<DegradedSetting> LeaveOut { get; init; } = [];

    internal IReadOnlySet<string> LeftOut => LeaveOut.Select(l => l.Origin.Directive ?? "").ToHashSet();
}

/// <summary>Where a service's root comes from.</summary>
public abstract record RootSource
{
    private RootSource()
    {
    }

    /// <summary>A directory of the host (RootDirectory=).</summary>
    public sealed record Directory(string Path) : RootSource;

    /// <summary>
    /// An image. The manager holds its detached mount, which is in <see cref="Registers.Image"/>. Where the kernel cannot copy such a mount
    /// (<see cref="HostFacts.CanCloneDetachedMounts"/>) the child asks for the file system again: <paramref name="Type"/> on <paramref name="Device"/>; the kernel has it open and
    /// gives the same one.
    /// </summary>
    /// <param name="Type">Such as squashfs.</param>
    /// <param name="Device">Such as /dev/loop3.</param>
    public sealed record Mount(string Type, string Device) : RootSource;
}
