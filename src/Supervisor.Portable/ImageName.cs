using Supervisor.Linux;

namespace Supervisor.Portable;

/// <summary>Names of images and which units belong to them (portablectl(1)).</summary>
public static class ImageName
{
    private static readonly string[] UnitSuffixes = [".service", ".socket", ".target", ".timer", ".path"];

    /// <summary>"nginx" of "/x/nginx_1.22.raw": up to the first "_", without .raw.</summary>
    public static string DefaultPrefix(string path)
    {
        var name = Base(path);
        var underscore = name.IndexOf('_', StringComparison.Ordinal);
        return underscore > 0 ? name[..underscore] : name;
    }

    /// <summary>The file's name without ".raw".</summary>
    public static string Base(string path)
    {
        var name = Path.GetFileName(path.TrimEnd('/'));
        return name.EndsWith(".raw", StringComparison.Ordinal) ? name[..^4] : name;
    }

    /// <summary>Do both name the same image? Versions (from "_" or "+") may differ.</summary>
    public static bool Same(string a, string b) => Bare(a) == Bare(b);

    /// <summary>Does a unit of that name belong to the prefix: equal, or followed by "-", "." or "@"; and is it of a kind that can be attached?</summary>
    public static bool Matches(string unit, string prefix) =>
        unit.StartsWith(prefix, StringComparison.Ordinal) && (unit.Length == prefix.Length || unit[prefix.Length] is '-' or '.' or '@')
        && UnitSuffixes.Any(s => unit.EndsWith(s, StringComparison.Ordinal));

    /// <summary>The path of an image given by name or path; null when there is none.</summary>
    public static string? Find(string image, PortableDirectories directories)
    {
        if (image.Contains('/', StringComparison.Ordinal))
            return Path.GetFullPath(image);
        foreach (var directory in image is "" or "." or ".." ? [] : directories.Images)
        {
            foreach (var name in new[] { image, image + ".raw" })
            {
                if (Sys.Exists($"{directory}/{name}"))
                    return $"{directory}/{name}";
            }
        }
        return Sys.Exists(image) ? Path.GetFullPath(image) : null;
    }

    private static string Bare(string path)
    {
        var name = Base(path);
        var cut = name.AsSpan().IndexOfAny('_', '+');
        return cut > 0 ? name[..cut] : name;
    }
}
