using System.Text;

namespace Supervisor.Init.Tests;

public sealed class ApplianceFileTests
{
    private const string Whole = """
        hostname: web-1
        network:
          address: 10.0.2.15/24
          gateway: 10.0.2.2
          dns: [10.0.2.3, "fe80::1"]
        modules:
          - virtio-net
          - loop max_loop=8
        images:
          - path: /var/lib/portables/nginx.raw
            profile: default
          - path: /var/lib/portables/redis
        start: [nginx.service]
        log:
          max-size: 64M
          max-file-size: 4096
        control-port: supervisor.control
        """;

    [Fact]
    public void Every_key_is_read()
    {
        var a = Good(Whole);
        Assert.Equal("web-1", a.Hostname!.Text);
        Assert.Equal(("10.0.2.15", 24), (a.Network!.Address!.Address.ToString(), a.Network.Address.PrefixLength));
        Assert.Equal("10.0.2.2", a.Network.Gateway!.Address.ToString());
        Assert.Equal(["10.0.2.3", "fe80::1"], a.Network.Dns.Select(d => d.Address.ToString()));
        Assert.Equal([new KernelModule("virtio_net", ""), new KernelModule("loop", "max_loop=8")], a.Modules);
        Assert.Equal(["/var/lib/portables/nginx.raw", "/var/lib/portables/redis"], a.Images.Select(i => i.Path!.Text));
        Assert.Equal("default", a.Images[0].Profile!.Text);
        Assert.Null(a.Images[1].Profile);
        Assert.Equal([new UnitName("nginx.service")], a.Start);
        Assert.Equal((64L << 20, 4096L), (a.Log!.MaxSize!.Bytes, a.Log.MaxFileSize!.Bytes));
        Assert.Equal("supervisor.control", a.ControlPort!.Text);
    }

    [Fact]
    public void An_empty_file_is_an_appliance_of_defaults()
    {
        Assert.Empty(Good("# nothing\n").Images);
        Assert.Empty(Good("images:\nstart:\nmodules:\n").Start);
    }

    [Theory]
    [InlineData("hostnam: web\n", 1, 1, "no such key hostnam; did you mean hostname?")]
    [InlineData("hostname: web\nnetwork:\n  adress: 10.0.2.15/24\n", 3, 3, "no such key adress; did you mean address?")]
    [InlineData("quux: 1\n", 1, 1, "no such key quux")]
    [InlineData("hostname: -web\n", 1, 11, "'-web' is not a host name (letters, digits, hyphens and dots, at most 64)")]
    [InlineData("network:\n  address: 10.0.2.15\n", 2, 12, "'10.0.2.15' is not an address with its prefix length, such as 10.0.2.15/24")]
    [InlineData("network:\n  address: 10.0.2.15/33\n", 2, 12, "'10.0.2.15/33' is not an address with its prefix length, such as 10.0.2.15/24")]
    [InlineData("network:\n  address: 10.0.2.15/24\n  dns: [nowhere]\n", 3, 9, "'nowhere' is not an address, such as 10.0.2.2")]
    [InlineData("images:\n  - path: nginx.raw\n", 2, 11, "'nginx.raw' is not an absolute path")]
    [InlineData("modules: [../evil]\n", 1, 11, "'../evil' is not the name of a kernel module (letters, digits, - and _), parameters after a space")]
    [InlineData("log: {max-size: 64X}\n", 1, 17, "'64X' is not a size, such as 64M")]
    [InlineData("log: {max-size: 9999999999G}\n", 1, 17, "'9999999999G' is not a size, such as 64M")]
    [InlineData("hostname: [a, b]\n", 1, 11, "a host name (letters, digits, hyphens and dots, at most 64) is wanted here, not a list or a map")]
    [InlineData("start: [../x]\n", 1, 9, "'../x' is not a name (letters, digits and :-_.\\@, at most 255)")]
    public void What_is_wrong_is_said_with_its_place(string text, int line, int column, string message)
    {
        var error = Bad(text);
        Assert.Equal((line, column, message), (error.Line, error.Column, error.Message));
        Assert.Equal($"/etc/appliance.yaml:{line}:{column}: {message}", error.ToString());
    }

    [Theory]
    [InlineData("hostname: a\nhostname: b\n", 2)]
    [InlineData("start: nginx.service\n", 1)]
    [InlineData("images:\n\t- path: /x\n", 1)]
    [InlineData("- a\n- b\n", 1)]
    [InlineData("hostname: {\n", 1)]
    [InlineData("just words\n", 1)]
    [InlineData("network: yes\n", 1)]
    public void What_is_no_appliance_is_refused_with_its_line(string text, int line) => Assert.Equal(line, Bad(text).Line);

    [Theory]
    [InlineData("network: {gateway: 10.0.2.2}\n", "network needs address, such as 10.0.2.15/24")]
    [InlineData("images: [{profile: default}]\n", "each of images needs path")]
    [InlineData("images: [~]\n", "each of images needs path")]
    public void What_is_missing_is_said(string text, string message) => Assert.Equal(message, Bad(text).Message);

    [Fact]
    public void Nothing_but_an_error_comes_of_damaged_text()
    {
        var bytes = Encoding.UTF8.GetBytes(Whole);
        for (var length = 0; length < bytes.Length; length++)
            _ = ApplianceFile.Parse("x", bytes.AsSpan(0, length));
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var damaged = bytes.ToArray();
            for (var flips = 0; flips < 3; flips++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            var (appliance, error) = ApplianceFile.Parse("x", damaged);
            Assert.True(appliance is null != error is null);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_or_too_long_is_one_sentence()
    {
        Assert.StartsWith("/does/not/exist: cannot read it: openat", ApplianceFile.Load("/does/not/exist").Error!.ToString(), StringComparison.Ordinal);
        Assert.Contains("EINVAL", ApplianceFile.Load("/dev/zero").Error!.ToString(), StringComparison.Ordinal);
    }

    private static Appliance Good(string text)
    {
        var (appliance, error) = ApplianceFile.Parse("/etc/appliance.yaml", Encoding.UTF8.GetBytes(text));
        Assert.Null(error);
        return appliance!;
    }

    private static ApplianceError Bad(string text)
    {
        var (appliance, error) = ApplianceFile.Parse("/etc/appliance.yaml", Encoding.UTF8.GetBytes(text));
        Assert.Null(appliance);
        return error!;
    }
}
