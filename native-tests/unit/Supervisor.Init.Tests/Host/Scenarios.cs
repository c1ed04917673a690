using Supervisor.Init;
using Supervisor.Linux;

namespace Supervisor.Init.Host;

/// <summary>Managers that misbehave in one way each, and say what they saw.</summary>
internal static class Scenarios
{
    public static int Run(string scenario, LogFile log, string directory)
    {
        var keeper = KeeperClient.Connect(new Fd(KeeperProtocol.ManagerFd)).Value;
        if (scenario == "deaf")
            return Deaf(keeper, log);
        var initial = keeper.ReceiveInitial().Value;
        if (scenario.StartsWith("vm", StringComparison.Ordinal))
            return MachineScenario.Run(scenario, keeper, initial);
        log.Line($"generation {initial.Generation} mode {initial.Mode} previous {initial.PreviousCode}/{initial.PreviousStatus} stored {initial.Stored.Count} exits {initial.Exits.Count} lost {initial.LostExits} at {Sys.Now()}");
        return scenario switch
        {
            "restart" => Restart(keeper, initial, log),
            "buffered" => Buffered(keeper, initial, log),
            "orphans" => Orphans(keeper, initial, log, directory),
            "mute" => Mute(keeper, initial, log, ignoreAbort: false),
            "mute-hard" => Mute(keeper, initial, log, ignoreAbort: true),
            "never-ready" => Mute(keeper, initial, log, ignoreAbort: false, ready: false),
            "hopeless" => 3,
            "alone" => Alone(keeper, log),
            "crash-loop" => CrashLoop(keeper, initial),
            "store" => Store(keeper, initial, log),
            "signals" => Signals(keeper, initial, log),
            "leftovers" => Leftovers(keeper, log),
            "garbage" => Garbage(keeper, initial, log),
            "planned" => Planned(keeper, initial, log),
            "serve" => Serve(keeper, initial, log),
            _ => End(keeper, 64),
        };
    }

    private static int Restart(KeeperClient keeper, KeeperInitial initial, LogFile log)
    {
        if (initial.Generation == 1)
        {
            var note = Sys.MemfdCreate("note").Value;
            _ = Sys.WriteAll(note, "remember me"u8).Ok;
            Must(keeper.Store("note", note));
            var (read, write) = Children.Pipe();
            Must(keeper.Store("gate", write)); // so that the child outlives this manager
            var pid = Children.Exits(7, read);
            var name = Sys.MemfdCreate("pid").Value;
            _ = Sys.WriteAll(name, System.Text.Encoding.ASCII.GetBytes(pid.ToString())).Ok;
            Must(keeper.Store("pid", name));
            Must(keeper.Ready());
            Children.KillSelf();
        }
        string Text(string name)
        {
            var bytes = new byte[64];
            var n = Sys.ReadAt(initial.Stored.Single(f => f.Name == name).Fd, bytes, 0).Value;
            return System.Text.Encoding.UTF8.GetString(bytes, 0, n);
        }
        log.Line($"note {Text("note")}");
        var child = int.Parse(Text("pid"));
        Must(keeper.Ready());
        _ = Sys.WriteAll(initial.Stored.Single(f => f.Name == "gate").Fd, "x"u8).Ok;
        var exit = Collect(keeper, initial.Exits, exits => exits.Any(e => e.Pid == child)).Single(e => e.Pid == child);
        log.Line($"child {exit.Code}/{exit.Status}");
        return End(keeper, 42);
    }

    private static int Buffered(KeeperClient keeper, KeeperInitial initial, LogFile log)
    {
        const int children = 200;
        switch (initial.Generation)
        {
            case 1:
                // They wait on a pipe whose only writer is this manager: its death lets them go.
                var (read, _) = Children.Pipe();
                for (var i = 0; i < children; i++)
                    _ = ChildWithoutWriter(i);
                Children.KillSelf();
                return 0;
                int ChildWithoutWriter(int i) => Children.Exits(i, new Fd(-1));
            case 2:
                var exits = Collect(keeper, initial.Exits, e => e.Count >= children);
                log.Line($"statuses {string.Join(',', exits.Select(e => e.Status).Order().Distinct().Count())} of {exits.Count} sum {exits.Sum(e => e.Status)}");
                Must(keeper.Acknowledge(exits.OrderBy(e => e.Sequence).ElementAt(children / 2 - 1).Sequence));
                Children.KillSelf();
                return 0;
            default:
                log.Line($"again {initial.Exits.Count} from {initial.Exits.Min(e => e.Sequence)}");
                return End(keeper, 0);
        }
    }

