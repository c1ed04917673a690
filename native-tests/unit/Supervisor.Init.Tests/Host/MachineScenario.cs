using System.Text;
using Supervisor.Init;
using Supervisor.Linux;

namespace Supervisor.Init.Host;

/// <summary>The manager of a virtual machine: boots, crashes once, boots again, looks at what there is, and ends the machine. Says everything on the console.</summary>
internal static class MachineScenario
{
    private const int Orphans = 500;

    public static int Run(string scenario, KeeperClient keeper, KeeperInitial initial)
    {
        Print($"generation {initial.Generation} mode {initial.Mode} previous {initial.PreviousCode}/{initial.PreviousStatus}");
        var began = Sys.Now(7);
        var boot = Boot.Run(new BootOptions { LinkTimeout = TimeSpan.FromSeconds(2) });
        var ended = Sys.Now(7);
        foreach (var step in boot.Steps)
            Print($"  {step.Name}: {step.Problem ?? step.Note} ({BootTimes.Show(step.Took)})");
        Print($"boot {initial.Generation}: {boot.Failures.Count()} problems");
        _ = keeper.Ready().Ok;
        Print(new BootTimes(initial.KeeperStarted, initial.ManagerStarted, began, ended, Sys.Now(7)).ToString());
        if (scenario == "vm-reboot")
            return End(keeper, ShutdownKind.Reboot);
        if (scenario == "vm-panic")
        {
            _ = Raw.Call(Nr.kill, 1, 34 + 14);
            while (true)
                _ = Raw.Call(Nr.pause);
        }
        if (initial.Generation == 1)
            throw new InvalidOperationException("an exception that nobody catches");
        CountOrphans(keeper);
        Print("keeper " + Encoding.UTF8.GetString(Sys.ReadFile("/proc/1/status").Value).Split('\n').First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)));
        MountForTheEnd();
        PivotRoot();
        return End(keeper, ShutdownKind.Poweroff);
    }

    private static void CountOrphans(KeeperClient keeper)
    {
        var maker = Children.MakesOrphans(Orphans, 77);
        int seen = 0, made = 0;
        while (seen < Orphans || made == 0)
        {
            var messages = Scenarios.Wait(keeper);
            foreach (var ping in messages.OfType<KeeperMessage.Ping>())
                _ = keeper.Pong(ping.Sequence).Ok;
            foreach (var exit in messages.OfType<KeeperMessage.Exited>().SelectMany(m => m.Exits))
            {
                made += exit.Pid == maker && exit.Status == 77 ? 1 : 0;
                seen += exit.Status == 0 ? 1 : 0;
            }
        }
        Print($"orphans {seen} zombies {Scenarios.Zombies()}");
    }

    /// <summary>Mounts that the keeper must take down: one on another, one with a space in its name, one whose directory is somebody's.</summary>
    private static void MountForTheEnd()
    {
        foreach (var path in (string[])["/run/a", "/run/a/b", "/run/with space"])
        {
            _ = Sys.MakeDirectories(path).Ok;
            if (Sys.Mount("tmpfs", path, "tmpfs", 0, null).Failed(out var error))
                Print($"{error}");
        }
    }

    private static unsafe void PivotRoot()
    {
        var pid = Raw.CallFast(Nr.clone, 17, 0);
        if (pid == 0)
        {
            var error = Raw.CallFast(Nr.unshare, 0x20000); // CLONE_NEWNS
            fixed (byte* none = "none\0"u8, root = "/\0"u8, tmpfs = "tmpfs\0"u8, at = "/run/root\0"u8, dot = ".\0"u8)
            {
                _ = Raw.CallFast(Nr.mount, (nint)none, (nint)root, 0, 0x4000 | 1 << 18, 0); // MS_REC | MS_PRIVATE
                _ = Raw.CallFast(Nr.mkdir, (nint)at, 0x1ED);
                _ = Raw.CallFast(Nr.mount, (nint)none, (nint)at, (nint)tmpfs, 0, 0);
                error |= Raw.CallFast(Nr.chdir, (nint)at);
                error |= Raw.CallFast(Nr.pivot_root, (nint)dot, (nint)dot);
                error |= Raw.CallFast(Nr.umount2, (nint)dot, 2); // MNT_DETACH of the old root, which lies on the new one
            }
            while (true)
                _ = Raw.CallFast(Nr.exit_group, error == 0 ? 0 : 1);
        }
        int status = -1;
        _ = Raw.Call(Nr.wait4, pid, (nint)(&status));
        Print($"pivot_root: {(status == 0 ? "ok" : "failed")}");
    }

    private static int End(KeeperClient keeper, ShutdownKind kind)
    {
        _ = keeper.Shutdown(kind, 0, "the test is over").Ok;
        return 0;
    }

    private static void Print(string text) => _ = Sys.WriteAll(new Fd(2), Encoding.UTF8.GetBytes(text + "\n")).Ok;
}
