namespace Supervisor.Sandbox.Firewall;

/// <summary>The two programs of a unit's firewall, in instructions of eBPF (8 bytes each).</summary>
public sealed record FirewallPrograms(byte[] Ingress, byte[] Egress);
