using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>Descriptors 0, 1 and 2 of one start. Files that were opened for it are closed with it.</summary>
internal sealed class StandardStreams : IDisposable
{
    private const int O_NONBLOCK = 0x800;
    private const uint Mode0666 = 0x1B6;

    private readonly List<Fd> _opened = [];

    public Fd Input { get; private set; }

    public Fd Output { get; private set; }

    public Fd Error { get; private set; }

    /// <param name="nothing">/dev/null.</param>
    /// <param name="journal">The unit's log stream.</param>
    /// <param name="sockets">The sockets that it gets; "socket" means the one that there is.</param>
    public static StandardStreams? Open(Unit unit, Fd nothing, Fd journal, IReadOnlyList<Fd> sockets, out Failure? failure)
    {
        var streams = new StandardStreams();
        var (input, output, error) = (unit.Get(Directives.StandardInput), unit.Get(Directives.StandardOutput), unit.Get(Directives.StandardError));
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

    private Fd One(Setting<StreamTarget> setting, int exitStatus, Fd nothing, Fd journal, Fd inherited, IReadOnlyList<Fd> sockets, int access, out Failure? failure)
    {
        failure = null;
        switch (setting.Value.Kind)
        {
            case StandardStream.Null:
                return nothing;
            case StandardStream.Journal:
                return journal;
            case StandardStream.Inherit:
                return inherited;
            case StandardStream.Socket when sockets.Count == 1:
                return sockets[0];
            case StandardStream.Socket:
                failure = new Failure($"cannot connect a standard stream to its socket: it has {sockets.Count}", null, setting.Origin, exitStatus);
                return Fd.None;
        }
        var path = setting.Value.Path!;
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
}
