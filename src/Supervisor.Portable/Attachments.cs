using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Portable;

/// <summary>Units attached from one image, as the attached directories show them.</summary>
/// <param name="Image">The image's path.</param>
/// <param name="Paths">Everything that attach made, files first, then folders.</param>
public sealed record Attachment(string Image, string Profile, bool Runtime, IReadOnlyList<string> Units, IReadOnlyList<string> Paths);

/// <summary>What is attached, and how it is removed. All of it is read from the marker lines of the 20-portable.conf files, so it works when the image is gone.</summary>
public static class Attachments
{
    private const string Marker = "# Drop-in created for image '";

    public static IReadOnlyList<Attachment> All(PortableDirectories directories)
    {
        var found = new SortedDictionary<(string Image, bool Runtime), (List<string> Units, List<string> Files, List<string> Folders, string Profile)>();
        foreach (var (directory, runtime) in new[] { (directories.Attached, false), (directories.RuntimeAttached, true) })
        {
            if (!Sys.ListDirectory(directory).TryGet(out var names, out _))
                continue;
            foreach (var folder in names.Where(n => n.EndsWith(".d", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            {
                if (ImageOf($"{directory}/{folder}/20-portable.conf") is not { } image)
                    continue;
                if (!found.TryGetValue((image, runtime), out var entry))
                    found[(image, runtime)] = entry = ([], [], [], "");
                var unit = folder[..^2];
                entry.Units.Add(unit);
                foreach (var file in new[] { $"{directory}/{unit}", $"{directory}/{folder}/10-profile.conf", $"{directory}/{folder}/20-portable.conf" })
                {
                    if (Sys.StatAt(Fd.Cwd, file, LibC.AT_SYMLINK_NOFOLLOW).Ok)
                        entry.Files.Add(file);
                }
                entry.Folders.Add($"{directory}/{folder}");
                if (ProfileOf($"{directory}/{folder}/10-profile.conf") is { } profile)
                    found[(image, runtime)] = entry with { Profile = profile };
            }
        }
        return [.. found.Select(f => new Attachment(f.Key.Image, f.Value.Profile, f.Key.Runtime, f.Value.Units, [.. f.Value.Files, .. f.Value.Folders]))];
    }

    /// <summary>The attachment of an image given by name or path, versions left aside; null when it is not attached.</summary>
    public static Attachment? Find(string image, PortableDirectories directories) =>
        All(directories).FirstOrDefault(a => image.Contains('/', StringComparison.Ordinal) ? a.Image == Path.GetFullPath(image) : ImageName.Same(a.Image, image))
        ?? All(directories).FirstOrDefault(a => ImageName.Same(a.Image, image));

    /// <summary>Removes what attach made: units first, so that none is seen without its drop-ins.</summary>
    public static PortableError? Remove(Attachment attachment)
    {
        foreach (var path in attachment.Paths)
        {
            var result = Sys.UnlinkAt(Fd.Cwd, path);
            if (result.Failed(out var error) && error.Errno is Errno.EISDIR or Errno.EPERM)
                result = Sys.UnlinkAt(Fd.Cwd, path, LibC.AT_REMOVEDIR);
            // a drop-in of the administrator's in the same folder is his own, and the folder stays for it
            if (result.Failed(out error) && error.Errno is not (Errno.ENOENT or Errno.ENOTEMPTY))
                return new PortableError($"cannot detach {attachment.Image}: {error}");
        }
        foreach (var directory in attachment.Paths.Select(p => Path.GetDirectoryName(p)!).Where(d => !d.EndsWith(".d", StringComparison.Ordinal)).Distinct())
            _ = Sys.UnlinkAt(Fd.Cwd, directory, LibC.AT_REMOVEDIR); // ENOTEMPTY while others are attached
        return null;
    }

    private static string? ImageOf(string file)
    {
        if (!Sys.ReadFile(file).TryGet(out var bytes, out _))
            return null;
        var line = Encoding.UTF8.GetString(bytes).Split('\n')[0];
        var end = line.LastIndexOf("', do not edit.", StringComparison.Ordinal);
        return line.StartsWith(Marker, StringComparison.Ordinal) && end > Marker.Length
            ? line[Marker.Length..end].Replace("\\:", ":", StringComparison.Ordinal)
            : null;
    }

    private static string? ProfileOf(string file)
    {
        if (Sys.ReadlinkAt(Fd.Cwd, file).TryGet(out var target, out _))
            return Path.GetFileName(Path.GetDirectoryName(target));
        return Sys.ReadFile(file).TryGet(out var bytes, out _) && Encoding.UTF8.GetString(bytes).Split('\n')[0] is var first && first.StartsWith("# profile ", StringComparison.Ordinal)
            ? first[10..].Trim()
            : null;
    }
}

/// <summary>portablectl's words for how far an image is attached.</summary>
public static class AttachState
{
    /// <param name="isActive">Does the unit run?</param>
    /// <param name="isEnabled">Is the unit enabled?</param>
    public static string Of(Attachment? attachment, Func<string, bool> isActive, Func<string, bool> isEnabled)
    {
        if (attachment is null)
            return "detached";
        var word = attachment.Units.Any(isActive) ? "running" : attachment.Units.Any(isEnabled) ? "enabled" : "attached";
        return attachment.Runtime ? word + "-runtime" : word;
    }

    /// <summary>Images in the search path and attached ones, each once, with their state.</summary>
    public static IReadOnlyList<(string Path, string State)> List(PortableDirectories directories, Func<string, bool> isActive, Func<string, bool> isEnabled)
    {
        var attached = Attachments.All(directories);
        var images = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var attachment in attached)
            images[attachment.Image] = Of(attachment, isActive, isEnabled);
        foreach (var directory in directories.Images)
        {
            if (!Sys.ListDirectory(directory).TryGet(out var names, out _))
                continue;
            foreach (var name in names)
            {
                var path = $"{directory}/{name}";
                if (!name.StartsWith('.') && Sys.StatAt(Fd.Cwd, path).TryGet(out var stat, out _)
                    && (((uint)stat.st_mode & 0xF000) == 0x4000 || name.EndsWith(".raw", StringComparison.Ordinal)))
                    images.TryAdd(path, "detached");
            }
        }
        return [.. images.Select(i => (i.Key, i.Value))];
    }
}
