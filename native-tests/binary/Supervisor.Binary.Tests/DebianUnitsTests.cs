namespace Supervisor.Binary.Tests;

/// <summary>Unit files of 31 of Debian's packages, fetched when they are not there yet.</summary>
public sealed class DebianUnitsTests
{
    /// <summary>What such a unit may be refused for, and nothing else.</summary>
    private static readonly string[] Refusals =
    [
        "ListenNetlink=: is not supported", "ListenSpecial=: is not supported",
        "ListenFIFO=: is not supported", "Type=: not supported here",
        "Listen=: a socket unit without",
    ];

    [Fact]
    public void No_directive_is_unknown_and_no_value_is_taken_for_wrong()
    {
        var script = Path.Combine(Machine.Top, "native-tests/binary/Supervisor.Binary.Tests/debian-units");
        var units = Command.Run(script, Path.Combine(Machine.Top, "build/debian-units")).Succeeded().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(units.Length > 200, $"there are only {units.Length} units");
        var verified = Command.Run([Machine.Supervisor, "verify", .. units], null);
        Assert.InRange(verified.Status, 0, 1);
        var problems = verified.Out.Split('\n').Where(l => l.StartsWith("    ", StringComparison.Ordinal) && !l.TrimStart().StartsWith('^')).Select(l => l.Trim())
            .Where(l => !l.Contains("is of no effect here", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(problems, p => !Refusals.Any(r => p.StartsWith(r, StringComparison.Ordinal)));
    }
}
