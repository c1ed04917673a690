using Microsoft.Extensions.Logging;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Manager.Sockets;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>
/// Feeds events to the engine and carries out what it answers. The only place where the two meet: every change of any unit goes through
/// <see cref="Handle"/>, and effects run in the engine's order.
/// </summary>
internal sealed class EffectRunner(UnitEngine engine, Loop loop, ILogger log)
{
    private readonly Dictionary<(string Unit, UnitTimer Timer), IDisposable> _timers = [];
    private readonly Queue<(Event Event, CauseId Cause)> _events = new();
    private bool _running;

    /// <summary>What is done to processes, images, users and cgroups.</summary>
    public required UnitResources Resources { get; init; }

    public required JobBook Jobs { get; init; }

    public required UnitHistory History { get; init; }

    public required Action<Effect.StateChanged> OnStateChanged { get; init; }

    public required Action<string> OnPersist { get; init; }

    public required Action<string> OnCollect { get; init; }

    public required SocketUnits Sockets { get; init; }

    public required ClockWatch Clocks { get; init; }

    public required TimerUnits Timers { get; init; }

    public required PathUnits Paths { get; init; }

    public required BusNames BusNames { get; init; }

    public required Action<Effect.ActOnSystem> OnActOnSystem { get; init; }

    public required Action<Effect.AllStopped> OnAllStopped { get; init; }

    /// <summary>Tells the engine. An event that comes up while effects are being carried out waits for them: the engine sees one thing after the other.</summary>
    public void Handle(Event happened, CauseId cause = default)
    {
        _events.Enqueue((happened, cause));
        if (!_running)
            Drain();
    }

    private void Drain()
    {
        _running = true;
        try
        {
            while (_events.TryDequeue(out var next))
            {
                engine.Handle(next.Event, Clocks.Read(), next.Cause);
                foreach (var effect in engine.TakeEffects())
                    Carry(effect);
            }
        }
        finally
        {
            _running = false;
        }
    }

    /// <summary>Carries out what came of a call that is no event (reload, the end of an adoption).</summary>
    public void CarryOut(Effect effect)
    {
        _running = true;
        try
        {
            Carry(effect);
        }
        finally
        {
            _running = false;
        }
        Drain();
    }

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case Effect.CheckConditions e:
                var (outcome, text) = Conditions.Check(engine.Find(e.Unit)!.Unit);
                Handle(new Event.ConditionResult(e.Unit, outcome, text));
                break;
            case Effect.AcquireResources e:
                Resources.Acquire(e.Unit);
                break;
            case Effect.ReleaseResources e:
                Resources.Release(e.Unit, e.KeepRuntimeDirectory, e.Restarting);
                break;
            case Effect.Spawn e:
                Resources.Spawn(e);
                break;
            case Effect.Signal e:
                Resources.Signal(e);
                break;
            case Effect.KillCgroup e:
                Resources.KillCgroup(e.Unit);
                break;
            case Effect.ReadPidFile e:
                Resources.ReadPidFile(e.Unit, e.Wait);
                break;
            case Effect.ArmTimer e:
                Cancel(e.Unit, e.Timer);
                _timers[(e.Unit, e.Timer)] = loop.At(e.At, () =>
                {
                    _timers.Remove((e.Unit, e.Timer));
                    Handle(new Event.TimerElapsed(e.Unit, e.Timer));
                });
                break;
            case Effect.CancelTimer e:
                Cancel(e.Unit, e.Timer);
                break;
            case Effect.StateChanged e:
                OnStateChanged(e);
                break;
            case Effect.JobAccepted e:
                Jobs.Accepted(e);
                break;
            case Effect.JobRefused e:
                Jobs.Refused(e);
                break;
            case Effect.JobFinished e:
                Jobs.Finished(e);
                break;
            case Effect.Log e:
                Report(e);
                break;
            case Effect.OpenSockets e:
                Sockets.Open(e.Unit);
                break;
            case Effect.CloseSockets e:
                Sockets.Close(e.Unit);
                break;
            case Effect.WatchSockets e:
                Sockets.Watch(e.Unit, e.Watch);
                break;
            case Effect.FlushSockets e:
                Sockets.Flush(e.Unit);
                break;
            case Effect.HandConnection e:
                Sockets.Connections.Hand(e.Connection, e.Service);
                break;
            case Effect.RefuseConnection e:
                Sockets.Connections.Refuse(e.Connection);
                break;
            case Effect.CloseConnection e:
                Sockets.Connections.Close(e.Unit);
                break;
            case Effect.Collect e:
                OnCollect(e.Unit);
                break;
            case Effect.WatchClocks:
                Clocks.Watch();
                break;
            case Effect.ReadStamp e:
                Timers.ReadStamp(e.Unit);
                break;
            case Effect.WriteStamp e:
                Timers.WriteStamp(e.Unit, e.Realtime);
                break;
            case Effect.ArmWake e:
                Timers.ArmWake(e.Unit, e.At);
                break;
            case Effect.CancelWake e:
                Timers.CancelWake(e.Unit);
                break;
            case Effect.WatchPaths e:
                Paths.Watch(e.Unit);
                break;
            case Effect.UnwatchPaths e:
                Paths.Unwatch(e.Unit);
                break;
            case Effect.Persist e:
                OnPersist(e.Unit);
                break;
            case Effect.WatchBusName e:
                BusNames.Watch(e.Unit, e.Name);
                break;
            case Effect.ActOnSystem e:
                OnActOnSystem(e);
                break;
            case Effect.AllStopped e:
                OnAllStopped(e);
                break;
            default:
                throw new InvalidOperationException($"nobody carries out {effect.GetType().Name}");
        }
    }

    private void Cancel(string unit, UnitTimer timer)
    {
        if (_timers.Remove((unit, timer), out var armed))
            armed.Dispose();
    }

    private void Report(Effect.Log e)
    {
        var unit = e.Unit ?? "manager";
        // what went wrong first in a run is what a failed job is answered with
        if (e.Unit is not null && e.Priority <= LogPriority.Warning)
            History.Of(unit).Failure ??= e.Text;
        if (e.Priority <= LogPriority.Error)
            log.UnitError(unit, e.Text);
        else if (e.Priority == LogPriority.Warning)
            log.UnitWarning(unit, e.Text);
        else
            log.UnitInfo(unit, e.Text);
    }
}
