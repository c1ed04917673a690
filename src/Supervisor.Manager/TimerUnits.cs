using Microsoft.Extensions.Logging;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>What timer units have outside of the engine: the files that remember when a Persistent= one last elapsed, and the alarms that wake the machine.</summary>
internal sealed class TimerUnits(UnitEngine engine, Loop loop, string directory, ILogger log)
{
    private const uint EpollIn = 1;
    private const int BoottimeAlarm = 9;

    private readonly Dictionary<string, Fd> _alarms = [];

    public required Action<Event> Tell { get; init; }

    /// <summary>A file's time of change is what it says, as systemd has it.</summary>
    private string StampOf(string unit) => $"{directory}/stamp-{unit}";

    public void ReadStamp(string unit)
    {
        var found = Sys.StatAt(Fd.Cwd, StampOf(unit)).TryGet(out var stat, out var error);
        if (!found && error.Errno != Errno.ENOENT)
            log.UnitWarning(unit, $"cannot read when it last elapsed: {error}");
        var time = found ? (ulong)Math.Max((long)stat.st_mtim.tv_sec, 0) * 1_000_000 + (ulong)(long)stat.st_mtim.tv_nsec / 1000 : 0;
        Tell(new Event.StampRead(unit, time));
    }

    public void WriteStamp(string unit, ulong realtime)
    {
        var result = Sys.MakeDirectories(directory);
        if (result.Ok)
        {
            if (Sys.Open(StampOf(unit), LibC.O_WRONLY | LibC.O_CREAT | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, 0x1A4).TryGet(out var fd, out var error))
            {
                result = Sys.SetModified(fd, realtime);
                fd.Close();
            }
            else
                result = error;
        }
        if (result.Failed(out var failure))
            log.UnitError(unit, $"cannot write down when it elapsed, a missed time may not be made up for: {failure with { Path = StampOf(unit) }}");
    }

    public void ArmWake(string unit, ulong at)
    {
        if (!_alarms.TryGetValue(unit, out var alarm))
        {
            if (!Sys.TimerCreate(BoottimeAlarm).TryGet(out alarm, out var error))
            {
                Tell(new Event.WakeFailed(unit, new Failure("cannot make a timer that wakes the machine", error, engine.Find(unit)?.Unit.Get(Directives.WakeSystem).Origin ?? default)));
                return;
            }
            _alarms.Add(unit, alarm);
            // that the machine is awake is enough: the loop's own timer, and the clock's having been set, say the rest
            loop.Watch(alarm, EpollIn, ready =>
            {
                Span<byte> expirations = stackalloc byte[8];
                _ = Sys.Read(alarm, expirations);
                Tell(new Event.TimerElapsed(unit, UnitTimer.Trigger));
            });
        }
        if (Sys.TimerArm(alarm, Math.Max(at, 1)).Failed(out var failed))
            Tell(new Event.WakeFailed(unit, new Failure("cannot arm a timer that wakes the machine", failed, engine.Find(unit)?.Unit.Get(Directives.WakeSystem).Origin ?? default)));
    }

    public void CancelWake(string unit)
    {
        if (!_alarms.Remove(unit, out var alarm))
            return;
        loop.Forget(alarm);
        alarm.Close();
    }
}
