using Supervisor.Init;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>What the machine's own manager does before its loop.</summary>
internal sealed partial class Manager
{
    private BootResult? _boot;
    private ulong _bootBegan, _bootEnded;

    /// <summary>File systems, modules, network, appliance.yaml. Before the paths of the manager are used.</summary>
    public static (BootResult Result, ulong Began, ulong Ended) BootMachine()
    {
        var began = Sys.Now(7);
        var result = Boot.Run(new BootOptions());
        return (result, began, Sys.Now(7));
    }

    public void UseBoot((BootResult Result, ulong Began, ulong Ended) boot)
    {
        (_boot, _bootBegan, _bootEnded) = boot;
        if (boot.Result.Appliance?.Log is { } log)
            _journal.Sizes = (log.MaxSize?.Bytes ?? 0, log.MaxFileSize?.Bytes ?? 0);
        foreach (var failure in boot.Result.Failures)
        {
            _notes.Add(failure.ToString()!);
            _log.Error($"boot: {failure}");
        }
    }

    private void PrintBootTimes() =>
        _ = Sys.WriteAll(new Fd(2), System.Text.Encoding.UTF8.GetBytes(
            new BootTimes(_initial.KeeperStarted, _initial.ManagerStarted, _bootBegan, _bootEnded, Sys.Now(7)) + "\n"));
}
