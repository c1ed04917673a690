using Supervisor.Init;
using Supervisor.Units;
using UnitName = Supervisor.Units.UnitName;

namespace Supervisor.Generators;

/// <summary>Which of the kernel command line's words are for the system that runs now: those with "rd." are for an initramfs alone (kernel-command-line(7)).</summary>
public static class KernelWords
{
    /// <summary>Words with "rd." gone; <paramref name="strict"/>: in an initramfs only those that had it.</summary>
    public static IEnumerable<(string Key, string? Value)> For(KernelCommandLine line, bool initramfs, bool strict = false)
    {
        foreach (var (key, value) in line.Words)
        {
            var rd = key.StartsWith("rd.", StringComparison.Ordinal);
            if (rd ? initramfs : !(initramfs && strict))
                yield return (rd ? key[3..] : key, value);
        }
    }

    /// <summary>The unit to boot into: systemd.unit=, or a word of old (single, 3, rescue …); the last one counts. Null when none says so.</summary>
    public static string? DefaultUnit(KernelCommandLine line, bool initramfs)
    {
        string? unit = null;
        foreach (var (key, value) in For(line, initramfs, strict: true))
        {
            if (key == "systemd.unit" && !string.IsNullOrEmpty(value))
            {
                var name = UnitName.Mangle(value);
                unit = UnitName.IsValid(name) && !UnitName.IsTemplate(name) ? name : unit;
            }
            else if (value is null)
            {
                // keys come with - as _
                unit = key switch
                {
                    "emergency" or "_b" => "emergency.target",
                    "rescue" or "single" or "_s" or "s" or "S" or "1" => "rescue.target",
                    "2" or "3" or "4" => "multi-user.target",
                    "5" => "graphical.target",
                    _ => unit,
                };
            }
        }
        return unit;
    }

    /// <summary>A switch of the command line: a boolean, or the word alone for yes; null when it is not there or neither.</summary>
    public static bool? Switch(KernelCommandLine line, string key) =>
        !line.Has(key) ? null : line[key] is not { } value ? true : Syntax.TryBool(value, out var on) ? on : null;
}
