using Supervisor.Control;
using Supervisor.Portable;

namespace Supervisor.Cli;

/// <summary>attach, list, inspect, is-attached: images, read and written in this process; the manager only reloads.</summary>
internal static class AttachVerb
{
    public static int Attach(Session session, IReadOnlyList<string> words, bool portablectl = false)
    {
        if (words.Count == 0)
        {
            Terminal.Error("attach needs an image");
            return Session.Usage;
        }
        var (directories, manager) = session.Portable();
        if (session.Arguments.Value("--profile") == "help")
        {
            foreach (var name in BuiltInProfiles.Names.Order(StringComparer.Ordinal))
                Terminal.Line(name);
            return 0;
        }
        var active = session.Units(report: false).Where(u => u.ActiveState is "active" or "reloading" or "activating").Select(u => u.Name).ToHashSet(StringComparer.Ordinal);
        var options = new AttachOptions(session.Arguments.Value("--profile") ?? "default", session.Arguments.Has("--runtime"), session.Arguments.Value("--copy") ?? "auto",
            session.Arguments.Has("--force"), active);
        if (Attacher.Plan(words[0], [.. words.Skip(1)], options, directories, out var errors) is not { } plan)
        {
            foreach (var error in errors.Take(4))
                Terminal.Error(Terminal.Safe(error.Message));
            return Session.Failed;
        }
        if (Attacher.Apply(plan) is { } failed)
        {
            Terminal.Error(Terminal.Safe(failed.Message));
            return Session.Failed;
        }
        if (!portablectl && !session.Quiet)
            Describe(plan);
        if (portablectl && !session.Quiet)
        {
            foreach (var file in plan.Files)
                Terminal.Line(file.LinkTarget is { } target ? $"Created symlink {file.Path} → {target}." : $"Written {file.Path}.");
        }
        if (manager is not null && !session.Arguments.Has("--no-reload") && !session.Do(ManagerInterface.Reload))
            return Session.Failed;
        var status = 0;
        if (session.Arguments.Has("--now"))
            status = UnitVerbs.Run(session, "start", [.. plan.Units.Where(u => !Units.UnitName.IsTemplate(u.Name)).Select(u => u.Name)]);
        else if (!portablectl && !session.Quiet)
            Terminal.Line($"attached. Start it: supervisor start {Short(plan.Units[0].Name)}");
        return status;
    }

    private static void Describe(AttachPlan plan)
    {
        var size = plan.Size > 0 ? $", {Times.Size((ulong)plan.Size)}" : "";
        Terminal.Line($"{Terminal.Safe(Path.GetFileName(plan.Image))}  {plan.FileSystem}{size}, {Terminal.Safe(plan.OsRelease.PrettyName)} · prefix {Terminal.Safe(plan.Prefix)}");
        var withheld = plan.Units.SelectMany(u => u.Unit.Withheld).Select(w => w.Text).Distinct().ToList();
        if (withheld.Count > 0)
            Terminal.Line($"profile {plan.Profile} is a ceiling; the image asks for more: {string.Join(", ", withheld.Select(Terminal.Safe))} (not given)");
        foreach (var warning in plan.Units.SelectMany(u => u.Unit.Diagnostics).Where(d => d.Severity > Units.Severity.Note))
            Terminal.Line($"  ! {Terminal.Safe(warning.ToString())}");
        foreach (var unit in plan.Units)
        {
            var files = plan.Files.Where(f => f.Path.EndsWith("/" + unit.Name, StringComparison.Ordinal) || f.Path.Contains($"/{unit.Name}.d/", StringComparison.Ordinal));
            foreach (var file in files.OrderBy(f => f.Path.Contains(".d/", StringComparison.Ordinal) ? 1 : 0))
                Terminal.Line($"  + {Terminal.Safe(file.Path)}{(file.LinkTarget is null ? "" : $" → {(file.Path.EndsWith("10-profile.conf", StringComparison.Ordinal) ? plan.Profile : file.LinkTarget)}")}");
        }
    }

