using System.Runtime.CompilerServices;
using System.Text;
using Supervisor.Units;

namespace Supervisor.Engine.Tests;

/// <summary>The whole tables, so that a change of behaviour is a changed cell. <c>UPDATE_GRIDS=1</c> writes them anew.</summary>
public sealed class GridTests
{
    [Fact]
    public void Service() => Compare("service.txt", Print<ServiceState, ServiceInput, ServiceAction>(ServiceGrid.Decide, ServiceStates.Word));

    [Fact]
    public void Socket() => Compare("socket.txt", Print<SocketState, SocketInput, SocketAction>(SocketGrid.Decide, SocketStates.Word));

    [Fact]
    public void Timer() => Compare("timer.txt", Print<TimerState, TimerInput, TimerAction>(TimerGrid.Decide, s => s.ToString().ToLowerInvariant()));

    [Fact]
    public void Path() => Compare("path.txt", Print<PathState, PathInput, PathAction>(PathGrid.Decide, s => s.ToString().ToLowerInvariant()));

    private static string Print<TState, TInput, TAction>(Func<TState, TInput, TAction> decide, Func<TState, string> word)
        where TState : struct, Enum
        where TInput : struct, Enum
        where TAction : struct, Enum
    {
        var text = new StringBuilder();
        foreach (var input in Enum.GetValues<TInput>())
        {
            text.Append(input).Append('\n');
            foreach (var state in Enum.GetValues<TState>())
                text.Append($"    {word(state),-14} {decide(state, input)}\n");
        }
        return text.ToString();
    }

    private static void Compare(string file, string actual, [CallerFilePath] string here = "")
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "Grids", file);
        if (Environment.GetEnvironmentVariable("UPDATE_GRIDS") == "1")
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }
        Assert.Equal(File.ReadAllText(path), actual);
    }

    [Theory]
    [InlineData(RestartPolicy.No, "")]
    [InlineData(RestartPolicy.OnSuccess, "success")]
    [InlineData(RestartPolicy.OnFailure, "resources protocol timeout exit-code signal core-dump watchdog oom-kill")]
    [InlineData(RestartPolicy.OnAbnormal, "resources protocol timeout signal core-dump watchdog oom-kill")]
    [InlineData(RestartPolicy.OnWatchdog, "watchdog")]
    [InlineData(RestartPolicy.OnAbort, "signal core-dump")]
    [InlineData(RestartPolicy.Always, "success resources protocol timeout exit-code signal core-dump watchdog oom-kill")]
    public void Restart_policies(RestartPolicy policy, string covered)
    {
        var results = Enum.GetValues<UnitResult>().Where(r => r is not (UnitResult.StartLimitHit or UnitResult.ServiceStartLimitHit or UnitResult.TriggerLimitHit or UnitResult.UnitStartLimitHit));
        Assert.Equal(covered, string.Join(' ', results.Where(r => ServiceMachine.IsCovered(policy, r)).Select(Words.Of)));
    }
}
