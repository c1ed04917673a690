using Supervisor.Engine;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>What status tells of a unit's past and the engine does not keep: why it was last started again, what failed last.</summary>
internal sealed class UnitHistory
{
    private readonly Dictionary<string, Entry> _entries = [];

    internal sealed class Entry
    {
        public ulong LastRestartAt { get; set; }

        public string? LastRestartReason { get; set; }

        public string? Failure { get; set; }

        public IReadOnlyList<string> Degraded { get; set; } = [];
    }

    public Entry Of(string unit)
    {
        if (!_entries.TryGetValue(unit, out var entry))
            _entries[unit] = entry = new Entry();
        return entry;
    }

    public void Forget(string unit) => _entries.Remove(unit);

    /// <summary>"killed by SIGKILL", "exited with status 1".</summary>
    public static string Describe(ProcessExit exit) => exit.Kind switch
    {
        ExitKind.Exited => ExitStatusNames.Of(exit.Status) is { } name && exit.Status >= 200 ? $"exited with status {exit.Status} ({name})" : $"exited with status {exit.Status}",
        ExitKind.Killed => $"killed by {Signals.Name(exit.Status)}",
        _ => $"killed by {Signals.Name(exit.Status)}, core dumped",
    };
}
