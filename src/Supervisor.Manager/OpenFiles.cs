using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>Files of OpenFile= for one start: opened as root of the host, closed when the process has them.</summary>
internal sealed class OpenFiles : IDisposable
{
    private readonly List<(Fd Fd, string Name)> _files = [];

    public int Count => _files.Count;

    public IEnumerable<Fd> Fds => _files.Select(f => f.Fd);

    public IEnumerable<string> Names => _files.Select(f => f.Name);

    public static OpenFiles? Open(Unit unit, out Failure? failure)
    {
        failure = null;
        var result = new OpenFiles();
        foreach (var item in unit.Get(Directives.OpenFile).Value)
        {
            if (One(item.Value).TryGet(out var fd, out var error))
            {
                result._files.Add((fd, item.Value.Name));
                continue;
            }
            if (item.Value.Options.HasFlag(OpenFileOptions.Graceful))
                continue;
            failure = new Failure("cannot open a file for it", error, item.Origin, Launch.ExitStatus.Fds);
            result.Dispose();
            return null;
        }
        return result;
    }

    public void Dispose() => _files.ForEach(f => f.Fd.Close());

    /// <summary>Not blocking while it is opened, so that a FIFO does not stop the manager. A socket is connected to.</summary>
    private static OsResult<Fd> One(OpenFile file)
    {
        const int nonBlocking = 0x800;
        if (Sys.StatAt(Fd.Cwd, file.Path) is { Ok: true } stat && ((uint)stat.Value.st_mode & 0xF000) == 0xC000)
            return StandardStreams.Connected(file.Path);
        var flags = nonBlocking | LibC.O_NOCTTY | (file.Options.HasFlag(OpenFileOptions.ReadOnly) ? LibC.O_RDONLY : LibC.O_RDWR)
            | (file.Options.HasFlag(OpenFileOptions.Append) ? LibC.O_APPEND : 0) | (file.Options.HasFlag(OpenFileOptions.Truncate) ? LibC.O_TRUNC : 0);
        if (!Sys.Open(file.Path, flags).TryGet(out var fd, out var error))
        {
            // what cannot be written is given to be read
            if (error.Errno is not (Errno.EACCES or Errno.EROFS) || flags != (nonBlocking | LibC.O_NOCTTY | LibC.O_RDWR)
                || !Sys.Open(file.Path, nonBlocking | LibC.O_NOCTTY | LibC.O_RDONLY).TryGet(out fd, out error))
                return error;
        }
        if (!Sys.SetBlocking(fd).Failed(out error))
            return fd;
        fd.Close();
        return error;
    }
}
