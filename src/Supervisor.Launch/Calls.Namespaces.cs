using Supervisor.Linux;

namespace Supervisor.Launch;

/// <summary>Namespaces (namespaces(7)).</summary>
public sealed partial class PlanBuilder
{
    /// <summary>unshare(2).</summary>
    public PlanBuilder Unshare(ulong flags, OnError onError = default) => Call($"unshare ({CloneFlags(flags)})", null, Nr.unshare, onError, flags);

    /// <summary>setns(2); <paramref name="type"/> is the CLONE_NEW* flag that the descriptor must be of, or 0.</summary>
    public PlanBuilder Setns(PlanArg fd, ulong type, OnError onError = default) => Call($"setns ({CloneFlags(type)})", null, Nr.setns, onError, fd, type);

    /// <summary>"CLONE_NEWNS|CLONE_NEWIPC".</summary>
    public static string CloneFlags(ulong flags)
    {
        (ulong Flag, string Name)[] names =
        [
            (0x00020000, "CLONE_NEWNS"), (0x08000000, "CLONE_NEWIPC"), (0x10000000, "CLONE_NEWUSER"), (0x20000000, "CLONE_NEWPID"),
            (0x40000000, "CLONE_NEWNET"), (0x04000000, "CLONE_NEWUTS"), (0x02000000, "CLONE_NEWCGROUP"), (0x00000080, "CLONE_NEWTIME"),
        ];
        var known = names.Where(n => (flags & n.Flag) != 0).ToArray();
        var rest = known.Aggregate(flags, (left, n) => left & ~n.Flag);
        var words = known.Select(n => n.Name);
        return string.Join('|', rest == 0 && flags != 0 ? words : words.Append($"0x{rest:x}"));
    }
}
