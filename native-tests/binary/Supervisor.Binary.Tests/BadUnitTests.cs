using System.Globalization;
using System.Text;

namespace Supervisor.Binary.Tests;

/// <summary>What lies in a directory of units and is none, or is one made to hurt: each is told of, by its file, and the units beside it are as if it were not there.</summary>
public sealed class BadUnitTests : IDisposable
{
    private readonly Nested _host = Nested.Start(("good.service", "[Service]\nExecStart=/run/tools/sleep 1000\n"));

    public void Dispose() => _host.Dispose();

    private string At(string name) => _host.At($"{Nested.RuntimeDirectory}/units/{name}");

    /// <summary>The start is refused with that, the rest goes on, and the manager has not become large.</summary>
    private void Refused(string unit, params string[] says)
    {
        _host.Supervisor("daemon-reload").Succeeded();
        _host.Supervisor("start", unit).Failed().Says([unit, .. says]);
        Stands();
    }

    private void Stands()
    {
        _host.Supervisor("restart", "good").Succeeded();
        _host.Supervisor("systemctl", "is-active", "good").Succeeded();
        var peak = File.ReadLines(_host.At($"/proc/{_host.ManagerPid}/status")).First(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
        Assert.InRange(int.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture), 1000, 48_000);
    }

    [Fact]
    public void Bytes_of_chance()
    {
        var junk = new byte[100_000];
        new Random(7).NextBytes(junk);
        File.WriteAllBytes(At("junk.service"), junk);
        Refused("junk.service", "this is no unit file");
    }

    [Fact]
    public void A_zero_byte()
    {
        File.WriteAllText(At("nul.service"), "[Service]\nExecStart=/bin/true\0\n");
        Refused("nul.service", "nul.service:2", "zero byte");
    }

    [Fact]
    public void A_line_of_a_megabyte()
    {
        File.WriteAllText(At("line.service"), $"[Service]\nExecStart=/bin/true {new string('x', 1 << 20)}\n");
        Refused("line.service", "larger than unit files may be");
    }

    [Fact]
    public void A_line_that_is_long_and_fits_is_only_too_long_for_what_it_says()
    {
        File.WriteAllText(At("name.service"), $"[Unit]\nAfter={new string('x', 1_000_000)}.service\n[Service]\nExecStart=/run/tools/true\n");
        Refused("name.service", "name.service:2", "not a unit name");
    }

    [Fact]
    public void A_file_of_a_hundred_megabytes()
    {
        using (var file = File.Create(At("huge.service")))
            file.SetLength(100_000_000);
        Refused("huge.service", "larger than unit files may be");
    }

    [Fact]
    public void A_million_assignments()
    {
        File.WriteAllText(At("many.service"), "[Service]\n" + new StringBuilder().Insert(0, "Nice=1\n", 149_000) + "Nice=100\n");
        Refused("many.service", "more than 16384 assignments");
    }

    [Fact]
    public void Links_in_a_circle()
    {
        File.CreateSymbolicLink(At("round.service"), "about.service");
        File.CreateSymbolicLink(At("about.service"), "round.service");
        Refused("round.service", "too many links");
    }

    [Fact]
    public void A_link_to_itself()
    {
        File.CreateSymbolicLink(At("self.service"), "self.service");
        Refused("self.service", "ELOOP");
    }

    [Theory]
    [InlineData("/dev/zero", "not a regular file")]
    [InlineData("/proc/kmsg", "cannot be read")]
    [InlineData("/", "not a regular file")]
    [InlineData("/nowhere/dangling.service", "cannot be read")]
    public void A_link_out_of_the_units(string target, string says)
    {
        File.CreateSymbolicLink(At("dangling.service"), target);
        Refused("dangling.service", says);
    }

    [Fact]
    public void A_fifo()
    {
        _host.Enter(Machine.Busybox, "mkfifo", $"{Nested.RuntimeDirectory}/units/fifo.service").Succeeded();
        Refused("fifo.service", "not a regular file");
    }

    [Fact]
    public void A_device()
    {
        _host.Enter(Machine.Busybox, "mknod", $"{Nested.RuntimeDirectory}/units/device.service", "c", "1", "5");
        if (!File.Exists(At("device.service")))
            Assert.Skip("no device can be made here");
        Refused("device.service", "not a regular file");
    }

    [Fact]
    public void A_directory()
    {
        Directory.CreateDirectory(At("folder.service"));
        Refused("folder.service", "not a regular file");
    }

    [Fact]
    public void Drop_ins_that_are_none()
    {
        _host.Unit("dropped.service", "[Service]\nExecStart=/run/tools/sleep 1000\n");
        Directory.CreateDirectory(At("dropped.service.d"));
        _host.Enter(Machine.Busybox, "mkfifo", $"{Nested.RuntimeDirectory}/units/dropped.service.d/a.conf").Succeeded();
        Refused("dropped.service", "a.conf", "not a regular file");
    }

    [Fact]
    public void More_drop_ins_than_anyone_has()
    {
        _host.Unit("dropped.service", "[Service]\nExecStart=/run/tools/sleep 1000\n");
        Directory.CreateDirectory(At("dropped.service.d"));
        for (var i = 0; i < 5_000; i++)
            File.WriteAllText(At($"dropped.service.d/{i}.conf"), "[Service]\nNice=1\n");
        Refused("dropped.service", "drop-ins");
    }

    [Fact]
    public void Specifiers_that_name_themselves_are_expanded_once()
    {
        _host.Unit("again@.service", "[Unit]\nDescription=%i\n[Service]\nExecStart=/run/tools/sleep 1000\n");
        _host.Supervisor("start", "again@\\x25i.service").Succeeded();
        _host.Supervisor("systemctl", "show", "-p", "Description", "again@\\x25i.service").Says("Description=");
        Stands();
    }

    [Fact]
    public void A_specifier_that_grows()
    {
        // each %N is as long as a name may be
        var name = new string('n', 240);
        _host.Unit($"{name}.service", $"[Unit]\nDescription={new StringBuilder().Insert(0, "%N", 400_000)}\n[Service]\nExecStart=/run/tools/sleep 1000\n");
        Refused($"{name}.service", "too long");
    }
}
