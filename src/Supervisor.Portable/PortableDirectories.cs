namespace Supervisor.Portable;

/// <summary>Where a manager keeps what belongs to portable services; a nested one has others than the machine's.</summary>
/// <param name="Attached">Where attach writes.</param>
/// <param name="RuntimeAttached">Where it writes with --runtime.</param>
/// <param name="Images">Where images are found by name, first wins.</param>
/// <param name="Profiles">Where profiles are found by name, first wins; the built-in ones are behind all of them.</param>
/// <param name="BuiltInProfiles">Where built-in profiles are laid down, to be linked to.</param>
/// <param name="Units">All unit directories, to see whether a name is taken.</param>
public sealed record PortableDirectories(
    string Attached, string RuntimeAttached, IReadOnlyList<string> Images, IReadOnlyList<string> Profiles, string BuiltInProfiles, IReadOnlyList<string> Units)
{
    public static readonly IReadOnlyList<string> SystemImages =
        ["/etc/portables", "/run/portables", "/var/lib/portables", "/usr/local/lib/portables", "/usr/lib/portables"];

    public static readonly IReadOnlyList<string> SystemProfiles =
    [
        "/etc/systemd/portable/profile", "/run/systemd/portable/profile", "/usr/local/lib/systemd/portable/profile", "/usr/lib/systemd/portable/profile",
    ];
}
