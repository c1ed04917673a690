using System.Globalization;

namespace Supervisor.Units;

/// <summary>Readers of what the kernel knows of a process.</summary>
public static partial class Syntax
{
    /// <summary>By number (syslog(3)); the nameless are not ours to use.</summary>
    internal static readonly string[] SyslogFacilities =
    [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "", "", "", "",
        "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];

    private static readonly (string Word, int Bit)[] CoredumpBits =
    [
        ("private-anonymous", 0), ("shared-anonymous", 1), ("private-file-backed", 2), ("shared-file-backed", 3), ("elf-headers", 4), ("private-huge", 5), ("shared-huge", 6),
        ("private-dax", 7), ("shared-dax", 8),
    ];

    private static readonly string[] SecureBitNames = ["noroot", "noroot-locked", "no-setuid-fixup", "no-setuid-fixup-locked", "keep-caps", "keep-caps-locked"];

    public static SettingParser<bool?> OptionalBool() => (current, c) =>
        c.Text.Length == 0 ? null : TryBool(c.Text, out var value) ? value : Wrong(c, current, "not a boolean (yes, no, true, false, on, off, 1, 0)");

    public static SettingParser<ProcessorAffinity> Affinity() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return ProcessorAffinity.Any;
        if (c.Text == "numa")
            return new(NumberSet.Empty, true);
        return NumberSet.Parse(c.Text) is { Count: > 0 } set ? new(current.Processors.With(set), false) : Wrong(c, current, "not a list of processors (such as 0-3,5) and not numa");
    };

    public static SettingParser<NodeMask> Nodes() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return NodeMask.None;
        if (c.Text == "all")
            return new(NumberSet.Empty, true);
        return NumberSet.Parse(c.Text) is { Count: > 0 } set ? new(current.Nodes.With(set), false) : Wrong(c, current, "not a list of memory nodes (such as 0-1) and not all");
    };

    /// <summary>systemd.time(7) with nanoseconds; a bare number is nanoseconds.</summary>
    public static SettingParser<ulong?> Nanoseconds() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        ulong total = 0;
        foreach (var word in c.Text.Replace("nsec", "ns", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            ulong nanoseconds;
            if (ulong.TryParse(word.EndsWith("ns", StringComparison.Ordinal) ? word[..^2] : word, NumberStyles.None, CultureInfo.InvariantCulture, out var bare))
                nanoseconds = bare;
            else if (TryDuration(word, out var time) && time.Microseconds <= ulong.MaxValue / 1000)
                nanoseconds = time.Microseconds * 1000;
            else
                return Wrong(c, current, "not a time span (such as 50us or 1ms; a bare number is nanoseconds)");
            total += nanoseconds;
        }
        return total > long.MaxValue ? Wrong(c, current, "longer than the kernel can count") : total;
    };

    /// <summary>Names, or a mask in hexadecimal; lines add.</summary>
    public static SettingParser<ulong?> CoredumpFilter() => (current, c) =>
    {
        const ulong kernelDefault = 0x33;
        if (c.Text.Length == 0)
            return null;
        ulong mask = 0;
        foreach (var word in WordSplitter.Split(c, c.Text) ?? [])
        {
            var index = Array.FindIndex(CoredumpBits, b => b.Word == word);
            if (index >= 0)
                mask |= 1UL << CoredumpBits[index].Bit;
            else if (word == "default")
                mask |= kernelDefault;
            else if (word == "all")
                mask |= (1UL << CoredumpBits.Length) - 1;
            else if (ulong.TryParse(word.StartsWith("0x", StringComparison.Ordinal) ? word[2..] : word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
                mask |= bits;
            else
                c.Error($"not one of {string.Join(", ", CoredumpBits.Select(b => b.Word))}, default, all and not a mask in hexadecimal", word);
        }
        return (current ?? 0) | mask;
    };

    /// <summary>Those of other machines are passed over, as systemd does it: a unit for several kinds of machines is no mistake.</summary>
    public static SettingParser<Personality?> Personality() => (current, c) =>
    {
        switch (c.Text)
        {
            case "":
                return null;
            case "x86-64":
                return Units.Personality.Linux;
            case "x86":
                return Units.Personality.Linux32;
            case "arm64" or "arm" or "arm64-be" or "loongarch64" or "mips64" or "mips64-le" or "mips" or "mips-le" or "alpha" or "ppc" or "ppc-le" or "ppc64" or "ppc64-le" or "s390" or "s390x"
                or "parisc" or "parisc64" or "riscv32" or "riscv64" or "sparc" or "sparc64" or "ia64" or "m68k" or "tilegx" or "cris" or "arc" or "arc-be" or "sh" or "sh64" or "nios2":
                c.Ignore($"{c.Text} is a personality of other machines, ignored");
                return current;
            default:
                return Wrong(c, current, "not an architecture");
        }
    };

    public static SettingParser<uint> SecureBits() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return 0;
        foreach (var word in WordSplitter.Split(c, c.Text) ?? [])
        {
            var bit = Array.IndexOf(SecureBitNames, word);
            if (bit < 0)
                c.Error($"not one of {string.Join(", ", SecureBitNames)}", word);
            else
                current |= 1u << bit;
        }
        return current;
    };

    /// <summary>A label; "-" before it: a failure does not matter.</summary>
    public static SettingParser<SecurityLabel?> Label() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return null;
        var optional = c.Text[0] == '-';
        var text = c.Expand(optional ? c.Text[1..] : c.Text);
        return text.Length is > 0 and < 4096 && !text.Any(char.IsControl) ? new SecurityLabel(text, optional) : Wrong(c, current, "not a label");
    };

    /// <summary>Absolute paths with colons between them; lines add.</summary>
    public static SettingParser<IReadOnlyList<string>> SearchPath() => (current, c) =>
    {
        if (c.Text.Length == 0)
            return [];
        var list = new List<string>(current);
        foreach (var part in c.Expand(c.Text).Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (CheckPath(c, part, part))
                list.Add(Normal(part));
        }
        return list;
    };
}