    private static int Orphans(KeeperClient keeper, KeeperInitial initial, LogFile log, string directory)
    {
        var count = int.Parse(File.ReadAllText($"{directory}/count"));
        Must(keeper.Ready());
        var started = Sys.Now();
        const int makers = 4;
        for (var i = 0; i < makers; i++)
            Children.MakesOrphans(count / makers, 50 + i);
        long seen = 0, own = 0;
        var wrong = 0;
        ulong last = 0;
        while (own < makers || seen < count)
        {
            foreach (var message in Wait(keeper))
            {
                if (message is KeeperMessage.Ping ping)
                    Must(keeper.Pong(ping.Sequence));
                if (message is not KeeperMessage.Exited(var exits))
                    continue;
                foreach (var e in exits)
                {
                    if (e.Sequence != ++last)
                        wrong++;
                    if (e.Code == 1 && e.Status is >= 50 and < 50 + makers)
                        own++;
                    else if (e.Code == 1 && e.Status == 0)
                        seen++;
                    else
                        wrong++;
                }
                Must(keeper.Acknowledge(last));
            }
        }
        log.Line($"seen {seen} own {own} wrong {wrong} in {(Sys.Now() - started) / 1000} ms");
        log.Line($"zombies {Zombies()}");
        log.Line($"keeper {File.ReadAllText($"/proc/{ParentPid()}/status").Split('\n').First(l => l.StartsWith("VmRSS", StringComparison.Ordinal))} {File.ReadAllText($"/proc/{ParentPid()}/status").Split('\n').First(l => l.StartsWith("VmHWM", StringComparison.Ordinal))}");
        return End(keeper, 0);
    }

    private static int Mute(KeeperClient keeper, KeeperInitial initial, LogFile log, bool ignoreAbort, bool ready = true)
    {
        if (initial.Generation > 1)
        {
            log.Line($"killed after {Sys.Now(7) - initial.KeeperStarted} µs");
            return End(keeper, 0);
        }
        if (ignoreAbort)
            Children.Ignore(6);
        if (ready)
            Must(keeper.Ready());
        while (true)
            _ = Raw.Call(Nr.pause);
    }

    /// <summary>Does not read while far more processes end than the keeper's ring and the socket hold; nothing may be lost.</summary>
    private static int Deaf(KeeperClient keeper, LogFile log)
    {
        const int count = 12_000;
        var maker = Children.MakesOrphans(count, 77);
        while (StateOf(maker) is not ('Z' or '\0'))
            _ = Raw.Call(Nr.sched_yield);
        var zombies = Zombies();
        var initial = keeper.ReceiveInitial().Value;
        Must(keeper.Ready());
        var exits = Collect(keeper, initial.Exits, e => e.Any(x => x.Status == 77) && e.Count > count);
        log.Line($"zombies {(zombies > 1000 ? "many" : zombies)} exits {exits.Count} distinct {exits.Select(e => e.Sequence).Distinct().Count()} lost {initial.LostExits}");
        return End(keeper, 0);
    }

    private static int CrashLoop(KeeperClient keeper, KeeperInitial initial) => initial.Generation < 8 ? 3 : End(keeper, 0);

    private static int Store(KeeperClient keeper, KeeperInitial initial, LogFile log)
    {
        Must(keeper.Ready());
        if (initial.Generation == 1)
        {
            for (var i = 0; i < KeeperProtocol.MaxStored; i++)
                Must(keeper.Store($"fd {i}", new Fd(2)));
            Must(keeper.Store("one too many", new Fd(2)));
            while (true)
            {
                if (Wait(keeper).OfType<KeeperMessage.Refused>().FirstOrDefault() is { } refused)
                {
                    log.Line($"refused {refused.Name} {refused.Errno}");
                    break;
                }
            }
            Must(keeper.Drop("fd 500"));
            Must(keeper.Drop("never stored"));
            var memory = Sys.MemfdCreate("x").Value;
            _ = Sys.WriteAll(memory, "replaced"u8).Ok;
            Must(keeper.Store("fd 3", memory));
            Must(keeper.Store(new string('n', KeeperProtocol.MaxName), memory));
            log.Line($"long name {keeper.Store(new string('n', KeeperProtocol.MaxName + 1), memory).Error.Errno}");
            Children.KillSelf();
        }
        var bytes = new byte[64];
        var length = Sys.ReadAt(initial.Stored[3].Fd, bytes, 0).Value;
        log.Line($"third {initial.Stored[3].Name} {System.Text.Encoding.UTF8.GetString(bytes, 0, length)}");
        log.Line($"at 500 {initial.Stored[500].Name}, last {initial.Stored[^1].Name.Length}");
        foreach (var fd in initial.Stored)
            Must(keeper.Drop(fd.Name));
        log.Line("dropped");
        return End(keeper, 0);
    }

