using Supervisor.Control;
using Supervisor.Engine;
using Supervisor.Linux;
using Supervisor.Units;
using Json = Supervisor.Control.ControlJson;

namespace Supervisor.Manager;

/// <summary>The methods of io.supervisor.Manager: each turns a call into events and data, and answers it.</summary>
internal sealed class ControlService
{
    private readonly List<VarlinkCall> _subscribers = [];

    public required UnitEngine Engine { get; init; }

    public required JobBook Jobs { get; init; }

    public required Action<Event> Tell { get; init; }

    public required StatusBuilder Status { get; init; }

    public required UnitResources Resources { get; init; }

    public required UnitHistory History { get; init; }

    public required Func<ManagerInfo> Info { get; init; }

    /// <summary>Calls back once everything is read anew.</summary>
    public required Action<Action> Reload { get; init; }

    public required Action Reexecute { get; init; }

    public required Action<Engine.ShutdownKind, int> Shutdown { get; init; }

    public void Handle(VarlinkCall call)
    {
        switch (call.Method)
        {
            case ManagerInterface.ServiceGetInfo:
                call.Reply(new ServiceInfo("Supervisor", "supervisor", Info().Version, "", ["org.varlink.service", ManagerInterface.Name]), Json.Default.ServiceInfo);
                break;
            case ManagerInterface.ServiceGetInterfaceDescription:
                if (call.TryParameters(Json.Default.InterfaceRequest, out var wanted))
                {
                    if (wanted.Interface == ManagerInterface.Name)
                        call.Reply(new InterfaceDescription(ManagerInterface.Description), Json.Default.InterfaceDescription);
                    else
                        call.Error("org.varlink.service.InterfaceNotFound", wanted.Interface);
                }
                break;
            case ManagerInterface.GetInfo:
                call.Reply(Info(), Json.Default.ManagerInfo);
                break;
            case ManagerInterface.ListUnits:
                call.Reply(new UnitList([.. Engine.Units.OrderBy(u => u.Name, StringComparer.Ordinal).Select(u => Status.Build(u, full: false))]), Json.Default.UnitList);
                break;
            case ManagerInterface.GetUnit:
                OnUnit(call, runtime => call.Reply(new UnitReply(Status.Build(runtime, full: true)), Json.Default.UnitReply));
                break;
            case ManagerInterface.StartUnit:
                Request(call, JobType.Start);
                break;
            case ManagerInterface.StopUnit:
                Request(call, JobType.Stop);
                break;
            case ManagerInterface.RestartUnit:
                Request(call, JobType.Restart);
                break;
            case ManagerInterface.TryRestartUnit:
                Request(call, JobType.TryRestart);
                break;
            case ManagerInterface.ReloadUnit:
                Request(call, JobType.Reload);
                break;
            case ManagerInterface.ReloadOrRestartUnit:
                Request(call, JobType.ReloadOrRestart);
                break;
            case ManagerInterface.KillUnit:
                if (call.TryParameters(Json.Default.KillRequest, out var kill))
                    Kill(call, kill);
                break;
            case ManagerInterface.ResetFailed:
                OnUnit(call, runtime =>
                {
                    History.Of(runtime.Name).Failure = null;
                    if (runtime.Active == ActiveState.Failed)
                        Engine.Remove(runtime.Name);
                    call.Reply(new Nothing(), Json.Default.Nothing);
                });
                break;
            case ManagerInterface.Reload:
                Reload(() => call.Reply(new Nothing(), Json.Default.Nothing));
                break;
            case ManagerInterface.Reexecute:
                call.Reply(new Nothing(), Json.Default.Nothing);
                Reexecute();
                break;
            case ManagerInterface.PowerOff:
                End(call, Supervisor.Engine.ShutdownKind.Poweroff, 0);
                break;
            case ManagerInterface.Reboot:
                End(call, Supervisor.Engine.ShutdownKind.Reboot, 0);
                break;
            case ManagerInterface.Halt:
                End(call, Supervisor.Engine.ShutdownKind.Halt, 0);
                break;
            case ManagerInterface.Exit:
                if (call.TryParameters(Json.Default.ExitRequest, out var exit))
                    End(call, Supervisor.Engine.ShutdownKind.Exit, exit.Code);
                break;
            case ManagerInterface.ReleaseImage:
                if (call.TryParameters(Json.Default.ImageRequest, out var image))
                {
                    Resources.ReleaseImage(image.Image);
                    call.Reply(new Nothing(), Json.Default.Nothing);
                }
                break;
            case ManagerInterface.GetOwned:
                OnUnit(call, runtime => call.Reply(Resources.Owned(runtime), Json.Default.OwnedResources));
                break;
            case ManagerInterface.ExplainSandbox:
                OnUnit(call, runtime =>
                {
                    var (text, failure) = Resources.Explain(runtime.Unit);
                    if (failure is null)
                        call.Reply(new Lines(text!), Json.Default.Lines);
                    else
                        call.Error("io.supervisor.Failed", failure.ToString());
                });
                break;
            case ManagerInterface.Subscribe:
                _subscribers.Add(call);
                call.OnAbandoned = () => _subscribers.Remove(call);
                break;
            default:
                call.Error("org.varlink.service.MethodNotFound", call.Method);
                break;
        }
    }

