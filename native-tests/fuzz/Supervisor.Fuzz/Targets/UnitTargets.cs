using System.Text;
using Supervisor.Portable;
using Supervisor.Units;
using static Supervisor.Fuzz.BrokenProperty;

namespace Supervisor.Fuzz;

/// <summary>Unit files: text alone, as an image's under a profile, and as files that a loader finds.</summary>
internal static class UnitTargets
{
    private const string File = "/t/x";

    private static readonly IReadOnlyList<byte[]> Words = DirectiveWords();

    private static readonly IReadOnlyDictionary<char, string> Facts = SpecifierContext.SystemFacts;

    /// <summary>The unit's name in the first line, then its text.</summary>
    public static Target Text { get; } = new("unit", CheckText)
    {
        Words = Words, AllocationPerByte = 8192,
        Seeds = Target.Texts(
            "a.service\n[Unit]\nDescription=%n\nAfter=b.service c.target\n[Service]\nType=notify\nExecStart=/bin/a b \\\n  c\nPrivateTmp=yes\n[Install]\nWantedBy=multi-user.target\n",
            "a.socket\n[Socket]\nListenStream=/run/a\nListenStream=[::1]:80\n", "a.timer\n[Timer]\nOnCalendar=Mon *-*-* 10:00\nOnBootSec=5min\n", "a.path\n[Path]\nPathExists=/a\n",
            "a-b.slice\n[Slice]\nMemoryMax=10%\n", "a.target\n[Unit]\nWants=b.service\n", "srv-a.mount\n[Mount]\nWhat=/dev/a\nWhere=/srv/a\n"),
    };

    /// <summary>A unit that an image brings, under the strict profile.</summary>
    public static Target Image { get; } = new("unit-of-image", CheckImage)
    {
        Words = Words, AllocationPerByte = 8192,
        Seeds = Target.Texts("[Service]\nExecStart=/bin/a\nUser=root\nCapabilityBoundingSet=~CAP_CHOWN\nSystemCallFilter=@system-service\nReadWritePaths=/\nPrivateUsers=full\n"),
    };

    /// <summary>Files below one directory: "--- NAME" begins one, "--- NAME -> TARGET" is a link. The unit of the first name is loaded.</summary>
    public static Target Files { get; } = new("unit-files", new UnitDirectoryTree().Check)
    {
        Words = [.. Words, .. Target.Texts("\n--- a.service\n", "\n--- a.service.d/x.conf\n", "\n--- a@.service\n", "\n--- b.service -> a.service\n", "\n--- a.target.wants/b.service -> /dev/null\n")],
        AllocationPerByte = 16384, AllocationBase = 1 << 20,
        Seeds = Target.Texts("--- a@b.service -> c@.service\n--- c@.service\n[Service]\nExecStart=/bin/a %i\n--- c@.service.d/x.conf\n[Service]\nNice=3\n--- c@b.service.wants/d.target -> /x\n"),
    };

    /// <summary>Names of units, and texts that are made into names.</summary>
    public static Target Names { get; } = new("unit-name", CheckNames)
    {
        LengthMax = 512, Words = Target.Texts(".service", "@", "@.", ".mount", "\\x2d", "-", "/dev/"),
        Seeds = Target.Texts("a@b.service", "/srv/a b", "-.mount", "dev-sda1.device", "a\\x20b.slice"),
    };

    private static byte[][] DirectiveWords()
    {
        var words = new List<byte[]>();
        foreach (var section in DirectiveTable.Names.Select(n => n.Section).Distinct())
            words.Add(Encoding.ASCII.GetBytes($"\n[{section}]\n"));
        foreach (var (_, name) in DirectiveTable.Names)
            words.Add(Encoding.ASCII.GetBytes($"\n{name}="));
        words.AddRange(Target.Texts("yes", "no", "infinity", "none", "%i", "%n", "%%", "%H", "%t/", "/", "/dev/null", "5min", "10%", "1G", "tcp", "CAP_SYS_ADMIN", "@system-service", "~", "strict", "full",
            "self", "a.service", "multi-user.target", "0-3", "root", "127.0.0.0/8", "any", "SIGTERM", "0755", "journal", "file:/a", ":", "\\\n", "'", "\"", "-/a:/b", "norbind", "always", "oneshot", "|", "!"));
        return [.. words];
    }

    private static void CheckText(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var name = end < 0 ? "" : text[..end];
        text = text[(end + 1)..];
        if (!UnitName.IsValid(name) || UnitName.IsTemplate(name))
            name = "x.service";
        var unit = UnitParser.FromText(name, text, File);
        CheckOrigins(unit, text.Count(c => c == '\n') + 1);
        // what is said again is understood again, and a line further down when there is one more above
        Same(unit, UnitParser.FromText(name, text, File), 0);
        if (!text.StartsWith('\uFEFF'))
            Same(unit, UnitParser.FromText(name, "\n" + text, File), 1);
    }

