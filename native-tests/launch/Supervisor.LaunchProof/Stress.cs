using Supervisor.Launch;
using Supervisor.Linux;
using Supervisor.Units;

namespace Supervisor.LaunchProof;

/// <summary>
/// Starts /bin/true thousands of times while another thread does nothing but allocate and collect, which the manager never has: a child that met the runtime
/// would sooner or later wait for it for ever.
/// </summary>
internal static class Stress
{
    private static volatile bool s_stop;
    private static byte[]? s_garbage;

    public static int Run(int count)
    {
#pragma warning disable RS0030 // the very thing that the product must not have
        var thread = new Thread(Allocate) { IsBackground = true };
        thread.Start();
        var failed = Start("shared memory", count, mayBlock: false) + Start("copied memory", count / 5, mayBlock: true);
        s_stop = true;
        thread.Join();
#pragma warning restore RS0030
        return failed == 0 ? 0 : 1;
    }

    private static void Allocate()
    {
        for (var i = 0; !s_stop; i++)
        {
            s_garbage = new byte[100 + i % 5000];
            if (i % 2048 == 0)
                GC.Collect(i / 2048 % 3);
        }
    }

    private static int Start(string title, int count, bool mayBlock)
    {
        var builder = new PlanBuilder("true") { MayBlock = mayBlock };
        builder.Step("a few calls", default, 1).Umask(0x12).Chdir("/").SetLimit(4, 0, 0);
        builder.Step("execve", Origin.Default(), ExitStatus.Exec).Execve("/bin/true", ["true"], []);
        using var plan = Supervisor.LaunchProof.Run.Compile(builder.Build());
        var collections = GC.CollectionCount(0);
        var begin = Sys.Now();
        var (hangs, failures) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            s_garbage = new byte[1000 + i % 3000];
            var result = Launcher.Start(plan, new LaunchParameters());
            if (result.Failed)
            {
                failures++;
                continue;
            }
            if (Supervisor.LaunchProof.Run.Wait(result.Pidfd) is not { } end)
                hangs++;
            else if (end != new ProcessEnd(1, 0))
                failures++;
            result.Report.Close();
        }
        Say.Line($"{title}: {count} starts, {hangs} hangs, {failures} failures, {GC.CollectionCount(0) - collections} collections, {(Sys.Now() - begin) / 1000} ms");
        return hangs + failures;
    }
}
