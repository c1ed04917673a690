using System.Text;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Init;

/// <summary>machine-id(5): who this machine is, to itself.</summary>
public static partial class Boot
{
    private const string MachineIdFile = "/etc/machine-id", TransientMachineId = "/run/machine-id";

    /// <summary>The file's, else the kernel command line's, else a new one; kept in the file if it can be written, else bound over it from /run.</summary>
    private static BootOutcome SetMachineId(KernelCommandLine commandLine)
    {
        if (ReadMachineId(MachineIdFile) is { } there)
            return BootOutcome.Done(there);
        var id = commandLine["systemd.machine_id"]?.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        if (id is null || !IsMachineId(id))
            id = ReadMachineId(TransientMachineId) ?? NewMachineId();
        if (id is null)
            return BootOutcome.Failed("cannot make a machine id: getrandom failed");
        var text = Encoding.ASCII.GetBytes(id + "\n");
        if (Sys.WriteFileAtomically(MachineIdFile, text, 0x124).Ok)
            return BootOutcome.Done(id);
        if (Sys.WriteFileAtomically(TransientMachineId, text, 0x124).Failed(out var error))
            return BootOutcome.Failed($"cannot keep the machine id: {error}");
        return Sys.Mount(TransientMachineId, MachineIdFile, null, 0x1000, null).Failed(out error) // MS_BIND
            ? BootOutcome.Failed($"cannot show the machine id in /etc: {error}")
            : BootOutcome.Done(id);
    }

    private static string? ReadMachineId(string path)
    {
        if (!Sys.ReadFile(path, 4096).TryGet(out var bytes, out _))
            return null;
        var text = Encoding.UTF8.GetString(bytes).TrimEnd('\n');
        return IsMachineId(text) ? text : null;
    }

    /// <summary>32 lower-case hexadecimal digits, not all zero.</summary>
    private static bool IsMachineId(string text) =>
        text.Length == 32 && text.All(c => c is >= '0' and <= '9' or >= 'a' and <= 'f') && text.Any(c => c != '0');

    /// <summary>Random, in the form of a UUID of version 4.</summary>
    private static string? NewMachineId()
    {
        Span<byte> id = stackalloc byte[16];
        if (Sys.Random(id).Failed(out _))
            return null;
        id[6] = (byte)(id[6] & 0x0F | 0x40);
        id[8] = (byte)(id[8] & 0x3F | 0x80);
        return Convert.ToHexStringLower(id);
    }
}
