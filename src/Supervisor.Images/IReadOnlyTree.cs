namespace Supervisor.Images;

public enum EntryKind { File, Directory, Link, Other }

/// <summary>One name of a directory.</summary>
public readonly record struct Entry(string Name, EntryKind Kind);

/// <param name="Mode">Permission bits.</param>
/// <param name="Size">Bytes of a file.</param>
public readonly record struct EntryInfo(EntryKind Kind, uint Mode, long Size);

/// <summary>A file system that is read without being mounted. Paths begin with "/" and follow links as if this were the root; they never lead out of it.</summary>
public interface IReadOnlyTree : IDisposable
{
    /// <summary>"squashfs" or "directory".</summary>
    string FileSystem { get; }

    /// <summary>What is at the path, links followed; null when nothing is.</summary>
    EntryInfo? Stat(string path, out ImageError? error);

    /// <summary>The names in a directory; null when it is none.</summary>
    IReadOnlyList<Entry>? List(string path, out ImageError? error);

    /// <summary>A regular file's bytes, at most <paramref name="limit"/>; null when it is none or too large.</summary>
    byte[]? Read(string path, int limit, out ImageError? error);

    /// <summary>Where a path leads once every link in it is followed; null when nothing is there.</summary>
    string? Resolve(string path, out ImageError? error);
}
