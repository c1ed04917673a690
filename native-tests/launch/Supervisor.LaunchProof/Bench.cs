using Supervisor.Launch;
using Supervisor.Linux;

namespace Supervisor.LaunchProof;

/// <summary>
/// The same plan started by this launcher and by a C program (native-tests/bench/launch.c) that reads the very memory the child works from, in turns, so that
/// a busy moment of the machine hits both. Times are from before argv is put together until the program runs, and until it has ended.
/// </summary>
internal static unsafe class Bench
{
    private const int CLOCK_MONOTONIC = 1, Plannings = 50, WarmUps = 20;

    public static int Compare(string program, string runtime, string state, string image, int count)
    {
        var bare = new PlanBuilder("true.service");
        bare.Step("execve /bin/true", default, ExitStatus.Exec).Execve("/bin/true", ["true"], []);
        using (var compiled = Run.Compile(bare.Build()))
        {
            using var other = new BenchProgram(program, compiled.Plan, new LaunchParameters(), null);
            Measure("/bin/true bare", compiled, () => Launcher.Start(compiled, new LaunchParameters()), other, count);
        }

        using var unit = new BenchUnit(runtime, state, image);
        var planning = new ulong[Plannings];
        for (var i = 0; i < Plannings; i++)
        {
            var begin = Nanoseconds();
            unit.Plan().Compiled.Dispose();
            planning[i] = Nanoseconds() - begin;
        }
        var (plan, planned) = unit.Plan();
        using (planned)
        {
            var descriptors = new LaunchParameters();
            unit.Fill(ref descriptors);
            using var arguments = unit.Arguments(plan);
            using var other = new BenchProgram(program, plan.Launch, descriptors, arguments);
            descriptors.Cgroup?.Close();
            Measure("default profile", planned, () => unit.Start(plan, planned), other, count);
        }
        Row("its planning, once for all starts of a run", Median(planning));
        return 0;
    }

    private static void Measure(string title, CompiledPlan plan, Func<LaunchResult> start, BenchProgram other, int count)
    {
        ulong[] ours = new ulong[count], oursAll = new ulong[count], theirs = new ulong[count], theirsAll = new ulong[count];
        for (var i = -WarmUps; i < count; i++)
        {
            var begin = Nanoseconds();
            var result = start();
            var started = Nanoseconds();
            if (result.Failed)
                throw new InvalidOperationException(PlanFailure.Describe(plan, result.Outcome).ToString());
            var end = Sys.Reap(result.Pidfd).Value;
            var ended = Nanoseconds();
            result.Pidfd.Close();
            if (end != new ProcessEnd(1, 0))
                throw new InvalidOperationException($"{title}: ended with {end}");
            var (theyStarted, theyEnded) = other.Start();
            if (i < 0)
                continue;
            (ours[i], oursAll[i], theirs[i], theirsAll[i]) = (started - begin, ended - begin, theyStarted, theyEnded);
        }
        Row($"{title}, {plan.Plan.Steps.Sum(s => s.Calls.Count)} calls, until it runs: C", Median(theirs));
        Row("the same by the launcher", Median(ours), Median(theirs));
        Row("until it has ended: C", Median(theirsAll));
        Row("the same by the launcher", Median(oursAll), Median(theirsAll));
    }

    private static ulong Nanoseconds()
    {
        long* time = stackalloc long[2];
        _ = Raw.CallFast(Nr.clock_gettime, CLOCK_MONOTONIC, (nint)time);
        return (ulong)time[0] * 1_000_000_000 + (ulong)time[1];
    }

    private static ulong Median(ulong[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static void Row(string what, ulong nanoseconds, ulong? other = null)
    {
        var ratio = other is { } o ? $" {nanoseconds * 100 / o / 100}.{nanoseconds * 100 / o % 100:00} x" : "";
        Say.Line($"| {what,-58} | {$"{nanoseconds / 1000} us{ratio}",12} |");
    }
}
