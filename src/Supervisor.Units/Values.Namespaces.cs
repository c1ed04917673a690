namespace Supervisor.Units;

public enum ProtectHostname { No, Private, Yes }

/// <summary>ProtectHostname=, with the name that the service is to see; null for the host's.</summary>
public readonly record struct HostnameProtection(ProtectHostname Kind, string? Name)
{
    public override string ToString() => Kind.ToString().ToLowerInvariant() + (Name is null ? "" : $":{Name}");
}

/// <summary>From open to closed: a namespace of its own that can be written, the host's read-only, its own read-only.</summary>
public enum ProtectControlGroups { No, Private, Yes, Strict }

/// <summary>MountFlags=.</summary>
public enum MountPropagation { Default, Shared, Slave, Private }
