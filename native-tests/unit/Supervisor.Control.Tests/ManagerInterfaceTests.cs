using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Supervisor.Control.Tests;

public sealed partial class ManagerInterfaceTests
{
    private static readonly string[] Members = [.. ManagerInterface.Description.Split('\n').Where(l => !l.TrimStart().StartsWith('#')).Aggregate("", (text, l) => $"{text} {l.Trim()}")
        .Split([" interface ", " type ", " method ", " error "], StringSplitOptions.RemoveEmptyEntries).Select(m => m.Trim()).Where(m => m.Length > 0)];

    private static IEnumerable<string> Methods => typeof(ManagerInterface).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!)
        .Where(v => v.StartsWith(ManagerInterface.Name + ".", StringComparison.Ordinal)).Select(v => v[(ManagerInterface.Name.Length + 1)..]);

    [Fact]
    public void It_begins_with_the_interface_and_its_name() => Assert.Equal(ManagerInterface.Name, Members[0]);

    [Fact]
    public void Every_method_is_described_once_and_nothing_else_is() =>
        Assert.Equal(Methods.Order(StringComparer.Ordinal), DescribedMethod().Matches(ManagerInterface.Description).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_member_is_of_varlinks_grammar() => Assert.All(Members.Skip(1), member => Assert.Matches(Member(), member));

    [Fact]
    public void Every_type_that_is_named_is_described()
    {
        var described = Members.Skip(1).Where(m => !m.Contains("->", StringComparison.Ordinal)).Select(m => m.Split(' ')[0]).ToHashSet();
        Assert.All(NamedType().Matches(ManagerInterface.Description).Select(m => m.Groups[1].Value), name => Assert.Contains(name, described));
    }

    public static TheoryData<string, JsonTypeInfo> Forms => new()
    {
        { "UnitStatus (", ControlJson.Default.UnitStatus },
        { "ProcessInfo (", ControlJson.Default.ProcessInfo },
        { "UnitDirectoryInfo (", ControlJson.Default.UnitDirectoryInfo },
        { "GetInfo() -> (", ControlJson.Default.ManagerInfo },
        { "ListUnits(", ControlJson.Default.ListRequest },
        { "ListUnits(all: bool) -> (", ControlJson.Default.UnitList },
        { "GetUnit(unit: string) -> (", ControlJson.Default.UnitReply },
        { "StartUnit(", ControlJson.Default.UnitRequest },
        { "StartUnit(unit: string, mode: ?string, wait: ?bool) -> (", ControlJson.Default.JobReply },
        { "KillUnit(", ControlJson.Default.KillRequest },
        { "Exit(", ControlJson.Default.ExitRequest },
        { "ReleaseImage(", ControlJson.Default.ImageRequest },
        { "GetOwned(unit: string) -> (", ControlJson.Default.OwnedResources },
        { "ExplainSandbox(unit: string) -> (", ControlJson.Default.Lines },
        { "Subscribe() -> (", ControlJson.Default.StateChange },
        { "Failed (", ControlJson.Default.ErrorDetail },
    };

    [Theory]
    [MemberData(nameof(Forms), DisableDiscoveryEnumeration = true)]
    public void What_is_described_has_the_fields_that_are_sent(string begin, JsonTypeInfo type)
    {
        var member = Assert.Single(Members, m => m.StartsWith(begin, StringComparison.Ordinal));
        var fields = member[begin.Length..member.IndexOf(')', begin.Length)];
        Assert.Equal(type.Properties.Select(p => p.Name), fields.Split(", ").Select(f => f.Split(':')[0]));
    }

    [GeneratedRegex(@"^method (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex DescribedMethod();

    private const string Fields = @"\(([a-z](_?[A-Za-z0-9])*: \??(\[\])?(bool|int|float|string|object|[A-Z][A-Za-z0-9]*)(, (?=[a-z]))?)*\)";

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*( " + Fields + "|" + Fields + " -> " + Fields + ")$")]
    private static partial Regex Member();

    [GeneratedRegex(@": \??(?:\[\])?([A-Z]\w*)")]
    private static partial Regex NamedType();
}
