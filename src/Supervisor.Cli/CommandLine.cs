namespace Supervisor.Cli;

/// <summary>The command: which face is asked for, which verb, and its exit status.</summary>
public static class CommandLine
{
    private const string Version = "0.1.0";

    private static readonly string[] Faces = ["systemctl", "portablectl", "journalctl", "systemd-analyze", "systemd-escape"];

    private static readonly string[] Flags =
    [
        "--json", "-q|--quiet", "--no-pager", "--now", "--runtime", "--force", "--clean", "--cat", "--follow|-f", "-f", "--no-reload", "--enable", "--no-block", "-a|--all",
        "--plain", "--no-legend", "--show-types", "--no-ask-password", "--value", "--sandbox", "--system", "--user", "-l|--full", "--version", "-h|--help", "--no-wall", "-e|--pager-end", "--stdin",
    ];

    private static readonly string[] Options =
    [
        "--runtime-dir", "--state-dir", "--socket", "-p|--profile", "--copy", "--lines|-n", "-n", "--priority", "-s|--signal", "--kill-whom", "--kill-who|--kill-whom", "--job-mode",
        "-t|--type", "-o|--output", "-u|--unit", "--extension", "--iterations", "--root", "--preset-mode", "--drop-in", "--property", "-P|--property",
    ];

    /// <param name="calledAs">The last part of argv[0].</param>
    public static int Run(string calledAs, string[] args)
    {
        var face = Faces.Contains(calledAs) ? calledAs : null;
        if (face is null && args is [var first, ..] && Faces.Contains(first))
            (face, args) = (first, args[1..]);
        // -p is a profile for attach, a property for systemctl show, a priority for logs
        var verb = Arguments.Parse(args, Flags, Options).Words.FirstOrDefault();
        if (face == "systemd-escape")
            return Escape(args);
        var p = face == "systemctl" ? "-p|--property" : face == "journalctl" || verb == "logs" ? "-p|--priority" : "-p|--profile";
        var arguments = Arguments.Parse(args, Flags, [p, .. Options.Select(o => o == "-p|--profile" ? "--profile" : o)]);
        if (arguments.Error is { } error)
        {
            Terminal.Error($"{face ?? "supervisor"}: {error}");
            return Session.Usage;
        }
        if (arguments.Has("--version"))
        {
            Terminal.Line($"supervisor {Version}");
            Terminal.Flush();
            return 0;
        }
        var session = new Session(arguments);
        var status = face switch
        {
            "systemctl" => SystemctlFace.Run(session, arguments.Words),
            "portablectl" => Portablectl(session, arguments.Words),
            "journalctl" => LogsVerb.Run(session, [.. arguments.Values("--unit"), .. arguments.Words], arguments.Value("--output") ?? "short"),
            "systemd-analyze" => AnalyzeFace.Run(session, arguments.Words),
            _ => Own(session, arguments.Words),
        };
        Terminal.Flush();
        return status;
    }

    /// <summary>systemd-escape's letters are its own.</summary>
    private static int Escape(string[] args)
    {
        var arguments = Arguments.Parse(args, ["-u|--unescape", "-m|--mangle", "-p|--path", "--instance", "-h|--help", "--version"], ["--suffix", "--template"]);
        if (arguments.Error is { } error)
        {
            Terminal.Error($"systemd-escape: {error}");
            return 1;
        }
        var status = EscapeFace.Run(new Session(arguments), arguments.Words);
        Terminal.Flush();
        return status;
    }

    private static int Portablectl(Session session, List<string> words) => words switch
    {
        [] or ["list"] => AttachVerb.List(session, portablectl: true),
        ["attach", .. var rest] => AttachVerb.Attach(session, rest, portablectl: true),
        ["detach", .. var rest] => DetachVerb.Run(session, rest, portablectl: true),
        ["inspect", .. var rest] => AttachVerb.Inspect(session, rest, portablectl: true),
        ["is-attached", .. var rest] => AttachVerb.IsAttached(session, rest),
        _ => Unknown("portablectl", words[0]),
    };

    private static int Own(Session session, List<string> words)
    {
        if (words.Count == 0 || session.Arguments.Has("--help"))
            return Help();
        List<string> rest = [.. words.Skip(1)];
        var verb = words[0];
        if (UnitVerbs.IsOne(verb))
            return UnitVerbs.Run(session, verb, rest);
        if (UnitFileVerbs.IsOne(verb))
            return UnitFileVerbs.Run(session, verb, rest);
        switch (verb)
        {
            case "attach":
                return AttachVerb.Attach(session, rest);
            case "detach":
                return DetachVerb.Run(session, rest);
            case "list":
                return session.Info() is null ? Session.NoManager : AttachVerb.List(session);
            case "inspect":
                return AttachVerb.Inspect(session, rest);
            case "is-attached":
                return AttachVerb.IsAttached(session, rest);
            case "status":
                return StatusVerb.Run(session, rest);
            case "logs":
                return LogsVerb.Run(session, rest, session.Arguments.Value("--output") ?? "short");
            case "list-units":
                return OtherVerbs.ListUnits(session);
            case "show" or "is-active" or "is-failed" or "list-timers" or "list-paths" or "list-sockets" or "daemon-reload" or "daemon-reexec":
                return SystemctlFace.Run(session, words);
            case "cat":
                return OtherVerbs.Cat(session, rest);
            case "kill":
                return OtherVerbs.Kill(session, rest);
            case "reset-failed":
                return OtherVerbs.ResetFailed(session, rest);
            case "explain":
                return OtherVerbs.Explain(session, rest);
            case "verify":
                return OtherVerbs.Verify(rest);
            case "poweroff" or "reboot" or "halt" or "exit":
                return OtherVerbs.End(session, verb);
            case "version":
                Terminal.Line($"supervisor {Version}");
                return 0;
            case "help":
                return Help();
            default:
                return Unknown("supervisor", verb);
        }
    }

    private static int Unknown(string face, string? verb)
    {
        Terminal.Error(face == "supervisor" ? $"supervisor: there is no verb {verb}; supervisor help lists them" : $"Unknown command verb {verb}.");
        return face == "supervisor" ? Session.Usage : 1;
    }

    private static int Help()
    {
        Terminal.Text("""
            supervisor VERB …

            Images      attach IMAGE [PREFIX…]   detach [--now] [--clean] IMAGE   list   inspect IMAGE   is-attached IMAGE
            Units       start stop restart reload try-restart kill UNIT…   status [UNIT…]   list-units list-timers list-paths list-sockets [--all]   cat show UNIT
            Unit files  enable disable mask unmask preset UNIT…   link FILE…   is-enabled UNIT   list-unit-files   [--root=DIR] [--now]
            Answers     logs [-f] [-n N] [UNIT…]   explain [--sandbox] UNIT   verify FILE…
            Manager     daemon-reload   daemon-reexec   poweroff   reboot   halt   exit   version
            Run         run [--unit-path=DIR[:DIR…]] [--runtime-dir=DIR] [--state-dir=DIR] [--generator-timeout=TIME] [UNIT…]   init
                        generate DIR: what generators make of /etc/fstab, init scripts and the like, to look at
            Faces       systemctl …   portablectl …   journalctl …   systemd-analyze …   systemd-escape …   (or called by that name)

            Options     --runtime-dir=DIR, or SUPERVISOR_RUNTIME_DIR: which manager (default /run/supervisor)
                        --socket=PATH: its control socket   --json   -q   --profile=NAME   --runtime   --force
            Exit status 0 done, 1 failed, 2 wrong usage, 3 not active (status), 4 no manager or no such unit (status)

            """);
        return 0;
    }
}
