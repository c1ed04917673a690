using Supervisor.Control;
using Supervisor.Units;

namespace Supervisor.Cli;

/// <summary>enable, disable, mask and their kin: on the running system, or offline with --root=DIR.</summary>
internal static class UnitFileVerbs
{
    private static readonly string[] Verbs =
    [
        "enable", "disable", "reenable", "mask", "unmask", "link", "preset", "preset-all", "is-enabled", "add-wants", "add-requires", "list-unit-files", "get-default", "set-default", "edit",
    ];

    public static bool IsOne(string verb) => Verbs.Contains(verb);

    public static int Run(Session session, string verb, IReadOnlyList<string> words)
    {
        var arguments = session.Arguments;
        var root = arguments.Value("--root");
        var info = root is null ? session.Info(report: false) : null;
        var paths = info is null or { Mode: "system" } ? UnitFilePaths.System : Nested(info);
        if (!UnitFiles.Open(root ?? "/", paths, arguments.Has("--runtime")).TryGet(out var files, out var error))
        {
            Terminal.Error($"cannot open {root}: {error}");
            return 1;
        }
        if (words.Count == 0 && verb is not ("preset-all" or "list-unit-files" or "get-default"))
        {
            Terminal.Error("Too few arguments.");
            return 1;
        }
        List<string> names = verb == "link" ? [.. words] : [.. words.Select(w => UnitName.WithSuffix(w.Contains('/', StringComparison.Ordinal) ? Path.GetFileName(w) : w))];
        switch (verb)
        {
            case "is-enabled":
                return IsEnabled(session, files, names);
            case "list-unit-files":
                return List(session, files, words);
            case "edit":
                return EditVerb.Run(session, files, names, offline: root is not null || info is null);
            case "get-default":
                Terminal.Line(files.GetDefault() ?? "");
                return files.GetDefault() is null ? 1 : 0;
        }
        var force = arguments.Has("--force");
        var failure = verb switch
        {
            "enable" => files.Enable(names, force),
            "disable" => files.Disable(names),
            "reenable" => files.Disable(names) ?? files.Enable(names, force),
            "mask" => files.Mask(names, force),
            "unmask" => files.Unmask(names),
            "link" => files.LinkIn(names, force),
            "preset" => files.Preset(names),
            "preset-all" => files.Preset(files.All()),
            "add-wants" => files.AddDependency(names[0], names[1..], ".wants", force),
            "add-requires" => files.AddDependency(names[0], names[1..], ".requires", force),
            _ => files.SetDefault(names[0].EndsWith(".service", StringComparison.Ordinal) ? names[0][..^8] + ".target" : names[0]),
        };
        if (!session.Quiet)
            Report(files);
        if (failure is not null)
        {
            var text = failure.ToString();
            Terminal.Error($"Failed to {Words(verb)}{(text.StartsWith("unit ", StringComparison.Ordinal) ? "," : ":")} {Terminal.Safe(text)}");
            return 1;
        }
        if (verb == "enable" && files.WithoutInstall.Count > 0 && !session.Quiet)
            Terminal.Error($"{string.Join(", ", files.WithoutInstall)}: no [Install] section with WantedBy=, RequiredBy=, UpheldBy=, Also= or Alias=, so there is nothing to enable; it is started by others or by name");
        return root is null && info is not null ? Tell(session, verb, names, files.Changes.Count > 0) : 0;
    }

    /// <summary>The manager reads its files anew, and with --now starts or stops.</summary>
    private static int Tell(Session session, string verb, List<string> names, bool changed)
    {
        if (changed && !session.Arguments.Has("--no-reload") && !session.Do(ManagerInterface.Reload))
            return 1;
        if (!session.Arguments.Has("--now") || verb is not ("enable" or "reenable" or "disable" or "mask"))
            return 0;
        return UnitVerbs.Run(session, verb is "enable" or "reenable" ? "start" : "stop", names);
    }

    private static UnitFilePaths Nested(ManagerInfo info)
    {
        var own = info.UnitPath.Where(d => !d.Attached && !d.Generated).Select(d => d.Path).ToList();
        var runtime = own.Find(p => p.StartsWith(info.RuntimeDirectory + "/", StringComparison.Ordinal)) ?? own[^1];
        return new UnitFilePaths([.. info.UnitPath.Select(d => d.Path)], own[0], runtime);
    }

    private static void Report(UnitFiles files)
    {
        foreach (var change in files.Changes)
            Terminal.Error(change.Target is { } target ? $"Created symlink {change.Path} → {target}." : $"Removed \"{change.Path}\".");
    }

    private static string Words(string verb) => verb switch
    {
        "add-wants" or "add-requires" => "add dependency",
        "set-default" => "set default target",
        "preset-all" => "preset all units",
        _ => $"{verb} unit",
    };

    private static int IsEnabled(Session session, UnitFiles files, List<string> names)
    {
        var any = false;
        foreach (var name in names)
        {
            if (files.State(name) is not { } state)
            {
                Terminal.Error($"Failed to get unit file state for {name}: No such file or directory");
                continue;
            }
            any |= state is "enabled" or "enabled-runtime" or "static" or "alias" or "indirect" or "generated";
            if (!session.Quiet)
                Terminal.Line(state);
        }
        return any ? 0 : 1;
    }

    private static int List(Session session, UnitFiles files, IReadOnlyList<string> patterns)
    {
        var rows = files.All().Where(n => patterns.Count == 0 || patterns.Any(p => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(p, n)))
            .Where(n => session.Arguments.Value("--type") is not { } type || n.EndsWith("." + type, StringComparison.Ordinal)).Select(n => (Name: n, State: files.State(n) ?? "bad")).ToList();
        var states = rows.Select(r => r.State.Length).DefaultIfEmpty(5).Max();
        var width = rows.Select(r => r.Name.Length).DefaultIfEmpty(9).Max();
        var legend = !session.Arguments.Has("--no-legend");
        if (legend)
            Terminal.Line($"{"UNIT FILE".PadRight(width)} {"STATE".PadRight(states)} PRESET");
        foreach (var (name, state) in rows)
            Terminal.Line($"{Terminal.Safe(name).PadRight(width)} {state.PadRight(states)} {(state is "static" or "alias" or "generated" or "transient" ? "-" : files.PresetOf(name))}");
        if (legend)
            Terminal.Line($"\n{rows.Count} unit files listed.");
        return 0;
    }
}
