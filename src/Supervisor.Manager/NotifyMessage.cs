using System.Globalization;
using System.Text;

namespace Supervisor.Manager;

/// <summary>
/// One datagram of the sd_notify(3) protocol: the fields that are acted on. Hostile: anything malformed is left out, never an error.
/// </summary>
/// <param name="WatchdogMicroseconds">WATCHDOG_USEC=, a new interval.</param>
/// <param name="ExtendTimeoutMicroseconds">EXTEND_TIMEOUT_USEC=.</param>
internal sealed record NotifyMessage(
    bool Ready, bool Reloading, bool Stopping, string? Status, int? Errno, int? MainPid, bool Watchdog, bool WatchdogTrigger, ulong? WatchdogMicroseconds,
    ulong? ExtendTimeoutMicroseconds, bool Barrier)
{
    private const int StatusMax = 512;

    /// <summary>The message, or null for a datagram that is empty, has a NUL inside, or is not UTF-8.</summary>
    public static NotifyMessage? Parse(ReadOnlySpan<byte> datagram)
    {
        if (datagram.IsEmpty || datagram.TrimEnd((byte)'\n').Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(datagram))
            return null;
        var message = new NotifyMessage(false, false, false, null, null, null, false, false, null, null, false);
        foreach (var range in datagram.Split((byte)'\n'))
        {
            var line = datagram[range];
            var equals = line.IndexOf((byte)'=');
            if (equals > 0)
                message = message.With(line[..equals], line[(equals + 1)..]);
        }
        return message;
    }

    private NotifyMessage With(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var one = value.SequenceEqual("1"u8);
        if (name.SequenceEqual("READY"u8))
            return one ? this with { Ready = true } : this;
        if (name.SequenceEqual("RELOADING"u8))
            return one ? this with { Reloading = true } : this;
        if (name.SequenceEqual("STOPPING"u8))
            return one ? this with { Stopping = true } : this;
        if (name.SequenceEqual("BARRIER"u8))
            return one ? this with { Barrier = true } : this;
        if (name.SequenceEqual("WATCHDOG"u8))
            return value.SequenceEqual("trigger"u8) ? this with { WatchdogTrigger = true } : one ? this with { Watchdog = true } : this;
        if (name.SequenceEqual("STATUS"u8))
            return this with { Status = Encoding.UTF8.GetString(value[..Math.Min(value.Length, StatusMax)]) };
        if (!ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return this;
        if (name.SequenceEqual("MAINPID"u8))
            return number is > 1 and <= int.MaxValue ? this with { MainPid = (int)number } : this;
        if (name.SequenceEqual("ERRNO"u8))
            return number <= 4095 ? this with { Errno = (int)number } : this;
        if (name.SequenceEqual("WATCHDOG_USEC"u8))
            return this with { WatchdogMicroseconds = number };
        if (name.SequenceEqual("EXTEND_TIMEOUT_USEC"u8))
            return this with { ExtendTimeoutMicroseconds = number };
        return this;
    }
}
