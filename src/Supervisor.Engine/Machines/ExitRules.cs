using Supervisor.Units;

namespace Supervisor.Engine;

/// <summary>What the end of a process means.</summary>
internal static class ExitRules
{
    private const int SIGHUP = 1, SIGINT = 2, SIGPIPE = 13, SIGTERM = 15;

    /// <summary>The result of a command that is run to its end: only status 0 is clean.</summary>
    public static UnitResult OfCommand(ProcessExit exit) => exit is { Kind: ExitKind.Exited, Status: 0 } ? UnitResult.Success : Failure(exit);

    /// <summary>The result of a main process: a daemon that is ended by HUP, INT, PIPE or TERM ended well, and SuccessExitStatus= names more.</summary>
    public static UnitResult OfMain(ProcessExit exit, bool daemon, ExitStatusSet success)
    {
        var clean = exit is { Kind: ExitKind.Exited, Status: 0 }
            || Contains(success, exit)
            || (daemon && exit is { Kind: ExitKind.Killed, Status: SIGHUP or SIGINT or SIGPIPE or SIGTERM });
        return clean ? UnitResult.Success : Failure(exit);
    }

    /// <summary>Whether SuccessExitStatus= and its like name this end.</summary>
    public static bool Contains(ExitStatusSet set, ProcessExit exit) =>
        exit.Kind == ExitKind.Exited ? set.Codes.Contains(exit.Status) : set.Signals.Contains(exit.Status);

    private static UnitResult Failure(ProcessExit exit) => exit.Kind switch
    {
        ExitKind.Exited => UnitResult.ExitCode,
        ExitKind.Killed => UnitResult.Signal,
        _ => UnitResult.CoreDump,
    };
}
