using System.Diagnostics;

namespace Supervisor.Engine.Tests;

/// <summary>
/// Random systems booted, disturbed and shut down in a simulated world. A failure names its seed: <c>SIMULATION_SEED=n</c> runs that one alone;
/// <c>SIMULATION_RUNS=n</c> runs more than the usual number; <c>SIMULATION_TRACE=file</c> writes down everything that happens.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Usual = 1000;

    [Theory]
    [InlineData(1, false)]
    [InlineData(1_000_000, true)]
    public void Random_systems(int firstSeed, bool mayCrash)
    {
        var (first, runs) = (firstSeed, Usual);
        if (int.TryParse(Environment.GetEnvironmentVariable("SIMULATION_SEED"), out var seed))
            (first, runs) = (seed, 1);
        else if (int.TryParse(Environment.GetEnvironmentVariable("SIMULATION_RUNS"), out var more))
            runs = more;
        long events = 0, spawns = 0, crashes = 0;
        var clock = Stopwatch.StartNew();
        for (var i = first; i < first + runs; i++)
        {
            var world = RunOne(i, mayCrash);
            (events, spawns, crashes) = (events + world.Events, spawns + world.Spawns, crashes + world.Crashes);
        }
        var text = $"{runs} boots, {events} events, {spawns} processes, {crashes} crashes of the manager: {runs / clock.Elapsed.TotalSeconds:0} boots a second";
        output.WriteLine(text);
        TestContext.Current.SendDiagnosticMessage(text);
        // Runs that did nothing would prove nothing.
        Assert.True(runs == 1 || (spawns > runs && (!mayCrash || crashes > runs / 2)), text);
    }

    private static World RunOne(int seed, bool mayCrash)
    {
        using var trace = Environment.GetEnvironmentVariable("SIMULATION_TRACE") is { } file ? new StreamWriter(mayCrash ? $"{file}.crash" : file) { AutoFlush = true } : null;
        var texts = Environment.GetEnvironmentVariable("SIMULATION_UNITS") is { } units ? Shrinking.Read(File.ReadAllText(units)) : null;
        var world = new World(seed, mayCrash, texts) { Trace = trace is null ? null : trace.WriteLine };
        try
        {
            world.Run();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}{(mayCrash ? " with crashes" : "")}: {e.Message}\n{Shrinking.Script(seed, mayCrash, world.Units.Texts)}", e);
        }
        return world;
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        for (var seed = 1; seed < 30; seed++)
            Assert.Equal(RunOne(seed, true).Hash, RunOne(seed, true).Hash);
    }
}
