using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>How a step ended.</summary>
internal readonly record struct BootOutcome(string? Problem, string? Note)
{
    public static BootOutcome Done(string? note = null) => new(null, note);

    public static BootOutcome Failed(string problem) => new(problem, null);
}

/// <summary>Does steps and notes how long each took.</summary>
internal sealed class BootSteps
{
    private const int Boottime = 7;

    private readonly List<BootStep> _done = [];

    public IReadOnlyList<BootStep> Done => _done;

    public bool Try(string name, Func<BootOutcome> step)
    {
        var began = Sys.Now(Boottime);
        var (problem, note) = step();
        _done.Add(new BootStep(name, began, Sys.Now(Boottime) - began, problem, note));
        return problem is null;
    }
}