    /// <summary>Tells everyone who listens.</summary>
    public void Announce(Effect.StateChanged change)
    {
        foreach (var subscriber in _subscribers.ToList())
        {
            var what = new StateChange(change.Unit, Words.Of(change.New), change.NewSub, Words.Of(change.Result), Sys.Now(0), change.Text);
            if (!subscriber.ReplyContinues(what, Json.Default.StateChange))
                _subscribers.Remove(subscriber);
        }
    }

    private void End(VarlinkCall call, Supervisor.Engine.ShutdownKind kind, int code)
    {
        call.Reply(new Nothing(), Json.Default.Nothing);
        Shutdown(kind, code);
    }

    /// <summary>Runs the action with the unit that the call names, loaded if it is not yet.</summary>
    private void OnUnit(VarlinkCall call, Action<UnitRuntime> action)
    {
        if (!call.TryParameters(Json.Default.UnitRequest, out var request))
            return;
        if (request.Unit is null || !UnitName.IsValid(UnitName.WithSuffix(request.Unit)))
            call.Error("io.supervisor.NoSuchUnit", $"{request.Unit} is not a unit name");
        else
            action(Engine.Load(UnitName.WithSuffix(request.Unit)));
    }

    private void Request(VarlinkCall call, JobType type)
    {
        if (!call.TryParameters(Json.Default.UnitRequest, out var request))
            return;
        var name = UnitName.WithSuffix(request.Unit ?? "");
        if (!Words.TryParse(request.Mode ?? "replace", out JobMode mode))
        {
            call.Error("io.supervisor.BadRequest", $"{request.Mode} is not a job mode");
            return;
        }
        if (!UnitName.IsValid(name))
        {
            call.Error("io.supervisor.NoSuchUnit", $"{request.Unit} is not a unit name");
            return;
        }
        if (type is JobType.Start or JobType.Restart)
            History.Of(name).Failure = null;
        var began = Sys.Now();
        var number = Jobs.Open(
            outcome =>
            {
                if (outcome.Refusal is { } refusal && Engine.Find(name) is null or { Unit.LoadState: LoadState.NotFound })
                {
                    call.Error("io.supervisor.NoSuchUnit", outcome.Refusal?.ToString() ?? $"there is no unit {name}");
                    return;
                }
                var status = Engine.Find(name) is { } runtime ? Status.Build(runtime, full: false) : null;
                var text = History.Of(name).Failure is { } failure && outcome.Result != JobResult.Done ? failure : outcome.Text;
                call.Reply(new JobReply(name, Words.Of(outcome.Result), text, outcome.Notes, Sys.Now() - began, status), Json.Default.JobReply);
            },
            request.Wait);
        Tell(new Event.JobRequest(name, type, mode, number, $"supervisor, uid {call.Peer.Uid}"));
    }

    private void Kill(VarlinkCall call, KillRequest request)
    {
        var target = request.Who switch { "main" => SignalTarget.Main, "control" => SignalTarget.Control, "all" => SignalTarget.Main | SignalTarget.Control | SignalTarget.Cgroup, _ => (SignalTarget)0 };
        var name = UnitName.WithSuffix(request.Unit ?? "");
        if (target == 0 || request.Signal is < 1 or > 64)
            call.Error("io.supervisor.BadRequest", "who is main, control or all, and signals are numbers from 1 to 64");
        else if (Engine.Find(name) is null)
            call.Error("io.supervisor.NoSuchUnit", $"{name} is not loaded");
        else
        {
            Resources.Signal(new Effect.Signal(name, target, request.Signal, Hangup: false));
            call.Reply(new Nothing(), Json.Default.Nothing);
        }
    }
}
