using System.Diagnostics;

namespace Supervisor.Fuzz;

/// <summary>What an input came to.</summary>
/// <param name="Key">Which kind of find it is: two inputs that fail in the same place are one.</param>
internal sealed record Find(string Key, string Text);

/// <summary>One input through a target, with what it may cost.</summary>
internal static class Run
{
    /// <summary>The find, null when all holds. With <paramref name="timed"/> time counts, too: instrumented code gets 50 ms, and 10 µs a byte.</summary>
    public static Find? Try(Target target, byte[] input, bool timed)
    {
        var (failure, allocated, time) = Once(target, input);
        if (failure is not null)
            return new(Key(failure), failure.ToString());
        // the first time pays for tables and compiled code, and any time may be disturbed: what counts is the best of several
        for (var again = 0; again < 4 && (allocated > target.AllocationMax(input.Length) || timed && time > TimeMax(input)); again++)
        {
            (_, var bytes, var took) = Once(target, input);
            (allocated, time) = (Math.Min(allocated, bytes), took < time ? took : time);
        }
        if (allocated > target.AllocationMax(input.Length))
            return new("allocation", $"{allocated} bytes allocated for an input of {input.Length}, and {target.AllocationMax(input.Length)} would do");
        return timed && time > TimeMax(input) ? new("time", $"{time.TotalMilliseconds} ms for an input of {input.Length} bytes") : null;
    }

    private static TimeSpan TimeMax(byte[] input) => TimeSpan.FromMilliseconds(50 + 0.01 * input.Length);

    private static (Exception? Failure, long Allocated, TimeSpan Time) Once(Target target, byte[] input)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var begin = Stopwatch.GetTimestamp();
        try
        {
            target.Check(input);
        }
        catch (Exception e)
        {
            return (e, 0, default);
        }
        return (null, GC.GetAllocatedBytesForCurrentThread() - allocated, Stopwatch.GetElapsedTime(begin));
    }

    /// <summary>The exception and the first function of ours that it went through.</summary>
    private static string Key(Exception e)
    {
        var own = new StackTrace(e).GetFrames().Select(DiagnosticMethodInfo.Create)
            .FirstOrDefault(m => m?.DeclaringTypeName is { } type && type.StartsWith("Supervisor.", StringComparison.Ordinal) && !type.StartsWith("Supervisor.Fuzz", StringComparison.Ordinal));
        var message = e is BrokenProperty ? e.Message.Split(':')[0] : "";
        return $"{e.GetType().Name} {message} {own?.DeclaringTypeName}.{own?.Name}";
    }
}
