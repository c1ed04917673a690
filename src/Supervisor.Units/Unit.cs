namespace Supervisor.Units;

/// <summary>The first six are started here.</summary>
public enum UnitType { Service, Target, Socket, Slice, Timer, Path, Mount, Automount, Swap, Scope, Device }

/// <summary>LoadState of a unit (systemd's words in <c>show</c>: loaded, not-found, bad-setting, masked).</summary>
public enum LoadState { Loaded, NotFound, BadSetting, Masked }

/// <summary>The image that a unit came from, as its 20-portable.conf and profile say.</summary>
/// <param name="Root">Absolute path of the image (RootImage= or RootDirectory=).</param>
/// <param name="Profile">The profile's name.</param>
public sealed record PortableOrigin(string Root, string Profile);

/// <summary>A unit as its files say it, immutable once loaded. Values are read by row: <c>unit.Get(Directives.KillMode).Value</c>.</summary>
public sealed partial class Unit
{
    /// <summary>Full name with type suffix, such as <c>redis@a.service</c>.</summary>
    public required string Name { get; init; }

    public required UnitType Type { get; init; }

    public LoadState LoadState { get; internal set; }

    /// <summary>The unit file itself; null when there is none.</summary>
    public string? FragmentPath { get; init; }

    /// <summary>The drop-ins in the order they were applied.</summary>
    public IReadOnlyList<string> DropIns { get; init; } = [];

    /// <summary>Other names of the same unit (links to it).</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What was found wrong, in order of appearance. A unit with an error has <see cref="LoadState.BadSetting"/>.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Set when the unit was attached from an image.</summary>
    public PortableOrigin? Portable { get; internal set; }

    /// <summary>What the image asked for beyond its profile, and does not get.</summary>
    public IReadOnlyList<WithheldSetting> Withheld { get; internal set; } = [];

    // Get<T>(Directive<T>) is in Unit.Settings.cs, beside the storage that it reads.
}