    private static int Signals(KeeperClient keeper, KeeperInitial initial, LogFile log)
    {
        Must(keeper.Ready());
        log.Line("ready");
        while (true)
        {
            foreach (var message in Wait(keeper))
            {
                if (message is KeeperMessage.Ping ping)
                    Must(keeper.Pong(ping.Sequence));
                if (message is not KeeperMessage.Signal signal)
                    continue;
                log.Line($"signal {signal.Number} {signal.Request} uid {signal.SenderUid}");
                if (signal.Number == 12)
                {
                    // one that comes while no manager lives must reach the next one
                    _ = Raw.Call(Nr.kill, ParentPid(), 10);
                    Children.KillSelf();
                }
                if (signal.Request == KeeperRequest.StopAll)
                    return End(keeper, 9);
            }
        }
    }

    private static int Leftovers(KeeperClient keeper, LogFile log)
    {
        var pids = Enumerable.Range(0, 5).Select(_ => Children.Stubborn()).ToList();
        while (Directory.GetDirectories("/proc").Count(d => int.TryParse(Path.GetFileName(d), out var pid) && pids.Contains(ParentOf(pid))) < 5)
            _ = Raw.Call(Nr.sched_yield);
        log.Line($"stubborn {string.Join(' ', pids)}");
        return End(keeper, 5);
    }

    private static int Alone(KeeperClient keeper, LogFile log)
    {
        Must(keeper.Ready());
        log.Line("ready");
        while (!Wait(keeper).OfType<KeeperMessage.Gone>().Any())
        {
        }
        log.Line("gone");
        return 0;
    }

    private static int Garbage(KeeperClient keeper, KeeperInitial initial, LogFile log)
    {
        var packets = new byte[][] { [1, 2, 3], new byte[4096], [34, 0, 200, 0, .. new byte[200]], [38, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0] };
        if (initial.Generation > packets.Length)
        {
            log.Line("survived");
            return End(keeper, 0);
        }
        _ = Sys.Send(keeper.Fd, packets[initial.Generation - 1]).Ok;
        while (true)
            _ = Raw.Call(Nr.pause);
    }

    private static int Planned(KeeperClient keeper, KeeperInitial initial, LogFile log)
    {
        if (initial.Generation == 20)
            return End(keeper, 0);
        Must(keeper.Restart());
        return 1;
    }

    /// <summary>Answers pings for a while: the ordinary life.</summary>
    private static int Serve(KeeperClient keeper, KeeperInitial initial, LogFile log)
    {
        Must(keeper.Ready());
        var pings = 0;
        while (pings < 10)
        {
            foreach (var ping in Wait(keeper).OfType<KeeperMessage.Ping>())
            {
                pings++;
                Must(keeper.Pong(ping.Sequence));
            }
        }
        log.Line($"pings {pings}");
        return End(keeper, 0);
    }

    private static List<KeeperExit> Collect(KeeperClient keeper, IEnumerable<KeeperExit> first, Func<List<KeeperExit>, bool> enough)
    {
        var exits = first.ToList();
        while (!enough(exits))
        {
            foreach (var message in Wait(keeper))
            {
                if (message is KeeperMessage.Exited(var more))
                    exits.AddRange(more);
                if (message is KeeperMessage.Ping ping)
                    Must(keeper.Pong(ping.Sequence));
            }
        }
        return exits;
    }

    internal static unsafe List<KeeperMessage> Wait(KeeperClient keeper)
    {
        int* polled = stackalloc int[2];
        polled[0] = keeper.Fd.Number;
        polled[1] = 1;
        _ = Raw.Retry(Nr.poll, (nint)polled, 1, -1);
        return keeper.OnReadable().Value;
    }

    private static int End(KeeperClient keeper, int code)
    {
        Must(keeper.Shutdown(ShutdownKind.Exit, code, "the test is over"));
        return 0;
    }

    private static void Must(OsResult result)
    {
        if (result.Failed(out var error))
            throw new InvalidOperationException(error.ToString());
    }

    private static int ParentPid() => (int)Raw.Call(Nr.getppid);

    internal static int Zombies() => Directory.GetDirectories("/proc").Count(d => int.TryParse(Path.GetFileName(d), out var pid) && StateOf(pid) == 'Z');

    private static int ParentOf(int pid) => Stat(pid) is [_, var parent, ..] ? int.Parse(parent) : -1;

    private static char StateOf(int pid) => Stat(pid) is [var state, ..] ? state[0] : '\0';

    private static string[] Stat(int pid)
    {
        if (!Sys.ReadFile($"/proc/{pid}/stat").TryGet(out var bytes, out _))
            return [];
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }
}
