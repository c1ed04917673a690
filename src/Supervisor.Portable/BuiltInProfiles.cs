using System.Text;
using Supervisor.Linux;

namespace Supervisor.Portable;

/// <summary>
/// The four profiles of systemd 262, as drop-ins for services. Two lines differ: D-Bus and the machine id are optional ("-"), because a host without them can
/// run services all the same; and trusted says ImageMayWiden=yes, because elsewhere the profile is a ceiling.
/// </summary>
public static class BuiltInProfiles
{
    private const string Common = """
        [Service]
        MountAPIVFS=yes
        BindReadOnlyPaths=-/etc/machine-id
        """;

    private const string Confined = """
        BindLogSockets=yes
        DynamicUser=yes
        RemoveIPC=yes
        PrivateDevices=yes
        PrivateUsers=yes
        ProtectSystem=strict
        ProtectHome=yes
        ProtectKernelTunables=yes
        ProtectKernelModules=yes
        ProtectControlGroups=yes
        LockPersonality=yes
        MemoryDenyWriteExecute=yes
        RestrictRealtime=yes
        RestrictNamespaces=yes
        DelegateNamespaces=no
        SystemCallFilter=@system-service
        SystemCallErrorNumber=EPERM
        SystemCallArchitectures=native
        """;

    private const string Capabilities =
        "CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_IPC_LOCK CAP_IPC_OWNER CAP_KILL CAP_MKNOD CAP_SETGID CAP_SETPCAP CAP_SETUID "
        + "CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SYS_NICE CAP_SYS_RESOURCE";

    private static readonly Dictionary<string, string> Texts = new()
    {
        ["default"] = $"""
            {Common}
            BindReadOnlyPaths=-/etc/resolv.conf
            BindReadOnlyPaths=-/run/dbus/system_bus_socket
            {Confined}
            CapabilityBoundingSet={Capabilities} CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_BROADCAST
            RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6
            """,
        ["nonetwork"] = $"""
            {Common}
            BindReadOnlyPaths=-/run/dbus/system_bus_socket
            {Confined}
            CapabilityBoundingSet={Capabilities}
            RestrictAddressFamilies=AF_UNIX AF_NETLINK
            PrivateNetwork=yes
            IPAddressDeny=any
            """,
        ["strict"] = $"""
            {Common}
            {Confined}
            CapabilityBoundingSet=
            RestrictAddressFamilies=AF_UNIX
            PrivateNetwork=yes
            IPAddressDeny=any
            NoNewPrivileges=yes
            TasksMax=4
            """,
        ["trusted"] = $"""
            {Common}
            BindReadOnlyPaths=-/etc/resolv.conf
            PrivateTmp=yes
            BindPaths=/run
            ImageMayWiden=yes
            """,
    };

    public static IEnumerable<string> Names => Texts.Keys;

    public static string? Text(string name) => Texts.TryGetValue(name, out var text) ? $"# profile {name}\n\n{text}\n" : null;

    /// <summary>Lays all of them down below <paramref name="directory"/>, so that attach finds them there.</summary>
    public static OsResult LayDown(string directory)
    {
        foreach (var (name, _) in Texts)
        {
            if (LayDown(directory, name).Failed(out var error))
                return error;
        }
        return OsResult.Success;
    }

    /// <summary>The path of a profile's drop-in for services: on disk where there is one, else the built-in one laid down; null when there is none of that name.</summary>
    public static OsResult<string?> Locate(string name, PortableDirectories directories)
    {
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name[0] == '.')
            return (string?)null!;
        foreach (var directory in directories.Profiles)
        {
            if (Sys.Exists($"{directory}/{name}/service.conf"))
                return $"{directory}/{name}/service.conf";
        }
        if (Text(name) is null)
            return (string?)null!;
        return LayDown(directories.BuiltInProfiles, name).Failed(out var error) ? error : $"{directories.BuiltInProfiles}/{name}/service.conf";
    }

    private static OsResult LayDown(string directory, string name)
    {
        var (file, text) = ($"{directory}/{name}/service.conf", Encoding.UTF8.GetBytes(Text(name)!));
        if (Sys.ReadFile(file).TryGet(out var there, out _) && there.AsSpan().SequenceEqual(text))
            return OsResult.Success;
        return Sys.MakeDirectories($"{directory}/{name}").Failed(out var error) ? error : Sys.WriteFileAtomically(file, text);
    }
}
