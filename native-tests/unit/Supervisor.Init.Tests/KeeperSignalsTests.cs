namespace Supervisor.Init.Tests;

public sealed class KeeperSignalsTests
{
    [Theory]
    [InlineData(KeeperMode.Init, 2, KeeperRequest.Reboot)] // ctrl-alt-del
    [InlineData(KeeperMode.Init, 15, KeeperRequest.Reexecute)]
    [InlineData(KeeperMode.Init, 30, KeeperRequest.Poweroff)]
    [InlineData(KeeperMode.Init, 37, KeeperRequest.Halt)]
    [InlineData(KeeperMode.Init, 38, KeeperRequest.Poweroff)]
    [InlineData(KeeperMode.Init, 39, KeeperRequest.Reboot)]
    [InlineData(KeeperMode.Container, 15, KeeperRequest.StopAll)]
    [InlineData(KeeperMode.Container, 37, KeeperRequest.StopAll)]
    [InlineData(KeeperMode.Nested, 2, KeeperRequest.StopAll)]
    [InlineData(KeeperMode.Nested, 1, KeeperRequest.Reload)]
    [InlineData(KeeperMode.Nested, 28, KeeperRequest.None)]
    public void A_signal_means_what_it_means_to_an_init(KeeperMode mode, int signal, KeeperRequest request) =>
        Assert.Equal(request, KeeperSignals.Meaning(mode, signal));

    [Fact]
    public void Some_do_not_wait_for_the_manager()
    {
        Assert.Equal(ShutdownKind.Reboot, KeeperSignals.Immediate(KeeperMode.Init, 49));
        Assert.Equal(ShutdownKind.Exit, KeeperSignals.Immediate(KeeperMode.Nested, 49));
        Assert.Null(KeeperSignals.Immediate(KeeperMode.Init, 15));
    }
}
