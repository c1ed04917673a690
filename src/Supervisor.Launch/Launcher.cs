using System.Runtime.InteropServices;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Launch;

/// <summary>Starts compiled plans. For one thread: the child's stack is shared by all starts.</summary>
public static unsafe partial class Launcher
{
    private const ulong CLONE_VM = 0x100, CLONE_PIDFD = 0x1000, CLONE_VFORK = 0x4000, CLONE_PARENT = 0x8000, CLONE_NEWPID = 0x20000000, CLONE_CLEAR_SIGHAND = 0x100000000,
        CLONE_INTO_CGROUP = 0x200000000;

    private const int SIGCHLD = 17, StackSize = 32 * 1024, PageSize = 4096, LowestReportPipe = PlanRegister.Presets + 3;

    private static nint s_stack;

    /// <summary>
    /// Makes the process. Returns once its program runs or a step has failed; for a plan that may block, at once.
    /// A process that failed is reaped here, unless it was made for the parent.
    /// </summary>
    public static LaunchResult Start(CompiledPlan plan, in LaunchParameters parameters)
    {
        var block = plan.Block;
        ObjectDisposedException.ThrowIf(block is null, plan);
        if (Prepare().Failed(out var unprepared))
            return NotStarted(-2, unprepared.Errno);

        for (var i = 0; i < PlanRegister.Count; i++)
            block->Register[i] = i < PlanRegister.Presets ? parameters.Get(i) : -1;
        block->Report = default;
        block->ReportPipe = -1;

        // With shared memory the parent has to wait until the child has let go of it (CLONE_VFORK); a child that may block gets a copy instead, which is safe
        // because it never meets the runtime (see Child), and says over a pipe what failed.
        Fd report = Fd.None, reportEnd = Fd.None;
        if (plan.Plan.MayBlock)
        {
            if (ReportPipe(out report, out reportEnd).Failed(out var error))
                return NotStarted(-2, error.Errno);
            block->ReportPipe = reportEnd.Number;
        }
        var flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | (plan.Plan.MayBlock ? 0 : CLONE_VM | CLONE_VFORK) | (plan.Plan.OwnPids ? CLONE_NEWPID : 0);
        var result = Clone(flags, parameters.ForParent, parameters.Cgroup, block, out var pidfd);
        reportEnd.Close();
        if (result < 0)
        {
            report.Close();
            return NotStarted(-1, (Errno)(-result));
        }

        var pid = (int)result;
        if (block->Report.Errno == 0)
            return new LaunchResult(pid, pidfd, report, LaunchOutcome.Started);
        if (!parameters.ForParent)
            _ = Sys.Reap(pidfd);
        pidfd.Close();
        return new LaunchResult(pid, Fd.None, Fd.None, Outcome(plan, block->Report));
    }

    /// <summary>
    /// The outcome of a plan that may block: null while nothing is known (not readable yet), else whether the program was started. A child that was killed on its way counts
    /// as started: its end says the rest.
    /// </summary>
    public static LaunchOutcome? ReadReport(CompiledPlan plan, Fd report)
    {
        ChildReport read;
        var n = Raw.Retry(Nr.read, report.Number, (nint)(&read), sizeof(ChildReport));
        if (n == -(nint)Errno.EAGAIN)
            return null;
        return n == sizeof(ChildReport) && read.Errno != 0 ? Outcome(plan, read) : LaunchOutcome.Started;
    }

