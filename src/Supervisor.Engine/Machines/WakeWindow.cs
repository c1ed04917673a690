namespace Supervisor.Engine;

/// <summary>
/// Where in the window that AccuracySec= leaves a timer elapses: at a point of each minute that is this machine's own, else of each 10 s, 1 s or 250 ms, so that timers whose
/// windows overlap wake the machine together and machines do not wake all at once.
/// </summary>
internal static class WakeWindow
{
    private static readonly ulong[] Steps = [60_000_000, 10_000_000, 1_000_000, 250_000];

    /// <param name="from">µs; the first moment that will do.</param>
    /// <param name="accuracy">µs; how much later will do as well.</param>
    /// <param name="machine">A number that stands for the machine.</param>
    public static ulong Pick(ulong from, ulong accuracy, ulong machine)
    {
        var to = accuracy > ulong.MaxValue - from ? ulong.MaxValue - 1 : from + accuracy;
        var point = WallClock.Mix(machine) % Steps[0];
        foreach (var step in Steps)
        {
            // the last such point that is not after the window
            var own = point % step;
            if (to < own)
                continue;
            var candidate = to - ((to - own) % step);
            if (candidate >= from)
                return candidate;
        }
        return to;
    }
}
