using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.Launch;

/// <summary>A plan in memory of its own, ready to be started any number of times, one start at a time. Whoever made it frees it.</summary>
public sealed unsafe class CompiledPlan : IDisposable
{
    private readonly IReadOnlyList<(int Step, PlanCall Call)> _calls;
    private readonly nint _size;

    private CompiledPlan(LaunchPlan plan, PlanImage image, ChildBlock* block, nint size)
    {
        Plan = plan;
        _calls = image.Calls;
        Block = block;
        _size = size;
    }

    public LaunchPlan Plan { get; }

    /// <summary>Bytes of memory that it holds.</summary>
    public long Size => _size;

    internal ChildBlock* Block { get; private set; }

    /// <summary>Lays the plan out; null and the reason when a text in it cannot be said to the kernel.</summary>
    public static CompiledPlan? Create(LaunchPlan plan, out Failure? failure)
    {
        var image = PlanImage.Create(plan, ChildSignals.Reset, out failure);
        if (image is null)
            return null;
        var size = (image.Bytes.Length + 4095) & ~4095;
        if (!Sys.MapMemory(size).TryGet(out var memory, out var error))
        {
            failure = new Failure("cannot prepare the start", error);
            return null;
        }
        image.Bytes.CopyTo(new Span<byte>((void*)memory, image.Bytes.Length));
        foreach (var pointer in image.Pointers)
            *(long*)(memory + pointer) += memory;
        return new CompiledPlan(plan, image, (ChildBlock*)memory, size);
    }

    public void Dispose()
    {
        if (Block is not null)
            Sys.UnmapMemory((nint)Block, _size);
        Block = null;
    }

    /// <summary>The step (null when no step asked for it) and the call with this index.</summary>
    internal (PlanStep? Step, PlanCall Call) CallAt(int index)
    {
        var (step, call) = _calls[index];
        return (step < 0 ? null : Plan.Steps[step], call);
    }

    /// <summary>The index of the step that a call belongs to.</summary>
    internal int StepOf(int call) => _calls[call].Step;
}
