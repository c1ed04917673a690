using System.Diagnostics;
using System.Text;

namespace Supervisor.Binary.Tests;

/// <summary>What a finished program left: its exit status (128 + signal when killed) and what it wrote.</summary>
internal sealed record Outcome(string Command, int Status, string Out, string Err)
{
    /// <summary>Both streams, for assertions that do not care which one a sentence stands on.</summary>
    public string All => Out + Err;

    public override string ToString() => $"$ {Command}\n{Out}{Err}(exit status {Status})";

    public Outcome Succeeded()
    {
        Assert.True(Status == 0, $"should have succeeded:\n{this}");
        return this;
    }

    public Outcome Failed()
    {
        Assert.True(Status is > 0 and < 128, $"should have failed with a status of its own:\n{this}");
        return this;
    }

    /// <summary>Every fragment is somewhere in the output.</summary>
    public Outcome Says(params string[] fragments)
    {
        foreach (var fragment in fragments)
            Assert.True(All.Contains(fragment, StringComparison.Ordinal), $"\"{fragment}\" is missing in:\n{this}");
        return this;
    }

    public Outcome SaysNot(params string[] fragments)
    {
        foreach (var fragment in fragments)
            Assert.False(All.Contains(fragment, StringComparison.Ordinal), $"\"{fragment}\" should not be in:\n{this}");
        return this;
    }
}

/// <summary>Runs programs for tests, never longer than a deadline.</summary>
internal static class Command
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static Outcome Run(params string[] arguments) => Run(arguments, null);

    public static Outcome Run(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        using var process = Start(arguments, environment);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Close();
        if (!process.WaitForExit(Deadline) || !Task.WaitAll([output, errors], Deadline))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"not done after {Deadline.TotalSeconds} s: {string.Join(' ', arguments)}");
        }
        return new Outcome(string.Join(' ', arguments), process.ExitCode, output.Result, errors.Result);
    }

    public static Process Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(arguments[0])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8, WorkingDirectory = "/",
        };
        foreach (var argument in arguments.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Looks again and again until something is so; fails with <paramref name="what"/> when it is not by the deadline.</summary>
    public static void Until(Func<bool> condition, string what) => Until(condition, () => what);

    public static void Until(Func<bool> condition, Func<string> what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(20))
                Assert.Fail($"not so after 20 s: {what()}");
            Thread.Sleep(2);
        }
    }
}
