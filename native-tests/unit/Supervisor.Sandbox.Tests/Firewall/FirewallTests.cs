using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Supervisor.Linux;
using Supervisor.Sandbox.Firewall;
using Supervisor.Units;
using Tmds.Linux;

namespace Supervisor.Sandbox.Tests.Firewall;

public sealed class FirewallTests
{
    private static readonly string Top = Sys.Exists("/sys/fs/cgroup/unified/cgroup.procs") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";

    private static void NeedBpf()
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root");
        Assert.SkipUnless(Sys.Exists($"{Top}/cgroup.procs"), "no cgroup tree of version 2");
    }

    [Fact]
    public void Without_a_deny_list_there_is_no_firewall()
    {
        Assert.Null(FirewallCompiler.Compile(List("127.0.0.0/8"), [], out var failure));
        Assert.Null(failure);
    }

    [Fact]
    public void Lists_that_are_too_long_are_refused()
    {
        var many = Enumerable.Range(0, 1001).Select(i => $"10.{i / 256}.{i % 256}.0/24").ToArray();
        Assert.Null(FirewallCompiler.Compile([], List(many), out var failure));
        Assert.Equal("cannot filter by more than 1000 addresses — IPAddressDeny=, /x.service:3", failure!.ToString());
    }

    /// <summary>The kernel runs the programs over packets that we make up, with every kind of list.</summary>
    [Fact]
    public void Each_packet_is_judged_as_the_lists_say()
    {
        NeedBpf();
        var random = new Random(7);
        string[] pool =
        [
            "0.0.0.0/0", "::/0", "127.0.0.0/8", "10.1.2.0/24", "10.1.2.3/32", "10.1.2.128/25", "::1/128", "fe80::/64", "2001:db8::/32", "2001:db8:0:1:8000::/65", "2001:db8::5/128",
            "::ffff:10.1.2.0/120", "::ffff:0:0/96", "10.1.3.0/31",
        ];
        string[] addresses =
        [
            "127.0.0.1", "10.1.2.3", "10.1.2.4", "10.1.2.127", "10.1.2.200", "10.1.3.1", "10.1.3.2", "8.8.8.8", "::1", "::2", "fe80::9", "fe80:0:0:1::9", "2001:db8::5", "2001:db8::6",
            "2001:db8:0:1:8000::1", "2001:db8:0:1:7fff::1", "2001:db9::", "::ffff:10.1.2.3", "::ffff:8.8.8.8", "::fffe:10.1.2.3", "ffff::",
        ];
        for (var i = 0; i < 120; i++)
        {
            var allow = List([.. pool.Where(_ => random.Next(4) == 0)]);
            var deny = List([.. pool.Where(_ => random.Next(3) == 0)]);
            if (FirewallCompiler.Compile(allow, deny, out _) is not { } programs)
                continue;
            foreach (var (code, ingress) in (ReadOnlySpan<(byte[], bool)>)[(programs.Ingress, true), (programs.Egress, false)])
            {
                var loaded = Sys.BpfLoad(Sys.BPF_PROG_TYPE_CGROUP_SKB, ingress ? Sys.BPF_CGROUP_INET_INGRESS : Sys.BPF_CGROUP_INET_EGRESS, code, "test");
                Assert.True(loaded.TryGet(out var program, out var error), error.ToString());
                foreach (var text in addresses)
                {
                    var address = IPAddress.Parse(text);
                    var expected = Matches(allow, address) || !Matches(deny, address);
                    var passed = RunOn(program, Packet(address, ingress));
                    Assert.True(expected == passed, $"{text} {(ingress ? "in" : "out")} allow [{Text(allow)}] deny [{Text(deny)}]: passed {passed}");
                }
                program.Close();
            }
        }
    }

    [Fact]
    public void The_longest_lists_load()
    {
        NeedBpf();
        var many = Enumerable.Range(0, 500).SelectMany(i => (string[])[$"10.{i / 256}.{i % 256}.0/24", $"2001:db8:{i:x}:1::/64"]).ToArray();
        var programs = FirewallCompiler.Compile(List(many[..300]), List(many[300..]), out _)!;
        var loaded = Sys.BpfLoad(Sys.BPF_PROG_TYPE_CGROUP_SKB, Sys.BPF_CGROUP_INET_EGRESS, programs.Egress, "test");
        Assert.True(loaded.TryGet(out var program, out var error), error.ToString());
        Assert.False(RunOn(program, Packet(IPAddress.Parse("10.1.200.7"), ingress: false)));
        Assert.False(RunOn(program, Packet(IPAddress.Parse("2001:db8:1f0:1::7"), ingress: false)));
        Assert.True(RunOn(program, Packet(IPAddress.Parse("2001:db8:1f0:2::7"), ingress: false)));
        program.Close();
    }

    [Fact]
    public void A_process_in_the_cgroup_reaches_nobody_and_nothing_is_left_behind()
    {
        NeedBpf();
        int[] ids = [];
        var path = $"{Top}/firewall-test-{Environment.ProcessId}";
        Assert.True(Sys.MkdirAt(Fd.Cwd, path, 0x1ED).Ok);
        var cgroup = Sys.Open(path, LibC.O_RDONLY | LibC.O_DIRECTORY).Value;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var udp = ((IPEndPoint)receiver.Client.LocalEndPoint!).Port;
        try
        {
            Assert.Equal(0, Inside(path, $"echo x > /dev/udp/127.0.0.1/{udp}"));
            Assert.Equal("x\n"u8.ToArray(), receiver.Receive(ref Anybody));

            var all = FirewallCompiler.Compile([], List("0.0.0.0/0", "::/0"), out _)!;
            Assert.Null(FirewallAttachment.Attach(all, cgroup, default));
            Assert.Equal(1, Sys.BpfCount(cgroup, Sys.BPF_CGROUP_INET_EGRESS).Value);
            Assert.Equal(1, Sys.BpfCount(cgroup, Sys.BPF_CGROUP_INET_INGRESS).Value);
            ids = [.. Attached(cgroup, Sys.BPF_CGROUP_INET_EGRESS), .. Attached(cgroup, Sys.BPF_CGROUP_INET_INGRESS)];
            Assert.Equal(2, ids.Count(Exists));
            Assert.NotEqual(0, Inside(path, $"echo x > /dev/udp/127.0.0.1/{udp}"));
            Assert.Equal(0, receiver.Available);
            Assert.NotEqual(0, Inside(path, $"timeout 1 bash -c 'echo x > /dev/tcp/127.0.0.1/{port}'"));
            // outside the cgroup nothing has changed
            Assert.Equal(0, Inside(Top, $"echo x > /dev/tcp/127.0.0.1/{port}"));
        }
        finally
        {
            cgroup.Close();
            Assert.True(Sys.UnlinkAt(Fd.Cwd, path, LibC.AT_REMOVEDIR).Ok);
        }
        Assert.True(SpinWait.SpinUntil(() => !ids.Any(Exists), TimeSpan.FromSeconds(10)), "programs are left in the kernel");
    }

    [Fact]
    public void An_allowed_neighbour_is_reached_all_the_same()
    {
        NeedBpf();
        var path = $"{Top}/firewall-allow-{Environment.ProcessId}";
        Assert.True(Sys.MkdirAt(Fd.Cwd, path, 0x1ED).Ok);
        var cgroup = Sys.Open(path, LibC.O_RDONLY | LibC.O_DIRECTORY).Value;
        using var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Server.DualMode = true;
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        try
        {
            Assert.Null(FirewallAttachment.Attach(FirewallCompiler.Compile(List("127.0.0.1/32"), List("0.0.0.0/0", "::/0"), out _)!, cgroup, default));
            Assert.Equal(0, Inside(path, $"echo x > /dev/tcp/127.0.0.1/{port}"));
            Assert.Equal(0, Inside(path, $"echo x > /dev/tcp/::ffff:127.0.0.1/{port}"));
            Assert.NotEqual(0, Inside(path, $"timeout 1 bash -c 'echo x > /dev/tcp/127.0.0.2/{port}'"));
            Assert.NotEqual(0, Inside(path, $"timeout 1 bash -c 'echo x > /dev/tcp/::ffff:127.0.0.2/{port}'"));
            Assert.NotEqual(0, Inside(path, $"timeout 1 bash -c 'echo x > /dev/tcp/::1/{port}'"));
        }
        finally
        {
            cgroup.Close();
            Assert.True(Sys.UnlinkAt(Fd.Cwd, path, LibC.AT_REMOVEDIR).Ok);
        }
    }

    [Fact]
    public void Without_a_cgroup_of_version_2_it_says_so()
    {
        NeedBpf();
        var here = Sys.Open("/", LibC.O_RDONLY | LibC.O_DIRECTORY).Value;
        var failure = FirewallAttachment.Attach(FirewallCompiler.Compile([], List("::/0"), out _)!, here, new Origin("/x.service", 3, "IPAddressDeny"));
        here.Close();
        Assert.Equal("cannot filter the service's network addresses: it is not in a cgroup of version 2: bpf (BPF_PROG_ATTACH): EBADF, bad file descriptor — IPAddressDeny=, /x.service:3",
            failure!.ToString());
    }

    private static IPEndPoint? Anybody = new(IPAddress.Any, 0);

    private static Sourced<IPPrefix>[] List(params string[] prefixes) =>
        [.. prefixes.Select(p => new Sourced<IPPrefix>(new IPPrefix(IPAddress.Parse(p[..p.IndexOf('/')]).GetAddressBytes(), int.Parse(p[(p.IndexOf('/') + 1)..])), new Origin("/x.service", 3, "IPAddressDeny")))];

    private static string Text(Sourced<IPPrefix>[] list) => string.Join(' ', list.Select(p => $"{new IPAddress(p.Value.Address)}/{p.Value.Length}"));

    /// <summary>Bit by bit; a mapped address counts as both kinds.</summary>
    private static bool Matches(Sourced<IPPrefix>[] list, IPAddress address)
    {
        byte[][] forms = address.IsIPv4MappedToIPv6 ? [address.GetAddressBytes(), address.MapToIPv4().GetAddressBytes()] : [address.GetAddressBytes()];
        return list.Any(p =>
        {
            var prefix = new IPAddress(p.Value.Address);
            var (bytes, length) = prefix.IsIPv4MappedToIPv6 && p.Value.Length >= 96 ? (prefix.MapToIPv4().GetAddressBytes(), p.Value.Length - 96) : (p.Value.Address, p.Value.Length);
            return forms.Any(f => f.Length == bytes.Length && Enumerable.Range(0, length).All(b => (f[b / 8] >> (7 - b % 8) & 1) == (bytes[b / 8] >> (7 - b % 8) & 1)));
        });
    }

    /// <summary>An Ethernet frame, as BPF_PROG_TEST_RUN wants it; the other end is <paramref name="other"/>.</summary>
    private static byte[] Packet(IPAddress other, bool ingress)
    {
        var v6 = other.AddressFamily == AddressFamily.InterNetworkV6;
        var frame = new byte[14 + 64];
        (frame[12], frame[13]) = v6 ? ((byte)0x86, (byte)0xDD) : ((byte)8, (byte)0);
        frame[14] = v6 ? (byte)0x60 : (byte)0x45;
        var (source, destination) = v6 ? (8, 24) : (12, 16);
        other.GetAddressBytes().CopyTo(frame, 14 + (ingress ? source : destination));
        return frame;
    }

    private static unsafe bool RunOn(Fd program, byte[] packet)
    {
        // union bpf_attr of BPF_PROG_TEST_RUN (10): program, result, size in, size out, &data in, &data out
        var output = new byte[packet.Length];
        int* attributes = stackalloc int[24];
        new Span<int>(attributes, 24).Clear();
        fixed (byte* data = packet)
        fixed (byte* back = output)
        {
            attributes[0] = program.Number;
            attributes[2] = packet.Length;
            attributes[3] = output.Length;
            *(nint*)(attributes + 4) = (nint)data;
            *(nint*)(attributes + 6) = (nint)back;
            var n = Raw.Call(Nr.bpf, 10, (nint)attributes, 80);
            Assert.True(n == 0, ((Errno)(-n)).ToString());
        }
        return attributes[1] == 1;
    }

    /// <summary>BPF_PROG_QUERY (16): the numbers of the programs at a cgroup.</summary>
    private static unsafe int[] Attached(Fd cgroup, int attachType)
    {
        int* ids = stackalloc int[8], attributes = stackalloc int[8];
        new Span<int>(attributes, 8).Clear();
        attributes[0] = cgroup.Number;
        attributes[1] = attachType;
        *(nint*)(attributes + 4) = (nint)ids;
        attributes[6] = 8;
        Assert.Equal(0, Raw.Call(Nr.bpf, 16, (nint)attributes, 32));
        return new Span<int>(ids, attributes[6]).ToArray();
    }

    /// <summary>BPF_PROG_GET_FD_BY_ID (13).</summary>
    private static unsafe bool Exists(int id)
    {
        int* attributes = stackalloc int[4];
        new Span<int>(attributes, 4).Clear();
        attributes[0] = id;
        var fd = Raw.Call(Nr.bpf, 13, (nint)attributes, 16);
        new Fd((int)fd).Close();
        return fd >= 0;
    }

    private static int Inside(string cgroup, string command)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", $"echo $$ > {cgroup}/cgroup.procs && {{ {command}; }} 2>/dev/null"]))!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
