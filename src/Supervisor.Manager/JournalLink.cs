using System.Globalization;
using Supervisor.Journal;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>
/// The journal process and what it is given. It is started here and started again when it dies; the keeper holds both ends of its socket and the reading end of
/// every service's stream, so neither its death nor the manager's costs a service its standard output.
/// </summary>
internal sealed class JournalLink(KeeperLink keeper, Loop loop, string directory)
{
    private const string OurEnd = "journal-control", TheirEnd = "journal-intake", PidPrefix = "journal-pid:";
    private const ulong RestartDelay = 100_000;

    private readonly Dictionary<string, (StreamInfo Info, Fd Read)> _streams = [];
    private Fd _ours = Fd.None;
    private Fd _theirs = Fd.None;
    private CompiledPlan? _plan;
    private ulong _startedAt;

    /// <summary>What the log may take together and each of its files, in bytes; 0 for the usual. Holds for processes that are started later.</summary>
    public (long Max, long FileMax) Sizes { get; set; }

    /// <summary>0 when it does not run.</summary>
    public int Pid { get; private set; }

    /// <summary>Messages that the socket did not take, since the start.</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes back one of the keeper's descriptors; false when it is none of the journal's.</summary>
    public bool Adopt(string name, Fd fd)
    {
        if (name == OurEnd)
            _ours = fd;
        else if (name == TheirEnd)
            _theirs = fd;
        else if (name.StartsWith(PidPrefix, StringComparison.Ordinal))
        {
            Pid = int.Parse(name.AsSpan(PidPrefix.Length), CultureInfo.InvariantCulture);
            if (Sys.PidfdSendSignal(fd, 0).Failed(out _))
                Forget();
            fd.Close();
        }
        else
            return false;
        return true;
    }

    /// <summary>Starts the process unless one of an earlier manager runs.</summary>
    public Failure? Start()
    {
        if (!_ours.IsOpen || !_theirs.IsOpen)
        {
            if (!Sys.SocketPair(5, nonBlocking: true).TryGet(out var pair, out var error))
                return new Failure("cannot make the journal's socket", error);
            (_ours, _theirs) = pair;
            keeper.Store(OurEnd, _ours);
            keeper.Store(TheirEnd, _theirs);
        }
        return Pid != 0 ? null : Launch();
    }

    /// <summary>A socket whose writing end becomes a service's standard output; the caller closes that end when the service has it.</summary>
    public OsResult<Fd> Open(StreamInfo info)
    {
        Close(info.Unit);
        if (!Sys.SocketPair(1).TryGet(out var pair, out var error))
            return error;
        var (read, write) = pair;
        // before the first byte: what is written earlier would have no writer. Nothing is ever written the other way.
        var result = Sys.PassCredentials(read);
        if (result.Ok)
            result = Sys.SetNonBlocking(read);
        if (result.Failed(out error))
        {
            read.Close();
            write.Close();
            return error;
        }
        _streams[info.Unit] = (info, read);
        keeper.Store(KeeperNames.Of("log", info.Unit), read);
        Send(JournalProtocol.Stream(info), read);
        return write;
    }

    /// <summary>The reading end that the keeper held of a unit that is adopted.</summary>
    public void AdoptStream(StreamInfo info, Fd read) => _streams[info.Unit] = (info, read);

    /// <summary>Nobody writes to the unit's stream any more; what is in it is read by the journal all the same.</summary>
    public void Close(string unit)
    {
        if (!_streams.Remove(unit, out var stream))
            return;
        keeper.Drop(KeeperNames.Of("log", unit));
        stream.Read.Close();
    }

    /// <summary>Something of the manager's own.</summary>
    public void Record(string unit, int priority, string text) => Send(JournalProtocol.Record(unit, priority, text));

    /// <summary>The process has ended: it is started again, at once unless it has only just begun, and is given every stream anew.</summary>
    public void OnExited()
    {
        Forget();
        var now = Sys.Now();
        loop.At(now - _startedAt > 1_000_000 ? now : now + RestartDelay, () =>
        {
            if (Launch() is not null)
                return;
            foreach (var (info, read) in _streams.Values)
                Send(JournalProtocol.Stream(info), read);
        });
    }

    private void Forget()
    {
        keeper.Drop(PidPrefix + Pid.ToString(CultureInfo.InvariantCulture));
        Pid = 0;
    }

    private Failure? Launch()
    {
        _startedAt = Sys.Now();
        var failure = (Failure?)null;
        _plan ??= SelfPlan.Create(["supervisor", "journal", directory, Sizes.Max.ToString(CultureInfo.InvariantCulture), Sizes.FileMax.ToString(CultureInfo.InvariantCulture)], out failure);
        if (_plan is null)
            return failure;
        var parameters = new LaunchParameters { ForParent = true };
        parameters.Set(SelfPlan.Socket, _theirs);
        var result = Launcher.Start(_plan, parameters);
        if (result.Failed)
            return PlanFailure.Describe(_plan, result.Outcome);
        Pid = result.Pid;
        keeper.Store(PidPrefix + Pid.ToString(CultureInfo.InvariantCulture), result.Pidfd);
        result.Pidfd.Close();
        return null;
    }

    private void Send(byte[] message, params ReadOnlySpan<Fd> fds)
    {
        if (_ours.IsOpen && !Sys.Send(_ours, message, fds).TryGet(out _, out _))
            Dropped++; // the journal is slow or gone: the manager never waits for it
    }
}
