namespace Supervisor.Linux;

/// <summary>The end of the machine.</summary>
public static partial class Sys
{
    /// <summary>reboot(2): ends the machine at once, without anything being written or stopped.</summary>
    /// <param name="command">LINUX_REBOOT_CMD_*.</param>
    public static OsResult Reboot(int command) => Void("reboot", null, Raw.Call(Nr.reboot, unchecked((nint)0xFEE1DEAD), 672274793, command));
}
