using System.Text;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Generators;

/// <summary>One generator of somebody else's while it runs: its process, and what it writes to its standard output and error.</summary>
internal sealed class RunningGenerator : IDisposable
{
    private const int LogMax = 16 * 1024, PR_SET_PDEATHSIG = 1;

    private readonly StringBuilder _log = new();

    private RunningGenerator(string name, Fd pidfd, Fd output) => (Name, Pidfd, Output) = (name, pidfd, output);

    public string Name { get; }

    public Fd Pidfd { get; }

    public Fd Output { get; }

    public bool HasEnded { get; private set; }

    public bool WasLate { get; set; }

    /// <param name="directories">Normal, early, late.</param>
    public static RunningGenerator? Start(string name, string path, IReadOnlyList<string> directories, IReadOnlyList<string> environment, Fd nothing, out Failure? failure)
    {
        if (!Sys.Pipe().TryGet(out var pipe, out var error))
        {
            failure = new Failure($"cannot start {path}", error);
            return null;
        }
        PlanRegister input = new(0), output = new(1), errors = new(2);
        var plan = new PlanBuilder(name).Step($"start {path}", Origin.Default(), ExitStatus.Exec);
        plan.Call("prctl", "PR_SET_PDEATHSIG", Nr.prctl, default, PR_SET_PDEATHSIG, 9);
        plan.Setsid().Umask(0x12).Chdir("/").PlaceDescriptors(input, output, errors);
        plan.Execve(path, [path, .. directories], environment);
        using var compiled = CompiledPlan.Create(plan.Build(), out failure);
        var started = default(LaunchResult);
        if (compiled is not null)
        {
            var parameters = new LaunchParameters();
            parameters.Set(input, nothing);
            parameters.Set(output, pipe.Write);
            parameters.Set(errors, pipe.Write);
            started = Launcher.Start(compiled, parameters);
            failure = started.Failed ? PlanFailure.Describe(compiled, started.Outcome) : null;
        }
        pipe.Write.Close();
        if (failure is null)
            return new(name, started.Pidfd, pipe.Read);
        pipe.Read.Close();
        return null;
    }

    /// <summary>Takes what it has written; beyond a limit it is thrown away.</summary>
    public void Read()
    {
        Span<byte> buffer = stackalloc byte[4096];
        // a program that writes without end does not keep this loop: what is left is read at the next turn
        for (var i = 0; i < 64 && Sys.Read(Output, buffer).TryGet(out var n, out _) && n > 0; i++)
        {
            if (_log.Length < LogMax)
                _log.Append(Encoding.UTF8.GetString(buffer[..n]));
        }
    }

    /// <summary>Reaps it and says how it ended.</summary>
    public void End(GeneratorReport report, TimeSpan limit)
    {
        HasEnded = true;
        Read();
        var lines = _log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var line in lines.Take(20))
            report.Info($"{Name}: {line}");
        var last = lines.Length > 0 ? $": {lines[^1]}" : "";
        if (!Sys.Reap(Pidfd).TryGet(out var end, out var error))
            report.Note($"{Name}: cannot tell how it ended: {error}");
        else if (WasLate)
            report.Note($"{Name} did not end within {limit.TotalSeconds} s and was killed{last}");
        else if (end.Code != 1)
            report.Note($"{Name} was killed by {Signals.Name(end.Status)}{last}");
        else if (end.Status != 0)
            report.Note($"{Name} failed with status {end.Status}{last}");
    }

    public void Dispose()
    {
        Pidfd.Close();
        Output.Close();
    }
}
