using System.Text;
using Supervisor.Units;

namespace Supervisor.Generators.Tests;

public sealed class SysvGeneratorTests : IDisposable
{
    private const string Full = """
        #!/bin/sh
        ### BEGIN INIT INFO
        # Provides:          one alias1 $facil $network one.sh
        # Required-Start:    $remote_fs $syslog $network $named $portmap $time $local_fs foo $weird network
        # Required-Stop:     $remote_fs
        # Should-Start:      bar $x-y
        # X-Start-Before:    later
        # X-Start-After:     earlier one
        # Default-Start:     2 3 4 5
        # Default-Stop:      0 1 6
        # Short-Description: One 100% thing
        #                    which does not go on
        # Description:       Long one
        #                    continued
        ### END INIT INFO
        # pidfile: /var/run/one.pid
        case $1 in
         start) ;;
         *) echo "Usage: $0 {start|stop|reload|force-reload}" ;;
        esac

        """;

    private const string Old = """
        #!/bin/sh
        # chkconfig: 2345 80 20
        # description: Runs two \
        #    and more \
        #    and end
        # processname: two
        # pidfile: relative.pid

        """;

    private const string Long = """
        #!/bin/sh
        ### BEGIN INIT INFO
        # Provides:          three
        # Required-Start:    $local_fs one
        # Default-Start:     2 3 4 5
        # Description:       Only long
        #   wrapped
        #	and with a tab
        # not indented enough
        ### END INIT INFO
        usage() { echo "usage: \
           {start|stop|reload}"; }

        """;

    private readonly string _top = Directory.CreateTempSubdirectory("sysv").FullName;

    public SysvGeneratorTests()
    {
        foreach (var directory in new[] { "init.d", "units", "rc1.d", "rc2.d", "rc3.d", "rc4.d", "rc5.d", "rc0.d", "rc6.d", "rcS.d" })
            Directory.CreateDirectory($"{_top}/{directory}");
    }

    public void Dispose() => Directory.Delete(_top, recursive: true);

    [Fact]
    public void Headers_links_and_names_are_read_as_systemd_reads_them()
    {
        Script("one", Full);
        Script("two.sh", Old);
        Script("three", Long);
        Script("plain", "#!/bin/sh\n");
        Script("native", "#!/bin/sh\n");
        File.WriteAllText($"{_top}/units/native.service", "[Service]\nExecStart=/bin/true\n");
        Script("hidden", "#!/bin/sh\n");
        File.CreateSymbolicLink($"{_top}/units/hidden.service", "/dev/null");
        File.WriteAllText($"{_top}/init.d/README", "not a script\n");
        File.CreateSymbolicLink($"{_top}/init.d/masked", "/dev/null");
        File.CreateSymbolicLink($"{_top}/init.d/dangling", "nowhere");
        foreach (var link in new[] { "rc2.d/S05one", "rc3.d/S05one", "rc4.d/S05one", "rc5.d/S05one", "rc0.d/K01one", "rc3.d/S99two.sh", "rc5.d/S07three", "rc1.d/S01three", "rc2.d/Sxplain", "rc4.d/S3plain", "rcS.d/S01plain" })
            File.CreateSymbolicLink($"{_top}/{link}", $"../init.d/{link[(link.IndexOf('/', StringComparison.Ordinal) + 4)..]}");
        File.WriteAllText($"{_top}/rc2.d/S10ghost", "");
        AssertAsSystemd();
    }

