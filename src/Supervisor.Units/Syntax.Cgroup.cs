using System.Globalization;
using System.Text;

namespace Supervisor.Units;

/// <summary>Readers of shares and limits.</summary>
public static partial class Syntax
{
    /// <summary>1 to 10000; 0 stands for "idle" where that is a weight.</summary>
    public static SettingParser<uint?> Weight(bool idle) => (current, c) =>
        c.Text.Length == 0 ? null
        : idle && c.Text == "idle" ? 0
        : uint.TryParse(c.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is >= 1 and <= 10000 ? n
        : Wrong(c, current, idle ? "not a weight from 1 to 10000 and not idle" : "not a weight from 1 to 10000");

    /// <summary>20%, 12.5%, 125‰ or 1250‱ as a number of hundredths.</summary>
    public static SettingParser<decimal?> Percentage() => (current, c) =>
        c.Text.Length == 0 ? null : TryPercent(c.Text, out var percent) && percent > 0 ? percent : Wrong(c, current, "not a percentage above 0 (such as 20%)");

    /// <summary>Bytes to the base of 1024, a percentage of the machine's memory, or infinity.</summary>
    public static SettingParser<ulong?> Memory() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        if (c.Text == "infinity")
            return ulong.MaxValue;
        if (TryPercent(c.Text, out var percent) && percent <= 100)
            return (ulong)(Installed() * percent / 100);
        return TrySize(c.Text.EndsWith('B') ? c.Text[..^1] : c.Text, out var bytes) ? bytes : Wrong(c, current, "not a size (such as 512M), a percentage or infinity");
    };

    public static SettingParser<NumberSet> Numbers() => (current, c) =>
        c.Text.Length == 0 ? NumberSet.Empty : NumberSet.Parse(c.Text) is { Count: > 0 } set ? current.With(set) : Wrong(c, current, "not a list of numbers (such as 0-3,5)");

    /// <summary>"PATH VALUE"; lines add, a later one for the same path wins.</summary>
    public static SettingParser<IReadOnlyList<Sourced<DeviceAmount>>> DeviceAmounts(DeviceAmountKind kind) => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        if (WordSplitter.Split(c, c.Text) is not [var path, var text])
            return Wrong(c, current, "not a device and a value");
        path = c.Expand(path);
        if (!CheckPath(c, path, null))
            return current;
        ulong value = 0;
        var ok = kind switch
        {
            DeviceAmountKind.Weight => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is >= 1 and <= 10000,
            DeviceAmountKind.Time => TryDuration(text, out var time) && !time.IsInfinite && (value = time.Microseconds) > 0,
            _ => text == "infinity" ? (value = ulong.MaxValue) > 0 : TryDecimalSize(text, out value),
        };
        if (!ok)
            return Wrong(c, current, kind switch { DeviceAmountKind.Weight => "not a weight from 1 to 10000", DeviceAmountKind.Time => "not a time span", _ => "not an amount (such as 5M) and not infinity" });
        return [.. current.Where(d => d.Value.Path != path), new(new DeviceAmount(Normal(path), value), c.Origin)];
    };

    /// <summary>One name of a directory; no path.</summary>
    public static SettingParser<string?> GroupName() => (current, c) =>
    {
        var name = c.Expand(c.Text);
        return name.Length == 0 ? null
            : name.Length < 256 && !name.Contains('/', StringComparison.Ordinal) && name is not ("." or "..") && !name.StartsWith("cgroup.", StringComparison.Ordinal) ? name
            : Wrong(c, current, "not the name of a control group");
    };

    private static bool TryPercent(string text, out decimal percent)
    {
        percent = 0;
        var scale = text.Length == 0 ? 0m : text[^1] switch { '%' => 1m, '‰' => 0.1m, '‱' => 0.01m, _ => 0m };
        if (scale == 0 || !decimal.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out percent))
            return false;
        percent *= scale;
        return percent <= 1_000_000;
    }

    /// <summary>K, M, G, T to the base of 1000, as for rates.</summary>
    private static bool TryDecimalSize(string text, out ulong value)
    {
        value = 0;
        if (text.Length == 0)
            return false;
        ulong scale = text[^1] switch { 'K' => 1_000, 'M' => 1_000_000, 'G' => 1_000_000_000, 'T' => 1_000_000_000_000, _ => 1 };
        if (!ulong.TryParse(scale > 1 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out value) || value > ulong.MaxValue / scale)
            return false;
        value *= scale;
        return true;
    }

    private static ulong Installed()
    {
        const string key = "MemTotal:";
        foreach (var line in Linux.Sys.ReadFile("/proc/meminfo").TryGet(out var bytes, out _) ? Encoding.ASCII.GetString(bytes).Split('\n') : [])
        {
            if (line.StartsWith(key, StringComparison.Ordinal) && ulong.TryParse(line[key.Length..^"kB".Length].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes))
                return kilobytes * 1024;
        }
        return ulong.MaxValue / 100;
    }
}
