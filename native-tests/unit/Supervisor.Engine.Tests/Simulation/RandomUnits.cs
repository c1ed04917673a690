using System.Text;
using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>A small system drawn by chance: services of all types with random dependencies and settings, a target that wants them, a socket.</summary>
internal sealed class RandomUnits : IUnitSource
{
    private readonly Dictionary<string, Unit> _units = [];

    public RandomUnits(Random random)
    {
        var count = random.Next(2, 9);
        Services = [.. Enumerable.Range(0, count).Select(i => $"s{i}.service")];
        foreach (var name in Services)
            Add(name, Service(random, name));
        var target = new StringBuilder("[Unit]\nAllowIsolate=yes\n");
        foreach (var name in Services)
            target.Append($"{(random.Next(6) == 0 ? "Requires" : "Wants")}={name}\n").Append(random.Next(4) == 0 ? "" : $"After={name}\n");
        Add("all.target", target.ToString());
        if (random.Next(3) == 0)
            AddSocket("s0.socket", $"[Unit]\nBefore=s0.service\n[Socket]\nListenStream=/run/s0\n{Socket(random, accept: false)}");
        if (random.Next(3) == 0)
        {
            AddSocket("conn.socket", $"[Socket]\nListenStream=/run/conn\nAccept=yes\n{Socket(random, accept: true)}");
            Template = $"[Unit]\nCollectMode={(random.Next(2) == 0 ? "inactive-or-failed" : "inactive")}\nStartLimitIntervalSec=0\n[Service]\nExecStart=/main\nType={(random.Next(4) == 0 ? "oneshot" : "simple")}\n"
                + (random.Next(4) == 0 ? "ExecStartPre=/cmd\n" : "") + (random.Next(6) == 0 ? "Restart=on-failure\nRestartSec=1\n" : "") + "TimeoutStopSec=5\nTimeoutStartSec=20\n";
            Texts[ConnectionTemplate] = Template;
        }
    }

    /// <summary>Of the services that are made for connections.</summary>
    private string? Template { get; set; }

    private const string ConnectionTemplate = "conn@.service";

    public List<string> Sockets { get; private set; } = [];

    private void AddSocket(string name, string text)
    {
        Sockets.Add(name);
        Add(name, text);
    }

    private static string Socket(Random random, bool accept)
    {
        var text = new StringBuilder();
        foreach (var (directive, odds) in ((string, int)[])[("ExecStartPre", 4), ("ExecStartPre", 8), ("ExecStartPost", 5), ("ExecStopPre", 4), ("ExecStopPost", 4)])
            if (random.Next(odds) == 0)
                text.Append($"{directive}={(random.Next(4) == 0 ? "-" : "")}/cmd\n");
        text.Append($"TimeoutSec={random.Next(1, 20)}\nKillMode={random.Next(6) switch { 0 => "process", 1 => "mixed", _ => "control-group" }}\n");
        if (random.Next(4) == 0)
            text.Append($"TriggerLimitIntervalSec={random.Next(1, 10)}\nTriggerLimitBurst={random.Next(1, 6)}\n");
        if (random.Next(4) == 0)
            text.Append($"PollLimitIntervalSec={random.Next(1, 5)}\nPollLimitBurst={random.Next(1, 4)}\n");
        if (accept)
            text.Append($"MaxConnections={random.Next(1, 6)}\nMaxConnectionsPerSource={random.Next(0, 3)}\n");
        else if (random.Next(4) == 0)
            text.Append($"DeferTrigger={(random.Next(2) == 0 ? "yes" : "patient")}\nDeferTriggerMaxSec={random.Next(1, 20)}\n");
        if (random.Next(4) == 0)
            text.Append("FlushPending=yes\n");
        return text.ToString();
    }

    public IReadOnlyList<string> Services { get; private set; }

    /// <summary>Other units than those that were drawn.</summary>
    public void Replace(IReadOnlyDictionary<string, string> texts)
    {
        _units.Clear();
        Texts.Clear();
        foreach (var (name, text) in texts)
            Add(name, text);
        Template = texts.GetValueOrDefault(ConnectionTemplate);
        _units.Remove(ConnectionTemplate);
        Services = [.. texts.Keys.Where(n => n != ConnectionTemplate && n.EndsWith(".service", StringComparison.Ordinal))];
        Sockets = [.. texts.Keys.Where(n => n.EndsWith(".socket", StringComparison.Ordinal))];
    }

    public IReadOnlyCollection<string> All => Texts.Keys.Where(n => n != ConnectionTemplate).ToList();

    public Dictionary<string, string> Texts { get; } = [];

    public Unit Find(string name) =>
        _units.TryGetValue(name, out var unit) ? unit
        : Template is not null && name.StartsWith("conn@", StringComparison.Ordinal) ? _units[name] = UnitParser.FromText(name, Template) : Rig.NoFiles.Load(name);

    private void Add(string name, string text)
    {
        Texts[name] = text;
        _units[name] = UnitParser.FromText(name, text);
    }