    [Theory]
    [InlineData("dotted.name", "#!/bin/sh\n")]
    [InlineData("a+b", "#!/bin/sh\n")]
    [InlineData("crlf", "#!/bin/sh\r\n### BEGIN INIT INFO\r\n# Provides: crlf\r\n# Required-Start: foo\r\n### END INIT INFO\r\n")]
    [InlineData("empty", "")]
    [InlineData("open", "### BEGIN INIT INFO\n# Provides: open\n# Required-Start: a b\n# Short-Description: no end\nusage reload|reload\n")]
    [InlineData("twice", "### BEGIN INIT INFO\n# Provides: twice x\n# Required-Start: a\n# Required-Start: b\n# Short-Description:\n# Description: long\n### END INIT INFO\n")]
    [InlineData("case", "### BEGIN INIT INFO\n# PROVIDES: y\n# required-start: a\n# SHORT-description: upper\n### END INIT INFO\necho USAGE {RELOAD}\n")]
    [InlineData("self", "### BEGIN INIT INFO\n# Provides: self\n# Required-Start: self $self\n### END INIT INFO\n")]
    [InlineData("after.sh", "### BEGIN INIT INFO\n# Provides: after\n# Required-Start: other.sh\n# X-Start-Before: $network $local_fs third.sh\n### END INIT INFO\n")]
    [InlineData("olddesc", "# description: one\n# pidfile: /run/x.pid\n### BEGIN INIT INFO\n# Provides: olddesc\n# Description: lsb long\n### END INIT INFO\n")]
    [InlineData("all", "### BEGIN INIT INFO\n# Required-Start: $all\n### END INIT INFO\n")]
    public void Odd_scripts_are_read_as_systemd_reads_them(string name, string text)
    {
        Script(name, text);
        AssertAsSystemd();
    }

