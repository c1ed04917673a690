using System.Globalization;
using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>Where generators write, and where they and what they read are. The variables are those of systemd's generators.</summary>
public sealed record GeneratorSettings
{
    /// <summary>Of the environment, what these settings are made of and generators are told.</summary>
    public static readonly IReadOnlyList<string> Variables =
        ["SYSTEMD_FSTAB", "SYSTEMD_PROC_CMDLINE", "SYSTEMD_SYSVINIT_PATH", "SYSTEMD_SYSVRCND_PATH", "SYSTEMD_GENERATOR_PATH", "SYSTEMD_GETTY_AUTO"];

    private static readonly string[] Vendor = ["/usr/lib/systemd/system-generators", "/lib/systemd/system-generators"];

    /// <summary>The machine's own manager: it reads the machine's files. Nested, only what a variable names.</summary>
    public required bool System { get; init; }

    public required string Normal { get; init; }

    public required string Early { get; init; }

    public required string Late { get; init; }

    /// <summary>Directories of units that no generator writes.</summary>
    public required IReadOnlyList<string> UnitPath { get; init; }

    /// <summary>Directories of others' generators, first wins.</summary>
    public required IReadOnlyList<string> GeneratorPath { get; init; }

    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(90);

    public string? Fstab { get; init; }

    public IReadOnlyList<string> Scripts { get; init; } = [];

    /// <summary>Directories that hold rc0.d to rc6.d.</summary>
    public IReadOnlyList<string> RunLevels { get; init; } = [];

    /// <summary>Null for the kernel's; empty for none.</summary>
    public string? CommandLine { get; init; }

    /// <summary>$SYSTEMD_GETTY_AUTO.</summary>
    public bool? GettyAuto { get; init; }

    /// <param name="own">Nested: where supervisor's own files are looked for before /etc/supervisor, its runtime directory.</param>
    public static GeneratorSettings Create(bool system, string own, (string Normal, string Early, string Late) output, IReadOnlyList<string> unitPath, Func<string, string?> variable)
    {
        IReadOnlyList<string> usual = system
            ? ["/run/systemd/system-generators", "/etc/systemd/system-generators", "/usr/local/lib/systemd/system-generators", .. Vendor]
            : [$"{own}/system-generators", "/etc/supervisor/system-generators", "/usr/local/lib/supervisor/system-generators", "/usr/lib/supervisor/system-generators"];
        return new()
        {
            System = system, Normal = output.Normal, Early = output.Early, Late = output.Late, UnitPath = unitPath,
            GeneratorPath = Directories(variable("SYSTEMD_GENERATOR_PATH"), usual),
            Fstab = variable("SYSTEMD_FSTAB") ?? (system ? "/etc/fstab" : null),
            Scripts = Directories(variable("SYSTEMD_SYSVINIT_PATH"), system ? ["/etc/init.d"] : []),
            RunLevels = Directories(variable("SYSTEMD_SYSVRCND_PATH"), system ? ["/etc"] : []),
            CommandLine = variable("SYSTEMD_PROC_CMDLINE") ?? (system ? null : ""),
            GettyAuto = Syntax.TryBool(variable("SYSTEMD_GETTY_AUTO") ?? "", out var getty) ? getty : null,
        };
    }

    /// <summary>Where a folder is the distribution's: built-in generators stand for those of the same name there.</summary>
    internal static bool IsVendor(string directory) => Vendor.Contains(directory);

    /// <summary>Parted by colons; with one at the end the usual ones follow.</summary>
    private static IReadOnlyList<string> Directories(string? value, IReadOnlyList<string> usual) => value switch
    {
        null => usual,
        _ => [.. value.Split(':', StringSplitOptions.RemoveEmptyEntries).Where(d => d.StartsWith('/')).Select(d => d.Length > 1 ? d.TrimEnd('/') : d), .. value.EndsWith(':') ? usual : []],
    };

    /// <summary>"90", as the worker is told.</summary>
    internal string LimitSeconds => Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture);
}
