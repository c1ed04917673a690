namespace Supervisor.Binary.Tests;

/// <summary>Called as systemctl or portablectl, the binary answers in that tool's words and options.</summary>
public sealed class PersonalityTests : IDisposable
{
    private readonly Nested _host = Nested.Start(("sleeper.service", "[Unit]\nDescription=A sleeper\n[Service]\nExecStart=/run/tools/sleep 1000\n"));

    public void Dispose() => _host.Dispose();

    private Outcome As(string name, params string[] arguments)
    {
        if (!File.Exists(_host.At($"{Nested.CheckDirectory}/{name}")))
            File.CreateSymbolicLink(_host.At($"{Nested.CheckDirectory}/{name}"), Machine.Supervisor);
        return _host.Enter([$"{Nested.CheckDirectory}/{name}", .. arguments]);
    }

    [Fact]
    public void Systemctl_by_its_name()
    {
        Assert.Equal("inactive", As("systemctl", "is-active", "sleeper").Out.Trim());
        Assert.Equal(3, As("systemctl", "is-active", "sleeper").Status);
        Assert.Equal("", As("systemctl", "start", "sleeper").Succeeded().All);
        Assert.Equal("active", As("systemctl", "is-active", "sleeper.service").Succeeded().Out.Trim());
        As("systemctl", "status", "sleeper", "--no-pager").Succeeded().Says("● sleeper.service - A sleeper", "Loaded: loaded (", "Active: active (running) since ", "Main PID: ");
        As("systemctl", "stop", "sleeper").Succeeded();
        Assert.Equal(3, As("systemctl", "status", "sleeper").Status);
        Assert.Equal(4, As("systemctl", "status", "nothing-of-that-name").Status);
        As("systemctl", "start", "nothing-of-that-name").Failed().Says("Unit nothing-of-that-name.service not found.");
        Assert.Equal(5, As("systemctl", "start", "nothing-of-that-name").Status);
    }

    [Fact]
    public void Systemctl_as_a_verb() => Assert.Equal("inactive", _host.Supervisor("systemctl", "is-active", "sleeper").Out.Trim());

    [Fact]
    public void Systemctl_lists_and_shows()
    {
        As("systemctl", "start", "sleeper").Succeeded();
        As("systemctl", "list-units", "--no-pager", "--no-legend").Succeeded().Says("sleeper.service", "loaded", "active", "running", "A sleeper");
        As("systemctl", "show", "sleeper", "-p", "ActiveState", "-p", "SubState").Succeeded().Says("ActiveState=active", "SubState=running");
        Assert.Equal($"{_host.MainPid("sleeper")}", As("systemctl", "show", "-p", "MainPID", "--value", "sleeper").Succeeded().Out.Trim());
        As("systemctl", "cat", "sleeper").Succeeded().Says("# /run/supervisor/units/sleeper.service", "Description=A sleeper");
    }

    [Fact]
    public void Portablectl_by_its_name()
    {
        var image = _host.Image(ImageTree.Service("probe", "", "exec sleep 1000"), "probe.raw");
        As("portablectl", "attach", "--now", image).Succeeded().Says("/run/state/units.attached/probe.service");
        Assert.Equal("running", As("portablectl", "is-attached", image).Succeeded().Out.Trim());
        As("portablectl", "list").Succeeded().Says("NAME", "STATE", "probe", "running");
        As("portablectl", "inspect", image).Succeeded().Says("Image:", "Portable Service:", "Probe 1", "Unit files:", "probe.service");
        As("portablectl", "detach", "--now", image).Succeeded().Says("Removed", "probe.service");
        Assert.Equal("detached", As("portablectl", "is-attached", image).Out.Trim());
    }

    [Fact]
    public void Unknown_words_are_refused()
    {
        _host.Supervisor("fly").Failed().Says("fly");
        As("systemctl", "fly").Failed().Says("Unknown command verb");
        As("portablectl", "fly").Failed().Says("Unknown command verb");
        _host.Supervisor("start", "--sideways", "sleeper").Failed().Says("--sideways");
    }
}
