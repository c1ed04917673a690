using System.Text;
using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>modules.dep(5) of a kernel: which file a module is, and which must be loaded before it.</summary>
public sealed class ModuleTree
{
    private readonly Dictionary<string, (string File, string[] Needs)> _modules = new(StringComparer.Ordinal);
    private readonly HashSet<string> _builtIn = new(StringComparer.Ordinal);

    /// <summary>Reads <paramref name="directory"/>/modules.dep and, where it is there, modules.builtin.</summary>
    public static OsResult<ModuleTree> Load(string directory)
    {
        if (!Sys.ReadFile($"{directory}/modules.dep", 16 << 20).TryGet(out var dep, out var error))
            return error;
        var builtIn = Sys.ReadFile($"{directory}/modules.builtin", 16 << 20).TryGet(out var list, out _) ? list : [];
        return Parse(directory, Encoding.UTF8.GetString(dep), Encoding.UTF8.GetString(builtIn));
    }

    /// <summary>From the text of both files; paths are below <paramref name="directory"/> unless they begin with a slash.</summary>
    public static ModuleTree Parse(string directory, string dep, string builtIn)
    {
        var tree = new ModuleTree();
        foreach (var line in dep.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                continue;
            var file = line[..colon].StartsWith('/') ? line[..colon] : $"{directory}/{line[..colon]}";
            var needs = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            tree._modules[NameOf(file)] = (file, [.. needs.Select(NameOf)]);
        }
        foreach (var line in builtIn.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            tree._builtIn.Add(NameOf(line));
        return tree;
    }

    /// <summary>
    /// The files to load for <paramref name="names"/>, each once, each after what it needs. A name that is no module and not built in goes to
    /// <paramref name="unknown"/>.
    /// </summary>
    public IReadOnlyList<(string Name, string File)> Order(IEnumerable<string> names, List<string> unknown)
    {
        var order = new List<(string, string)>();
        var done = new HashSet<string>(StringComparer.Ordinal);
        // A stack in place of recursion: a name comes up twice, first to put its needs above it, then, when these are done, to be taken.
        var stack = new Stack<(string Name, bool Ready)>();
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            stack.Push((name.Replace('-', '_'), false));
            while (stack.TryPop(out var top))
            {
                if (done.Contains(top.Name) || _builtIn.Contains(top.Name))
                    continue;
                if (!_modules.TryGetValue(top.Name, out var module))
                {
                    unknown.Add(top.Name);
                    done.Add(top.Name);
                }
                else if (top.Ready)
                {
                    done.Add(top.Name);
                    order.Add((top.Name, module.File));
                }
                else if (open.Add(top.Name)) // else a circle, which no kernel builds: cut where it closes
                {
                    stack.Push((top.Name, true));
                    foreach (var need in module.Needs)
                        stack.Push((need, false));
                }
            }
        }
        return order;
    }

    /// <summary>"kernel/drivers/net/virtio-net.ko.xz" is virtio_net.</summary>
    private static string NameOf(string file)
    {
        var name = file[(file.LastIndexOf('/') + 1)..];
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return (dot < 0 ? name : name[..dot]).Replace('-', '_');
    }
}
