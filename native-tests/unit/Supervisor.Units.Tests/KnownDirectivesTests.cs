namespace Supervisor.Units.Tests;

public sealed class KnownDirectivesTests
{
    [Theory]
    [InlineData("RestrictFileSystems=ext4", "RestrictFileSystems=: is not supported: it cannot be applied yet, and the service would have less of a wall than it reads")]
    [InlineData("LoadCredential=key:/etc/key", "LoadCredential=: is not supported: the service would run without it")]
    [InlineData("RootHash=00", "RootHash=: is not supported: it cannot be applied yet, and the service would have less of a wall than it reads")]
    [InlineData("CPUQuota=much", "CPUQuota=: not a percentage above 0 (such as 20%)")]
    [InlineData("AllowedCPUs=3-1", "AllowedCPUs=: not a list of numbers (such as 0-3,5)")]
    [InlineData("TTYPath=tty1", "TTYPath=: not an absolute path")]
    [InlineData("OOMPolicy=pray", "OOMPolicy=: not one of continue, stop, kill")]
    public void What_cannot_be_applied_or_is_wrong_fails_the_load(string line, string message)
    {
        var unit = UnitParser.FromText("t.service", $"[Service]\nExecStart=/bin/true\n{line}\n");
        Assert.Equal(LoadState.BadSetting, unit.LoadState);
        Assert.Equal($"/t/t.service:3: {message}", Assert.Single(unit.Diagnostics, d => d.Severity == Severity.Error).ToString());
    }

    [Theory]
    [InlineData("DeviceAllow=null rw", "DeviceAllow=: not a device (a path in /dev, char-NAME or block-NAME), and what may be done with it (r, w, m)")]
    [InlineData("DeviceAllow=/dev/null x", "DeviceAllow=: x is not made of r, w and m")]
    [InlineData("TasksMax=120%", "TasksMax=: not a percentage up to 100%")]
    [InlineData("Delegate=wheels", "Delegate=: not a boolean (yes, no, true, false, on, off, 1, 0)")]
    public void Wrong_values_of_resources(string line, string message) => What_cannot_be_applied_or_is_wrong_fails_the_load(line, message);

    [Theory]
    [InlineData("UtmpIdentifier=x", "is of no effect here: no records of logins are written here")]
    [InlineData("MemoryAccounting=yes", "is of no effect here: what the kernel counts is shown")]
    public void What_has_no_effect_is_a_note(string line, string message)
    {
        var unit = UnitParser.FromText("t.service", $"[Service]\nExecStart=/bin/true\n{line}\n");
        Assert.Equal(LoadState.Loaded, unit.LoadState);
        var note = Assert.Single(unit.Diagnostics);
        Assert.Equal((Severity.Note, message), (note.Severity, note.Message));
    }

    [Theory]
    [InlineData("AppArmorProfile=-web")]
    [InlineData("CPUQuota=")]
    public void What_asks_for_nothing_is_nothing(string line) =>
        Assert.Equal(LoadState.Loaded, UnitParser.FromText("t.service", $"[Service]\nExecStart=/bin/true\n{line}\n").LoadState);

    [Fact]
    public void A_row_has_a_reason_exactly_when_nothing_acts_on_it()
    {
        foreach (var (section, name) in DirectiveTable.Names.ToList())
        {
            var row = DirectiveTable.Find(section, name)!;
            Assert.Equal(row.Status == DirectiveStatus.Honoured, row.Reason is null);
            Assert.NotEmpty(row.Help);
            Assert.False(row.Help.EndsWith('.'));
        }
    }

    [Fact]
    public void No_name_stands_twice_in_a_section() =>
        Assert.Empty(DirectiveTable.Names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key));

    /// <summary>All that systemd 262 has, from its own table of keys and sections.</summary>
    [Fact]
    public void Every_directive_of_systemd_has_a_row()
    {
        var names = DirectiveTable.Names.ToHashSet();
        var missing = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "systemd-262-directives.txt")).Select(l => l.Split(' '))
            .SelectMany(f => f[1..].Select(n => (f[0], n))).Where(n => !names.Contains(n)).ToList();
        Assert.Empty(missing);
    }
}
