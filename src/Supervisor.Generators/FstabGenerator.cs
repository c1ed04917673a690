using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>/etc/fstab to mount, automount and swap units, as systemd-fstab-generator(8) makes them of systemd.mount(5) "FSTAB".</summary>
public static class FstabGenerator
{
    public const string Name = "systemd-fstab-generator";

    /// <summary>File systems that the boot mounts itself (the kernel's own).</summary>
    private static readonly HashSet<string> OfTheBoot =
    [
        "/proc", "/sys", "/dev", "/run", "/dev/shm", "/dev/pts", "/sys/kernel/security", "/sys/fs/smackfs", "/sys/fs/cgroup", "/sys/fs/pstore", "/sys/firmware/efi/efivars", "/sys/fs/bpf",
    ];

    private static readonly HashSet<string> NetworkTypes =
        ["afs", "ceph", "cifs", "smb3", "smbfs", "sshfs", "ncpfs", "ncp", "nfs", "nfs4", "gfs", "gfs2", "glusterfs", "pvfs2", "ocfs2", "lustre", "davfs"];

    public static GeneratorOutput Generate(ReadOnlySpan<byte> fstab, string path, GeneratorFacts facts, bool swaps = true)
    {
        var output = new GeneratorOutput();
        foreach (var entry in Fstab.Parse(fstab, path, output))
        {
            void Note(Severity severity, string text) => output.Report(severity, path, entry.Line, text);
            if (entry.Type == "swap")
                Swap(entry, path, facts, swaps, output, Note);
            else
                Mount(entry, path, facts, output, Note);
        }
        if (facts.HasUnit(FstabRemount.Unit))
            output.HookSystem(GeneratorPlace.Normal, "local-fs.target", FstabRemount.Unit);
        return output;
    }

    private static void Mount(FstabEntry entry, string path, GeneratorFacts facts, GeneratorOutput output, Action<Severity, string> note)
    {
        if (entry.Where is "none" or "ignore" || entry.Type == "autofs")
            return;
        if (!entry.Where.StartsWith('/'))
        {
            note(Severity.Error, $"{entry.Where} is no absolute path to mount on");
            return;
        }
        var where = Simple(facts.Resolve(Simple(entry.Where)));
        if (OfTheBoot.Contains(where) || where.StartsWith("/sys/fs/cgroup/", StringComparison.Ordinal))
        {
            note(Severity.Note, $"{where} is mounted by the boot, passed over");
            return;
        }
        var unit = new FstabMount(entry, path, Fstab.Node(entry.What), where, NetworkTypes.Contains(entry.Type) || entry.Type.StartsWith("fuse.", StringComparison.Ordinal)
            && NetworkTypes.Contains(entry.Type[5..]) || entry.Options.Has("_netdev"), facts, output, note);
        if (unit.NameError is { } wrong)
            note(Severity.Error, wrong);
        else
            unit.Write();
    }

    private static void Swap(FstabEntry entry, string path, GeneratorFacts facts, bool swaps, GeneratorOutput output, Action<Severity, string> note)
    {
        var what = Fstab.Node(entry.What);
        if (!swaps || facts.InContainer)
        {
            note(Severity.Note, swaps ? $"swap on {what} is the host's, passed over in a container" : $"swap on {what}: systemd.swap=no, passed over");
            return;
        }
        var name = UnitName.FromPath(what, ".swap");
        if (!what.StartsWith('/') || !UnitName.IsValid(name))
        {
            note(Severity.Error, $"{what} is no absolute path to swap on");
            return;
        }
        var options = entry.Options;
        if (options.Has("x-systemd.makefs"))
            note(Severity.Warning, "x-systemd.makefs: devices are not formatted here, ignored");
        var text = new UnitText("fstab").Section("Unit").Set("Documentation", "man:fstab(5)").Literal("SourcePath", path);
        FstabDevice.Order(text, what);
        text.Section("Swap").Literal("What", what);
        FstabDevice.Timeout(what, options, output, note);
        if (options.All.Count > 0 && options is not { All: ["defaults"] })
            text.Literal("Options", options.ToString());
        if (!output.File(GeneratorPlace.Normal, name, text.ToString()))
        {
            note(Severity.Error, $"{what} is a swap of an earlier line already");
            return;
        }
        if (!options.Last("noauto", "auto"))
            output.Hook(GeneratorPlace.Normal, "swap.target", options.Last("nofail", "fail") ? "wants" : "requires", name);
    }

    /// <summary>Without doubled and last slashes and single dots.</summary>
    internal static string Simple(string path) => "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != "."));
}
