using Supervisor.Units;

namespace Supervisor.Portable;

/// <summary>Why something was refused: one sentence that names the image.</summary>
public sealed record PortableError(string Message)
{
    public override string ToString() => Message;
}

/// <summary>Something that attach makes: a file with its bytes, or a link to <paramref name="LinkTarget"/>.</summary>
public sealed record PlannedFile(string Path, byte[]? Content, string? LinkTarget);

/// <summary>A unit that an image brings.</summary>
/// <param name="Source">Its path in the image.</param>
/// <param name="Unit">As it will be under the profile.</param>
public sealed record ImageUnit(string Name, string Source, byte[] Text, Unit Unit);

/// <summary>What attach is going to do, as data. Nothing is written yet, except a built-in profile that is to be linked to.</summary>
/// <param name="Files">In the order in which they are made: a unit comes after its drop-ins.</param>
public sealed record AttachPlan(
    string Image, string FileSystem, long Size, OsRelease OsRelease, string Prefix, string Profile, bool Runtime, IReadOnlyList<ImageUnit> Units, IReadOnlyList<PlannedFile> Files);

/// <param name="Copy">auto, copy, symlink or mixed.</param>
/// <param name="Active">Units that run: these cannot be attached over without force.</param>
public sealed record AttachOptions(
    string Profile = "default", bool Runtime = false, string Copy = "auto", bool Force = false, IReadOnlySet<string>? Active = null,
    IReadOnlyDictionary<char, string>? Facts = null);
