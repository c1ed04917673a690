namespace Supervisor.Binary.Tests;

/// <summary>The published file itself.</summary>
public sealed class BinaryTests
{
    [Fact]
    public void It_is_smaller_than_8_MB() => Assert.InRange(new FileInfo(Machine.Supervisor).Length, 1_000_000, 8_000_000);

    [Fact]
    public void It_is_static() => Command.Run("readelf", "-l", Machine.Supervisor).Succeeded().SaysNot("INTERP", "DYNAMIC");

    [Fact]
    public void It_says_what_it_is_and_what_it_can()
    {
        Command.Run(Machine.Supervisor, "--version").Succeeded().Says("supervisor 0.1");
        Command.Run(Machine.Supervisor, "--help").Succeeded().Says("attach", "detach", "start", "stop", "status", "logs", "run");
    }

    [Fact]
    public void Without_a_manager_a_client_says_so()
    {
        Command.Run("unshare", "--mount", "/bin/sh", "-c", $"mount -t tmpfs tmpfs /run && exec {Machine.Supervisor} list").Failed().Says("/run/supervisor/control");
    }
}
