namespace Supervisor.Units;

public enum DeviceAmountKind { Weight, Amount, Time }

/// <summary>What a control group gets of one device.</summary>
/// <param name="Path">A block device, or a file on one.</param>
/// <param name="Value">A weight, an amount a second (the highest number for no limit), or microseconds.</param>
public readonly record struct DeviceAmount(string Path, ulong Value);
