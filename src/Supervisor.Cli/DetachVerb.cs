using System.Globalization;
using Supervisor.Control;
using Supervisor.Linux;
using Supervisor.Portable;
using Json = Supervisor.Control.ControlJson;

namespace Supervisor.Cli;

/// <summary>detach [--now] [--clean]: stop, remove, and look for leftovers by the kernel's word.</summary>
internal static class DetachVerb
{
    private const int AuditTries = 50;
    private const int AuditPause = 20; // ms: the kernel lets go of mounts and loop devices a moment after the last process

    public static int Run(Session session, IReadOnlyList<string> words, bool portablectl = false)
    {
        if (words.Count == 0)
        {
            Terminal.Error("detach needs an image");
            return Session.Usage;
        }
        var (directories, manager) = session.Portable();
        if (Attachments.Find(words[0], directories) is not { } attachment)
        {
            Terminal.Error($"{Terminal.Safe(words[0])} is not attached");
            return Session.Failed;
        }
        var owned = new List<OwnedResources>();
        var stopped = new List<string>();
        if (manager is not null)
        {
            var running = attachment.Units.Where(u => AttachVerb.IsActive(session, u)).ToList();
            if (running.Count > 0 && !session.Arguments.Has("--now") && !session.Arguments.Has("--force"))
            {
                Terminal.Error($"{string.Join(", ", running)} {(running.Count == 1 ? "is" : "are")} running: stop {(running.Count == 1 ? "it" : "them")} first, or say detach --now");
                return Session.Failed;
            }
            foreach (var unit in attachment.Units.Where(u => !Units.UnitName.IsTemplate(u)))
            {
                if (session.Call(ManagerInterface.GetOwned, new UnitRequest(unit), Json.Default.UnitRequest, Json.Default.OwnedResources, out _, report: false) is { } resources)
                    owned.Add(resources);
                // also one that is not running: an automatic restart may be pending
                if (!session.Arguments.Has("--now"))
                    continue;
                var reply = UnitVerbs.Request(session, "stop", unit, out _, report: false);
                if (reply is null or not { Result: "done" } && running.Contains(unit))
                {
                    Terminal.Error($"cannot stop {unit}: {Terminal.Safe(reply?.Text ?? "the manager refuses")}; nothing was detached");
                    return Session.Failed;
                }
                if (running.Contains(unit))
                    stopped.Add($"stopped {unit} in {Times.Short(reply!.TookMicroseconds)}");
            }
        }
        if (Attachments.Remove(attachment) is { } failed)
        {
            Terminal.Error(Terminal.Safe(failed.Message));
            return Session.Failed;
        }
        if (manager is not null)
        {
            if (!session.Arguments.Has("--no-reload") && !session.Do(ManagerInterface.Reload))
                return Session.Failed;
            _ = session.Call(ManagerInterface.ReleaseImage, new ImageRequest(attachment.Image), Json.Default.ImageRequest, Json.Default.Nothing, out _);
        }
        if (session.Arguments.Has("--clean"))
            Clean(owned);
        foreach (var line in stopped)
            Terminal.Line(line);
        if (portablectl)
        {
            foreach (var path in attachment.Paths.Where(_ => !session.Quiet))
                Terminal.Line($"Removed {path}.");
            return 0;
        }
        return Audit(session, attachment, owned, manager);
    }

    private static int Audit(Session session, Attachment attachment, List<OwnedResources> owned, ManagerInfo? manager)
    {
        var kept = owned.SelectMany(o => o.KeptPaths).Distinct().Where(Sys.Exists).ToList();
        var what = new Owned(
            [.. owned.SelectMany(o => o.Users).Distinct()], [.. owned.SelectMany(o => o.Cgroups)], [.. owned.SelectMany(o => o.LoopDevices).Distinct()], attachment.Image,
            [.. owned.SelectMany(o => o.Namespaces).Distinct()], [.. attachment.Paths.Where(p => !p.EndsWith(".d", StringComparison.Ordinal)), .. owned.SelectMany(o => o.Paths)],
            manager is null ? [] : [manager.RuntimeDirectory, manager.StateDirectory, "/tmp", "/var/tmp"], kept);
        var left = LeftoverAudit.Look(what);
        for (var i = 0; left.Count > 0 && i < AuditTries; i++)
        {
            _ = Sys.PollOne(Fd.None, 0, AuditPause);
            left = LeftoverAudit.Look(what);
        }
        if (!session.Quiet)
        {
            var parts = new List<string> { Count(attachment.Paths.Count(p => !p.EndsWith(".d", StringComparison.Ordinal)), "file") };
            if (what.Users.Count > 0)
                parts.Add($"{Count(what.Users.Count, "user")} ({string.Join(", ", what.Users.Select(u => u.ToString(CultureInfo.InvariantCulture)))})");
            if (owned.Any(o => o.Image is not null))
                parts.Add("1 image mount");
            if (what.LoopDevices.Count > 0)
                parts.Add(Count(what.LoopDevices.Count, "loop device"));
            if (what.Cgroups.Count > 0)
                parts.Add(Count(what.Cgroups.Count, "cgroup"));
            if (what.Namespaces.Count > 0)
                parts.Add(Count(what.Namespaces.Count, "namespace"));
            Terminal.Line($"  − {string.Join(", ", parts)}");
            var lines = new Journal.JournalReader(session.JournalDirectory, r => attachment.Units.Contains(r.Unit)).Last(int.MaxValue).Count;
            var log = $"the log ({Count(lines, "line")}: supervisor logs {attachment.Units[0].Replace(".service", "", StringComparison.Ordinal)})";
            Terminal.Line(kept.Count == 0 ? $"kept: {log}, nothing else" : $"kept: {log}, {string.Join(", ", kept.Select(Terminal.Safe))} (remove with --clean)");
        }
        if (left.Count == 0)
        {
            if (!session.Quiet)
                Terminal.Line("audit: nothing without an owner");
            return 0;
        }
        foreach (var sentence in left)
            Terminal.Error($"audit: left behind: {Terminal.Safe(sentence)}");
        return Session.Failed;
    }

    /// <summary>Removes the directories that services keep: their state, cache, logs and configuration.</summary>
    private static void Clean(List<OwnedResources> owned)
    {
        foreach (var path in owned.SelectMany(o => o.KeptPaths).Distinct())
        {
            if (RemoveTree.Run(path).Failed(out var error) && error.Errno != Errno.ENOENT)
                Terminal.Error($"cannot remove {path}: {error}");
        }
    }

    private static string Count(int n, string noun) => $"{n} {noun}{(n == 1 ? "" : "s")}";
}