    /// <summary>systemd lets a script wait for itself when it says so with ".sh".</summary>
    [Fact]
    public void A_script_does_not_wait_for_itself()
    {
        var output = SysvGenerator.Generate([new("self", "/etc/init.d/self", "### BEGIN INIT INFO\n# Required-Start: self.sh\n### END INIT INFO\n"u8.ToArray())], [], new());
        Assert.DoesNotContain("After=", Assert.Single(output.Entries).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_unit_is_this_text()
    {
        var output = SysvGenerator.Generate([new("web", "/etc/init.d/web", Encoding.UTF8.GetBytes("### BEGIN INIT INFO\n# Provides: web www\n# Required-Start: $network\n# Short-Description: Web\n### END INIT INFO\n# pidfile: /run/web.pid\n"))],
            [new(2, true, 3, "web"), new(6, false, 1, "web")], new());
        Assert.Equal(
            """
            # Made by the sysv generator

            [Unit]
            Documentation=man:systemd-sysv-generator(8)
            SourcePath=/etc/init.d/web
            Description=LSB: Web
            Before=multi-user.target
            After=network-online.target
            Wants=network-online.target

            [Service]
            Type=forking
            Restart=no
            TimeoutSec=5min
            IgnoreSIGPIPE=no
            KillMode=process
            GuessMainPID=no
            RemainAfterExit=no
            PIDFile=/run/web.pid
            SuccessExitStatus=5 6
            ExecStart=/etc/init.d/web start
            ExecStop=/etc/init.d/web stop

            """, output.Entries.Single(e => e.Path == "web.service").Text);
        Assert.Equal("web.service", output.Entries.Single(e => e.Path == "www.service").Target);
        Assert.Equal("../web.service", output.Entries.Single(e => e.Path == "multi-user.target.wants/web.service").Target);
        Assert.All(output.Entries, e => Assert.Equal(GeneratorPlace.Late, e.Place));
    }

    [Fact]
    public void What_is_no_script_is_named_and_spoils_no_other()
    {
        Script("good", Full);
        File.WriteAllBytes($"{_top}/init.d/junk", [.. Encoding.ASCII.GetBytes("#!/bin/sh\n"), .. RandomBytes(5000)]);
        Executable("junk");
        Script("longline", "### BEGIN INIT INFO\n# Provides: longline " + new string('x', 1 << 19) + "\n# Short-Description: after it\n### END INIT INFO\n");
        Script("huge", new string('#', (1 << 20) + 1));
        System.Diagnostics.Process.Start("mkfifo", ["-m", "0755", $"{_top}/init.d/fifo"]).WaitForExit();
        File.CreateSymbolicLink($"{_top}/init.d/round", "around");
        File.CreateSymbolicLink($"{_top}/init.d/around", "round");
        File.CreateSymbolicLink($"{_top}/rc2.d/S01good", $"../rc2.d/S01good");
        Script("sp ace", "#!/bin/sh\n");
        Script("a;b", "#!/bin/sh\n");
        var (output, files) = Generate();
        Assert.DoesNotContain("huge", files);
        Assert.Equal(["alias1.service", "good.service", "longline.service", "multi-user.target.wants/good.service", "one.service"], output.Entries.Select(e => e.Path).Order(StringComparer.Ordinal));
        Assert.Contains("Description=LSB: after it\n", output.Entries.Single(e => e.Path == "longline.service").Text, StringComparison.Ordinal);
        string[] said =
        [
            "/init.d/junk:2: a zero byte", "/init.d/longline:2: a line of 524", "/init.d/huge:0: cannot be read", "/init.d/fifo:0: not a regular file", "/init.d/round:0: cannot be looked at",
            "/init.d/around:0: cannot be looked at", "/init.d/sp ace:0: its name cannot be a unit's", "/init.d/a;b:0: its name cannot be a unit's",
        ];
        foreach (var text in said)
            Assert.Contains(output.Diagnostics, d => d.ToString().StartsWith(_top + text, StringComparison.Ordinal));
        Assert.Equal(said.Length, output.Diagnostics.Count);
    }

    [Fact]
    public void A_unit_of_any_bytes_has_no_section_and_no_line_of_their_making()
    {
        var random = new Random(3);
        var pieces = new[] { "### BEGIN INIT INFO\n", "# Provides: ", "# Short-Description: ", "# Description: ", "#   ", "# pidfile: /", "# description: ", "\\\n", "\n", "\r", "\t", "a", "$b", "\u0001", "[Service]\n", "ExecStart=/x\n", "%", "é", "\u2028", "### END INIT INFO\n", "x@y", "/" };
        for (var round = 0; round < 3000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => pieces[random.Next(pieces.Length)]));
            var output = SysvGenerator.Generate([new("s", "/etc/init.d/s", Encoding.UTF8.GetBytes(text))], [], new());
            foreach (var entry in output.Entries.Where(e => e.Text is not null))
            {
                var diagnostics = new List<Diagnostic>();
                var assignments = UnitLexer.Read(Encoding.UTF8.GetBytes(entry.Text!), entry.Path, diagnostics);
                Assert.Empty(diagnostics);
                Assert.Equal(["/etc/init.d/s start"], assignments.Where(a => a.Key == "ExecStart").Select(a => a.Value));
                Assert.Equal(["Unit", "Service"], assignments.Select(a => a.Section).Distinct());
            }
        }
    }

    private void AssertAsSystemd() =>
        UnitTree.Same(
            Oracle.Run(SysvGenerator.Name, ("SYSTEMD_SYSVINIT_PATH", $"{_top}/init.d"), ("SYSTEMD_SYSVRCND_PATH", _top), ("SYSTEMD_UNIT_PATH", $"{_top}/units")), UnitTree.Of(Generate().Output));

    private (GeneratorOutput Output, List<string> Files) Generate()
    {
        var reading = new GeneratorOutput();
        var files = SysvReader.Scripts([$"{_top}/init.d"], reading);
        var links = SysvReader.Links([_top], reading);
        var output = SysvGenerator.Generate(files, links, new() { HasUnit = name => Path.Exists($"{_top}/units/{name}") || new FileInfo($"{_top}/units/{name}").LinkTarget is not null });
        output.Diagnostics.AddRange(reading.Diagnostics);
        return (output, [.. files.Select(f => f.Name)]);
    }

    private void Script(string name, string text)
    {
        File.WriteAllText($"{_top}/init.d/{name}", text);
        Executable(name);
    }

    private void Executable(string name) => File.SetUnixFileMode($"{_top}/init.d/{name}", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }
}