    private string Service(Random random, string name)
    {
        var text = new StringBuilder("[Unit]\n");
        var me = int.Parse(name.AsSpan(1, 1));
        for (var other = 0; other < Services.Count; other++)
        {
            if (other == me)
                continue;
            var kind = random.Next(32) switch
            {
                0 => "Requires",
                1 => "Wants",
                2 => "BindsTo",
                3 => "PartOf",
                4 when other < me => "Conflicts",
                5 => "Requisite",
                6 when random.Next(3) == 0 => "OnFailure",
                7 when random.Next(3) == 0 => "OnSuccess",
                8 when random.Next(2) == 0 => "Upholds",
                9 => "PropagatesReloadTo",
                10 => "ReloadPropagatedFrom",
                11 when other < me => "PropagatesStopTo",
                12 when other < me => "StopPropagatedFrom",
                _ => null,
            };
            if (kind is not null)
                text.Append($"{kind}=s{other}.service\n");
            // Mostly in one direction, so that most systems have no cycle and some do.
            if (random.Next(kind is null ? 8 : 2) == 0)
                text.Append(other < me || random.Next(12) == 0 ? $"After=s{other}.service\n" : $"Before=s{other}.service\n");
        }
        if (random.Next(12) == 0)
            text.Append("Requires=missing.service\n");
        if (random.Next(8) == 0)
            text.Append("StopWhenUnneeded=yes\n");
        if (random.Next(8) == 0)
            text.Append("ConditionPathExists=/x\n");
        if (random.Next(10) == 0)
            text.Append($"JobTimeoutSec={random.Next(1, 20)}\n");
        if (random.Next(12) == 0)
            text.Append($"JobRunningTimeoutSec={random.Next(1, 20)}\n");
        if (random.Next(6) == 0)
            text.Append($"OnFailureJobMode={(random.Next(2) == 0 ? "replace-irreversibly" : "fail")}\nIgnoreOnIsolate=yes\n");
        text.Append($"StartLimitIntervalSec={random.Next(5, 20)}\nStartLimitBurst={random.Next(2, 6)}\n[Service]\n");
        var type = random.Next(9) switch { 0 => "oneshot", 1 => "forking", 2 => "notify", 3 or 4 => "notify-reload", 5 => "exec", 6 => "dbus", 7 => "idle", _ => "simple" };
        text.Append($"Type={type}\nExecStart=/main\n");
        if (type == "notify-reload")
            text.Append("ReloadSignal=SIGUSR1\n");
        if (type == "dbus")
            text.Append("BusName=org.example.A\n");
        if (type != "oneshot" && random.Next(6) == 0)
            text.Append("ExitType=cgroup\n");
        if (random.Next(4) == 0)
            text.Append($"RestartMode={(random.Next(2) == 0 ? "direct" : "debug")}\nRestartSteps=3\nRestartMaxDelaySec=9\nRestartRandomizedDelaySec=1\n");
        if (random.Next(5) == 0)
            text.Append($"TimeoutStartFailureMode={(random.Next(2) == 0 ? "abort" : "kill")}\nTimeoutStopFailureMode={(random.Next(2) == 0 ? "abort" : "kill")}\n");
        if (random.Next(6) == 0)
            text.Append($"OOMPolicy={random.Next(3) switch { 0 => "continue", 1 => "stop", _ => "kill" }}\n");
        if (type == "oneshot" && random.Next(2) == 0)
            text.Append("ExecStart=/more\n");
        if (type == "forking" && random.Next(2) == 0)
            text.Append("PIDFile=/run/x.pid\n");
        if (type is "oneshot" or "forking" or "simple" && random.Next(3) == 0)
            text.Append("RemainAfterExit=yes\n");
        foreach (var (directive, odds) in ((string, int)[])
            [("ExecCondition", 8), ("ExecStartPre", 4), ("ExecStartPre", 8), ("ExecStartPost", 5), ("ExecReload", 2), ("ExecReloadPost", 6), ("ExecStop", 4), ("ExecStopPost", 4)])
            if (random.Next(odds) == 0)
                text.Append($"{directive}={(random.Next(4) == 0 ? "-" : "")}/cmd\n");
        if (type != "oneshot")
            text.Append($"Restart={random.Next(6) switch { 0 => "no", 1 => "on-failure", 2 => "on-abnormal", 3 => "on-abort", 4 => "on-watchdog", _ => "always" }}\n");
        text.Append($"RestartSec={random.Next(0, 3000)}ms\nTimeoutStartSec={random.Next(1, 20)}\nTimeoutStopSec={random.Next(1, 20)}\n");
        if (random.Next(5) == 0)
            text.Append($"RuntimeMaxSec={random.Next(5, 60)}\n");
        if (random.Next(4) == 0)
            text.Append($"WatchdogSec={random.Next(2, 10)}\n");
        text.Append($"KillMode={random.Next(8) switch { 0 => "process", 1 or 2 => "mixed", _ => "control-group" }}\n");
        if (random.Next(10) == 0)
            text.Append("RestartPreventExitStatus=3\nRestartForceExitStatus=4\n");
        return text.ToString();
    }
}
