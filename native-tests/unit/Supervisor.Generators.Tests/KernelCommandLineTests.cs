using Supervisor.Init;

namespace Supervisor.Generators.Tests;

/// <summary>Words of the kernel command line, held against systemd's generators for them.</summary>
public sealed class KernelCommandLineTests
{
    private static readonly GeneratorFacts Complete = new() { HasUnit = _ => true };

    [Theory]
    [InlineData("systemd.unit=foo.target systemd.mask=a systemd.mask=b.timer systemd.wants=w systemd.debug_shell")]
    [InlineData("single systemd.wants=x.service systemd.debug-shell=ttyS1")]
    [InlineData("1 systemd.debug_shell=/dev/ttyS2")]
    [InlineData("s systemd.wants=a")]
    [InlineData("-s systemd.wants=a")]
    [InlineData("S systemd.wants=a")]
    [InlineData("2 systemd.wants=a")]
    [InlineData("3 systemd.wants=a")]
    [InlineData("5 systemd.wants=q 4")]
    [InlineData("5 systemd.wants=a@b")]
    [InlineData("rescue systemd.wants=a")]
    [InlineData("emergency systemd.wants=a")]
    [InlineData("-b systemd.wants=a")]
    [InlineData("6 0 systemd.wants=a")]
    [InlineData("emergency=1 systemd.wants=x")]
    [InlineData("systemd.unit=bar.target systemd.wants=k rescue")]
    [InlineData("rescue systemd.wants=k systemd.unit=bar.target")]
    [InlineData("rd.systemd.wants=a rd.systemd.mask=x rd.rescue")]
    [InlineData("systemd.wants=\"a b\" systemd.mask=foo@bar systemd_mask=x systemd-mask=y systemd.wants=/dev/sda systemd.wants=/mnt/x systemd.mask=a/b")]
    [InlineData("systemd.debug_shell=no")]
    [InlineData("systemd.debug_shell=yes quiet")]
    [InlineData("systemd.debug_shell=1 systemd.debug_shell=tty3")]
    public void Masks_wishes_and_the_shell_are_as_systemd_makes_them(string line) =>
        UnitTree.Same(Oracle.Run(DebugGenerator.Name, ("SYSTEMD_PROC_CMDLINE", line)), UnitTree.Of(DebugGenerator.Generate(KernelCommandLine.Parse(line), initramfs: false, Complete)));

    [Theory]
    [InlineData("systemd.run=\"echo hi\" systemd.run=\"/bin/foo %n $x\"")]
    [InlineData("systemd.run=foo systemd.run_success_action=none systemd.run_failure_action=reboot")]
    [InlineData("systemd.run")]
    [InlineData("quiet")]
    public void Commands_are_as_systemd_makes_them(string line) =>
        UnitTree.Same(Oracle.Run(RunGenerator.Name, ("SYSTEMD_PROC_CMDLINE", line)), UnitTree.Of(RunGenerator.Generate(KernelCommandLine.Parse(line), initramfs: false)));

    /// <summary>systemd makes a unit without a command, which cannot be started.</summary>
    [Fact]
    public void An_action_without_a_command_makes_nothing() => Assert.Empty(RunGenerator.Generate(KernelCommandLine.Parse("systemd.run_success_action=none"), false).Entries);

    /// <summary>systemd writes such a path as it is.</summary>
    [Fact]
    public void A_terminal_outside_of_dev_is_refused()
    {
        var output = DebugGenerator.Generate(KernelCommandLine.Parse("systemd.debug_shell=/dev/../x"), false, Complete);
        Assert.DoesNotContain(output.Entries, e => e.Text is not null);
        Assert.Contains("names no terminal", Assert.Single(output.Diagnostics).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("systemd.mask=")]
    [InlineData("systemd.mask")]
    [InlineData("systemd.wants=")]
    public void A_word_without_a_unit_is_named(string line)
    {
        var output = DebugGenerator.Generate(KernelCommandLine.Parse(line + " systemd.mask=good"), false, Complete);
        Assert.Equal("good.service", Assert.Single(output.Entries).Path);
        Assert.Single(output.Diagnostics);
    }

    [Theory]
    [InlineData("quiet", null)]
    [InlineData("systemd.unit=foo.target", "foo.target")]
    [InlineData("systemd.unit=foo.target 3", "multi-user.target")]
    [InlineData("systemd.unit=", null)]
    [InlineData("rd.systemd.unit=foo.target", null)]
    [InlineData("-b", "emergency.target")]
    public void The_unit_to_boot_into(string line, string? unit) => Assert.Equal(unit, KernelWords.DefaultUnit(KernelCommandLine.Parse(line), initramfs: false));

    [Fact]
    public void In_an_initramfs_only_its_own_words_count() =>
        Assert.Equal("initrd.target.wants/a.service", Assert.Single(DebugGenerator.Generate(KernelCommandLine.Parse("rd.systemd.wants=a systemd.mask=b rescue"), true, Complete).Entries).Path);

    [Fact]
    public void What_is_said_of_a_word_is_one_line()
    {
        var output = DebugGenerator.Generate(KernelCommandLine.Parse("\"systemd.debug_shell=a\nb\u001b\""), false, new() { HasUnit = _ => true });
        Assert.DoesNotContain(Assert.Single(output.Diagnostics).ToString(), char.IsControl);
    }
}
