using Supervisor.Init;
using Supervisor.Units;
using UnitName = Supervisor.Units.UnitName;

namespace Supervisor.Generators;

/// <summary>systemd.mask=, systemd.wants= and systemd.debug_shell of the kernel command line, as systemd-debug-generator(8).</summary>
public static class DebugGenerator
{
    public const string Name = "systemd-debug-generator";
    private const string Shell = "debug-shell.service", CommandLine = "/proc/cmdline";

    public static GeneratorOutput Generate(KernelCommandLine line, bool initramfs, GeneratorFacts facts)
    {
        var output = new GeneratorOutput();
        var target = KernelWords.DefaultUnit(line, initramfs) ?? (initramfs ? "initrd.target" : "default.target");
        foreach (var (key, value) in KernelWords.For(line, initramfs, strict: true))
        {
            if (key is "systemd.mask" or "systemd.wants")
            {
                if (Unit(key, value, output) is not { } unit)
                    continue;
                if (key == "systemd.mask")
                    output.Link(GeneratorPlace.Early, unit, "/dev/null");
                else
                    output.HookSystem(GeneratorPlace.Early, target, unit);
            }
            else if (key == "systemd.debug_shell")
                DebugShell(value, target, facts, output);
        }
        return output;
    }

    private static string? Unit(string key, string? value, GeneratorOutput output)
    {
        var name = string.IsNullOrEmpty(value) ? "" : UnitName.Mangle(value);
        if (UnitName.IsValid(name))
            return name;
        output.Report(Severity.Warning, CommandLine, 1, $"{key}={value}: names no unit, ignored");
        return null;
    }

    private static void DebugShell(string? value, string target, GeneratorFacts facts, GeneratorOutput output)
    {
        if (value is not null && Syntax.TryBool(value, out var on))
        {
            if (!on)
                return;
            value = null;
        }
        if (!facts.HasUnit(Shell))
        {
            output.Report(Severity.Warning, CommandLine, 1, $"systemd.debug_shell: there is no {Shell} here");
            return;
        }
        output.HookSystem(GeneratorPlace.Early, target, Shell);
        if (value is null)
            return;
        var tty = value.StartsWith("/dev/", StringComparison.Ordinal) ? value[5..] : value;
        if (tty.Length == 0 || tty.Split('/').Contains("..") || !tty.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or ':' or '.'))
        {
            output.Report(Severity.Warning, CommandLine, 1, $"systemd.debug_shell={value}: names no terminal, so the shell is on its usual one");
            return;
        }
        var text = new UnitText("debug").Section("Unit").Set("Description", $"Early root shell on /dev/{tty} FOR DEBUGGING ONLY").Set("ConditionPathExists", "")
            .Section("Service").Set("TTYPath", $"/dev/{tty}");
        output.Replace(GeneratorPlace.Early, $"{Shell}.d/50-tty.conf", text.ToString());
    }
}
