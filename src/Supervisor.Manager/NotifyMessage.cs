using System.Globalization;
using System.Text;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>
/// One datagram of the sd_notify(3) protocol. Hostile: anything malformed is left out, never an error.
/// </summary>
internal sealed record NotifyMessage
{
    private const int TextMax = 512, NameMax = 255;

    public bool Ready { get; init; }

    public bool Reloading { get; init; }

    public bool Stopping { get; init; }

    /// <summary>MONOTONIC_USEC=, µs of CLOCK_MONOTONIC: when the reload began that RELOADING=1 is about.</summary>
    public ulong? MonotonicMicroseconds { get; init; }

    public string? Status { get; init; }

    public int? Errno { get; init; }

    public string? BusError { get; init; }

    public string? VarlinkError { get; init; }

    public NotifyAccess? Access { get; init; }

    public int? MainPid { get; init; }

    /// <summary>MAINPIDFDID=, the inode of the main process's pidfd, which no other process ever has (Linux 6.9).</summary>
    public ulong? MainPidfdId { get; init; }

    /// <summary>The main process is the one of the pidfd that comes along.</summary>
    public bool MainPidfd { get; init; }

    public bool Watchdog { get; init; }

    public bool WatchdogTrigger { get; init; }

    /// <summary>WATCHDOG_USEC=, a new interval.</summary>
    public ulong? WatchdogMicroseconds { get; init; }

    public ulong? ExtendTimeoutMicroseconds { get; init; }

    public bool RestartReset { get; init; }

    public bool FdStore { get; init; }

    public bool FdStoreRemove { get; init; }

    public string? FdName { get; init; }

    /// <summary>FDPOLL=0 leaves a stored descriptor alone when its other end goes.</summary>
    public bool FdPoll { get; init; } = true;

    public bool Barrier { get; init; }

    /// <summary>The message, or null for a datagram that is empty, has a NUL inside, or is not UTF-8.</summary>
    public static NotifyMessage? Parse(ReadOnlySpan<byte> datagram)
    {
        if (datagram.IsEmpty || datagram.TrimEnd((byte)'\n').Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(datagram))
            return null;
        var message = new NotifyMessage();
        foreach (var range in datagram.Split((byte)'\n'))
        {
            var line = datagram[range];
            var equals = line.IndexOf((byte)'=');
            if (equals > 0)
                message = message.With(Encoding.ASCII.GetString(line[..equals]), line[(equals + 1)..]);
        }
        return message;
    }

    private NotifyMessage With(string name, ReadOnlySpan<byte> value) => name switch
    {
        "READY" => IsOne(value) ? this with { Ready = true } : this,
        "RELOADING" => IsOne(value) ? this with { Reloading = true } : this,
        "STOPPING" => IsOne(value) ? this with { Stopping = true } : this,
        "BARRIER" => IsOne(value) ? this with { Barrier = true } : this,
        "RESTART_RESET" => IsOne(value) ? this with { RestartReset = true } : this,
        "WATCHDOG" => value.SequenceEqual("trigger"u8) ? this with { WatchdogTrigger = true } : IsOne(value) ? this with { Watchdog = true } : this,
        "STATUS" => this with { Status = Text(value) },
        "BUSERROR" => this with { BusError = Text(value) },
        "VARLINKERROR" => this with { VarlinkError = Text(value) },
        "NOTIFYACCESS" => this with { Access = AccessOf(value) ?? Access },
        "FDSTORE" => IsOne(value) ? this with { FdStore = true } : this,
        "FDSTOREREMOVE" => IsOne(value) ? this with { FdStoreRemove = true } : this,
        "FDNAME" => IsName(value) ? this with { FdName = Encoding.ASCII.GetString(value) } : this,
        "FDPOLL" => value.SequenceEqual("0"u8) ? this with { FdPoll = false } : this,
        "MAINPIDFD" => IsOne(value) ? this with { MainPidfd = true } : this,
        _ => ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? WithNumber(name, number) : this,
    };

    private NotifyMessage WithNumber(string name, ulong number) => name switch
    {
        "MAINPID" => number is > 1 and <= int.MaxValue ? this with { MainPid = (int)number } : this,
        "MAINPIDFDID" => number > 0 ? this with { MainPidfdId = number } : this,
        "ERRNO" => number <= 4095 ? this with { Errno = (int)number } : this,
        "MONOTONIC_USEC" => this with { MonotonicMicroseconds = number },
        "WATCHDOG_USEC" => this with { WatchdogMicroseconds = number },
        "EXTEND_TIMEOUT_USEC" => this with { ExtendTimeoutMicroseconds = number },
        _ => this,
    };

    private static bool IsOne(ReadOnlySpan<byte> value) => value.SequenceEqual("1"u8);

    private static string Text(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value[..Math.Min(value.Length, TextMax)]);

    private static NotifyAccess? AccessOf(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value) switch
    {
        "none" => NotifyAccess.None,
        "main" => NotifyAccess.Main,
        "exec" => NotifyAccess.Exec,
        "all" => NotifyAccess.All,
        _ => null,
    };

    /// <summary>As sd_listen_fds_with_names(3) has it: ASCII without control characters and colons, at most 255.</summary>
    private static bool IsName(ReadOnlySpan<byte> value) => value.Length is > 0 and <= NameMax && !value.ContainsAnyExceptInRange((byte)' ', (byte)'~') && !value.Contains((byte)':');
}
