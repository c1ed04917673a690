using System.Globalization;
using System.IO.Enumeration;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Units;

/// <summary>Conditions that ask what the machine is and has.</summary>
public static partial class Conditions
{
    private static readonly string[] Operators = ["<=", ">=", "!=", "==", "<>", "<", ">", "="];

    private static readonly System.Buffers.SearchValues<char> AfterName = System.Buffers.SearchValues.Create("<>=!$ ");

    private static bool? OfSystem(string kind, string argument) => kind switch
    {
        "KernelVersion" => VersionMatches(argument, Text("/proc/sys/kernel/osrelease")),
        "Version" => argument.Split(' ', 2) is ["kernel", var wanted] && VersionMatches(wanted, Text("/proc/sys/kernel/osrelease")),
        "KernelModuleLoaded" => Sys.Exists($"/sys/module/{argument.Replace('-', '_')}"),
        "User" => IsUser(argument),
        "Group" => IsGroup(argument),
        "Firmware" => IsFirmware(argument),
        "ACPower" => OnPower() == IsTrue(argument),
        "Security" => HasSecurity(argument),
        "Capability" => Field("/proc/self/status", "CapBnd:") is { } mask
            && ulong.TryParse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits) && (bits & Capabilities.Bit(argument)) != 0,
        "NeedsUpdate" => NeedsUpdate(argument),
        "FirstBoot" => Sys.Exists("/run/systemd/first-boot") == IsTrue(argument),
        "ControlGroupController" => HasControllers(argument),
        "Memory" => Compare(argument, t => Syntax.TrySize(t, out var n) ? n : null, Field("/proc/meminfo", "MemTotal:") is { } total
            && ulong.TryParse(total.Split(' ')[0], CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes << 10 : 0),
        "CPUs" => Compare(argument, t => ulong.TryParse(t, CultureInfo.InvariantCulture, out var n) ? n : null, (ulong)Environment.ProcessorCount),
        "CPUFeature" => Field("/proc/cpuinfo", "flags") is { } flags && flags.TrimStart(':', ' ').Split(' ').Contains(argument.ToLowerInvariant()),
        "OSRelease" => IsOSRelease(argument),
        "Environment" => argument.Split('=', 2) is [var name, .. var rest] && Environment.GetEnvironmentVariable(name) is { } value && (rest.Length == 0 || rest[0] == value),
        "Credential" => !argument.Contains('/', StringComparison.Ordinal) && Sys.Exists($"/run/credentials/@system/{argument}"),
        "MemoryPressure" => IsBelowPressure("memory", argument),
        "CPUPressure" => IsBelowPressure("cpu", argument),
        "IOPressure" => IsBelowPressure("io", argument),
        "MachineTag" => MachineTags().Any(tag => Glob.Fits(argument, tag)),
        "Fraction" => IsInFraction(argument, Text("/etc/machine-id")),
        _ => null,
    };

