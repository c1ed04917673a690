using Supervisor.Linux;
using YamlDotNet.Core;

namespace Supervisor.Init;

/// <summary>Something wrong in appliance.yaml, and where (1-based).</summary>
public sealed record ApplianceError(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>appliance.yaml → <see cref="Appliance"/>. A key that is not known and a value of the wrong form are errors; the first is reported.</summary>
public static class ApplianceFile
{
    public const string DefaultPath = "/etc/appliance.yaml";
    private const int MaxBytes = 64 * 1024;

    /// <summary>Reads and parses the file.</summary>
    public static (Appliance? Appliance, ApplianceError? Error) Load(string path) =>
        Sys.ReadFile(path, MaxBytes).TryGet(out var bytes, out var error) ? Parse(path, bytes) : (null, new ApplianceError(path, 0, 0, $"cannot read it: {error}"));

    /// <summary>Parses text in UTF-8.</summary>
    public static (Appliance? Appliance, ApplianceError? Error) Parse(string path, ReadOnlySpan<byte> text)
    {
        try
        {
            var appliance = new ApplianceReader(System.Text.Encoding.UTF8.GetString(text)).Read();
            return Missing(appliance) is { } missing ? (null, new ApplianceError(path, 0, 0, missing)) : (appliance, null);
        }
        catch (YamlException e)
        {
            return (null, new ApplianceError(path, (int)e.Start.Line, (int)e.Start.Column, e.Message));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // what the library throws where it gives up without a place
            return (null, new ApplianceError(path, 0, 0, "this is no YAML"));
        }
    }

    private static string? Missing(Appliance a) =>
        a.Network is { Address: null } ? "network needs address, such as 10.0.2.15/24"
        : a.Images.Exists(i => i.Path is null) ? "each of images needs path"
        : null;
}
