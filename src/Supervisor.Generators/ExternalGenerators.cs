using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Generators;

/// <summary>Programs in the directories of generators (systemd.generator(7)): of one name the first counts; an empty file or a link to /dev/null masks.</summary>
internal static class ExternalGenerators
{
    /// <summary>Name to path, null for a masked one. A distribution's own copy of a built-in one is left out.</summary>
    public static SortedDictionary<string, string?> Find(IReadOnlyList<string> directories)
    {
        var found = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var directory in directories)
        {
            if (!Sys.ListDirectory(directory).TryGet(out var names, out _))
                continue;
            foreach (var name in names.Where(n => n[0] != '.' && n[^1] != '~' && n.Length <= 200 && !n.Contains('\uFFFD', StringComparison.Ordinal)))
            {
                var path = $"{directory}/{name}";
                if (found.ContainsKey(name) || !Sys.StatAt(Fd.Cwd, path).TryGet(out var stat, out _))
                    continue;
                var type = (uint)stat.st_mode & 0xF000;
                if (type == 0x2000 && Sys.ReadlinkAt(Fd.Cwd, path).TryGet(out var target, out _) && target == "/dev/null" || type == 0x8000 && (long)stat.st_size == 0)
                    found.Add(name, null);
                else if (type == 0x8000 && ((uint)stat.st_mode & 0x49) != 0 && !(GeneratorSettings.IsVendor(directory) && BuiltInGenerators.Names.Contains(name)))
                    found.Add(name, path);
            }
        }
        return found;
    }

    /// <summary>What each is told of the machine.</summary>
    public static List<string> Environment(Func<string, string?> variable)
    {
        var machine = Virtualization.Container() is { } container ? $"container:{container}" : Virtualization.Machine() is { } vm ? $"vm:{vm}" : null;
        var architecture = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 ? "x86-64" : "arm64";
        List<string> all =
        [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_SCOPE=system", $"SYSTEMD_IN_INITRD={(Sys.Exists("/etc/initrd-release") ? 1 : 0)}",
            $"SYSTEMD_FIRST_BOOT={(Sys.Exists("/run/systemd/first-boot") ? 1 : 0)}", $"SYSTEMD_ARCHITECTURE={architecture}",
        ];
        if (machine is not null)
            all.Add($"SYSTEMD_VIRTUALIZATION={machine}");
        foreach (var name in GeneratorSettings.Variables)
        {
            if (variable(name) is { } value)
                all.Add($"{name}={value}");
        }
        return all;
    }
}