    /// <summary>TAGS= of machine-info(5), parted by colons.</summary>
    private static IEnumerable<string> MachineTags()
    {
        var line = Text("/etc/machine-info").Split('\n').LastOrDefault(l => l.StartsWith("TAGS=", StringComparison.Ordinal)) ?? "TAGS=";
        return line["TAGS=".Length..].Trim().Trim('"', '\'').Split(':', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>"[TAG] 10%": true on that part of all machines, always the same ones for a tag; which ones is decided as systemd 261 does, by the machine's id.</summary>
    internal static bool IsInFraction(string argument, string machineId)
    {
        if (!Syntax.TryFraction(argument, out var tag, out var permyriad))
            return false;
        if (permyriad is 0 or 10_000)
            return permyriad > 0;
        if (machineId.Length != 32 || !machineId.All(char.IsAsciiHexDigit))
            return false;
        var digest = Sha256.Hmac(Convert.FromHexString(machineId), System.Text.Encoding.UTF8.GetBytes($"systemd-fraction-{tag}"));
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(digest) < ((ulong)permyriad * uint.MaxValue + 5_000) / 10_000;
    }

    private static bool IsTrue(string argument) => Syntax.TryBool(argument, out var value) && value;

    /// <summary>Words that must all hold: globs, or an operator and a version.</summary>
    private static bool VersionMatches(string argument, string version) =>
        argument.Split(' ', StringSplitOptions.RemoveEmptyEntries) is var words && Joined(words).All(word =>
            SplitOperator(word) is var (op, wanted) && op.Length > 0
                ? Holds(op, VersionText.Compare(version, wanted))
                : FileSystemName.MatchesSimpleExpression(word, version, ignoreCase: false));

    /// <summary>"&gt;= 5" is as good as "&gt;=5".</summary>
    private static IEnumerable<string> Joined(string[] words)
    {
        for (var i = 0; i < words.Length; i++)
            yield return Operators.Contains(words[i]) && i + 1 < words.Length ? words[i] + words[++i] : words[i];
    }

    private static (string Operator, string Operand) SplitOperator(string text)
    {
        foreach (var op in Operators)
        {
            if (text.StartsWith(op, StringComparison.Ordinal))
                return (op, text[op.Length..].TrimStart());
        }
        return ("", text);
    }

    private static bool Holds(string op, int difference) => op switch
    {
        "<" => difference < 0,
        "<=" => difference <= 0,
        ">" => difference > 0,
        ">=" or "" => difference >= 0,
        "!=" or "<>" => difference != 0,
        _ => difference == 0,
    };

    private static bool Compare(string argument, Func<string, ulong?> parse, ulong actual)
    {
        var (op, rest) = SplitOperator(argument);
        return parse(rest) is { } wanted && Holds(op, actual.CompareTo(wanted));
    }

    private static bool IsUser(string argument)
    {
        var uid = Field("/proc/self/status", "Uid:")?.Split('\t')[0] ?? "";
        return argument == uid || argument == "@system" && uid == "0" || Line("/etc/passwd", argument) is { } line && line.Split(':') is [_, _, var number, ..] && number == uid;
    }

    private static bool IsGroup(string argument)
    {
        var own = new HashSet<string>((Field("/proc/self/status", "Groups:") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        own.UnionWith((Field("/proc/self/status", "Gid:") ?? "").Split('\t'));
        return own.Contains(argument) || argument == "@system" && own.Contains("0") || Line("/etc/group", argument) is { } line && line.Split(':') is [_, _, var number, ..] && own.Contains(number);
    }

    private static bool IsFirmware(string argument)
    {
        const string compatible = "device-tree-compatible(", smbios = "smbios-field(";
        if (argument == "uefi")
            return Sys.Exists("/sys/firmware/efi");
        if (argument == "device-tree")
            return Sys.Exists("/sys/firmware/devicetree");
        if (argument.StartsWith(compatible, StringComparison.Ordinal) && argument.EndsWith(')'))
            return Text("/proc/device-tree/compatible").Split('\0').Contains(argument[compatible.Length..^1]);
        if (!argument.StartsWith(smbios, StringComparison.Ordinal) || !argument.EndsWith(')'))
            return false;
        var test = argument[smbios.Length..^1].Trim();
        var end = test.AsSpan().IndexOfAny(AfterName);
        if (end <= 0 || test.AsSpan(0, end).Contains('/'))
            return false;
        var field = Text($"/sys/class/dmi/id/{test[..end]}");
        var rest = test[end..].TrimStart();
        if (rest.StartsWith("=$", StringComparison.Ordinal))
            return FileSystemName.MatchesSimpleExpression(rest[2..].TrimStart(), field, ignoreCase: false);
        var (op, wanted) = SplitOperator(rest);
        wanted = wanted.Trim('"');
        return op is "=" or "!=" ? field == wanted == (op == "=") : Holds(op, VersionText.Compare(field, wanted));
    }

    /// <summary>On mains, or without anything that tells.</summary>
    private static bool OnPower()
    {
        var mains = false;
        foreach (var name in Sys.ListDirectory("/sys/class/power_supply").TryGet(out var names, out _) ? names : [])
        {
            if (Text($"/sys/class/power_supply/{name}/type") != "Mains")
                continue;
            if (Text($"/sys/class/power_supply/{name}/online") == "1")
                return true;
            mains = true;
        }
        return !mains;
    }

    private static bool HasSecurity(string argument) => argument switch
    {
        "selinux" => Sys.Exists("/sys/fs/selinux/enforce"),
        "smack" => Sys.Exists("/sys/fs/smackfs"),
        "apparmor" => Text("/sys/module/apparmor/parameters/enabled") == "Y",
        "tomoyo" => Sys.Exists("/sys/kernel/security/tomoyo/version"),
        "ima" => Sys.Exists("/sys/kernel/security/ima"),
        "audit" => Sys.Exists("/proc/self/loginuid"),
        "uefi-secureboot" => Sys.ReadFile("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c").TryGet(out var variable, out _) && variable is [.., 1],
        "tpm2" => Text("/sys/class/tpm/tpm0/tpm_version_major") == "2",
        "cvm" => Sys.Exists("/dev/sev-guest") || Sys.Exists("/dev/tdx_guest"),
        _ => false,
    };

    private static bool NeedsUpdate(string path) =>
        path.StartsWith('/') && !IsReadOnly(path) && Sys.StatAt(Fd.Cwd, "/usr").TryGet(out var usr, out _)
        && (!Sys.StatAt(Fd.Cwd, $"{path.TrimEnd('/')}/.updated").TryGet(out var updated, out _) || (long)usr.st_mtim.tv_sec > (long)updated.st_mtim.tv_sec);

    private static bool HasControllers(string argument)
    {
        if (argument is "v1" or "v2")
            return Text("/proc/self/mountinfo").Contains(argument == "v2" ? " - cgroup2 " : " - cgroup ", StringComparison.Ordinal);
        var controllers = Text("/proc/cgroups").Split('\n').Select(l => l.Split('\t')).Where(f => f is [_, .., "1"]).Select(f => f[0]).ToHashSet();
        return argument.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(controllers.Contains);
    }

    private static bool IsOSRelease(string argument)
    {
        var text = Text("/etc/os-release");
        var fields = text.Split('\n').Select(l => l.Split('=', 2)).Where(f => f.Length == 2).ToLookup(f => f[0], f => f[1].Trim().Trim('"', '\''));
        return argument.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word =>
        {
            var end = word.AsSpan().IndexOfAny(AfterName);
            if (end <= 0)
                return false;
            var actual = fields[word[..end]].LastOrDefault() ?? "";
            var (op, wanted) = SplitOperator(word[end..]);
            wanted = wanted.Trim('"');
            return op is "=" or "!=" or "==" ? (op == "==" ? VersionText.Compare(actual, wanted) == 0 : actual == wanted == (op == "=")) : Holds(op, VersionText.Compare(actual, wanted));
        });
    }

    /// <summary>"[SLICE:]10%[/1min]": true while the share of time in which somebody waits is not above it.</summary>
    private static bool IsBelowPressure(string resource, string argument)
    {
        if (!Sys.ReadFile($"/proc/pressure/{resource}").TryGet(out var bytes, out _))
            return true;
        var limit = argument[(argument.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('/');
        var average = limit.Length > 1 && Syntax.TryDuration(limit[1], out var span) ? span.Microseconds switch { <= 10_000_000 => "avg10=", <= 60_000_000 => "avg60=", _ => "avg300=" } : "avg300=";
        var text = System.Text.Encoding.ASCII.GetString(bytes);
        var at = text.IndexOf(average, StringComparison.Ordinal);
        return !decimal.TryParse(limit[0].TrimEnd('%'), CultureInfo.InvariantCulture, out var percent) || at < 0
            || !decimal.TryParse(text[(at + average.Length)..].Split(' ', '\n')[0], CultureInfo.InvariantCulture, out var now) || now <= percent;
    }

    private static bool IsEncrypted(string path)
    {
        if (!Sys.StatAt(Fd.Cwd, path).TryGet(out var stat, out _))
            return false;
        var device = (ulong)stat.st_dev;
        var (major, minor) = (device >> 8 & 0xfff | device >> 32 & ~0xffful, device & 0xff | device >> 12 & 0xffffff00);
        return Text($"/sys/dev/block/{major}:{minor}/dm/uuid").StartsWith("CRYPT-", StringComparison.Ordinal);
    }

    private static string? Field(string file, string name) =>
        Text(file).Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is { } line ? line[name.Length..].Trim() : null;

    private static string? Line(string file, string user) => Text(file).Split('\n').FirstOrDefault(l => l.StartsWith(user + ":", StringComparison.Ordinal));
}
