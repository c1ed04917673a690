using System.Buffers.Binary;
using Supervisor.Linux;
using Tmds.Linux;

namespace Supervisor.Manager;

/// <summary>
/// What a new manager must know of each unit, one file a unit in the runtime directory: 8 bytes "SVSTATE1", length and CRC-32C of the body (little endian u32),
/// body. A file that is short, long, damaged or of another version is no state: the caller falls back on what the kernel shows.
/// </summary>
internal sealed class StateStore(string directory)
{
    private const int HeaderSize = 16;
    private const int BodyMax = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "SVSTATE1"u8;

    public OsResult Prepare() => Sys.MakeDirectories(directory, 0x1C0);

    /// <summary>Replaces a unit's record as a whole; a crash in between leaves the old one.</summary>
    public OsResult Save(string unit, ReadOnlySpan<byte> body)
    {
        var file = new byte[HeaderSize + body.Length];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), (uint)body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(12), Crc32C.Of(body));
        body.CopyTo(file.AsSpan(HeaderSize));
        return Sys.WriteFileAtomically($"{directory}/{unit}", file, 0x180);
    }

    public OsResult Remove(string unit) =>
        Sys.UnlinkAt(Fd.Cwd, $"{directory}/{unit}").Failed(out var error) && error.Errno != Errno.ENOENT ? error : OsResult.Success;

    /// <summary>The units of which something is saved.</summary>
    public IReadOnlyList<string> Names() => Sys.ListDirectory(directory).TryGet(out var names, out _) ? names : [];

    /// <summary>Every record that is whole; the names of the damaged ones go to <paramref name="damaged"/>.</summary>
    public List<(string Unit, byte[] Body)> LoadAll(List<string> damaged)
    {
        var found = new List<(string, byte[])>();
        if (!Sys.ListDirectory(directory).TryGet(out var names, out _))
            return found;
        names.Sort(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (name.EndsWith(".new", StringComparison.Ordinal))
                _ = Sys.UnlinkAt(Fd.Cwd, $"{directory}/{name}"); // half written when its writer died
            else if (Sys.ReadFile($"{directory}/{name}", HeaderSize + BodyMax).TryGet(out var file, out _) && Body(file) is { } body)
                found.Add((name, body));
            else
                damaged.Add(name);
        }
        return found;
    }

    /// <summary>The body of a whole record, else null.</summary>
    internal static byte[]? Body(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderSize || !file.StartsWith(Magic))
            return null;
        var body = file[HeaderSize..];
        return BinaryPrimitives.ReadUInt32LittleEndian(file[8..]) == (uint)body.Length && BinaryPrimitives.ReadUInt32LittleEndian(file[12..]) == Crc32C.Of(body)
            ? body.ToArray()
            : null;
    }
}
