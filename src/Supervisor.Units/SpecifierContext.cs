using System.Text;

namespace Supervisor.Units;

/// <summary>What "%" stands for in one unit: its name, and facts of the machine that the caller supplies.</summary>
/// <param name="Name">The unit's full name.</param>
/// <param name="Facts">By letter: S, t, C, L, E, T, V, m, b, H, q, v, a, u, U, g, G, h, s …</param>
public sealed record SpecifierContext(string Name, IReadOnlyDictionary<char, string> Facts)
{
    public static IReadOnlyDictionary<char, string> SystemFacts { get; } = new Dictionary<char, string>
    {
        ['t'] = "/run", ['S'] = "/var/lib", ['C'] = "/var/cache", ['L'] = "/var/log", ['E'] = "/etc", ['D'] = "/usr/share", ['T'] = "/tmp", ['V'] = "/var/tmp",
        ['u'] = "root", ['U'] = "0", ['g'] = "root", ['G'] = "0", ['h'] = "/root", ['s'] = "/bin/sh", ['d'] = "",
    };

    /// <summary>The same, with what this machine is called and runs.</summary>
    public static IReadOnlyDictionary<char, string> MachineFacts { get; } = ReadMachine();

    private static Dictionary<char, string> ReadMachine()
    {
        static string Text(string path) => Linux.Sys.ReadFile(path).TryGet(out var bytes, out _) ? Encoding.UTF8.GetString(bytes).Trim() : "";
        var host = Text("/proc/sys/kernel/hostname");
        var facts = new Dictionary<char, string>(SystemFacts)
        {
            ['m'] = Text("/etc/machine-id"), ['b'] = Text("/proc/sys/kernel/random/boot_id").Replace("-", "", StringComparison.Ordinal), ['H'] = host, ['q'] = host,
            ['l'] = host.Split('.')[0], ['v'] = Text("/proc/sys/kernel/osrelease"),
            ['a'] = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 ? "x86-64" : "arm64",
        };
        var release = Text("/etc/os-release").Split('\n').Select(l => l.Split('=', 2)).Where(f => f.Length == 2).ToLookup(f => f[0], f => f[1].Trim('"', '\''));
        foreach (var (letter, field) in new[] { ('o', "ID"), ('w', "VERSION_ID"), ('B', "BUILD_ID"), ('W', "VARIANT_ID"), ('A', "IMAGE_VERSION"), ('M', "IMAGE_ID") })
            facts[letter] = release[field].LastOrDefault() ?? "";
        return facts;
    }

    /// <summary>A line of two letters stands for up to 255: without a limit a file of 1 MB would fill the memory.</summary>
    private const int GrownMax = 1 << 20;

    private int _grown;

    /// <summary>The text with every specifier replaced, or what is wrong with one.</summary>
    public (string Text, string? Error) Expand(string text)
    {
        var built = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                built.Append(text[i]);
                continue;
            }
            if (++i == text.Length)
            {
                built.Append('%'); // as systemd leaves a last one
                break;
            }
            if (Value(text[i]) is not { } value)
                return (text, $"%{text[i]} is not a specifier that is known here");
            built.Append(value);
            _grown += value.Length;
            if (_grown > GrownMax)
                return (text, $"too long: what specifiers stand for is more than {GrownMax} characters in this unit");
        }
        return (built.ToString(), null);
    }

    private string? Value(char letter) => letter switch
    {
        '%' => "%",
        'n' => Name,
        'N' => Name[..^(UnitName.Suffix(Name)?.Length ?? 0)],
        'p' => UnitName.PrefixOf(Name),
        'P' => UnitName.Unescape(UnitName.PrefixOf(Name)),
        'i' => UnitName.InstanceOf(Name),
        'I' => UnitName.Unescape(UnitName.InstanceOf(Name)),
        'j' => LastPart(),
        'J' => UnitName.Unescape(LastPart()),
        'f' => "/" + UnitName.Unescape(UnitName.InstanceOf(Name) is { Length: > 0 } instance ? instance : UnitName.PrefixOf(Name)).TrimStart('/'),
        _ => Facts.TryGetValue(letter, out var fact) ? fact : null,
    };

    private string LastPart()
    {
        var prefix = UnitName.PrefixOf(Name);
        return prefix[(prefix.LastIndexOf('-') + 1)..];
    }
}
