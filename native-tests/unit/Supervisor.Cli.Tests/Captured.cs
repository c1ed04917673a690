using Supervisor.Linux;

// One test at a time: Terminal has one buffer, and descriptors 1 and 2 belong to the process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Supervisor.Cli.Tests;

/// <summary>A run of the command in this process, with descriptors 1 and 2 in files. The runner is not in the way: it writes to a duplicate of its own.</summary>
internal static class Captured
{
    /// <summary>Without a manager: as a machine that has none, whatever runs on this one.</summary>
    public static (int Status, string Out, string Error) Alone(string calledAs, params string[] args) => Run(calledAs, ["--socket=/nonexistent/control", .. args]);

    public static (int Status, string Out, string Error) Run(string calledAs, params string[] args)
    {
        _ = Console.Out; // opened before descriptor 1 is another file
        var directory = Directory.CreateTempSubdirectory("cli").FullName;
        const int flags = 0x80241; // O_WRONLY, O_CREAT, O_TRUNC, O_CLOEXEC
        var (output, error) = (Sys.OpenAt(Fd.Cwd, $"{directory}/out", flags, 0x180).Value, Sys.OpenAt(Fd.Cwd, $"{directory}/error", flags, 0x180).Value);
        var (savedOut, savedError) = (Raw.Call(Nr.fcntl, 1, 1030, 3), Raw.Call(Nr.fcntl, 2, 1030, 3)); // F_DUPFD_CLOEXEC
        Assert.True(savedOut >= 0 && savedError >= 0);
        int status;
        try
        {
            Raw.Call(Nr.dup3, output.Number, 1);
            Raw.Call(Nr.dup3, error.Number, 2);
            status = CommandLine.Run(calledAs, args);
        }
        finally
        {
            Terminal.Flush();
            Raw.Call(Nr.dup3, savedOut, 1);
            Raw.Call(Nr.dup3, savedError, 2);
            foreach (var fd in (Fd[])[new((int)savedOut), new((int)savedError), output, error])
                fd.Close();
        }
        var result = (status, File.ReadAllText($"{directory}/out"), File.ReadAllText($"{directory}/error"));
        Directory.Delete(directory, recursive: true);
        return result;
    }
}
