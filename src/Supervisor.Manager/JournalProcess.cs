using System.Globalization;
using Supervisor.Journal;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>
/// The entry of the journal process: <c>supervisor journal DIRECTORY MAX FILEMAX</c>, with the manager's socket as descriptor 3. The sizes are in bytes, 0 for the usual.
/// </summary>
public static class JournalProcess
{
    public static int Run(ReadOnlySpan<string> arguments)
    {
        _ = Sys.SetProcessName("journal"); // only what ps(1) shows
        return arguments is [var directory, var max, var fileMax] && long.TryParse(max, CultureInfo.InvariantCulture, out var bytes)
            && long.TryParse(fileMax, CultureInfo.InvariantCulture, out var fileBytes)
            ? JournalDaemon.Run(new Fd(3), directory, bytes, fileBytes)
            : 2;
    }
}
