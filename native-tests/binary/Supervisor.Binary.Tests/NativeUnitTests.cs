namespace Supervisor.Binary.Tests;

/// <summary>A distribution's own units, unchanged, on the host's root: packages laid over this machine's /usr, /etc and /var for one namespace only.</summary>
public sealed class NativeUnitTests
{
    [Fact]
    public void Redis_runs_with_Debians_unit_as_it_is()
    {
        using var host = Laid("redis", "redis-server_*.deb", "redis-server.service", """
            echo 'redis:x:64001:64001::/var/lib/redis:/usr/sbin/nologin' >> /etc/passwd
            echo 'redis:x:64001:' >> /etc/group
            cp /run/over/package/etc/redis/redis.conf /etc/redis/redis.conf
            mkdir -p /var/lib/redis /var/log/redis
            chown 64001:64001 /var/lib/redis /var/log/redis
            """);
        Start(host, "redis-server");
        Assert.Contains("+PONG", PortableTests.Ask(host), StringComparison.Ordinal);
        var status = Witness.Status(host, host.MainPid("redis-server"));
        Assert.Equal("64001\t64001\t64001\t64001", status["Uid"]);
        Assert.Equal("0000000000000000", status["CapBnd"]);
        Assert.Equal("2", status["Seccomp"]);
        host.Supervisor("stop", "redis-server").Succeeded();
        Assert.DoesNotContain(Witness.Processes(host), p => p.Name == "redis-server");
    }

    [Fact]
    public void Openssh_runs_with_Debians_unit_as_it_is_and_a_login_survives_its_restart()
    {
        using var host = Laid("openssh", "openssh-server_*.deb", "ssh.service", """
            grep -q ^sshd: /etc/passwd || echo 'sshd:x:64002:65534::/run/sshd:/usr/sbin/nologin' >> /etc/passwd
            echo 'SSHD_OPTS="-p 2222 -o UsePAM=no -o StrictModes=no -o AuthorizedKeysFile=/run/over/key.pub"' > /etc/default/ssh
            ssh-keygen -A
            ssh-keygen -q -t ed25519 -N '' -f /run/over/key
            """);
        Start(host, "ssh");
        Assert.Equal("in\n", Login(host, "echo in").Succeeded().Out);
        host.Enter("/bin/sh", "-c", "nohup ssh -p 2222 -i /run/over/key -o StrictHostKeyChecking=no root@127.0.0.1 '/run/tools/sleep 7654' >/dev/null 2>&1 </dev/null &").Succeeded();
        Command.Until(() => Witness.Processes(host).Any(p => p.Arguments is [_, "7654"]), "the login's command runs");
        var session = Witness.Processes(host).First(p => p.Arguments is [_, "7654"]).Pid;
        var before = host.MainPid("ssh");
        host.Supervisor("reload", "ssh").Succeeded();
        Command.Until(() => Login(host, "echo in").Out == "in\n", "it listens again");
        host.Supervisor("restart", "ssh").Succeeded();
        Assert.NotEqual(before, host.MainPid("ssh"));
        Assert.Contains(Witness.Processes(host), p => p.Pid == session); // KillMode=process
        host.Supervisor("stop", "ssh").Succeeded();
        Assert.Equal(255, Login(host, "true").Status);
        Assert.Contains(Witness.Processes(host), p => p.Pid == session);
    }

    private static Outcome Login(Nested host, string command) =>
        host.Enter("ssh", "-p", "2222", "-i", "/run/over/key", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "root@127.0.0.1", command);

    private static void Start(Nested host, string unit)
    {
        var start = host.Supervisor("start", unit);
        Assert.True(start.Status == 0, $"{start}\n{host.Supervisor("logs", unit)}");
    }

    private static Nested Laid(string image, string deb, string unit, string script)
    {
        var package = Directory.GetFiles(Path.Combine(Machine.Top, "build/debs"), deb).Order(StringComparer.Ordinal).Last();
        var tree = Path.Combine(Machine.Top, $"build/images/{image}/tree");
        var host = Nested.Start();
        host.Enter("/bin/sh", "-ec", $"""
            mkdir -p /run/over/package /run/over/etc /run/over/etc.work /run/over/var /run/over/var.work
            dpkg-deb -x {package} /run/over/package
            mount -t overlay -o lowerdir={tree}/usr:/usr overlay /usr
            mount -t overlay -o lowerdir=/etc:{tree}/etc,upperdir=/run/over/etc,workdir=/run/over/etc.work overlay /etc
            mount -t overlay -o lowerdir=/var,upperdir=/run/over/var,workdir=/run/over/var.work overlay /var
            {script}
            """).Succeeded();
        File.Copy(host.At($"/run/over/package/lib/systemd/system/{unit}"), host.At($"/run/supervisor/units/{unit}"));
        return host;
    }
}