    /// <summary>clone3(2) into <see cref="Child.Run"/>: the number of the process, or -errno. Where there is only clone(2), ENOSYS with a cgroup, which it cannot enter.</summary>
    internal static nint Clone(ulong flags, bool forParent, Fd? cgroup, ChildBlock* block, out Fd pidfd, int exitSignal = SIGCHLD)
    {
        var number = -1;
        CloneArguments arguments = new()
        {
            Flags = flags | (forParent ? CLONE_PARENT : 0) | (cgroup is null ? 0 : CLONE_INTO_CGROUP),
            Pidfd = (ulong)&number,
            // With CLONE_PARENT the kernel wants none here, and uses the one that we ourselves were made with.
            ExitSignal = forParent ? 0 : (ulong)exitSignal,
            Stack = (ulong)s_stack,
            StackSize = StackSize,
            Cgroup = cgroup is { } fd ? (ulong)fd.Number : 0,
        };
        if (!ChildSignals.HasClone3 && cgroup is not null)
        {
            pidfd = Fd.None;
            return -(nint)Errno.ENOSYS;
        }
        var mask = ChildSignals.BlockAll();
        var result = ChildSignals.HasClone3
            ? Clone3(&arguments, (nuint)sizeof(CloneArguments), &Child.Run, block)
            : Clone((arguments.Flags & ~CLONE_CLEAR_SIGHAND) | arguments.ExitSignal, s_stack + StackSize, &number, &Child.Run, block);
        ChildSignals.Restore(mask);
        pidfd = new Fd(number);
        return result;
    }

    /// <summary>The stack, and the child's code brought to life in the parent, so that the child finds it complete.</summary>
    internal static OsResult Prepare()
    {
        if (s_stack != 0)
            return OsResult.Success;
        if (!Sys.MapMemory(StackSize + PageSize).TryGet(out var memory, out var error))
            return error;
        if (Sys.ProtectMemory(memory, PageSize, 0).Failed(out error))
            return error;
        ChildBlock empty = default;
        Child.Run(&empty, (delegate*<nint, nint, nint, nint, nint, nint, nint, nint>)SyscallAddress());
        s_stack = memory + PageSize;
        return OsResult.Success;
    }

    /// <summary>A close-on-exec pipe whose writing end has a number that no plan puts a descriptor over.</summary>
    private static OsResult ReportPipe(out Fd read, out Fd write)
    {
        read = write = Fd.None;
        int* pair = stackalloc int[2];
        var n = Raw.Call(Nr.pipe2, (nint)pair, LibC.O_CLOEXEC | LibC.O_NONBLOCK);
        if (n < 0)
            return new OsError((Errno)(-n), "pipe2");
        read = new Fd(pair[0]);
        n = Raw.Call(Nr.fcntl, pair[1], LibC.F_DUPFD_CLOEXEC, LowestReportPipe);
        new Fd(pair[1]).Close();
        if (n < 0)
        {
            read.Close();
            return new OsError((Errno)(-n), "fcntl F_DUPFD_CLOEXEC");
        }
        write = new Fd((int)n);
        return OsResult.Success;
    }

    private static LaunchOutcome Outcome(CompiledPlan plan, in ChildReport report) =>
        new(report.Call, plan.StepOf(report.Call), (Errno)report.Errno, report.LoaderMissing != 0);

    private static LaunchResult NotStarted(int call, Errno errno) => new(0, Fd.None, Fd.None, new LaunchOutcome(call, -1, errno, false));

    [LibraryImport("supervisor_stub", EntryPoint = "supervisor_clone3")]
    private static partial nint Clone3(
        CloneArguments* arguments, nuint size, delegate*<ChildBlock*, delegate*<nint, nint, nint, nint, nint, nint, nint, nint>, void> child, ChildBlock* block);

    [LibraryImport("supervisor_stub", EntryPoint = "supervisor_clone")]
    private static partial nint Clone(
        ulong flags, nint stackTop, int* pidfd, delegate*<ChildBlock*, delegate*<nint, nint, nint, nint, nint, nint, nint, nint>, void> child, ChildBlock* block);

    [LibraryImport("supervisor_stub", EntryPoint = "supervisor_syscall_address")]
    private static partial nint SyscallAddress();

    /// <summary>struct clone_args of clone3(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CloneArguments
    {
        public ulong Flags;
        public ulong Pidfd;
        public ulong ChildTid;
        public ulong ParentTid;
        public ulong ExitSignal;
        public ulong Stack;
        public ulong StackSize;
        public ulong Tls;
        public ulong SetTid;
        public ulong SetTidSize;
        public ulong Cgroup;
    }
}
