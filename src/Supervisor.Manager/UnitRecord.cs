using System.Text.Json.Serialization;
using Supervisor.Engine;

namespace Supervisor.Manager;

/// <summary>What is saved of a unit: the engine's snapshot, and the past that status tells.</summary>
internal sealed record UnitRecord(UnitSnapshot Snapshot, ulong LastRestartAt, string? LastRestartReason, string? Failure, IReadOnlyList<string> Degraded);

/// <summary>What is saved of the manager as a whole.</summary>
internal sealed record ManagerRecord(int? ShutdownKind, int ExitCode, ulong NextCause);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(UnitRecord))]
[JsonSerializable(typeof(ManagerRecord))]
[JsonSerializable(typeof(List<FdRecord>))]
internal sealed partial class RecordJson : JsonSerializerContext;
