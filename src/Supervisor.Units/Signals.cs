using System.Globalization;

namespace Supervisor.Units;

/// <summary>Signal names (signal(7), x86-64 and arm64).</summary>
public static class Signals
{
    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP",
        "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private const int RealTimeFirst = 34, RealTimeLast = 64;

    /// <summary>"SIGTERM", "TERM", "15", "SIGRTMIN+4".</summary>
    public static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
            return signal is >= 1 and <= RealTimeLast;
        var name = text.StartsWith("SIG", StringComparison.Ordinal) ? text.AsSpan(3) : text;
        for (var i = 1; i < Names.Length; i++)
        {
            if (name.SequenceEqual(Names[i]))
            {
                signal = i;
                return true;
            }
        }
        if (name.StartsWith("RTMIN+") && int.TryParse(name[6..], NumberStyles.None, CultureInfo.InvariantCulture, out var up) && up <= RealTimeLast - RealTimeFirst)
            signal = RealTimeFirst + up;
        else if (name.StartsWith("RTMAX-") && int.TryParse(name[6..], NumberStyles.None, CultureInfo.InvariantCulture, out var down) && down <= RealTimeLast - RealTimeFirst)
            signal = RealTimeLast - down;
        else if (name is "RTMIN")
            signal = RealTimeFirst;
        else if (name is "RTMAX")
            signal = RealTimeLast;
        return signal > 0;
    }

    /// <summary>"SIGTERM"; "signal 77" for a number without a name.</summary>
    public static string Name(int signal) =>
        signal > 0 && signal < Names.Length ? "SIG" + Names[signal]
        : signal is >= RealTimeFirst and <= RealTimeLast ? signal == RealTimeFirst ? "SIGRTMIN" : $"SIGRTMIN+{signal - RealTimeFirst}"
        : $"signal {signal}";
}
