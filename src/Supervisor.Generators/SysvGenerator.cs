using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>A file of /etc/init.d that can be executed; no bytes when it could not be read.</summary>
public sealed record SysvFile(string Name, string Path, byte[] Bytes);

/// <summary>A link such as /etc/rc2.d/S03ssh: run level, start or stop, its number, the script.</summary>
public readonly record struct SysvLink(int Level, bool Start, int Priority, string Script);

/// <summary>Init scripts to service units, below all others, as systemd-sysv-generator(8) of systemd 252.</summary>
public static class SysvGenerator
{
    public const string Name = "systemd-sysv-generator";
    private const string Network = "network-online.target";

    /// <summary>The run levels that are a target; 2, 3 and 4 are the same.</summary>
    private static readonly Dictionary<int, string> Levels = new()
    {
        [1] = "rescue.target", [2] = "multi-user.target", [3] = "multi-user.target", [4] = "multi-user.target", [5] = "graphical.target",
    };

    private sealed class Service(SysvScript script)
    {
        public SysvScript Script => script;

        public string Unit { get; } = UnitOf(script.Name);

        public int Priority { get; set; } = -1;

        public SortedSet<string> WantedBy { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Before { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> After { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Wants { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Aliases { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>Scripts with a unit of their name elsewhere are left out.</summary>
    public static GeneratorOutput Generate(IEnumerable<SysvFile> scripts, IEnumerable<SysvLink> links, GeneratorFacts facts)
    {
        var output = new GeneratorOutput();
        var services = new SortedDictionary<string, Service>(StringComparer.Ordinal);
        foreach (var file in scripts.OrderBy(s => s.Name, StringComparer.Ordinal))
        {
            var unit = UnitOf(file.Name);
            if (!UnitName.IsValid(unit) || UnitName.IsTemplate(unit) || !UnitText.IsSafe(file.Path) || file.Path.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '\\' or '$' or ';'))
                output.Report(Severity.Warning, file.Path, 0, "its name cannot be a unit's");
            else if (services.ContainsKey(unit))
                output.Report(Severity.Warning, file.Path, 0, $"{unit} is made of another script already");
            else if (!facts.HasUnit(unit) && SysvScript.Parse(file.Name, file.Path, file.Bytes, output) is { } script)
                services.Add(unit, new(script));
        }
        foreach (var link in links)
            Follow(link, services);
        foreach (var service in services.Values)
            Depend(service, output);
        foreach (var service in services.Values)
        {
            OrderByPriority(service, services.Values);
            output.File(GeneratorPlace.Late, service.Unit, Text(service));
            foreach (var target in service.WantedBy)
                output.Hook(GeneratorPlace.Late, target, "wants", service.Unit);
        }
        foreach (var service in services.Values)
        {
            foreach (var alias in service.Aliases.Where(a => !facts.HasUnit(a) && !services.ContainsKey(a)))
                output.Link(GeneratorPlace.Late, alias, service.Unit);
        }
        return output;
    }

    /// <summary>The service of a script: ".sh" at its end does not count.</summary>
    public static string UnitOf(string script) =>
        UnitName.Mangle((script.EndsWith(".sh", StringComparison.Ordinal) ? script[..^3] : script) + ".service");

    private static void Follow(SysvLink link, SortedDictionary<string, Service> services)
    {
        if (!link.Start || !Levels.TryGetValue(link.Level, out var target) || !services.TryGetValue(UnitOf(link.Script), out var service))
            return;
        service.WantedBy.Add(target);
        service.Before.Add(target);
        service.Priority = Math.Max(service.Priority, link.Priority);
    }

    private static void Depend(Service service, GeneratorOutput output)
    {
        foreach (var word in service.Script.Provides)
        {
            var name = Facility(word, service, output);
            if (name is null || name == service.Unit)
                continue;
            if (!name.EndsWith(".target", StringComparison.Ordinal))
            {
                service.Aliases.Add(name);
                continue;
            }
            // who provides $facility is started before it, and starts it
            foreach (var target in name == Network ? [Network, "network.target"] : new[] { name })
            {
                service.Before.Add(target);
                service.Wants.Add(target);
            }
        }
        foreach (var word in service.Script.Before)
        {
            if (Facility(word, service, output) is { } name)
                service.Before.Add(name);
        }
        foreach (var word in service.Script.After)
        {
            if (Facility(word, service, output) is not { } name)
                continue;
            service.After.Add(name);
            if (name == Network)
                service.Wants.Add(name);
        }
    }

    /// <summary>The unit that an LSB name stands for; null for what is always there, or is the script itself.</summary>
    private static string? Facility(string word, Service service, GeneratorOutput output)
    {
        var plain = word.StartsWith('$') ? word[1..] : word;
        switch (plain)
        {
            case "local_fs" or "syslog":
                return null;
            case "network":
                return Network;
            case "named":
                return "nss-lookup.target";
            case "portmap":
                return "rpcbind.target";
            case "remote_fs":
                return "remote-fs.target";
            case "time":
                return "time-sync.target";
        }
        var name = word.StartsWith('$') ? plain + ".target" : UnitOf(plain);
        if (name == service.Unit)
            return null;
        if (UnitName.IsValid(name) && !UnitName.IsTemplate(name))
            return name;
        output.Report(Severity.Warning, service.Script.Path, 0, $"{word} names no unit, ignored");
        return null;
    }

    /// <summary>Scripts without a header start in the order of their numbers; two with one say themselves what they need.</summary>
    private static void OrderByPriority(Service service, IEnumerable<Service> all)
    {
        if (service.Priority < 0)
            return;
        foreach (var other in all.Where(o => o != service && o.Priority >= 0 && !(o.Script.HasLsb && service.Script.HasLsb)))
        {
            if (other.Priority < service.Priority)
                service.After.Add(other.Unit);
            else if (other.Priority > service.Priority)
                service.Before.Add(other.Unit);
        }
    }

    private static string Text(Service service)
    {
        var script = service.Script;
        var text = new UnitText("sysv").Section("Unit").Set("Documentation", "man:systemd-sysv-generator(8)").Literal("SourcePath", script.Path);
        if (script.Description is { } description)
            text.Literal("Description", description);
        foreach (var unit in service.Before)
            text.Set("Before", unit);
        foreach (var unit in service.After)
            text.Set("After", unit);
        foreach (var unit in service.Wants)
            text.Set("Wants", unit);
        text.Section("Service").Set("Type", "forking").Set("Restart", "no").Set("TimeoutSec", "5min").Set("IgnoreSIGPIPE", "no").Set("KillMode", "process").Set("GuessMainPID", "no")
            .Set("RemainAfterExit", script.PidFile is null ? "yes" : "no");
        if (script.PidFile is { } file)
            text.Literal("PIDFile", file);
        if (script.HasLsb)
            text.Set("SuccessExitStatus", "5 6"); // LSB: not installed, not configured
        text.Literal("ExecStart", $"{script.Path} start").Literal("ExecStop", $"{script.Path} stop");
        if (script.Reloads)
            text.Literal("ExecReload", $"{script.Path} reload");
        return text.ToString();
    }
}
