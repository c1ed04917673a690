namespace Supervisor.Engine;

/// <summary>
/// What the engine is told of clocks beside the one that events carry, and of chance. Set by the caller before an event is handled; the same values and events give the
/// same effects.
/// </summary>
public sealed class WallClock
{
    /// <summary>CLOCK_REALTIME less CLOCK_MONOTONIC, µs. It changes when the clock is set and when the machine has slept.</summary>
    public long RealtimeOffset { get; set; }

    /// <summary>CLOCK_BOOTTIME less CLOCK_MONOTONIC, µs: how long the machine has slept.</summary>
    public ulong BoottimeOffset { get; set; }

    /// <summary>The machine's time zone, for calendars that name none; null for what the runtime takes for it.</summary>
    public TimeZoneInfo? Zone { get; set; }

    /// <summary>What OnBootSec= counts from, µs of CLOCK_MONOTONIC: 0, or in a container the same as <see cref="Startup"/>.</summary>
    public ulong Boot { get; set; }

    /// <summary>When the first manager was started, µs of CLOCK_MONOTONIC.</summary>
    public ulong Startup { get; set; }

    /// <summary>Stands for the machine: what is to be the same each time here, and another on the next machine, is drawn from it.</summary>
    public ulong Machine { get; set; }

    /// <summary>Drawn anew by each manager: what is to be another each time begins with it.</summary>
    public ulong Chance { get; set; }

    private ulong _drawn;

    /// <summary>A number that stays with the unit on this machine.</summary>
    internal ulong Fixed(string unit, string purpose) => Mix(Text(purpose, Text(unit, Machine)));

    internal ulong Draw() => Mix(Chance + (++_drawn * 0x9E3779B97F4A7C15));

    /// <summary>FNV-1a, which is enough to tell names apart; <see cref="Mix"/> spreads it.</summary>
    private static ulong Text(string text, ulong seed)
    {
        var hash = seed ^ 14695981039346656037;
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211;
        return hash;
    }

    /// <summary>The last step of splitmix64.</summary>
    internal static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
