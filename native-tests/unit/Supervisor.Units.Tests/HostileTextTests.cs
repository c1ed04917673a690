namespace Supervisor.Units.Tests;

/// <summary>Unit files that nobody writes by hand.</summary>
public sealed class HostileTextTests
{
    private static Unit Parse(string text) => UnitParser.FromText("t.service", text);

    [Theory]
    [InlineData("\\\n")]
    [InlineData("\\")]
    [InlineData("[Service]\nExecStart=/bin/true\n \\\n\n")]
    [InlineData("\\\n# comment\n\\\n;\n")]
    public void A_backslash_alone_joins_nothing_to_nothing(string text) =>
        Assert.DoesNotContain(Parse(text).Diagnostics, d => !d.Message.Contains("without a command", StringComparison.Ordinal));

    [Fact]
    public void A_backslash_at_the_end_of_the_file_joins_nothing() =>
        Assert.Equal(["/bin/a", "b"], Parse("[Service]\nExecStart=/bin/a b\\").Get(Directives.ExecStart).Value[0].Arguments);

    [Theory]
    [InlineData("a=\n")]
    [InlineData("a\n")]
    [InlineData("[a]\n")]
    [InlineData("[Service]\nNice=x\n")]
    [InlineData("[Service]\nAfter=a.service\nNice=x\n")]
    public void Problems_of_a_file_are_told_up_to_a_number(string line)
    {
        var unit = Parse("[Service]\n" + string.Concat(Enumerable.Repeat(line, UnitLexer.FileMax / 2 / line.Length)));
        Assert.InRange(unit.Diagnostics.Count, UnitLexer.ProblemsMax, UnitLexer.ProblemsMax + 3);
        Assert.Contains(unit.Diagnostics, d => d.ToString().Contains("more than 200 problems: the file is not read beyond this line", StringComparison.Ordinal));
        Assert.Equal(LoadState.BadSetting, unit.LoadState);
    }

    [Fact]
    public void A_file_has_so_many_assignments_and_no_more()
    {
        var unit = Parse("[Unit]\n" + string.Concat(Enumerable.Repeat("After=a.service\n", UnitLexer.AssignmentsMax + 1)));
        Assert.Equal(UnitLexer.AssignmentsMax, unit.Get(Directives.After).Value.Count);
        Assert.Contains(unit.Diagnostics, d => d.ToString() == $"/t/t.service:{UnitLexer.AssignmentsMax + 2}: more than 16384 assignments: the file is not read beyond this line");
    }

    [Fact]
    public void A_setting_of_many_lines_takes_no_more_memory_than_its_lines()
    {
        var text = "[Unit]\n" + string.Concat(Enumerable.Repeat("After=a.service\n", 10_000));
        Parse(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Parse(text);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_000_000);
    }

    [Fact]
    public void Names_of_units_keep_their_backslashes()
    {
        var after = Parse("[Unit]\nAfter=dev-disk-by\\x2dlabel-a.device \"b.service\"\n").Get(Directives.After).Value;
        Assert.Equal(["dev-disk-by\\x2dlabel-a.device", "b.service"], after.Select(a => a.Value));
    }

    [Theory]
    [InlineData("/.")]
    [InlineData("/")]
    [InlineData("/bin/")]
    [InlineData("//./")]
    public void A_directory_is_no_program(string path) =>
        Assert.Contains(Parse($"[Service]\nExecStart={path}\n").Diagnostics, d => d.Message == "a directory is no program");

    [Fact]
    public void Ranges_that_overlap_are_one_set() => Assert.Equal("0-5,64,8190-8191", NumberSet.Parse("0-3,2-5 1,64,8190-8191,8190")!.ToString());

    [Fact]
    public void Lists_that_grow_from_one_do_not_see_each_other()
    {
        var one = Grown<int>.Of([], 1);
        var two = Grown<int>.Of(one, 2);
        var other = Grown<int>.Of(one, 3);
        Assert.Equal([1], one);
        Assert.Equal([1, 2], two);
        Assert.Equal([1, 3], other);
        Assert.Throws<ArgumentOutOfRangeException>(() => one[1]);
    }
}
