using System.Text;
using Supervisor.Images;
using Supervisor.Portable;
using Supervisor.Sandbox;
using static Supervisor.Fuzz.BrokenProperty;

namespace Supervisor.Fuzz;

/// <summary>What is in an image.</summary>
internal static class ImageTargets
{
    private static readonly string ImagePath = $"/dev/shm/supervisor-fuzz-{Environment.ProcessId}.raw";

    public static Target Release { get; } = new("os-release", CheckRelease)
    {
        Words = Target.Texts("\nID=", "\nVERSION_ID=", "\nPORTABLE_PREFIXES=", "\"", "'", "\\$", "\n#"),
        Seeds = Target.Texts("ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian GNU'\nPORTABLE_PREFIXES=a b\n# c\nX=a\\ b\n"),
    };

    public static Target Squash { get; } = new("squashfs", CheckSquash) { LengthMax = 8192, AllocationBase = 24 << 20, AllocationPerByte = 4096 };

    /// <summary>An ELF program, which is asked what it needs.</summary>
    public static Target Program { get; } = new("elf", CheckProgram) { Seeds = [Elf()] };

    /// <summary>A block in each compression: the first byte is which.</summary>
    public static Target Compressed { get; } = new("block", CheckBlock)
    {
        AllocationBase = 24 << 20,
        Seeds = [[1, 0x78, 0x9c, 0x4b, 0x4c, 0x04, 0x02, 0x00, 0x05, 0x7e, 0x01, 0x85], [5, 0x50, .. "abcde"u8, 0x05, 0x00], [3, 0x15, .. "aaaa"u8, 0x11, 0, 0], [4, .. Convert.FromHexString("FD377A585A000001")],
            [6, .. Convert.FromHexString("28B52FFD0401"), .. "a"u8, 0, 0]],
    };

    public static Target Policy { get; } = new("image-policy", input =>
    {
        var policy = ImagePolicy.Parse(Encoding.UTF8.GetString(input), out var error);
        Unless(policy is null == error is not null, "neither a policy nor an error");
        _ = policy?.Refusal("squashfs");
    })
    {
        LengthMax = 512, Words = Target.Texts("root", "=", "+", ":", "verity", "unprotected", "squashfs", "absent", "usr"), Seeds = Target.Texts("root=signed+verity:usr=absent:=ignore", "*"),
    };

    /// <summary>An image's passwd, a zero byte, its group.</summary>
    public static Target Accounts { get; } = new("accounts", input =>
    {
        var zero = Array.IndexOf(input, (byte)0);
        var accounts = AccountDatabase.Parse(input.AsSpan(0, zero < 0 ? input.Length : zero), zero < 0 ? [] : input.AsSpan(zero + 1));
        foreach (var user in accounts.Users)
        {
            Unless(accounts.IsTaken(user.Uid) && accounts.User(user.Name) == user, $"a user that is not there: {user.Name}");
            _ = accounts.GroupsOf(user.Name).Count();
        }
    })
    {
        Words = Target.Texts(":", "\na:x:0:0::/:/bin/sh\n", "65535", "\0", "root", ","), Seeds = Target.Texts("root:x:0:0:root:/root:/bin/sh\na:*:5:6:::\n\0root:x:0:\nb:x:7:a,c\n"),
    };

    private static void CheckRelease(byte[] input)
    {
        var release = OsRelease.Parse(input);
        Unless(release.PrettyName is not null && release.NameAndVersion is not null, "a release without a name");
        _ = release.Prefixes?.Count;
    }

    private static void CheckSquash(byte[] input)
    {
        File.WriteAllBytes(ImagePath, input);
        using var reader = SquashFileSystemReader.Open(ImagePath, out var error);
        Unless(reader is null == error is not null, "neither a reader nor an error");
        if (reader is null)
            return;
        var waiting = new Queue<string>(["/"]);
        for (var steps = 0; steps < 50 && waiting.TryDequeue(out var path); steps++)
        {
            foreach (var (name, kind) in reader.List(path, out _)?.Take(50) ?? [])
            {
                Unless(name.Length > 0 && name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal) && !name.Contains('\0', StringComparison.Ordinal), $"a name that is none: {name}");
                var child = $"{path.TrimEnd('/')}/{name}";
                if (kind == EntryKind.Directory)
                    waiting.Enqueue(child);
                else if (kind == EntryKind.File)
                    Unless(reader.Read(child, 64 * 1024, out _) is null or { Length: <= 64 * 1024 }, "a file that is longer than asked for");
                else if (kind == EntryKind.Link && reader.Resolve(child, out _) is { } target)
                    Unless(target.StartsWith('/') && !target.Split('/').Contains(".."), $"a link that leaves the image: {target}");
            }
        }
    }

    private static void CheckProgram(byte[] input)
    {
        if (ElfReader.Read(input) is not { } elf)
            return;
        Unless(elf.Needed.Concat(elf.RunPath).Append(elf.Interpreter ?? "").All(t => !t.Contains('\0', StringComparison.Ordinal)), "a zero byte in a name");
    }

    private static void CheckBlock(byte[] input)
    {
        if (input.Length == 0)
            return;
        var to = new byte[64 * 1024];
        try
        {
            Unless(Decompressor.Decompress((Compression)(input[0] % 8), input[1..], input.Length - 1, to) is >= 0 and <= 64 * 1024, "more than there is room for");
        }
        catch (DamagedImageException)
        {
            // what the readers of this room make a diagnostic of
        }
    }

    /// <summary>A header, a program header of each kind that is read, a dynamic section and its strings.</summary>
    private static byte[] Elf()
    {
        var bytes = new byte[400];
        var span = bytes.AsSpan();
        "\u007fELF"u8.CopyTo(span);
        (bytes[4], bytes[5], bytes[32], bytes[54], bytes[56]) = (2, 1, 64, 56, 3);
        void Header(int at, byte type, byte offset, byte address, byte size) => (bytes[at], bytes[at + 8], bytes[at + 16], bytes[at + 32]) = (type, offset, address, size);
        Header(64, 1, 232, 100, 168);
        Header(120, 3, 232, 100, 16);
        Header(176, 2, 0, 0, 64);
        bytes[176 + 8] = 0x20;
        bytes[176 + 9] = 1;
        "/lib/ld.so\0liba.so\0"u8.CopyTo(span[232..]);
        void Dynamic(int at, byte tag, byte value) => (bytes[at], bytes[at + 8]) = (tag, value);
        Dynamic(288, 1, 11);
        Dynamic(304, 29, 0);
        Dynamic(320, 5, 100);
        return bytes;
    }
}
