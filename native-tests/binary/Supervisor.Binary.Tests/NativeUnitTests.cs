namespace Supervisor.Binary.Tests;

/// <summary>A distribution's own unit, unchanged, on the host's root: redis, laid over this machine's /usr, /etc and /var for one namespace only.</summary>
public sealed class NativeUnitTests
{
    [Fact]
    public void Redis_runs_with_Debians_unit_as_it_is()
    {
        var package = Directory.GetFiles(Path.Combine(Machine.Top, "build/debs"), "redis-server_*.deb").Order(StringComparer.Ordinal).Last();
        var tree = Path.Combine(Machine.Top, "build/images/redis/tree");
        using var host = Nested.Start();
        host.Enter("/bin/sh", "-ec", $"""
            mkdir -p /run/over/package /run/over/etc /run/over/etc.work /run/over/var /run/over/var.work
            dpkg-deb -x {package} /run/over/package
            mount -t overlay -o lowerdir={tree}/usr:/usr overlay /usr
            mount -t overlay -o lowerdir=/etc:{tree}/etc,upperdir=/run/over/etc,workdir=/run/over/etc.work overlay /etc
            mount -t overlay -o lowerdir=/var,upperdir=/run/over/var,workdir=/run/over/var.work overlay /var
            echo 'redis:x:64001:64001::/var/lib/redis:/usr/sbin/nologin' >> /etc/passwd
            echo 'redis:x:64001:' >> /etc/group
            cp /run/over/package/etc/redis/redis.conf /etc/redis/redis.conf
            mkdir -p /var/lib/redis /var/log/redis
            chown 64001:64001 /var/lib/redis /var/log/redis
            """).Succeeded();
        File.Copy(host.At("/run/over/package/lib/systemd/system/redis-server.service"), host.At("/run/supervisor/units/redis-server.service"));
        var start = host.Supervisor("start", "redis-server");
        Assert.True(start.Status == 0, $"{start}\n{host.Supervisor("logs", "redis-server")}");
        Assert.Contains("+PONG", PortableTests.Ask(host), StringComparison.Ordinal);
        var status = Witness.Status(host, host.MainPid("redis-server"));
        Assert.Equal("64001\t64001\t64001\t64001", status["Uid"]);
        Assert.Equal("0000000000000000", status["CapBnd"]);
        Assert.Equal("2", status["Seccomp"]);
        host.Supervisor("stop", "redis-server").Succeeded();
        Assert.DoesNotContain(Witness.Processes(host), p => p.Name == "redis-server");
    }
}
