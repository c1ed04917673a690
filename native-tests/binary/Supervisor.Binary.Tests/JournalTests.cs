namespace Supervisor.Binary.Tests;

/// <summary>What services write is kept, with who wrote it, over restarts of everything.</summary>
public sealed class JournalTests
{
    private static (string, string) Oneshot(string name, string script, string more = "") =>
        ($"{name}.service", $"[Service]\nType=oneshot\nExecStart=/run/tools/sh -c '{script}'\n{more}\n");

    [Fact]
    public void Both_streams_with_their_writer()
    {
        using var host = Nested.Start(Oneshot("talks", "echo to the output; echo to the errors >&2"));
        host.Supervisor("start", "talks").Succeeded();
        host.Supervisor("logs", "talks").Succeeded().Says("to the output", "to the errors", "sh[");
    }

    [Fact]
    public void The_last_line_without_a_newline_is_kept()
    {
        using var host = Nested.Start(Oneshot("cut", "printf unfinished"));
        host.Supervisor("start", "cut").Succeeded();
        host.Supervisor("logs", "cut").Says("unfinished");
    }

    [Fact]
    public void Only_the_last_lines()
    {
        using var host = Nested.Start(Oneshot("counts", "for i in $(seq 1 100); do echo line-$i-; done"));
        host.Supervisor("start", "counts").Succeeded();
        var lines = host.Supervisor("logs", "-n", "3", "counts").Succeeded().Out.Split('\n').Where(l => l.Contains("line-", StringComparison.Ordinal)).ToList();
        Assert.InRange(lines.Count, 1, 3); // the manager's own words on the unit may be among the last three
        host.Supervisor("logs", "counts").Says("line-1-", "line-100-");
        host.Supervisor("logs", "-n", "3", "counts").SaysNot("line-90-");
    }

    [Fact]
    public void Each_unit_has_its_own()
    {
        using var host = Nested.Start(Oneshot("left", "echo from-left"), Oneshot("right", "echo from-right"));
        host.Supervisor("start", "left", "right").Succeeded();
        host.Supervisor("logs", "left").Says("from-left").SaysNot("from-right");
    }

    [Fact]
    public void Following_shows_what_comes()
    {
        using var host = Nested.Start(Oneshot("follows", "echo said-$(cat /run/check/word)"));
        File.WriteAllText(host.At("/run/check/word"), "one");
        host.Supervisor("start", "follows").Succeeded();
        using var client = host.Begin("logs", "-f", "follows");
        var seen = new System.Text.StringBuilder();
        client.OutputDataReceived += (_, line) =>
        {
            lock (seen)
                seen.AppendLine(line.Data);
        };
        client.BeginOutputReadLine();
        bool Saw(string word)
        {
            lock (seen)
                return seen.ToString().Contains(word, StringComparison.Ordinal);
        }

        Command.Until(() => Saw("said-one"), "what was there already");
        File.WriteAllText(host.At("/run/check/word"), "two");
        host.Supervisor("start", "follows").Succeeded();
        Command.Until(() => Saw("said-two"), "what came after");
        client.Kill(entireProcessTree: true);
        Assert.True(client.WaitForExit(TimeSpan.FromSeconds(20)), "a killed client is gone");
    }

    [Fact]
    public void Following_ends_when_nobody_reads()
    {
        using var host = Nested.Start(Oneshot("followed", "echo said"));
        host.Supervisor("start", "followed").Succeeded();
        host.Enter("/bin/sh", "-c", $"{Machine.Supervisor} logs -f followed | head -n 1").Succeeded().Says("followed");
        Assert.DoesNotContain(Witness.Processes(host), p => p.Arguments is [_, "logs", ..]);
    }

    [Fact]
    public void Control_bytes_reach_no_terminal()
    {
        using var host = Nested.Start(Oneshot("rude", "printf \"\\033]52;c;AAAA\\007 \\033[2Jcleared\\r forged\\n\""));
        host.Supervisor("start", "rude").Succeeded();
        var shown = host.Supervisor("logs", "rude").Says("cleared").Out;
        Assert.DoesNotContain('\u001b', shown);
        Assert.DoesNotContain('\u0007', shown);
        Assert.DoesNotContain('\r', shown);
        Assert.DoesNotContain('\u001b', host.Supervisor("status", "rude").Out);
    }

    [Fact]
    public void A_log_outlives_manager_and_journal()
    {
        using var host = Nested.Start(Oneshot("kept", "echo before-$RANDOM-the-end"), ("long.service", "[Service]\nExecStart=/run/tools/sh -c 'while :; do echo beat; sleep 0.02; done'\n"));
        host.Supervisor("start", "kept", "long").Succeeded();
        var before = host.Supervisor("logs", "kept").Says("-the-end").Out;
        host.Signal("KILL", host.ManagerPid);
        Command.Until(() => host.Supervisor("logs", "kept").Out.Contains("-the-end", StringComparison.Ordinal), "the log can be read again");
        foreach (var line in before.Split('\n').Where(l => l.Contains("-the-end", StringComparison.Ordinal)))
            host.Supervisor("logs", "kept").Says(line);
        var beats = host.Supervisor("logs", "long").Out.Length;
        Command.Until(() => host.Supervisor("logs", "long").Out.Length > beats, "the service that was not restarted is still heard");
        host.Supervisor("status", "long").Says("running");
    }

    [Fact]
    public void LogLevelMax_and_SyslogIdentifier()
    {
        using var host = Nested.Start(Oneshot("levels", "echo \"<7>too-quiet\"; echo \"<3>loud-enough\"", "LogLevelMax=4\nSyslogIdentifier=herald"));
        host.Supervisor("start", "levels").Succeeded();
        host.Supervisor("logs", "levels").Says("loud-enough", "herald[").SaysNot("too-quiet", "<3>");
    }
}
