using Supervisor.Units;

namespace Supervisor.Launch;

/// <summary>
/// Writes a <see cref="LaunchPlan"/> step by step: <c>Step(title, …)</c>, then the calls of that step by the helpers, which are in one file a kernel
/// facility (<c>Calls.*.cs</c>) and named as the calls are.
/// </summary>
public sealed partial class PlanBuilder(string unit)
{
    private readonly List<PlanStep> _steps = [];
    private readonly Stack<int> _free = new(Enumerable.Range(PlanRegister.Presets, PlanRegister.Count - PlanRegister.Presets).Reverse());
    private List<PlanCall>? _calls;
    private bool _unblocked;

    /// <summary>See <see cref="LaunchPlan.MayBlock"/>.</summary>
    public bool MayBlock { get; set; }

    /// <summary>See <see cref="LaunchPlan.OwnPids"/>.</summary>
    public bool OwnPids { get; set; }

    /// <summary>Begins a step; the calls that follow belong to it.</summary>
    public PlanBuilder Step(string title, Origin origin, int exitStatus, string? path = null)
    {
        _calls = [];
        _steps.Add(new PlanStep(title, origin, exitStatus, path, _calls));
        return this;
    }

    public LaunchPlan Build() => new(unit, [.. _steps.Select(s => s with { Calls = [.. s.Calls] })], MayBlock) { OwnPids = OwnPids };

    /// <summary>A register of the plan's own; <see cref="Close"/> gives it back.</summary>
    public PlanRegister NewRegister() => new(_free.Pop());

    /// <summary>Any call.</summary>
    public PlanBuilder Call(string name, string? path, int nr, OnError onError, params ReadOnlySpan<PlanArg> arguments)
    {
        Add(name, path, nr, -1, onError, arguments);
        return this;
    }

    /// <summary>Any call whose result is kept.</summary>
    public PlanRegister CallKeep(string name, string? path, int nr, OnError onError, params ReadOnlySpan<PlanArg> arguments)
    {
        var register = NewRegister();
        Add(name, path, nr, register.Number, onError, arguments);
        return register;
    }

    private void Add(string name, string? path, int nr, int register, OnError onError, ReadOnlySpan<PlanArg> arguments)
    {
        if (_calls is null)
            throw new InvalidOperationException("a call before the first step");
        if (arguments.Length > 6)
            throw new InvalidOperationException($"{name}: more than six arguments");
        _calls.Add(new PlanCall(name, nr, arguments.ToArray(), path, register, onError));
    }
}