    internal static void CheckOrigins(Unit unit, int lines)
    {
        foreach (var d in unit.Diagnostics)
        {
            Unless(d.Origin.File is null ? d.Origin.Line == 0 : d.Origin.Line >= 0 && d.Origin.Line <= lines, $"a line out of range: {d} of {lines}");
            Unless(d.Column >= 0 && d.Length >= 0 && d.Message.Length > 0, $"a place out of range: {d}");
        }
        foreach (var row in unit.SetDirectives)
            Unless(unit.OriginOf(row).Line <= lines, $"a setting out of range: {unit.OriginOf(row)}");
        Unless((unit.LoadState == LoadState.BadSetting) == unit.Diagnostics.Any(d => d.Severity == Severity.Error), $"errors and state do not agree: {unit.LoadState}");
    }

    private static void Same(Unit a, Unit b, int shift)
    {
        UnlessEqual(a.Diagnostics.Count, b.Diagnostics.Count, "diagnostics of the same text");
        for (var i = 0; i < a.Diagnostics.Count; i++)
        {
            var origin = a.Diagnostics[i].Origin;
            var moved = a.Diagnostics[i] with { Origin = origin with { Line = origin.File is null || origin.Line == 0 ? origin.Line : origin.Line + shift } };
            // what no line says is said of the first one
            if (origin.Line != 1 || a.Diagnostics[i] != b.Diagnostics[i])
                UnlessEqual(moved, b.Diagnostics[i], "a diagnostic of the same text");
        }
        Unless(a.SetDirectives.SequenceEqual(b.SetDirectives), "settings of the same text: not the same");
    }

    private static void CheckImage(byte[] input)
    {
        var profile = Encoding.UTF8.GetBytes(BuiltInProfiles.Text("strict")!);
        var portable = Encoding.UTF8.GetBytes("[Service]\nRootImage=/i.raw\n");
        Unit Load(byte[] text) => UnitParser.FromImage("i.service", text, File, [("/p", profile), ("/q", portable)], "strict", Facts);
        var (plain, unit) = (Load([]), Load(input));
        UnlessEqual("/i.raw", unit.Get(Directives.RootImage).Value, "the root of an image's unit");
        // never wider than what the profile leaves to a unit that asks for nothing
        foreach (var row in DirectiveTable.All)
        {
            if (row.Ceiling == Ceiling.Stricter && plain.TryGetBoxed(row, out var ceiling, out _) && ceiling is true)
                Unless(unit.TryGetBoxed(row, out var value, out _) && value is true, $"wider than the profile: {row}");
        }
        Unless((unit.Get(Directives.CapabilityBoundingSet).Value & ~plain.Get(Directives.CapabilityBoundingSet).Value) == 0, "wider than the profile: CapabilityBoundingSet=");
        Unless((unit.Get(Directives.AmbientCapabilities).Value & ~plain.Get(Directives.AmbientCapabilities).Value) == 0, "wider than the profile: AmbientCapabilities=");
        Unless(unit.Get(Directives.SystemCallFilter).Value.Count >= plain.Get(Directives.SystemCallFilter).Value.Count, "wider than the profile: SystemCallFilter=");
        Unless(unit.Get(Directives.RestrictAddressFamilies).Value.Count >= plain.Get(Directives.RestrictAddressFamilies).Value.Count, "wider than the profile: RestrictAddressFamilies=");
        UnlessEqual(plain.Get(Directives.ImageMayWiden).Value, unit.Get(Directives.ImageMayWiden).Value, "who may widen");
    }

    private static void CheckNames(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (UnitName.IsValid(text))
        {
            Unless(UnitName.TypeOf(text) is not null && text.Length <= 255 && !text.Contains('/', StringComparison.Ordinal), $"no name: {text}");
            UnlessEqual(text, UnitName.Mangle(text), "a name that is one");
            if (UnitName.TemplateOf(text) is { } template && !UnitName.IsTemplate(text))
                UnlessEqual(text, template.Replace("@.", $"@{UnitName.InstanceOf(text)}.", StringComparison.Ordinal), "prefix and instance");
        }
        if (!text.Contains('\uFFFD', StringComparison.Ordinal) && !text.Contains('\\', StringComparison.Ordinal))
            UnlessEqual(text, UnitName.Unescape(UnitName.Escape(text)), "escaped and back");
        _ = UnitName.Unescape(text);
        if (text.StartsWith('/') && UnitName.FromPath(text, ".mount") is { Length: < 256 } mount)
            Unless(UnitName.IsValid(mount), $"a mount's name is none: {mount}");
        var mangled = text.Length == 0 ? "a.service" : UnitName.Mangle(text);
        Unless(mangled.Length > 255 || mangled[0] is '@' or '.' || UnitName.IsValid(mangled), $"mangled is no name: {mangled}");
        _ = ImageName.DefaultPrefix(text) + ImageName.Base(text);
        Unless(ImageName.Same(text, text), "an image is not itself");
        _ = ImageName.Matches(text, ImageName.DefaultPrefix(text));
    }
}
