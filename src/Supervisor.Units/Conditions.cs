using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Units;

/// <summary>How the conditions of a unit came out.</summary>
public enum ConditionOutcome { Met, Unmet, AssertFailed }

/// <summary>Condition…= and Assert…= of systemd.unit(5), tested on this machine just before a start.</summary>
public static partial class Conditions
{
    /// <summary>Every plain one must hold, and of those with "|" at least one; an assertion that does not hold fails the start, a condition skips it.</summary>
    /// <returns>The outcome, and what does not hold as it was written.</returns>
    public static (ConditionOutcome Outcome, string? Text) Check(Unit unit)
    {
        foreach (var assert in new[] { true, false })
        {
            Condition? alternative = null;
            var anyHolds = false;
            foreach (var condition in unit.Get(Directives.Conditions).Value)
            {
                if (condition.Assert != assert)
                    continue;
                var holds = Holds(condition.Kind, condition.Argument) != condition.Negate;
                if (condition.Trigger)
                {
                    alternative ??= condition;
                    anyHolds |= holds;
                }
                else if (!holds)
                    return Failed(condition);
            }
            if (alternative is not null && !anyHolds)
                return Failed(alternative);
        }
        return (ConditionOutcome.Met, null);

        static (ConditionOutcome, string) Failed(Condition c) =>
            (c.Assert ? ConditionOutcome.AssertFailed : ConditionOutcome.Unmet,
                $"{(c.Assert ? "Assert" : "Condition")}{c.Kind}={(c.Trigger ? "|" : "")}{(c.Negate ? "!" : "")}{c.Argument} ({c.Origin.File}:{c.Origin.Line})");
    }

    /// <summary>Whether one holds, its "!" not looked at.</summary>
    public static bool Holds(string kind, string argument) => kind switch
    {
        "PathExists" => Sys.Exists(argument),
        "PathExistsGlob" => Glob.Exists(argument),
        "PathIsDirectory" => ModeOf(argument) is DirectoryMode,
        "PathIsSymbolicLink" => ModeOf(argument, LibC.AT_SYMLINK_NOFOLLOW) is 0xA000,
        "PathIsSocket" => ModeOf(argument) is 0xC000,
        "PathIsEncrypted" => IsEncrypted(argument),
        "PathIsMountPoint" => IsMountPoint(argument),
        "PathIsReadWrite" => Sys.Exists(argument) && !IsReadOnly(argument),
        "DirectoryNotEmpty" => Sys.ListDirectory(argument).TryGet(out var names, out _) && names.Count > 0,
        "FileNotEmpty" => Sys.StatAt(Fd.Cwd, argument).TryGet(out var stat, out _) && ((uint)stat.st_mode & 0xF000) == 0x8000 && (long)stat.st_size > 0,
        "FileIsExecutable" => Sys.StatAt(Fd.Cwd, argument).TryGet(out var stat, out _) && ((uint)stat.st_mode & 0xF000) == 0x8000 && ((uint)stat.st_mode & 0x49) != 0,
        "KernelCommandLine" => OnKernelCommandLine(argument),
        "Virtualization" => Virtualization.Matches(argument),
        "Host" => FileSystemName.MatchesSimpleExpression(argument, Text("/proc/sys/kernel/hostname"))
            || HostIds.Any(file => Text(file) is { Length: > 0 } id && string.Equals(Bare(argument), Bare(id), StringComparison.OrdinalIgnoreCase)),
        "Architecture" => argument == (RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "x86-64" : "arm64") || argument == "native",
        _ => OfSystem(kind, argument) ?? throw new InvalidOperationException($"no test for Condition{kind}="),
    };

    private static readonly string[] HostIds = ["/etc/machine-id", "/proc/sys/kernel/random/boot_id", "/sys/class/dmi/id/product_uuid"];

    private static string Bare(string id) => id.Replace("-", "", StringComparison.Ordinal);

    private const uint DirectoryMode = 0x4000;

    private static uint ModeOf(string path, int flags = 0) => Sys.StatAt(Fd.Cwd, path, flags).TryGet(out var stat, out _) ? (uint)stat.st_mode & 0xF000 : 0;

    private static bool IsMountPoint(string path)
    {
        if (!Sys.ReadFile("/proc/self/mountinfo", 16 << 20).TryGet(out var bytes, out _))
            return false;
        var wanted = path.Length > 1 ? path.TrimEnd('/') : path;
        // field 5 of a line is the mount point, with blanks and such as \ooo (proc(5))
        return Encoding.UTF8.GetString(bytes).Split('\n').Any(line => line.Split(' ') is [_, _, _, _, var point, ..] && Unescape(point) == wanted);
    }

    private static string Unescape(string text) =>
        text.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
            .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);

    private static unsafe bool IsReadOnly(string path)
    {
        if (!Sys.Open(path, LibC.O_PATH).TryGet(out var fd, out _))
            return true;
        // struct statfs, x86-64 and arm64: f_flags is the 11th long; ST_RDONLY is 1
        var buffer = stackalloc long[16];
        var result = Raw.Call(Nr.fstatfs, fd.Number, (nint)buffer);
        fd.Close();
        return result < 0 || (buffer[10] & 1) != 0;
    }

    private static bool OnKernelCommandLine(string argument)
    {
        foreach (var word in Text("/proc/cmdline").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (argument.Contains('=', StringComparison.Ordinal) ? word == argument : word == argument || word.StartsWith(argument + "=", StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    private static string Text(string path) => Sys.ReadFile(path).TryGet(out var bytes, out _) ? Encoding.UTF8.GetString(bytes).Trim() : "";
}
