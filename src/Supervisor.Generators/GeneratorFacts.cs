namespace Supervisor.Generators;

/// <summary>What the built-in generators know of the machine; tests make one up.</summary>
public sealed record GeneratorFacts
{
    /// <summary>Whether a unit of that name lies in a directory that no generator writes.</summary>
    public Func<string, bool> HasUnit { get; init; } = static _ => false;

    /// <summary>Whether a program of that name is where the system keeps programs.</summary>
    public Func<string, bool> HasProgram { get; init; } = static _ => false;

    /// <summary>Where a mount point is once its links are followed, as far as it is there.</summary>
    public Func<string, string> Resolve { get; init; } = static path => path;

    public bool InContainer { get; init; }
}
