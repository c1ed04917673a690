using Supervisor.Journal;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>The entry of the journal process: <c>supervisor journal DIRECTORY</c>, with the manager's socket as descriptor 3.</summary>
public static class JournalProcess
{
    public static int Run(ReadOnlySpan<string> arguments)
    {
        _ = Sys.SetProcessName("journal"); // only what ps(1) shows
        return arguments is [var directory] ? JournalDaemon.Run(new Fd(3), directory) : 2;
    }
}
