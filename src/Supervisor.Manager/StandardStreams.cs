using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>Descriptors 0, 1 and 2 of one start. Files that were opened for it are closed with it.</summary>
internal sealed class StandardStreams(Unit unit, IReadOnlyList<string> names) : IDisposable
{
    private const int O_NONBLOCK = 0x800;
    private const uint Mode0666 = 0x1B6;

    private readonly List<Fd> _opened = [];

    public Fd Input { get; private set; }

    public Fd Output { get; private set; }

    public Fd Error { get; private set; }

    /// <param name="nothing">/dev/null.</param>
    /// <param name="journal">The unit's log stream.</param>
    /// <param name="names">The names of the sockets.</param>
    /// <param name="sockets">The sockets that it gets; "socket" means the one that there is. Null for a command that gets none.</param>
    public static StandardStreams? Open(Unit unit, Fd nothing, Fd journal, IReadOnlyList<Fd>? sockets, IReadOnlyList<string> names, out Failure? failure)
    {
        var streams = new StandardStreams(unit, names);
        var (input, output, error) = (unit.Get(Directives.StandardInput), unit.Get(Directives.StandardOutput), unit.Get(Directives.StandardError));
        if (!input.IsSet && unit.Get(Directives.StandardInputData) is { Value.Length: > 0 } data)
            input = new(new(StandardStream.Data), data.Origin, true);
        // what is read from a terminal or a socket is answered there
        if (!output.IsSet && (Terminals.IsTerminal(input.Value.Kind) || input.Value.Kind is StandardStream.Socket or StandardStream.Named))
            output = new(new(StandardStream.Inherit), input.Origin, true);
        streams.Input = streams.One(input, Launch.ExitStatus.Stdin, nothing, journal, nothing, sockets, LibC.O_RDONLY, out failure);
        if (failure is null)
            streams.Output = streams.One(output, Launch.ExitStatus.Stdout, nothing, journal, streams.Input, sockets, LibC.O_WRONLY, out failure);
        if (failure is null)
        {
            // one file for both is opened once, so that they do not write over each other
            streams.Error = error.Value == output.Value ? streams.Output : streams.One(error, Launch.ExitStatus.Stderr, nothing, journal, streams.Output, sockets, LibC.O_WRONLY, out failure);
        }
        if (failure is null)
            return streams;
        streams.Dispose();
        return null;
    }

    public void Dispose() => _opened.ForEach(f => f.Close());

    private Fd One(Setting<StreamTarget> setting, int exitStatus, Fd nothing, Fd journal, Fd inherited, IReadOnlyList<Fd>? sockets, int access, out Failure? failure)
    {
        failure = null;
        switch (setting.Value.Kind)
        {
            case StandardStream.Null:
                return nothing;
            case StandardStream.Journal or StandardStream.Kmsg or StandardStream.JournalConsole or StandardStream.KmsgConsole:
                return journal;
            case StandardStream.Data:
                return Keep(Data(unit.Get(Directives.StandardInputData).Value), "give it its standard input", setting.Origin, exitStatus, out failure);
            case StandardStream.Tty or StandardStream.TtyForce or StandardStream.TtyFail:
                return Keep(Sys.OpenTerminal(Terminals.PathOf(unit)), "open its terminal", setting.Origin, exitStatus, out failure);
            case StandardStream.Named or StandardStream.Socket when sockets is null:
                return nothing;
            case StandardStream.Named:
                return Named(setting, exitStatus, sockets!, out failure);
            case StandardStream.Inherit:
                return inherited;
            case StandardStream.Socket when sockets!.Count == 1:
                return sockets[0];
            case StandardStream.Socket:
                failure = new Failure($"cannot connect a standard stream to its socket: it has {sockets.Count}", null, setting.Origin, exitStatus);
                return Fd.None;
        }
        var path = setting.Value.Path!;
        // a socket in the file system is connected to
        if (Sys.StatAt(Fd.Cwd, path) is { Ok: true } stat && ((uint)stat.Value.st_mode & 0xF000) == 0xC000)
            return Keep(Connected(path), "connect a standard stream", setting.Origin, exitStatus, out failure);
        var flags = access | LibC.O_NOCTTY | O_NONBLOCK | (access == LibC.O_RDONLY ? 0 : LibC.O_CREAT)
            | setting.Value.Kind switch { StandardStream.Append => LibC.O_APPEND, StandardStream.Truncate => LibC.O_TRUNC, _ => 0 };
        // not blocking, so that a FIFO without anybody at its other end is an error and not the end of the manager's loop
        if (!Sys.Open(path, flags, Mode0666).TryGet(out var fd, out var error) || Sys.SetBlocking(fd).Failed(out error))
        {
            failure = new Failure("cannot open a standard stream", error, setting.Origin, exitStatus);
            return Fd.None;
        }
        _opened.Add(fd);
        return fd;
    }

    private Fd Keep(OsResult<Fd> opened, string what, Origin origin, int exitStatus, out Failure? failure)
    {
        failure = null;
        if (!opened.TryGet(out var fd, out var error) || Sys.SetBlocking(fd).Failed(out error))
        {
            failure = new Failure($"cannot {what}", error, origin, exitStatus);
            return Fd.None;
        }
        _opened.Add(fd);
        return fd;
    }

    private Fd Named(Setting<StreamTarget> setting, int exitStatus, IReadOnlyList<Fd> sockets, out Failure? failure)
    {
        var name = setting.Value.Path ?? exitStatus switch { Launch.ExitStatus.Stdin => "stdin", Launch.ExitStatus.Stdout => "stdout", _ => "stderr" };
        for (var i = 0; i < Math.Min(names.Count, sockets.Count); i++)
        {
            if (names[i] != name && names[i] != name + ".socket")
                continue;
            failure = null;
            return sockets[i];
        }
        failure = new Failure($"cannot connect a standard stream to {name}: it is given no descriptor of that name", null, setting.Origin, exitStatus);
        return Fd.None;
    }

    /// <summary>A file in memory, opened anew so that it is at its beginning and cannot be written.</summary>
    private static OsResult<Fd> Data(byte[] data)
    {
        if (!Sys.MemfdCreate("standard-input").TryGet(out var memory, out var error))
            return error;
        var written = Sys.WriteAll(memory, data);
        OsResult<Fd> opened = written.Failed(out error) ? error : Sys.Open($"/proc/self/fd/{memory.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)}", LibC.O_RDONLY);
        memory.Close();
        return opened;
    }

    internal static OsResult<Fd> Connected(string path)
    {
        if (!Sys.UnixSocket(LibC.SOCK_STREAM).TryGet(out var socket, out var error))
            return error;
        if (!Sys.ConnectUnix(socket, path).Failed(out error))
            return socket;
        socket.Close();
        return error;
    }
}
