using System.Globalization;
using System.Text;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Generators;

/// <summary>
/// One run of all generators, in a process of its own: those of others at the same time and under one limit, the built-in ones meanwhile, then everything in its place at once.
/// </summary>
internal sealed class GeneratorRun(GeneratorSettings settings, GeneratorReport report, Func<string, string?> variable)
{
    private const int PR_SET_CHILD_SUBREAPER = 36;
    private const uint EpollIn = 1;

    private readonly List<RunningGenerator> _running = [];

    /// <summary>The process is this run's alone: what generators leave running becomes its child, and is killed at the end.</summary>
    public bool IsAlone { get; init; }

    /// <summary>False at once when no generator has anything to do and nothing is left of an earlier run.</summary>
    public static bool IsNeeded(GeneratorSettings settings) =>
        Sys.Exists(settings.Normal) || Sys.Exists(settings.Early) || Sys.Exists(settings.Late) || BuiltInGenerators.Needed(settings).Count > 0
        || ExternalGenerators.Find(settings.GeneratorPath).Values.Any(p => p is not null);

    /// <param name="ends">Readable or closed at its other end: whoever asked for this is gone. None for no one.</param>
    public Failure? Run(Fd ends)
    {
        var tree = new GeneratorTree(settings, report);
        if (tree.Begin() is { } failure)
            return failure;
        if (IsAlone)
            _ = Sys.Prctl(PR_SET_CHILD_SUBREAPER, 1); // where it cannot be, orphans go to the next above
        var external = ExternalGenerators.Find(settings.GeneratorPath);
        Start(tree, external);
        foreach (var (name, run) in BuiltInGenerators.Needed(settings).Where(b => !external.ContainsKey(b.Name)))
        {
            try
            {
                tree.Add(name, run());
            }
            catch (Exception bug)
            {
                report.Note($"{name}: a bug of this program: {bug.GetType().Name}: {bug.Message}");
            }
        }
        var goOn = Wait(ends);
        if (IsAlone)
            KillRest();
        if (goOn)
        {
            foreach (var generator in _running)
                tree.Merge(generator.Name);
        }
        foreach (var generator in _running)
            generator.Dispose();
        return goOn ? tree.Finish() : new Failure("whoever asked for generated units is gone");
    }

    private void Start(GeneratorTree tree, SortedDictionary<string, string?> external)
    {
        if (external.Values.All(p => p is null))
            return;
        if (!Sys.Open("/dev/null", LibC.O_RDWR).TryGet(out var nothing, out var error))
        {
            report.Note($"generators cannot be started: {error}");
            return;
        }
        var environment = ExternalGenerators.Environment(variable);
        foreach (var (name, path) in external)
        {
            if (path is null)
                continue;
            if (!tree.Own(name).TryGet(out var directories, out error))
                report.Note($"{name}: cannot make its directories: {error}");
            else if (RunningGenerator.Start(name, path, directories, environment, nothing, out var failure) is { } generator)
                _running.Add(generator);
            else
                report.Note($"{name}: {failure}");
        }
        nothing.Close();
    }

    /// <summary>Until all have ended, or time is up and they are killed; false when nobody wants the result any more.</summary>
    private bool Wait(Fd ends)
    {
        if (_running.Count == 0)
            return true;
        var until = Sys.Now() + (ulong)settings.Limit.TotalMicroseconds;
        var epoll = Sys.EpollCreate().Value;
        // tokens: 2 × index for the process, + 1 for what it writes
        for (var i = 0; i < _running.Count; i++)
        {
            _ = Sys.EpollControl(epoll, 1, _running[i].Pidfd, EpollIn, (ulong)i * 2);
            _ = Sys.EpollControl(epoll, 1, _running[i].Output, EpollIn, (ulong)i * 2 + 1);
        }
        if (ends.IsOpen)
            _ = Sys.EpollControl(epoll, 1, ends, EpollIn, ulong.MaxValue);
        Span<EpollEvent> events = stackalloc EpollEvent[16];
        var wanted = true;
        while (wanted && _running.Exists(g => !g.HasEnded))
        {
            var now = Sys.Now();
            if (now >= until)
            {
                until = ulong.MaxValue;
                foreach (var late in _running.Where(g => !g.HasEnded))
                {
                    late.WasLate = true;
                    _ = Sys.PidfdSendSignal(late.Pidfd, 9); // it may have ended just now
                }
                continue;
            }
            if (!Sys.EpollWait(epoll, events, until == ulong.MaxValue ? -1 : (int)Math.Min((until - now) / 1000 + 1, int.MaxValue)).TryGet(out var count, out _))
                break;
            for (var e = 0; e < count; e++)
            {
                if (events[e].Data == ulong.MaxValue)
                {
                    wanted = false;
                    continue;
                }
                var generator = _running[(int)(events[e].Data / 2)];
                if (events[e].Data % 2 == 0 && !generator.HasEnded)
                {
                    _ = Sys.EpollControl(epoll, 2, generator.Pidfd, 0, 0);
                    _ = Sys.EpollControl(epoll, 2, generator.Output, 0, 0);
                    generator.End(report, settings.Limit);
                }
                else if (!generator.HasEnded)
                    ReadOrForget(epoll, generator, events[e].Events);
            }
        }
        epoll.Close();
        return wanted;
    }

    /// <summary>A generator that has closed its output and goes on would be reported as readable for ever.</summary>
    private static void ReadOrForget(Fd epoll, RunningGenerator generator, uint ready)
    {
        generator.Read();
        if ((ready & EpollIn) == 0)
            _ = Sys.EpollControl(epoll, 2, generator.Output, 0, 0);
    }

    /// <summary>Whatever generators have left running ends with them: each of our children, and theirs that become ours then.</summary>
    private static void KillRest()
    {
        for (var round = 0; round < 1000; round++)
        {
            // children are listed with the thread that has them: all are the first one's, which is the only one that starts any
            if (!Sys.ReadFile($"/proc/self/task/{Environment.ProcessId}/children").TryGet(out var bytes, out _))
                return;
            var children = Encoding.ASCII.GetString(bytes).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (children.Length == 0)
                return;
            foreach (var child in children)
            {
                if (!Sys.PidfdOpen(int.Parse(child, CultureInfo.InvariantCulture)).TryGet(out var pidfd, out _))
                    continue;
                _ = Sys.PidfdSendSignal(pidfd, 9); // dead or not, it is reaped next
                _ = Sys.Reap(pidfd);
                pidfd.Close();
            }
        }
    }
}
