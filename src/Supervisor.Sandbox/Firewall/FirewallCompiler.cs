using Supervisor.Units;

namespace Supervisor.Sandbox.Firewall;

/// <summary>
/// IPAddressAllow= and IPAddressDeny= (systemd.resource-control(5)) → programs that look at each packet of a cgroup's sockets, both ways. A packet whose other end
/// is in the first list passes; else one whose other end is in the second is dropped; else it passes.
/// </summary>
public static class FirewallCompiler
{
    /// <summary>Longer lists would need a map of the kernel's; the list is a chain of comparisons here.</summary>
    public const int MaxPrefixes = 1000;

    // Offsets of the source and destination address in the IPv4 and IPv6 header.
    private const int Source4 = 12, Destination4 = 16, Source6 = 8, Destination6 = 24;

    /// <summary>The programs, or null: with a failure when the lists are too long, without one when both are empty.</summary>
    public static FirewallPrograms? Compile(IReadOnlyList<Sourced<IPPrefix>> allow, IReadOnlyList<Sourced<IPPrefix>> deny, out Failure? failure)
    {
        failure = null;
        // What is denied is what matters: without it everything passes anyway.
        if (deny.Count == 0)
            return null;
        if (allow.Count + deny.Count > MaxPrefixes)
        {
            failure = new Failure($"cannot filter by more than {MaxPrefixes} addresses", null, deny[^1].Origin, Launch.ExitStatus.Bpf);
            return null;
        }
        var allowed = allow.Select(p => Prefix.Of(p.Value)).Distinct().ToArray();
        var denied = deny.Select(p => Prefix.Of(p.Value)).Distinct().ToArray();
        return new FirewallPrograms(Program(Source4, Source6, allowed, denied), Program(Destination4, Destination6, allowed, denied));
    }

    private static byte[] Program(int offset4, int offset6, Prefix[] allow, Prefix[] deny)
    {
        var code = new Assembler();
        code.LoadProtocol();
        var v4 = code.Block(c =>
        {
            c.LoadAddress(offset4, 4);
            c.Verdicts(allow.Where(p => p.IsV4), firstWord: 0, pass: true);
            c.Verdicts(deny.Where(p => p.IsV4), firstWord: 0, pass: false);
            c.Return(true);
        });
        var v6 = code.Block(c =>
        {
            c.LoadAddress(offset6, 16);
            // An IPv4 address written as an IPv6 one, ::ffff:1.2.3.4, is held to both lists.
            c.Verdicts(allow.Where(p => !p.IsV4), firstWord: 0, pass: true);
            c.WhenMapped(m => m.Verdicts(allow.Where(p => p.IsV4), firstWord: 3, pass: true));
            c.Verdicts(deny.Where(p => !p.IsV4), firstWord: 0, pass: false);
            c.WhenMapped(m => m.Verdicts(deny.Where(p => p.IsV4), firstWord: 3, pass: false));
            c.Return(true);
        });
        code.IfProtocol(0x0800, v4);
        code.IfProtocol(0x86DD, v6);
        // Neither: no address that the lists could mean.
        code.Return(true);
        return code.ToBytes();
    }
}
