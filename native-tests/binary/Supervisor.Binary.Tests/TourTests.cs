using System.Text;

namespace Supervisor.Binary.Tests;

/// <summary>The tour of README.md, line by line, in namespaces where /run and /var/lib are empty.</summary>
public sealed class TourTests
{
    [Fact]
    public void Every_command_of_the_tour_works()
    {
        var lines = File.ReadAllLines(Path.Combine(Machine.Top, "README.md"));
        var tour = lines.SkipWhile(l => l != "## A tour").TakeWhile(l => l != "## The picture").Where(l => l.StartsWith("    $ ", StringComparison.Ordinal)).Select(l => l[6..]).ToList();
        Assert.True(tour.Count > 10, "the tour is in README.md");

        var script = new StringBuilder($"""
            set -e
            mount -t tmpfs -o mode=0755 tmpfs /run
            mount -t tmpfs -o mode=0755 tmpfs /var/lib
            {Machine.Busybox} ip link set lo up
            cd {Machine.Top}
            PATH={Machine.Top}/out:$PATH
            waited() {"{"} n=0; until "$@" >/dev/null 2>&1; do n=$((n + 1)); test $n -lt 500; {Machine.Busybox} sleep 0.02; done; {"}"}

            """);
        foreach (var line in tour)
        {
            if (line.Contains("MainPID", StringComparison.Ordinal))
                script.Append("old=$(supervisor systemctl show -p MainPID --value nginx)\n");
            script.Append("echo \"$ \"'").Append(line.Replace("'", "'\\''", StringComparison.Ordinal)).Append("'\n").Append(line).Append('\n');
            if (line.EndsWith('&'))
                script.Append("keeper=$!\nwaited supervisor list\n");
            // a person is not as quick as a script
            if (line.Contains("MainPID", StringComparison.Ordinal))
                script.Append("waited sh -c 'test \"$(supervisor systemctl show -p MainPID --value nginx)\" != '$old\n");
            if (line.StartsWith("kill ", StringComparison.Ordinal))
                script.Append("waited supervisor systemctl is-active nginx\n");
        }
        script.Append("kill $keeper; wait $keeper\n");
        var outcome = Command.Run(
            "unshare", "--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "/bin/sh", "-c", script.ToString());
        outcome.Succeeded().Says("Welcome to nginx!", "nginx: master process", "stopped nginx.service");
    }
}
