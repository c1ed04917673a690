using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>The root is mounted by the kernel or the initramfs: a unit mounts it again, with the options of /etc/fstab.</summary>
internal static class FstabRemount
{
    public const string Unit = "systemd-remount-fs.service";

    public static void Write(FstabEntry entry, string where, GeneratorFacts facts, GeneratorOutput output, Action<Severity, string> note)
    {
        // where systemd's files are, its own unit does it
        if (facts.HasUnit(Unit))
            return;
        var options = string.Join(',', entry.Options.All.Where(o => !o.StartsWith("x-", StringComparison.Ordinal) && !o.StartsWith("comment=", StringComparison.Ordinal)
            && o is not ("defaults" or "auto" or "noauto" or "nofail" or "fail" or "_netdev")));
        if (!facts.HasProgram("mount") || options.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '\\'))
        {
            note(Severity.Warning, facts.HasProgram("mount") ? $"{where}: options with blanks or quotes, not mounted again" : $"{where} is not mounted again with its options: there is no mount(8)");
            return;
        }
        var text = new UnitText("fstab").Section("Unit").Set("Description", $"Mount {where} again with the options of /etc/fstab").Set("DefaultDependencies", "no")
            .Set("Conflicts", "shutdown.target").Set("After", "local-fs-pre.target").Set("Before", "local-fs.target shutdown.target")
            .Section("Service").Set("Type", "oneshot").Set("RemainAfterExit", "yes")
            .Set("ExecStart", $"mount -o remount{UnitText.Escape(options.Length > 0 ? "," + options : "").Replace("$", "$$", StringComparison.Ordinal)} {where}");
        output.File(GeneratorPlace.Normal, Unit, text.ToString());
        output.Hook(GeneratorPlace.Normal, "local-fs.target", "wants", Unit);
    }
}
