using System.Text;
using Supervisor.Generators;
using Supervisor.Init;
using Supervisor.Units;
using static Supervisor.Fuzz.BrokenProperty;
using UnitName = Supervisor.Units.UnitName;

namespace Supervisor.Fuzz;

/// <summary>What units are made of: whatever it says, what is made of it are units that load, below their own directory.</summary>
internal static class GeneratorTargets
{
    private static readonly GeneratorFacts Facts = new() { HasUnit = n => n is "debug-shell.service" or "serial-getty@.service" or "systemd-remount-fs.service", HasProgram = _ => true };

    public static Target Script { get; } = new("script", CheckScript)
    {
        Words = Target.Texts("### BEGIN INIT INFO\n", "### END INIT INFO\n", "\n# Provides: ", "\n# Required-Start: ", "\n# X-Start-Before: ", "\n# Default-Start: ", "\n# Short-Description: ", "\n# Description: ",
            "$network", "$remote_fs", "$all", "$named", "\n# description: ", "\n# pidfile: /run/", "usage: {start|reload}", "\\\n#\t"),
        Seeds = Target.Texts("#!/bin/sh\n### BEGIN INIT INFO\n# Provides: a b $mail-transport-agent\n# Required-Start: $remote_fs $syslog c\n# X-Start-Before: d\n# Default-Start: 2 3\n# Description: a\n#  b\n### END INIT INFO\n",
            "# description: a \\\n# b\n# pidfile: /run/a.pid\nusage: $0 {start|reload}\n"), AllocationPerByte = 8192,
    };

    public static Target MountTable { get; } = new("fstab", CheckMounts)
    {
        Words = Target.Texts("UUID=", "LABEL=", "\\040", "\\134", "\\011", "noauto", "nofail", "x-systemd.automount", "x-systemd.requires=", "x-systemd.device-timeout=", "x-systemd.mount-timeout=", "_netdev", "swap",
            " / ext4 ", "\n/dev/a /b c ", "bind", "nfs", "none", "x-systemd.makefs", "x-systemd.growfs", "pri=5", "discard", " 0 2", "x-systemd.idle-timeout=", "x-systemd.required-by=", "x-systemd.before="),
        Seeds = Target.Texts("UUID=a-b / ext4 errors=remount-ro 0 1\n/dev/sr0 /media/cd\\040rom udf,iso9660 user,noauto 0 0\nh:/e /n nfs _netdev,x-systemd.automount,x-systemd.idle-timeout=5 0 0\n/swap none swap sw,nofail 0 0\n",
            "tmpfs /tmp tmpfs x-systemd.requires=/a,x-systemd.device-timeout=5s,x-systemd.requires-mounts-for=/b 0 2\n"), AllocationPerByte = 16384,
    };

    public static Target KernelLine { get; } = new("kernel-line", CheckKernelLine)
    {
        Words = Target.Texts(" systemd.unit=", " systemd.mask=", " systemd.wants=", " systemd.run=", " rd.", " systemd.run_success_action=", " systemd.debug_shell=", " single", "\"", " -b", " 3"),
        Seeds = Target.Texts("root=/dev/a ro quiet systemd.unit=a.target systemd.mask=b systemd.wants=c.service \"x y\"", "systemd.run=\"/bin/a b\" systemd.run_failure_action=none systemd.debug_shell=tty9 rescue"),
        AllocationPerByte = 8192,
    };

    private static void CheckScript(byte[] input)
    {
        SysvLink[] links = [new(2, true, 3, "a"), new(5, true, 2, "b"), new(0, false, 1, "a")];
        // two of them, so that what each provides meets what the other needs
        Check(SysvGenerator.Generate([new("a", "/etc/init.d/a", input), new("b.sh", "/etc/init.d/b.sh", [.. input.Reverse()]), new("c", "/etc/init.d/c", input)], links, Facts), Lines(input));
    }

    private static void CheckMounts(byte[] input)
    {
        Check(FstabGenerator.Generate(input, "/etc/fstab", Facts), Lines(input));
        Check(FstabGenerator.Generate(input, "/etc/fstab", Facts with { InContainer = true }, swaps: false), Lines(input));
    }

    private static void CheckKernelLine(byte[] input)
    {
        var line = KernelCommandLine.Parse(Encoding.UTF8.GetString(input));
        foreach (var initramfs in (ReadOnlySpan<bool>)[false, true])
        {
            Check(DebugGenerator.Generate(line, initramfs, Facts), 1);
            // its settings are the command line's own: it may ask for what does not load, and is told so then
            Check(RunGenerator.Generate(line, initramfs), 1, loads: false);
            if (KernelWords.DefaultUnit(line, initramfs) is { } unit)
                Unless(UnitName.IsValid(unit), $"boots into no unit: {unit}");
        }
        Check(GettyGenerator.Generate([.. line.Words.Select(w => w.Key).Where(k => !k.Any(char.IsControl))], _ => true, Encoding.UTF8.GetString(input), Facts), 1);
    }

    private static int Lines(byte[] input) => input.AsSpan().Count((byte)'\n') + 1;

    private static void Check(GeneratorOutput output, int lines, bool loads = true)
    {
        foreach (var d in output.Diagnostics)
            Unless(d.Origin.Line >= 0 && d.Origin.Line <= lines && !d.Message.Contains('\n', StringComparison.Ordinal), $"a line out of range: {d}");
        foreach (var entry in output.Entries)
        {
            var names = entry.Path.Split('/');
            Unless(names.Length <= 2 && names.All(n => n.Length is > 0 and <= 255 + 9 && n is not ("." or "..") && !n.Any(char.IsControl)), $"a path that is none: {entry.Path}");
            Unless(UnitName.IsValid(names[^1]) || names[0].EndsWith(".d", StringComparison.Ordinal), $"a file that is no unit: {entry.Path}");
            if (entry.Text is null)
                continue;
            Unless(!entry.Text.Any(c => char.IsControl(c) && c != '\n'), $"a control character in a unit: {entry.Path}");
            if (names.Length > 1 || !loads)
                continue;
            var unit = UnitParser.FromText(names[0], entry.Text);
            Unless(!unit.Diagnostics.Any(d => d.Severity == Severity.Error || d.Message.StartsWith("no such", StringComparison.Ordinal)),
                $"a unit that does not load: {entry.Path}: {string.Join("; ", unit.Diagnostics)}");
        }
    }
}
