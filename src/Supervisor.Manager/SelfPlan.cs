using Supervisor.Launch;
using Supervisor.Units;

namespace Supervisor.Manager;

/// <summary>Starts this very program as another process of the manager's: the journal, a worker. Its socket becomes descriptor 3.</summary>
internal static class SelfPlan
{
    private const string Program = "/proc/self/exe";

    public static PlanRegister Socket => new(0);

    /// <summary>A plan for the program with these arguments; the environment is the manager's PATH and what is given besides.</summary>
    public static CompiledPlan? Create(IReadOnlyList<string> arguments, out Failure? failure, params IReadOnlyList<string> environment)
    {
        var plan = new PlanBuilder(string.Join(' ', arguments)).Step($"start {string.Join(' ', arguments)}", Origin.Default(), ExitStatus.Exec);
        plan.Dup3(Socket, 3);
        plan.CloseRange(4, uint.MaxValue);
        plan.Setsid();
        plan.Execve(Program, arguments, ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", .. environment]);
        return CompiledPlan.Create(plan.Build(), out failure);
    }
}
