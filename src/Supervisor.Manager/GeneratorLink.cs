using System.Text;
using Microsoft.Extensions.Logging;
using Supervisor.Engine;
using Supervisor.Generators;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>
/// The process that runs generators: started before units are read for the first time and anew, waited for by the loop, killed when it hangs. When no generator has anything to do, none is
/// started.
/// </summary>
internal sealed class GeneratorLink(Loop loop, ILogger log, ManagerPaths paths, ManagerOptions options)
{
    private const uint EpollIn = 1;
    private const int SaidMax = 256 * 1024, SIGKILL = 9;

    /// <summary>What the process may take beyond the limit that it holds generators to.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly GeneratorSettings _settings = GeneratorSettings.Create(options.Mode == ManagerMode.System, paths.Runtime, paths.Generated,
        [.. paths.UnitPath.Select(p => p.Path).Where(p => !paths.IsGenerated(p))], Environment.GetEnvironmentVariable) with
    {
        Limit = options.GeneratorTimeout,
    };

    private readonly StringBuilder _said = new();
    private List<Action<bool>> _waiting = [], _later = [];
    private Fd _socket = Fd.None, _pidfd = Fd.None;
    private IDisposable? _limit;

    /// <summary>0 when it does not run.</summary>
    public int Pid { get; private set; }

    /// <summary>What the last run found wrong, for status.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>
    /// Runs the generators and calls <paramref name="done"/>, with true when units may be others than before. One that is asked for while a run is under way gets a run of its own: what it
    /// is about may have changed since that began.
    /// </summary>
    public void Run(Action<bool> done)
    {
        if (Pid != 0)
            _later.Add(done);
        else if (!GeneratorProcess.IsNeeded(_settings))
        {
            Notes = [];
            done(false);
        }
        else
        {
            _waiting.Add(done);
            if (Launch() is { } failure)
                End([$"generators: {failure}"]);
        }
    }

    public void OnExited(ProcessExit exit)
    {
        Read();
        var notes = new List<string>();
        foreach (var line in _said.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == 'N')
            {
                notes.Add(line[1..]);
                log.Warning(line[1..]);
            }
            else
                log.Info(line[1..]);
        }
        if (exit is not { Kind: ExitKind.Exited, Status: 0 or 1 })
        {
            notes.Add($"the generators' process {UnitHistory.Describe(exit)}; units stay as they were generated before");
            log.Error(notes[^1]);
        }
        End(notes);
    }

    private void End(List<string> notes)
    {
        Notes = notes;
        Pid = 0;
        _limit?.Dispose();
        if (_socket.IsOpen)
            loop.Forget(_socket);
        _socket.Close();
        _pidfd.Close();
        _socket = _pidfd = Fd.None;
        _said.Clear();
        (var done, _waiting) = (_waiting, []);
        foreach (var action in done)
            action(true);
        (var later, _later) = (_later, []);
        foreach (var action in later)
            Run(action);
    }

    private Failure? Launch()
    {
        using var plan = SelfPlan.Create(["supervisor", .. GeneratorProcess.Arguments(_settings, paths.Runtime)], out var failure,
            [.. GeneratorSettings.Variables.Where(v => Environment.GetEnvironmentVariable(v) is not null).Select(v => $"{v}={Environment.GetEnvironmentVariable(v)}")]);
        if (plan is null)
            return failure;
        if (!Sys.SocketPair(1).TryGet(out var pair, out var error) || Sys.SetNonBlocking(pair.First).Failed(out error))
            return new Failure("cannot make a socket", error);
        var parameters = new LaunchParameters { ForParent = true };
        parameters.Set(SelfPlan.Socket, pair.Second);
        var result = Launcher.Start(plan, parameters);
        pair.Second.Close();
        if (result.Failed)
        {
            pair.First.Close();
            return PlanFailure.Describe(plan, result.Outcome);
        }
        (Pid, _pidfd, _socket) = (result.Pid, result.Pidfd, pair.First);
        loop.Watch(_socket, EpollIn, _ => Read());
        _limit = loop.At(Sys.Now() + (ulong)(_settings.Limit + Grace).TotalMicroseconds, () =>
        {
            log.Error("the generators' process hangs: it is killed");
            _ = Sys.PidfdSendSignal(_pidfd, SIGKILL); // it may have ended just now
        });
        return null;
    }

    private void Read()
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (Sys.Read(_socket, buffer).TryGet(out var n, out var error))
        {
            if (n == 0)
            {
                loop.Forget(_socket); // its end is told by the keeper
                return;
            }
            if (_said.Length < SaidMax)
                _said.Append(Encoding.UTF8.GetString(buffer[..n]));
        }
    }
}
