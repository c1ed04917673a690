using System.Net;

namespace Supervisor.Init;

/// <summary>What appliance.yaml says: the one file that tells a machine made of images what it is. Every key is optional.</summary>
public sealed class Appliance
{
    /// <summary>The machine's name; else the kernel command line's, else /etc/hostname's.</summary>
    public HostName? Hostname { get; set; }

    /// <summary>One static address for the first Ethernet interface.</summary>
    public ApplianceNetwork? Network { get; set; }

    /// <summary>Kernel modules to load at the boot, dependencies found by modules.dep; parameters may follow the name.</summary>
    public List<KernelModule> Modules { get; set; } = [];

    /// <summary>Images to attach at the boot.</summary>
    public List<ApplianceImage> Images { get; set; } = [];

    /// <summary>Units to start at the boot.</summary>
    public List<UnitName> Start { get; set; } = [];

    /// <summary>What the log may take.</summary>
    public ApplianceLog? Log { get; set; }

    /// <summary>The name of a virtio-serial port that leads to the control socket, for the machine's host.</summary>
    public PortName? ControlPort { get; set; }
}

/// <summary><c>network:</c> of an appliance.</summary>
public sealed class ApplianceNetwork
{
    /// <summary>Required: an address with its prefix length, IPv4 or IPv6.</summary>
    public InterfaceAddress? Address { get; set; }

    public NetworkAddress? Gateway { get; set; }

    /// <summary>Name servers, for /etc/resolv.conf.</summary>
    public List<NetworkAddress> Dns { get; set; } = [];
}

/// <summary>One of <c>images:</c> of an appliance.</summary>
public sealed class ApplianceImage
{
    /// <summary>Required: an image file or directory.</summary>
    public AbsolutePath? Path { get; set; }

    public UnitName? Profile { get; set; }
}

/// <summary><c>log:</c> of an appliance.</summary>
public sealed class ApplianceLog
{
    /// <summary>All log files together.</summary>
    public ByteSize? MaxSize { get; set; }

    /// <summary>One log file, before the next is begun.</summary>
    public ByteSize? MaxFileSize { get; set; }
}

/// <summary>A host name: labels of letters, digits and hyphens, at most 64 bytes (HOST_NAME_MAX).</summary>
public sealed record HostName(string Text);

/// <summary>The name of a unit, or of a profile: no slash, at most 255 bytes.</summary>
public sealed record UnitName(string Text);

/// <summary>A path from the root.</summary>
public sealed record AbsolutePath(string Text);

/// <summary>The name of a virtio-serial port.</summary>
public sealed record PortName(string Text);

/// <summary>A kernel module, and the parameters that it gets.</summary>
public sealed record KernelModule(string Name, string Parameters);

/// <summary>An address of this machine and the bits of it that name the network.</summary>
public sealed record InterfaceAddress(IPAddress Address, int PrefixLength);

/// <summary>An address of another machine.</summary>
public sealed record NetworkAddress(IPAddress Address);

/// <summary>Bytes; written with K, M, G or T for powers of 1024.</summary>
public sealed record ByteSize(long Bytes);
