using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>Chains of a hundred thousand units, on a stack of 256 kB: nothing may call itself as deep as they are.</summary>
public sealed class DepthTests : IUnitSource
{
    private const int Length = 100_000;
    private const int Stack = 256 * 1024;

    /// <summary>All but the last, the same in every test.</summary>
    private static readonly Unit?[] Chain = new Unit?[Length];

    /// <summary>What the last unit of the chain says.</summary>
    private string _last = "";

    public Unit Find(string name)
    {
        if (!name.StartsWith('u') || !int.TryParse(name.AsSpan(1, name.IndexOf('.', StringComparison.Ordinal) - 1), out var number))
            return Rig.NoFiles.Load(name);
        return number == Length
            ? UnitParser.FromText(name, $"[Unit]\nDefaultDependencies=no\n{_last}")
            : Chain[number] ??= UnitParser.FromText(name, $"[Unit]\nDefaultDependencies=no\nRequires=u{number + 1}.target\nAfter=u{number + 1}.target\n");
    }

    [Fact]
    public void A_long_chain_starts_from_its_end_and_stops_from_its_beginning() => OnASmallStack(() =>
    {
        var engine = new UnitEngine(this);
        engine.Handle(new Event.JobRequest("u0.target", JobType.Start, JobMode.Replace, 1, "test", Manual: true), 1);
        var started = Done(engine, JobType.Start);
        Assert.Equal(Length + 1, started.Count);
        Assert.Equal(["u100000.target", "u99999.target"], started[..2]);
        Assert.Equal("u0.target", started[^1]);
        engine.Handle(new Event.JobRequest("u100000.target", JobType.Stop, JobMode.Replace, 2, "test", Manual: true), 2);
        var stopped = Done(engine, JobType.Stop);
        Assert.Equal(Length + 1, stopped.Count);
        Assert.Equal(["u0.target", "u1.target"], stopped[..2]);
        Assert.Equal("u100000.target", stopped[^1]);
    });

    [Fact]
    public void A_preview_has_each_unit_behind_those_that_it_waits_for() => OnASmallStack(() =>
    {
        var (jobs, _, failure) = new UnitEngine(this).Preview("u0.target", JobType.Start, JobMode.Replace);
        Assert.Null(failure);
        Assert.Equal(Enumerable.Range(0, Length + 1).Select(n => ($"u{Length - n}.target", JobType.Start)), jobs);
    });

    [Fact]
    public void A_long_ring_is_refused_with_a_sentence_that_can_be_read() => OnASmallStack(() =>
    {
        _last = "Requires=u0.target\nAfter=u0.target\n";
        var (jobs, _, failure) = new UnitEngine(this).Preview("u0.target", JobType.Start, JobMode.Replace);
        Assert.Empty(jobs);
        var text = failure!.ToString();
        Assert.Contains("wait for each other", text, StringComparison.Ordinal);
        Assert.Contains("and so on by 99988 more", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 100, 2000);
    });

    [Fact]
    public void A_unit_may_name_twenty_thousand_others_that_are_not_there() => OnASmallStack(() =>
    {
        _last = $"Wants={string.Join(' ', Enumerable.Range(0, 20_000).Select(n => $"w{n}.target"))}\n";
        var engine = new UnitEngine(this);
        Assert.Single(engine.Preview("u100000.target", JobType.Start, JobMode.Replace).Jobs);
        Assert.Equal(20_001, engine.Units.Count);
    });

    private static List<string> Done(UnitEngine engine, JobType type) =>
        [.. engine.TakeEffects().OfType<Effect.JobFinished>().Where(e => e.Type == type && e.Result == JobResult.Done).Select(e => e.Unit)];

    private static void OnASmallStack(Action test)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                test();
            }
            catch (Exception e)
            {
                thrown = e;
            }
        }, Stack);
        thread.Start();
        thread.Join();
        if (thrown is not null)
            throw new InvalidOperationException(thrown.Message, thrown);
    }
}
