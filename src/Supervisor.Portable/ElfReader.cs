using System.Buffers.Binary;
using System.Text;
using Supervisor.Images;

namespace Supervisor.Portable;

/// <summary>What an ELF file says it needs: its interpreter, libraries, and where to look for these. Every offset is checked; null when it makes no sense.</summary>
internal sealed record ElfReader(string? Interpreter, IReadOnlyList<string> Needed, IReadOnlyList<string> RunPath)
{
    private const int FileMax = 256 << 20;

    public static bool IsElf(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\u007fELF"u8);

    public static ElfReader? Read(ReadOnlySpan<byte> b)
    {
        // Elf64_Ehdr: e_phoff at 32, e_phentsize at 54, e_phnum at 56; only 64-bit little endian is looked into
        if (b.Length < 64 || !IsElf(b) || b[4] != 2 || b[5] != 1)
            return null;
        var offset = U64(b, 32);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(b[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(b[56..]);
        if (size < 56 || offset > (ulong)b.Length || (ulong)count * size > (ulong)b.Length - offset)
            return null;
        string? interpreter = null;
        var loads = new List<(ulong Address, ulong Offset, ulong Size)>();
        (ulong Offset, ulong Size)? dynamic = null;
        for (var i = 0; i < count; i++)
        {
            var p = b[((int)offset + i * size)..];
            var type = BinaryPrimitives.ReadUInt32LittleEndian(p);
            var (at, address, length) = (U64(p, 8), U64(p, 16), U64(p, 32));
            if (at > (ulong)b.Length || length > (ulong)b.Length - at)
            {
                if (type is 1 or 2 or 3)
                    return null; // what would be loaded is not all there
                continue;
            }
            if (type == 1)
                loads.Add((address, at, length));
            else if (type == 2)
                dynamic = (at, length);
            else if (type == 3)
                interpreter = Text(b, at);
        }
        var needed = new List<string>();
        var runPath = new List<string>();
        if (dynamic is var (start, total))
        {
            ulong? strings = null;
            var offsets = new List<(ulong Tag, ulong Value)>();
            for (ulong i = 0; i + 16 <= total; i += 16)
            {
                var (tag, value) = (U64(b, (int)(start + i)), U64(b, (int)(start + i) + 8));
                if (tag == 0)
                    break;
                if (tag == 5)
                    strings = value;
                else if (tag is 1 or 15 or 29)
                    offsets.Add((tag, value));
            }
            var table = loads.Find(l => strings >= l.Address && strings < l.Address + l.Size);
            if (strings is null || table.Size == 0)
                return offsets.Count == 0 ? new ElfReader(interpreter, needed, runPath) : null;
            foreach (var (tag, value) in offsets)
            {
                if (Text(b, strings.Value - table.Address + table.Offset + value) is not { } text)
                    return null;
                if (tag == 1)
                    needed.Add(text);
                else
                    runPath.AddRange(text.Split(':', StringSplitOptions.RemoveEmptyEntries));
            }
        }
        return new ElfReader(interpreter, needed, runPath);
    }

    /// <summary>
    /// What of a program is missing in the image: "its interpreter /lib64/ld-linux-x86-64.so.2 is not there", "needs libx.so.1, which is in none of …"; null when
    /// all is there.
    /// </summary>
    public static string? Missing(IReadOnlyTree tree, string program)
    {
        var queue = new Queue<string>([program]);
        var seen = new HashSet<string>();
        while (queue.TryDequeue(out var path) && seen.Count < 500)
        {
            var bytes = tree.Read(path, FileMax, out var error);
            if (bytes is null)
                return $"cannot be read{(error is null ? "" : $" ({error})")}";
            if (bytes.AsSpan().StartsWith("#!"u8))
            {
                var line = Encoding.UTF8.GetString(bytes.AsSpan(2, Math.Min(bytes.Length - 2, 255))).Split('\n')[0].Trim();
                var interpreter = line.Split([' ', '\t'], 2)[0];
                if (tree.Stat(interpreter, out _) is not { Kind: EntryKind.File })
                    return $"is a script for {interpreter}, which is not in the image";
                if (seen.Add(interpreter))
                    queue.Enqueue(interpreter);
                continue;
            }
            if (!IsElf(bytes))
                return path == program ? "is neither a program nor a script" : null;
            if (Read(bytes) is not { } elf)
                return bytes.Length < 5 || bytes[4] == 2 ? "is a damaged program" : null;
            if (elf.Interpreter is { } loader && tree.Stat(loader, out _) is not { Kind: EntryKind.File })
                return $"needs the loader {loader}, which is not in the image";
            foreach (var library in elf.Needed)
            {
                if (!seen.Add(library))
                    continue;
                var found = Directories(elf, path).Select(d => $"{d}/{library}").FirstOrDefault(f => tree.Stat(f, out _) is { Kind: EntryKind.File });
                if (found is null)
                    return $"needs {library}, which is in none of the image's library directories";
                queue.Enqueue(found);
            }
        }
        return null;
    }

    private static IEnumerable<string> Directories(ElfReader elf, string path) =>
        elf.RunPath.Select(d => d.Replace("$ORIGIN", Path.GetDirectoryName(path), StringComparison.Ordinal).Replace("${ORIGIN}", Path.GetDirectoryName(path), StringComparison.Ordinal))
            .Concat(["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
                "/usr/lib/x86_64-linux-gnu/glibc-hwcaps"]);

    private static ulong U64(ReadOnlySpan<byte> b, int at) => at + 8 <= b.Length ? BinaryPrimitives.ReadUInt64LittleEndian(b[at..]) : 0;

    private static string? Text(ReadOnlySpan<byte> b, ulong at)
    {
        if (at >= (ulong)b.Length)
            return null;
        var rest = b[(int)at..];
        var end = rest[..Math.Min(rest.Length, 4096)].IndexOf((byte)0);
        return end < 0 ? null : Encoding.UTF8.GetString(rest[..end]);
    }
}
