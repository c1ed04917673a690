using System.Text.Json;
using System.Text.Json.Serialization;

namespace Supervisor.Control;

/// <summary>A call as it comes over the wire (varlink.org): <c>{"method": …, "parameters": {…}, "more": true}</c>.</summary>
public sealed record CallMessage(string? Method, JsonElement? Parameters, bool More = false, bool Oneway = false);

/// <summary>An answer: parameters, or an error with its own parameters; "continues" when more follow.</summary>
public sealed record ReplyMessage(JsonElement? Parameters, bool? Continues = null, string? Error = null);

/// <summary>Parameters of calls that name one unit.</summary>
/// <param name="Wait">Answer when the job has ended, not when it has begun.</param>
public sealed record UnitRequest([property: JsonRequired] string Unit, string Mode = "replace", bool Wait = true);

public sealed record KillRequest([property: JsonRequired] string Unit, string Who = "all", int Signal = 15);

public sealed record ImageRequest([property: JsonRequired] string Image);

public sealed record ListRequest(bool All = true);

public sealed record ExitRequest(int Code = 0);

/// <summary>How a job ended.</summary>
/// <param name="Result">systemd's word: done, failed, dependency, timeout, skipped, canceled, invalid, assert.</param>
/// <param name="Text">Why, when it is not done.</param>
/// <param name="Failure">What failed, with its lines as they are to be shown.</param>
/// <param name="TookMicroseconds">From the request to the end.</param>
public sealed record JobReply(string Unit, string Result, string? Text, IReadOnlyList<string> Notes, ulong TookMicroseconds, UnitStatus? Status = null);

/// <summary>What there is to know of the manager.</summary>
public sealed record ManagerInfo(
    string Version, string Mode, int Generation, int ManagerPid, int KeeperPid, string RuntimeDirectory, string StateDirectory, string Attached, string RuntimeAttached,
    string JournalDirectory, IReadOnlyList<UnitDirectoryInfo> UnitPath, IReadOnlyList<string> Notes);

/// <param name="Attached">It holds what images brought.</param>
/// <param name="Generated">Generators write it, and nobody else.</param>
public sealed record UnitDirectoryInfo(string Path, bool Attached, bool Generated = false);

public sealed record ProcessInfo(int Pid, int ParentPid, string Command);

/// <summary>Everything that status and show print of a unit. Times are µs: …At of CLOCK_REALTIME, 0 for never.</summary>
public sealed record UnitStatus
{
    public required string Name { get; init; }
    public string Description { get; init; } = "";
    public string LoadState { get; init; } = "loaded";
    public string ActiveState { get; init; } = "inactive";
    public string SubState { get; init; } = "dead";
    public string Result { get; init; } = "success";
    public string? Type { get; init; }
    public string? FragmentPath { get; init; }
    public IReadOnlyList<string> DropIns { get; init; } = [];
    public IReadOnlyList<string> Problems { get; init; } = [];
    public ulong StateChangedAt { get; init; }
    public ulong ActiveEnterAt { get; init; }
    public int MainPid { get; init; }
    public ulong MainStartedAt { get; init; }
    public ulong MainExitedAt { get; init; }

    /// <summary>How the last main process ended: "exited with status 1", "killed by SIGKILL".</summary>
    public string? MainExit { get; init; }
    public int MainExitCode { get; init; }
    public int MainExitStatus { get; init; }
    public int ControlPid { get; init; }
    public int Restarts { get; init; }
    public ulong LastRestartAt { get; init; }
    public string? LastRestartReason { get; init; }
    public string? StatusText { get; init; }
    public string? Failure { get; init; }
    public string? UnmetCondition { get; init; }
    public string? InvocationId { get; init; }
    public string? Image { get; init; }
    public string? Profile { get; init; }
    public IReadOnlyList<string> Withheld { get; init; } = [];
    public string? User { get; init; }
    public uint? Uid { get; init; }
    public bool DynamicUser { get; init; }
    public string? Cgroup { get; init; }
    public IReadOnlyList<ProcessInfo> Processes { get; init; } = [];
    public ulong? MemoryBytes { get; init; }
    public ulong CpuMicroseconds { get; init; }
    public int Tasks { get; init; }
    public string? Job { get; init; }
    public IReadOnlyList<string> Degraded { get; init; } = [];

    /// <summary>From the last change back to its first cause, a line each.</summary>
    public IReadOnlyList<string> Causes { get; init; } = [];
    public bool CanReload { get; init; }
    public IReadOnlyList<string> Listen { get; init; } = [];

    /// <summary>What a socket, timer or path unit starts, and the other way round.</summary>
    public string? Triggers { get; init; }
    public IReadOnlyList<string> TriggeredBy { get; init; } = [];

    /// <summary>Of a timer.</summary>
    public ulong NextElapseAt { get; init; }
    public ulong LastTriggerAt { get; init; }

    /// <summary>What show prints of units of this type alone, as "Name=value".</summary>
    public IReadOnlyList<string> Properties { get; init; } = [];
}

public sealed record UnitList(IReadOnlyList<UnitStatus> Units);

public sealed record UnitReply(UnitStatus Unit);

public sealed record Lines(IReadOnlyList<string> Text);

/// <summary>What a unit owns in the kernel and in files: captured before a detach, looked for after it.</summary>
public sealed record OwnedResources(
    string Unit, IReadOnlyList<uint> Users, IReadOnlyList<string> Cgroups, IReadOnlyList<int> LoopDevices, string? Image, IReadOnlyList<ulong> Namespaces,
    IReadOnlyList<string> Paths, IReadOnlyList<string> KeptPaths);

public sealed record StateChange(string Unit, string Active, string Sub, string Result, ulong At, string? Text);

public sealed record Nothing;

/// <summary>org.varlink.service.</summary>
public sealed record ServiceInfo(string Vendor, string Product, string Version, string Url, IReadOnlyList<string> Interfaces);

public sealed record InterfaceRequest([property: JsonRequired] string Interface);

public sealed record InterfaceDescription(string Description);

public sealed record ErrorDetail(string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CallMessage))]
[JsonSerializable(typeof(ReplyMessage))]
[JsonSerializable(typeof(UnitRequest))]
[JsonSerializable(typeof(KillRequest))]
[JsonSerializable(typeof(ImageRequest))]
[JsonSerializable(typeof(ListRequest))]
[JsonSerializable(typeof(ExitRequest))]
[JsonSerializable(typeof(JobReply))]
[JsonSerializable(typeof(ManagerInfo))]
[JsonSerializable(typeof(UnitList))]
[JsonSerializable(typeof(UnitReply))]
[JsonSerializable(typeof(UnitStatus))]
[JsonSerializable(typeof(Lines))]
[JsonSerializable(typeof(OwnedResources))]
[JsonSerializable(typeof(StateChange))]
[JsonSerializable(typeof(Nothing))]
[JsonSerializable(typeof(ServiceInfo))]
[JsonSerializable(typeof(InterfaceRequest))]
[JsonSerializable(typeof(InterfaceDescription))]
[JsonSerializable(typeof(ErrorDetail))]
public sealed partial class ControlJson : JsonSerializerContext;
