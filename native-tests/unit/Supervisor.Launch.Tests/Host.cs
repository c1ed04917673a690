using System.Text;
using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;
using Tmds.Linux;

// The child's stack is shared by all starts.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Supervisor.Launch.Tests;

/// <summary>Starts plans and looks at what came out.</summary>
internal static class Host
{
    public static readonly PlanRegister In = new(0), Out = new(1), Err = new(2);

    public static readonly Origin Somewhere = new("/etc/systemd/system/web.service", 14, "PrivateTmp");

    public static bool IsRoot => Environment.UserName == "root";

    public static void NeedRoot() => Assert.SkipUnless(IsRoot, "needs root");

    /// <summary>A plan whose standard output and error are what the test reads.</summary>
    public static PlanBuilder Begin()
    {
        var plan = new PlanBuilder("web.service");
        plan.Step("place the standard streams", default, ExitStatus.Fds).PlaceDescriptors(In, Out, Err);
        return plan;
    }

    public static LaunchPlan Shell(this PlanBuilder plan, string script, params string[] environment)
    {
        plan.Step("execve /bin/sh", Origin.Default("ExecStart"), ExitStatus.Exec).Execve("/bin/sh", ["sh", "-c", script], environment);
        return plan.Build();
    }

    public static CompiledPlan Compile(this LaunchPlan plan)
    {
        var compiled = CompiledPlan.Create(plan, out var failure);
        Assert.True(compiled is not null, failure?.ToString());
        return compiled;
    }

    /// <summary>Runs the plan and returns what it wrote, and how it ended.</summary>
    public static (string Output, ProcessEnd End) Run(this LaunchPlan plan, Action<LaunchParameters>? check = null, Fd? cgroup = null)
    {
        using var compiled = plan.Compile();
        return compiled.Run(cgroup);
    }

    public static (string Output, ProcessEnd End) Run(this CompiledPlan compiled, Fd? cgroup = null)
    {
        var (read, write) = Pipe();
        var nothing = Sys.Open("/dev/null", LibC.O_RDWR).Value;
        var parameters = new LaunchParameters { Cgroup = cgroup };
        parameters.Set(In, nothing);
        parameters.Set(Out, write);
        parameters.Set(Err, write);
        var result = Launcher.Start(compiled, parameters);
        nothing.Close();
        write.Close();
        Assert.False(result.Failed, result.Failed ? PlanFailure.Describe(compiled, result.Outcome).ToString() : "");
        Assert.True(result.Pid > 0 && result.Pidfd.IsOpen);
        var output = ReadAll(read);
        var end = Sys.Reap(result.Pidfd).Value;
        result.Pidfd.Close();
        read.Close();
        result.Report.Close();
        return (output, end);
    }

    /// <summary>Runs a plan that must fail, and returns why.</summary>
    public static Failure Fail(this LaunchPlan plan)
    {
        using var compiled = plan.Compile();
        var parameters = new LaunchParameters();
        var nothing = Sys.Open("/dev/null", LibC.O_RDWR).Value;
        foreach (var register in (PlanRegister[])[In, Out, Err])
            parameters.Set(register, nothing);
        var result = Launcher.Start(compiled, parameters);
        nothing.Close();
        Assert.True(result.Failed);
        Assert.Equal(Fd.None, result.Pidfd);
        // already reaped: there is no such child of ours
        Assert.Equal(-(int)Errno.ECHILD, (int)Raw.Call(Nr.wait4, result.Pid, 0, 0x40000000, 0));
        return PlanFailure.Describe(compiled, result.Outcome);
    }

    public static unsafe (Fd Read, Fd Write) Pipe()
    {
        int* pair = stackalloc int[2];
        Assert.Equal(0, Raw.Call(Nr.pipe2, (nint)pair, LibC.O_CLOEXEC));
        return (new Fd(pair[0]), new Fd(pair[1]));
    }

    public static string ReadAll(Fd fd)
    {
        var all = new List<byte>();
        Span<byte> buffer = stackalloc byte[4096];
        while (true)
        {
            var n = Sys.Read(fd, buffer).Value;
            if (n == 0)
                return Encoding.UTF8.GetString([.. all]);
            all.AddRange(buffer[..n]);
        }
    }
}
