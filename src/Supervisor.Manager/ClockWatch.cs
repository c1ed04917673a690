using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Supervisor.Engine;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>The clocks beside the loop's own: how they stand, when one is set, when the time zone changes. Nothing is watched before a timer unit wants it.</summary>
internal sealed class ClockWatch(Loop loop, ILogger log)
{
    private const uint EpollIn = 1;
    private const string ZoneFile = "localtime";

    private Fd _clock = Fd.None;
    private TimeZoneInfo? _zone;

    public required Action<Event> Tell { get; init; }

    public WallClock Clock { get; } = new() { Machine = MachineSeed(), Chance = BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()) };

    /// <summary>Reads the clocks; before each event that the engine is told.</summary>
    public ulong Read()
    {
        var now = Sys.Now();
        Clock.RealtimeOffset = (long)Sys.Now(0) - (long)now;
        Clock.BoottimeOffset = Sys.Now(7) - now;
        return now;
    }

    /// <param name="started">When the keeper was, µs of CLOCK_BOOTTIME.</param>
    /// <param name="container">The machine's boot is none of ours.</param>
    public void Begin(ulong started, bool container)
    {
        Read();
        Clock.Startup = started > Clock.BoottimeOffset ? started - Clock.BoottimeOffset : 0;
        Clock.Boot = container ? Clock.Startup : 0;
    }

    /// <summary>Tells of changes from now on. Again is no error.</summary>
    public void Watch()
    {
        if (_clock.IsOpen)
            return;
        if (!Sys.TimerCreate(0).TryGet(out _clock, out var error) || ArmClock().Failed(out error))
        {
            log.Error($"cannot watch the clock, timers will not notice when it is set: {error}");
            return;
        }
        loop.Watch(_clock, EpollIn, _ => OnClock());
        if (!Sys.InotifyCreate().TryGet(out var inotify, out error))
        {
            log.Error($"cannot watch the time zone: {error}");
            return;
        }
        if (!Sys.InotifyAdd(inotify, "/etc", Sys.IN_CREATE | Sys.IN_MOVED_TO | Sys.IN_DELETE | Sys.IN_CLOSE_WRITE).TryGet(out _, out error))
        {
            log.Warning($"cannot watch the time zone: {error}");
            inotify.Close();
            return;
        }
        _zone = TimeZoneInfo.Local; // read now: what it was cannot be asked for later
        loop.Watch(inotify, EpollIn, _ => OnZone(inotify));
    }

    /// <summary>A time that never comes, so that only the clock's being set is told.</summary>
    private OsResult ArmClock() => Sys.TimerArm(_clock, (ulong)long.MaxValue / 1000, cancelOnSet: true);

    private void OnClock()
    {
        Span<byte> expirations = stackalloc byte[8];
        _ = Sys.Read(_clock, expirations); // ECANCELED, which is what it is there for
        if (ArmClock().Failed(out var error))
            log.Error($"cannot watch the clock any more: {error}");
        Tell(new Event.ClockSet());
    }

    private void OnZone(Fd inotify)
    {
        if (!Sys.InotifyRead(inotify).TryGet(out var events, out var error))
            log.Warning($"cannot watch the time zone: {error}");
        else if (events.Exists(e => e.Name == ZoneFile || (e.Mask & Sys.IN_Q_OVERFLOW) != 0))
        {
            TimeZoneInfo.ClearCachedData();
            var before = _zone;
            _zone = TimeZoneInfo.Local;
            if (before is null || !before.HasSameRules(_zone) || before.Id != _zone.Id)
                Tell(new Event.ZoneChanged());
        }
    }

    /// <summary>From /etc/machine-id; 0 where there is none: such machines are all alike.</summary>
    private static ulong MachineSeed() =>
        Sys.ReadFile("/etc/machine-id", 64).TryGet(out var id, out _) && id.Length >= 32 && UInt128.TryParse(Encoding.ASCII.GetString(id, 0, 32), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var n)
            ? (ulong)n ^ (ulong)(n >> 64)
            : 0;
}
