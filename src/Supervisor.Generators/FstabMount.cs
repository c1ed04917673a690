using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>One entry of /etc/fstab as a mount unit, its automount unit, and the links that pull them in.</summary>
internal sealed class FstabMount(
    FstabEntry entry, string source, string what, string where, bool network, GeneratorFacts facts, GeneratorOutput output, Action<Severity, string> note)
{
    private readonly string _name = UnitName.FromPath(where, ".mount");
    private MountOptions _options = entry.Options;

    /// <summary>Why no unit can be named after the mount point; null when one can.</summary>
    public string? NameError =>
        !UnitName.IsValid(_name) ? $"{where} gives no name of a unit" : where.Split('/').Contains("..") ? $"{where} is no mount point: it goes up" : null;

    public void Write()
    {
        var root = where == "/";
        var automount = Switch(!root, "automount", _options.Has("x-systemd.automount", "comment=systemd.automount"));
        var noauto = Switch(!root, "noauto", _options.Last("noauto", "auto"));
        var nofail = Switch(!root, "nofail", _options.Last("nofail", "fail"));
        foreach (var option in new[] { "x-systemd.makefs", "x-systemd.growfs" })
        {
            if (_options.Has(option))
                note(Severity.Warning, $"{option}: file systems are neither made nor grown here, ignored");
        }
        if (entry.Type is "nfs" or "nfs4" && !automount && _options.Last("bg", "fg"))
        {
            // the kernel's client is not to go on by itself in the background: the unit does
            _options = new(["x-systemd.mount-timeout=infinity", "retry=10000", "nofail", .. _options.All, "fg"]);
            nofail = true;
        }
        var target = network ? "remote-fs.target" : "local-fs.target";
        var text = new UnitText("fstab").Section("Unit").Set("Documentation", "man:fstab(5)").Literal("SourcePath", source);
        Dependencies(text);
        if (!nofail)
            text.Set("Before", target);
        if (entry.Pass > 0)
            Check(text);
        FstabDevice.Order(text, what);
        text.Section("Mount").Literal("What", what).Literal("Where", where);
        if (entry.Type is not ("" or "auto"))
            text.Literal("Type", entry.Type);
        if (Time("x-systemd.mount-timeout") is { } timeout)
            text.Set("TimeoutSec", timeout);
        var left = FstabDevice.Timeout(what, _options, output, note);
        if (left.All.Count > 0 && left is not { All: ["defaults"] })
            text.Literal("Options", left.ToString());
        if (_options.Has("x-systemd.rw-only"))
            text.Set("ReadWriteOnly", "yes");
        if (!output.File(GeneratorPlace.Normal, _name, text.ToString()))
        {
            note(Severity.Error, $"{where} is mounted by an earlier line already");
            return;
        }
        if (_options.Has("_netdev") && FstabDevice.Is(what))
            FstabDevice.Network(what, output);
        if (root)
            FstabRemount.Write(entry, where, facts, output, note);
        PullIn(target, automount, noauto, nofail);
    }

    private void PullIn(string target, bool automount, bool noauto, bool nofail)
    {
        if (automount)
        {
            var name = UnitName.FromPath(where, ".automount");
            var text = new UnitText("fstab").Section("Unit").Set("Documentation", "man:fstab(5)").Literal("SourcePath", source).Section("Automount").Literal("Where", where);
            if ((Time("x-systemd.idle-timeout") ?? Time("comment=systemd.idle-timeout")) is { } idle)
                text.Set("TimeoutIdleSec", idle);
            output.File(GeneratorPlace.Normal, name, text.ToString());
            output.Hook(GeneratorPlace.Normal, target, nofail ? "wants" : "requires", name);
            return;
        }
        var asked = false;
        foreach (var (option, kind) in new[] { ("x-systemd.wanted-by", "wants"), ("x-systemd.required-by", "requires") })
        {
            foreach (var by in Units(option))
            {
                output.Hook(GeneratorPlace.Normal, by, kind, _name);
                asked = true;
            }
        }
        if (!asked && !noauto)
            output.Hook(GeneratorPlace.Normal, target, nofail ? "wants" : "requires", _name);
    }

    private void Dependencies(UnitText text)
    {
        foreach (var unit in Units("x-systemd.after"))
            text.Set("After", unit);
        foreach (var unit in Units("x-systemd.requires"))
            text.Set("After", unit).Set("Requires", unit);
        foreach (var unit in Units("x-systemd.before"))
            text.Set("Before", unit);
        foreach (var path in _options.Values("x-systemd.requires-mounts-for"))
        {
            if (path.StartsWith('/') && !path.Split('/').Contains("..") && !path.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '\\'))
                text.Literal("RequiresMountsFor", path);
            else
                note(Severity.Error, $"x-systemd.requires-mounts-for: {path} is no plain absolute path, ignored");
        }
    }

    /// <summary>Units that an option names, or paths that are one's.</summary>
    private IEnumerable<string> Units(string option)
    {
        foreach (var value in _options.Values(option))
        {
            var name = value.Length == 0 ? "" : UnitName.Mangle(value, ".mount");
            if (UnitName.IsValid(name) && !UnitName.IsTemplate(name))
                yield return name;
            else
                note(Severity.Error, $"{option}: \"{value}\" names no unit, ignored");
        }
    }

    /// <summary>The sixth field: the file system is checked before it is mounted, by the system's own unit for that.</summary>
    private void Check(UnitText text)
    {
        if (!FstabDevice.Is(what))
        {
            note(Severity.Warning, $"{what} is no device, so it is not checked");
            return;
        }
        if (entry.Type is not ("" or "auto") && !facts.HasProgram($"fsck.{entry.Type}"))
            return;
        var (needed, template) = where == "/" ? ("systemd-fsck-root.service", "systemd-fsck-root.service") : ($"systemd-fsck@{UnitName.FromPath(what, ".service")}", "systemd-fsck@.service");
        if (!facts.HasUnit(template))
            note(Severity.Note, $"{where} is not checked: there is no {template}");
        else if (where == "/")
            output.HookSystem(GeneratorPlace.Normal, "local-fs.target", needed);
        else
            text.Set(where == "/usr" ? "Wants" : "Requires", needed).Set("After", needed); // /usr may be mounted already
    }

    /// <summary>The time that an option says, as a unit wants it; 0 is for ever.</summary>
    private string? Time(string option)
    {
        if (_options.Values(option).LastOrDefault() is not { } value)
            return null;
        if (Syntax.TryDuration(value, out var time))
            return DurationText.Format(time.Microseconds == 0 ? ulong.MaxValue : time.Microseconds);
        note(Severity.Warning, $"{option}: {value} is no time, ignored");
        return null;
    }

    private bool Switch(bool allowed, string name, bool value)
    {
        if (value && !allowed)
            note(Severity.Warning, $"{name} has no meaning for the root, ignored");
        return value && allowed;
    }
}
