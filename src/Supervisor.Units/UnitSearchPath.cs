namespace Supervisor.Units;

/// <summary>A directory of units. What lies in an attached one was brought by an image: it may narrow its sandbox, not widen it.</summary>
public readonly record struct UnitDirectory(string Path, bool Attached);

/// <summary>Where units are looked for, first wins.</summary>
public sealed record UnitSearchPath(IReadOnlyList<UnitDirectory> Directories);
