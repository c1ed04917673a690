using Supervisor.Units;

namespace Supervisor.Sandbox;

/// <summary>A directory of a service that is there and belongs to it.</summary>
/// <param name="Base">The directory of ours that it is below, such as /var/lib.</param>
/// <param name="Path">The real path below the base, without links: <c>web</c>, <c>private/web</c>.</param>
/// <param name="Name">As the unit says it: <c>web</c>.</param>
/// <param name="Links">Other names that lead to it.</param>
public sealed record PreparedDirectory(
    DirectoryKind Kind, string Base, string Path, string Name, IReadOnlyList<string> Links, bool ReadOnly, Origin Origin)
{
    /// <summary>The directive that asks for this kind.</summary>
    public static string DirectiveOf(DirectoryKind kind) => kind + "Directory";

    /// <summary>The environment variable that names directories of this kind.</summary>
    public static string VariableOf(DirectoryKind kind) => kind.ToString().ToUpperInvariant() + "_DIRECTORY";
}
