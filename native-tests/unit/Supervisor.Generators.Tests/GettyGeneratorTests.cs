namespace Supervisor.Generators.Tests;

public sealed class GettyGeneratorTests
{
    private static readonly GeneratorFacts Complete = new() { HasUnit = _ => true };

    /// <summary>A terminal that is there, one that is not, and virtual consoles.</summary>
    [Theory]
    [InlineData("ttyS0")]
    [InlineData("tty0 ttyS0 tty1")]
    [InlineData("nosuch0 ttyS0")]
    [InlineData("")]
    public void Serial_consoles_get_what_systemd_gives_them(string active)
    {
        Assert.SkipUnless(File.Exists("/dev/ttyS0") && File.Exists("/sys/class/tty/console/active"), "no serial terminal");
        var file = Path.GetTempFileName();
        File.WriteAllText(file, active + "\n");
        var expected = Oracle.Run(GettyGenerator.Name, ("CONSOLES", file), ("SYSTEMD_PROC_CMDLINE", "quiet"));
        File.Delete(file);
        UnitTree.Same(expected, UnitTree.Of(GettyGenerator.Generate(active.Split(' ', StringSplitOptions.RemoveEmptyEntries), t => t == "ttyS0", null, Complete)));
    }

    [Fact]
    public void In_a_container_the_console_and_the_terminals_that_are_given()
    {
        var output = GettyGenerator.Generate(["ttyS0"], _ => true, "pts/0 /dev/pts/7 tty1 pts/", Complete with { InContainer = true });
        Assert.Equal(
            [
                "normal/getty.target.wants/console-getty.service -> /lib/systemd/system/console-getty.service",
                "normal/getty.target.wants/container-getty@0.service -> /lib/systemd/system/container-getty@.service",
                "normal/getty.target.wants/container-getty@7.service -> /lib/systemd/system/container-getty@.service",
            ],
            UnitTree.Of(output));
        Assert.Contains("names no terminal", Assert.Single(output.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_template_there_is_nothing_to_link() => Assert.Empty(GettyGenerator.Generate(["ttyS0"], _ => true, null, new()).Entries);
}
