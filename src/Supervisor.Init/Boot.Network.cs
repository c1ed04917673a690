using System.Globalization;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Init;

/// <summary>Loopback, and one static address on the first Ethernet interface.</summary>
public static partial class Boot
{
    private const string Interfaces = "/sys/class/net";

    private static void BringUpNetwork(BootSteps steps, BootOptions options, Appliance? appliance)
    {
        // Opened before anything is looked for, so that an interface that appears in between is heard of.
        if (!Netlink.Open(linkEvents: true).TryGet(out var events, out var error) || !Netlink.Open().TryGet(out var netlink, out error))
        {
            steps.Try("network", () => BootOutcome.Failed($"cannot reach the kernel's network: {error}"));
            return;
        }
        steps.Try("loopback", () => SetUp(netlink, "lo"));
        if (appliance?.Network is { Address: { } address } network)
        {
            string? name = null;
            var there = steps.Try("network interface", () => (name = FirstEthernet(events, options.LinkTimeout)) is null
                ? BootOutcome.Failed($"cannot find an Ethernet interface: none appeared within {options.LinkTimeout.TotalSeconds} s")
                : BootOutcome.Done(name));
            if (there)
            {
                steps.Try("network address", () => Configure(netlink, name!, address, network.Gateway));
                steps.Try("name servers", () => WriteResolvers(network.Dns));
            }
        }
        events.Close();
        netlink.Close();
    }

    private static BootOutcome Configure(Fd netlink, string name, InterfaceAddress address, NetworkAddress? gateway)
    {
        if (Index(name) is not { } index)
            return BootOutcome.Failed($"cannot tell the number of {name}");
        if (Netlink.AddAddress(netlink, index, address.Address, address.PrefixLength).Failed(out var error))
            return BootOutcome.Failed($"cannot give {name} the address {address.Address}/{address.PrefixLength}: {error}");
        if (Netlink.SetUp(netlink, index).Failed(out error))
            return BootOutcome.Failed($"cannot bring up {name}: {error}");
        if (gateway is not null && Netlink.SetDefaultRoute(netlink, index, gateway.Address).Failed(out error))
            return BootOutcome.Failed($"cannot route by {gateway.Address}: {error}");
        return BootOutcome.Done($"{name} {address.Address}/{address.PrefixLength}{(gateway is null ? "" : $" by {gateway.Address}")}");
    }

    private static BootOutcome SetUp(Fd netlink, string name)
    {
        if (Index(name) is not { } index)
            return BootOutcome.Failed($"cannot bring up {name}: there is no such interface");
        return Netlink.SetUp(netlink, index).Failed(out var error) ? BootOutcome.Failed($"cannot bring up {name}: {error}") : BootOutcome.Done();
    }

    private static BootOutcome WriteResolvers(List<NetworkAddress> servers)
    {
        if (servers.Count == 0)
            return BootOutcome.Done("none");
        var text = string.Concat(servers.Select(s => $"nameserver {s.Address}\n"));
        return Sys.WriteFileAtomically("/etc/resolv.conf", Encoding.ASCII.GetBytes(text)).Failed(out var error)
            ? BootOutcome.Failed($"cannot write /etc/resolv.conf: {error}")
            : BootOutcome.Done();
    }

    /// <summary>The Ethernet interface of the lowest number; waits for one to appear.</summary>
    private static string? FirstEthernet(Fd events, TimeSpan timeout)
    {
        var deadline = Sys.Now() + (ulong)timeout.TotalMicroseconds;
        Span<byte> drained = stackalloc byte[8192];
        while (true)
        {
            if (Sys.ListDirectory(Interfaces).TryGet(out var names, out _)
                && names.Where(IsEthernet).OrderBy(n => Index(n) ?? int.MaxValue).FirstOrDefault() is { } first)
                return first;
            var now = Sys.Now();
            if (now >= deadline)
                return null;
            if (Sys.PollOne(events, 1, (int)((deadline - now + 999) / 1000)).TryGet(out var ready, out _) && ready)
                _ = Sys.Read(events, drained); // what it says is of no interest: the directory is looked through again
        }
    }

    /// <summary>ARPHRD_ETHER with a device behind it: not a bridge, a tap or loopback.</summary>
    private static bool IsEthernet(string name) =>
        Sys.ReadFile($"{Interfaces}/{name}/type").TryGet(out var type, out _) && Encoding.ASCII.GetString(type).Trim() == "1" && Sys.Exists($"{Interfaces}/{name}/device");

    private static int? Index(string name) =>
        Sys.ReadFile($"{Interfaces}/{name}/ifindex").TryGet(out var text, out _)
        && int.TryParse(Encoding.ASCII.GetString(text).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;
}
