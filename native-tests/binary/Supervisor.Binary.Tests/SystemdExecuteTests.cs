namespace Supervisor.Binary.Tests;

/// <summary>The units with which systemd tests its own execution of commands (Debian's package systemd-tests, fetched when it is not there yet): each has to end as it does there.</summary>
public sealed class SystemdExecuteTests
{
    /// <summary>Those that are made to fail: Result= and the exit status or signal. All others succeed.</summary>
    private static readonly Dictionary<string, string> Failing = new()
    {
        ["exec-condition-failed"] = "exit-code 0", ["exec-ignoresigpipe-no"] = "signal 13", ["exec-restrictnamespaces-yes"] = "exit-code 1", ["exec-restrictnamespaces-mnt-deny-list"] = "exit-code 1",
        ["exec-systemcallerrornumber-name"] = "exit-code 13", ["exec-systemcallerrornumber-number"] = "exit-code 255",
        ["exec-systemcallfilter-failing"] = "signal 31", ["exec-systemcallfilter-failing2"] = "signal 31", ["exec-systemcallfilter-failing3"] = "signal 31",
        ["exec-systemcallfilter-override-error-action"] = "signal 31", ["exec-systemcallfilter-override-error-action2"] = "exit-code 84",
        ["exec-systemcallfilter-with-errno-name"] = "exit-code 84", ["exec-systemcallfilter-with-errno-number"] = "exit-code 255",
        ["exec-systemcallfilter-with-errno-multi"] = "exit-code 84", ["exec-systemcallfilter-with-errno-in-allow-list"] = "exit-code 84",
    };

    /// <summary>Those that end otherwise here, and why.</summary>
    private static readonly Dictionary<string, string> Differing = new()
    {
        ["exec-dynamicuser-statedir"] = "links to a dynamic user's directory inside another one of its directories are refused",
        ["exec-restrictnamespaces-merge-and"] = "a misspelt namespace (usr) fails the load; systemd passes over the line",
        ["exec-specifier"] = "%d: there are no credentials here",
        ["exec-systemcallfilter-failing2"] = "calls that are none (fexecve, DONOTEXIST) are to be refused, which cannot be done; systemd passes over them",
        ["exec-systemcallfilter-failing3"] = "the same",
        ["exec-temporaryfilesystem-options"] = "counts on a field that only shared mounts have; here mounts are passed on with MountFlags=shared only",
    };

    /// <summary>Those that ask for what this machine or this start does not have.</summary>
    private static bool Applies(string unit) =>
        !unit.Contains("nfsnobody", StringComparison.Ordinal)
        && (!unit.EndsWith("-nobody", StringComparison.Ordinal) || File.ReadAllText("/etc/group").Contains("\nnobody:", StringComparison.Ordinal))
        && (!unit.StartsWith("exec-personality-", StringComparison.Ordinal) || unit.EndsWith("x86", StringComparison.Ordinal) || unit.EndsWith("x86-64", StringComparison.Ordinal))
        && !unit.Contains("passenvironment", StringComparison.Ordinal) // variables of the manager
        && unit != "exec-mount-apivfs-no" // has no command: systemd's program adds one
        && (unit != "exec-oomscoreadjust-negative" || (Convert.ToUInt64(File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapEff:", StringComparison.Ordinal))[7..].Trim(), 16) >> 24 & 1) != 0); // CAP_SYS_RESOURCE

    [Fact]
    public void Its_units_end_as_they_do_under_systemd()
    {
        var top = Path.Combine(Machine.Top, "build/systemd-tests");
        var folder = Path.Combine(top, "usr/lib/systemd/tests/testdata/test-execute");
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(top);
            var fetched = Command.Run(["/bin/sh", "-c", $"cd {top} && apt-get -qq -o APT::Sandbox::User=root download systemd-tests && dpkg-deb -x systemd-tests_*.deb . && test -d {folder}"]);
            Assert.SkipUnless(fetched.Status == 0, "the package systemd-tests cannot be fetched");
        }
        using var host = Nested.Start();
        using var files = new Files(host);
        foreach (var file in Directory.GetFiles(folder))
            File.Copy(file, host.At($"{Nested.RuntimeDirectory}/units/{Path.GetFileName(file)}"), overwrite: true);

        var wrong = new List<string>();
        var names = Directory.GetFiles(folder, "*.service").Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => !n.EndsWith('@') && Applies(n)).Order(StringComparer.Ordinal).ToList();
        Assert.True(names.Count > 110, $"there are only {names.Count} units");
        foreach (var name in names)
        {
            var start = host.Supervisor("start", $"{name}.service");
            var shown = host.Supervisor("systemctl", "show", "-p", "Result", "-p", "ExecMainStatus", $"{name}.service").Out.Split('\n')
                .Select(l => l.Split('=', 2)).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1]);
            var result = start.Status == 0 ? "success 0" : shown.GetValueOrDefault("Result") == "success" ? "refused" : $"{shown.GetValueOrDefault("Result")} {shown.GetValueOrDefault("ExecMainStatus")}";
            var same = result == Failing.GetValueOrDefault(name, "success 0");
            if (same == Differing.ContainsKey(name))
                wrong.Add($"{name}: {result}{(same ? ", as under systemd" : "")}\n    {start.All.Split('\n').First(l => !l.StartsWith('$')).Trim()}\n    {string.Join("\n    ", host.Supervisor("logs", $"{name}.service").Out.Split('\n').Where(l => l.Contains("] ", StringComparison.Ordinal)).TakeLast(2))}");
            host.Supervisor("stop", $"{name}.service");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>What the units find in /tmp, where systemd's program puts it, and what they leave there.</summary>
    private sealed class Files : IDisposable
    {
        private const string Variables = "VAR1='word1 word2'\nVAR2=word3\n# comment\nVAR3='$word 5 6'\nVAR4='new\nline'\nVAR5=password\\with\\backslashes\n";

        private readonly Nested _host;

        public Files(Nested host)
        {
            _host = host;
            foreach (var directory in new[] { "test-exec_workingdirectory", "test-exec_execsearchpath", "test-exec-bindpaths" })
                Directory.CreateDirectory(host.At($"/tmp/{directory}"));
            File.Copy("/bin/ls", host.At("/tmp/test-exec_execsearchpath/ls_temp"), overwrite: true);
            File.WriteAllText(host.At("/tmp/test-exec_privatetmp"), "");
            File.WriteAllText(host.At("/tmp/test-exec_environmentfile.conf"), Variables);
            File.WriteAllText(host.At("/tmp/test-exec_execsearchpath_environmentfile.conf"), Variables);
            File.WriteAllText(host.At("/tmp/test-exec_execsearchpath_environmentfile-set.conf"), Variables + "PATH=/usr\n");
        }

        public void Dispose()
        {
            foreach (var path in Directory.GetFileSystemEntries(_host.At("/tmp")).Where(p => Path.GetFileName(p).StartsWith("test-exec", StringComparison.Ordinal) || Path.GetFileName(p) is "etc2" or "thisisasimpletest"))
            {
                if (Directory.Exists(path))
                    Directory.Delete(path, recursive: true);
                else
                    File.Delete(path);
            }
        }
    }
}
