using System.Globalization;
using Supervisor.Control;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>What status and show tell of timer, path and socket units.</summary>
internal sealed partial class StatusBuilder
{
    private UnitStatus WithTriggers(UnitRuntime runtime, UnitStatus status, bool full)
    {
        status = status with { Triggers = runtime.Triggers, TriggeredBy = full ? engine.TriggersOf(runtime) : [] };
        return runtime.Unit.Type switch
        {
            UnitType.Timer => status with { NextElapseAt = NextElapse(runtime), LastTriggerAt = runtime.Times!.Last, Properties = full ? [.. Timer(runtime)] : [] },
            UnitType.Path when full => status with { Properties = [.. Paths(runtime)] },
            UnitType.Socket when full => status with { Properties = [.. Socket(runtime)] },
            _ => status,
        };
    }

    /// <summary>The earlier of the next times, as the clocks stand now; 0 when there is none.</summary>
    private static ulong NextElapse(UnitRuntime runtime)
    {
        var times = runtime.Times!;
        if (times.NextMonotonic == 0)
            return times.Next;
        var clock = runtime.Unit.Get(Directives.WakeSystem).Value ? 7 : 1;
        var next = times.NextMonotonic + Sys.Now(0) - Sys.Now(clock);
        return times.Next == 0 ? next : Math.Min(times.Next, next);
    }

    private static IEnumerable<string> Timer(UnitRuntime runtime)
    {
        var (unit, times) = (runtime.Unit, runtime.Times!);
        yield return $"Unit={runtime.Triggers}";
        foreach (var spec in unit.Get(Directives.Timers).Value)
            yield return spec.Base == TimerBase.Calendar ? $"TimersCalendar={{ OnCalendar={spec.Text} }}" : $"TimersMonotonic={{ On{spec.Base}USec={DurationText.Format(spec.Span.Microseconds)} }}";
        yield return $"OnClockChange={YesNo(unit, Directives.OnClockChange)}";
        yield return $"OnTimezoneChange={YesNo(unit, Directives.OnTimezoneChange)}";
        yield return $"NextElapseUSecRealtime={Moment(times.Next)}";
        yield return $"NextElapseUSecMonotonic={(times.NextMonotonic == 0 ? "infinity" : DurationText.Format(times.NextMonotonic))}";
        yield return $"LastTriggerUSec={Moment(times.Last)}";
        yield return $"LastTriggerUSecMonotonic={DurationText.Format(times.LastMonotonic)}";
        yield return $"AccuracyUSec={DurationText.Format(unit.Get(Directives.AccuracySec).Value.Microseconds)}";
        yield return $"RandomizedDelayUSec={DurationText.Format(unit.Get(Directives.RandomizedDelaySec).Value.Microseconds)}";
        yield return $"RandomizedOffsetUSec={DurationText.Format(unit.Get(Directives.RandomizedOffsetSec).Value.Microseconds)}";
        yield return $"FixedRandomDelay={YesNo(unit, Directives.FixedRandomDelay)}";
        yield return $"Persistent={YesNo(unit, Directives.Persistent)}";
        yield return $"WakeSystem={YesNo(unit, Directives.WakeSystem)}";
        yield return $"RemainAfterElapse={YesNo(unit, Directives.RemainAfterElapse)}";
        yield return $"DeferReactivation={YesNo(unit, Directives.DeferReactivation)}";
    }

    private static IEnumerable<string> Paths(UnitRuntime runtime)
    {
        var unit = runtime.Unit;
        yield return $"Unit={runtime.Triggers}";
        foreach (var spec in unit.Get(Directives.Paths).Value)
            yield return $"Paths={spec.Path} ({Syntax.PathName(spec.Kind)})";
        yield return $"MakeDirectory={YesNo(unit, Directives.MakeDirectory)}";
        yield return $"DirectoryMode={Convert.ToString(unit.Get(Directives.DirectoryMode).Value, 8).PadLeft(4, '0')}";
        yield return $"TriggerLimitIntervalUSec={DurationText.Format(unit.Get(Directives.PathTriggerLimitIntervalSec).Value.Microseconds)}";
        yield return $"TriggerLimitBurst={unit.Get(Directives.PathTriggerLimitBurst).Value.ToString(CultureInfo.InvariantCulture)}";
    }

    private static IEnumerable<string> Socket(UnitRuntime runtime)
    {
        var unit = runtime.Unit;
        foreach (var listen in unit.Get(Directives.ListenAddresses).Value)
            yield return $"Listen={listen.Shown} ({listen.Kind})";
        yield return $"Accept={YesNo(unit, Directives.Accept)}";
        yield return $"FileDescriptorName={Sockets.SocketUnits.NameOf(unit)}";
        yield return $"SocketMode={Convert.ToString(unit.Get(Directives.SocketMode).Value, 8).PadLeft(4, '0')}";
        yield return $"SocketUser={unit.Get(Directives.SocketUser).Value}";
        yield return $"SocketGroup={unit.Get(Directives.SocketGroup).Value}";
        yield return $"MaxConnections={Number(unit.Get(Directives.MaxConnections).Value)}";
        yield return $"MaxConnectionsPerSource={Number(unit.Get(Directives.MaxConnectionsPerSource).Value)}";
        yield return $"NAccepted={Number(runtime.Connections.Accepted)}";
        yield return $"NConnections={Number(runtime.Connections.Now)}";
        yield return $"NRefused={Number(runtime.Connections.Refused)}";
    }

    private static string Number(long n) => n.ToString(CultureInfo.InvariantCulture);

    private static string YesNo(Unit unit, Directive<bool> row) => unit.Get(row).Value ? "yes" : "no";

    private static string Moment(ulong realtime) =>
        realtime == 0 ? "" : DateTimeOffset.UnixEpoch.AddMicroseconds(Math.Min(realtime, 253_402_300_799_000_000)).ToString("ddd yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
