using System.Globalization;

namespace Supervisor.Init;

/// <summary>How long each phase from power to services took; all times are µs of CLOCK_BOOTTIME, which begins with the kernel.</summary>
public sealed record BootTimes(ulong KeeperStarted, ulong ManagerStarted, ulong BootBegan, ulong BootEnded, ulong ServicesStarted)
{
    /// <summary>"kernel 2.13 s · keeper 4 ms · manager 9 ms · boot 61 ms · services 312 ms · together 2.51 s".</summary>
    public override string ToString() =>
        $"kernel {Show(KeeperStarted)} · keeper {Show(ManagerStarted - KeeperStarted)} · manager {Show(BootBegan - ManagerStarted)} · "
        + $"boot {Show(BootEnded - BootBegan)} · services {Show(ServicesStarted - BootEnded)} · together {Show(ServicesStarted)}";

    /// <summary>Seconds, milliseconds or microseconds, three digits at the most.</summary>
    public static string Show(ulong microseconds) => microseconds switch
    {
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1e6:0.00} s"),
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1000} ms"),
        >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1000.0:0.0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds} µs"),
    };
}
