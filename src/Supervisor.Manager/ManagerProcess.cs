using Supervisor.Init;
using Supervisor.Linux;

namespace Supervisor.Manager;

/// <summary>The entry of the manager process: the keeper's socket is descriptor 3.</summary>
public static class ManagerProcess
{
    public static int Run(ManagerOptions options)
    {
        _ = Sys.SetProcessName("manager"); // only what ps(1) shows
        _ = Raw.CallFast(Nr.umask, 0x12); // 022: modes are as they are written
        if (!KeeperClient.Connect(new Fd(KeeperProtocol.ManagerFd)).TryGet(out var client, out var error) || !client.ReceiveInitial().TryGet(out var initial, out error))
        {
            _ = Sys.WriteAll(new Fd(2), System.Text.Encoding.UTF8.GetBytes($"supervisor manager is started by supervisor run or init, not by hand: {error}\n"));
            return 2;
        }
        if (initial.Mode != KeeperMode.Init)
            return new Manager(options, client, initial).Run();
        // PID 1 of a machine: there is not even /run before this
        var boot = Manager.BootMachine();
        var manager = new Manager(options, client, initial);
        manager.UseBoot(boot);
        return manager.Run();
    }
}