    public static int List(Session session, bool portablectl = false)
    {
        var (directories, _) = session.Portable();
        var units = session.Units(report: false).ToDictionary(u => u.Name, StringComparer.Ordinal);
        bool Active(string unit) => units.TryGetValue(unit, out var u) && u.ActiveState is "active" or "reloading" or "activating";
        var images = AttachState.List(directories, Active, _ => false);
        if (images.Count == 0)
        {
            Terminal.Line(portablectl ? "No images." : "no images");
            return 0;
        }
        if (portablectl)
        {
            if (!session.Arguments.Has("--no-legend"))
                Terminal.Line($"{"NAME",-20} {"TYPE",-10} {"RO",-4} {"STATE",-20}");
            foreach (var (path, state) in images)
                Terminal.Line($"{Terminal.Safe(ImageName.Base(path)),-20} {(path.EndsWith(".raw", StringComparison.Ordinal) ? "raw" : "directory"),-10} {"no",-4} {state}");
            if (!session.Arguments.Has("--no-legend"))
                Terminal.Line($"\n{images.Count} image{(images.Count == 1 ? "" : "s")} listed.");
            return 0;
        }
        foreach (var (path, state) in images)
        {
            var attachment = Attachments.Find(path, directories);
            Terminal.Line($"{Terminal.Safe(ImageName.Base(path)),-20} {state,-16} {Terminal.Safe(path)}{(attachment is null ? "" : $"  {string.Join(' ', attachment.Units.Select(Terminal.Safe))} ({attachment.Profile})")}");
        }
        return 0;
    }

    public static int Inspect(Session session, IReadOnlyList<string> words, bool portablectl = false)
    {
        if (words.Count == 0)
        {
            Terminal.Error("inspect needs an image");
            return Session.Usage;
        }
        var (directories, _) = session.Portable();
        var path = Attachments.Find(words[0], directories)?.Image ?? ImageName.Find(words[0], directories) ?? words[0];
        using var reader = ImageReader.Open(path, out var error);
        if (reader is null)
        {
            Terminal.Error(Terminal.Safe(error!.Message));
            return Session.Failed;
        }
        IReadOnlyList<string> prefixes = words.Count > 1 ? [.. words.Skip(1)] : [ImageName.DefaultPrefix(path)];
        var units = reader.Units(prefixes is ["-"] ? [""] : prefixes, out error);
        if (units is { Count: 0 } && words.Count == 1 && reader.OsRelease.Prefixes is { } own)
            units = reader.Units(own, out error);
        if (units is null)
        {
            Terminal.Error(Terminal.Safe(error!.Message));
            return Session.Failed;
        }
        if (portablectl)
        {
            Terminal.Line($"Image:\n\t{Terminal.Safe(path)}\nPortable Service:\n\t{Terminal.Safe(reader.OsRelease["PORTABLE_PRETTY_NAME"] ?? "n/a")}\nOperating System:\n\t{Terminal.Safe(reader.OsRelease.PrettyName)}\nUnit files:");
            foreach (var unit in units)
                Terminal.Line($"\t{Terminal.Safe(unit.Name)}");
        }
        else
        {
            Terminal.Line($"{Terminal.Safe(Path.GetFileName(path))}  {reader.Tree.FileSystem}{(reader.Size > 0 ? $", {Times.Size((ulong)reader.Size)}" : "")}, {Terminal.Safe(reader.OsRelease.PrettyName)}");
            Terminal.Line($"    state  {AttachState.Of(Attachments.Find(path, directories), u => IsActive(session, u), _ => false)}");
            foreach (var unit in units)
                Terminal.Line($"    unit   {Terminal.Safe(unit.Name)}  {Terminal.Safe(unit.Source)}");
        }
        if (session.Arguments.Has("--cat"))
        {
            foreach (var unit in units)
                Terminal.Line($"\n# {Terminal.Safe(unit.Source)}\n{string.Join('\n', System.Text.Encoding.UTF8.GetString(unit.Text).TrimEnd('\n').Split('\n').Select(Terminal.Safe))}");
        }
        return 0;
    }

    public static int IsAttached(Session session, IReadOnlyList<string> words)
    {
        if (words.Count != 1)
        {
            Terminal.Error("is-attached needs an image");
            return Session.Usage;
        }
        var (directories, _) = session.Portable();
        var state = AttachState.Of(Attachments.Find(words[0], directories), u => IsActive(session, u), _ => false);
        if (!session.Quiet)
            Terminal.Line(state);
        return state == "detached" ? 1 : 0;
    }

    public static bool IsActive(Session session, string unit) =>
        session.Unit(unit, out _, report: false) is { ActiveState: "active" or "reloading" or "activating" or "deactivating" };

    private static string Short(string unit) => unit.EndsWith(".service", StringComparison.Ordinal) ? unit[..^8] : unit;
}
