using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>Kernel modules: what the appliance names and what these need, in that order.</summary>
public static partial class Boot
{
    private static void LoadModules(BootSteps steps, BootOptions options, Appliance? appliance)
    {
        if (appliance is not { Modules.Count: > 0 })
            return;
        ModuleTree? tree = null;
        var found = steps.Try("list of modules", () =>
        {
            if (!Sys.ReadFile("/proc/sys/kernel/osrelease").TryGet(out var release, out var error))
                return BootOutcome.Failed($"cannot tell which kernel runs: {error}");
            var directory = $"{options.ModulesDirectory}/{Encoding.UTF8.GetString(release).Trim()}";
            if (!ModuleTree.Load(directory).TryGet(out tree, out error))
                return BootOutcome.Failed($"cannot read the list of modules: {error}");
            return BootOutcome.Done(directory);
        });
        if (!found)
            return;
        var parameters = appliance.Modules.GroupBy(m => m.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().Parameters, StringComparer.Ordinal);
        var unknown = new List<string>();
        foreach (var (name, file) in tree!.Order(appliance.Modules.Select(m => m.Name), unknown))
            steps.Try($"module {name}", () => LoadModule(name, file, parameters.GetValueOrDefault(name, "")));
        foreach (var name in unknown)
            steps.Try($"module {name}", () => BootOutcome.Failed($"cannot load the module {name}: this kernel has none of that name"));
    }

    private static BootOutcome LoadModule(string name, string file, string parameters)
    {
        if (Sys.Exists($"/sys/module/{name}"))
            return BootOutcome.Done("already"); // finit_module would say so only after it has read the file
        if (!Sys.Open(file, LibC.O_RDONLY).TryGet(out var fd, out var error))
            return BootOutcome.Failed($"cannot load the module {name}: {error}");
        var loaded = Sys.LoadModule(fd, parameters, file.EndsWith(".ko", StringComparison.Ordinal) ? 0 : Sys.MODULE_INIT_COMPRESSED_FILE, file);
        fd.Close();
        if (loaded.Failed(out error))
            return error.Errno == Errno.EEXIST ? BootOutcome.Done("already") : BootOutcome.Failed($"cannot load the module {name}: {error}");
        return BootOutcome.Done(parameters.Length > 0 ? parameters : null);
    }
}
