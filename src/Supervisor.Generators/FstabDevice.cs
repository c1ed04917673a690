using Supervisor.Units;

namespace Supervisor.Generators;

/// <summary>What an entry's device asks for.</summary>
internal static class FstabDevice
{
    /// <summary>A path of a device for which there can be a unit: a longer one has no name.</summary>
    public static bool Is(string what) =>
        (what.StartsWith("/dev/", StringComparison.Ordinal) || what.StartsWith("/sys/", StringComparison.Ordinal)) && UnitName.IsValid(UnitName.FromPath(what, ".device"));

    /// <summary>What prepares a block device (encryption, a disk on the network) comes before what is on it.</summary>
    public static void Order(UnitText text, string what)
    {
        var prepared = $"blockdev@{UnitName.FromPath(what, ".target")}";
        if (what.StartsWith("/dev/", StringComparison.Ordinal) && UnitName.IsValid(prepared))
            text.Set("After", prepared);
    }

    /// <summary>x-systemd.device-timeout=, which is the device's setting and no mount option: what is left of them.</summary>
    public static MountOptions Timeout(string what, MountOptions options, GeneratorOutput output, Action<Severity, string> note)
    {
        string[] names = ["x-systemd.device-timeout", "comment=systemd.device-timeout"];
        var value = options.All.LastOrDefault(o => names.Any(n => o.StartsWith(n + "=", StringComparison.Ordinal)));
        if (value is null)
            return options;
        value = value[(value.LastIndexOf('=') + 1)..];
        if (!Syntax.TryDuration(value, out _))
            note(Severity.Warning, $"x-systemd.device-timeout: {value} is no time, ignored");
        else if (!Is(what))
            note(Severity.Warning, $"x-systemd.device-timeout: {what} is no device, ignored");
        else
        {
            var text = new UnitText("fstab").Section("Unit").Set("JobRunningTimeoutSec", value);
            output.Replace(GeneratorPlace.Normal, $"{UnitName.FromPath(what, ".device")}.d/50-device-timeout.conf", text.ToString());
        }
        return options.Without(names);
    }

    /// <summary>A device behind the network waits for it.</summary>
    public static void Network(string what, GeneratorOutput output)
    {
        var text = new UnitText("fstab").Section("Unit").Set("After", "network-online.target network.target").Set("Wants", "network-online.target");
        output.File(GeneratorPlace.Normal, $"{UnitName.FromPath(what, ".device")}.d/50-netdev-dependencies.conf", text.ToString());
    }
}
