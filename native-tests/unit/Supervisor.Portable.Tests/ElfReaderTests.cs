using System.Buffers.Binary;
using Supervisor.Images;

namespace Supervisor.Portable.Tests;

public sealed class ElfReaderTests
{
    private const string Loader = "/lib64/ld-linux-x86-64.so.2";
    private static readonly byte[] Dynamic = File.ReadAllBytes("/bin/true");

    /// <summary>A tree of these files.</summary>
    private sealed class Files(params (string Path, byte[] Bytes)[] files) : IReadOnlyTree
    {
        public string FileSystem => "test";

        public EntryInfo? Stat(string path, out ImageError? error) => Read(path, 0, out error) is { } bytes ? new(EntryKind.File, 0x1ED, bytes.Length) : null;

        public IReadOnlyList<Entry>? List(string path, out ImageError? error)
        {
            error = null;
            return null;
        }

        public byte[]? Read(string path, int limit, out ImageError? error)
        {
            error = null;
            return files.FirstOrDefault(f => f.Path == path).Bytes;
        }

        public string? Resolve(string path, out ImageError? error)
        {
            error = null;
            return path;
        }

        public void Dispose()
        {
        }
    }

    /// <summary>With one program header of that type, for a segment of that place and size.</summary>
    private static byte[] WithSegment(uint type, ulong offset, ulong size)
    {
        var file = new byte[120];
        Host.Program.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64);
        file[56] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(64), type);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(72), offset);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(96), size);
        return file;
    }

    [Fact]
    public void A_dynamic_program_names_its_loader_and_its_libraries()
    {
        var elf = ElfReader.Read(Dynamic)!;
        Assert.Equal(Loader, elf.Interpreter);
        Assert.Equal(["libc.so.6"], elf.Needed);
        Assert.Empty(elf.RunPath);
    }

    [Fact]
    public void A_static_program_needs_nothing()
    {
        var elf = ElfReader.Read(File.ReadAllBytes("/bin/busybox"))!;
        Assert.Null(elf.Interpreter);
        Assert.Empty(elf.Needed);
    }

    [Fact]
    public void The_host_s_own_programs_lack_nothing()
    {
        using var tree = ImageTree.Open("/", out _)!;
        Assert.Null(ElfReader.Missing(tree, "/bin/true"));
        Assert.Null(ElfReader.Missing(tree, "/bin/busybox"));
    }

    [Fact]
    public void A_loader_that_is_not_there_is_missed()
    {
        using var tree = new Files(("/run", Dynamic));
        Assert.Equal($"needs the loader {Loader}, which is not in the image", ElfReader.Missing(tree, "/run"));
    }

    [Fact]
    public void A_library_that_is_not_there_is_missed()
    {
        using var tree = new Files(("/run", Dynamic), (Loader, Host.Program));
        Assert.Equal("needs libc.so.6, which is in none of the image's library directories", ElfReader.Missing(tree, "/run"));
    }

    [Theory]
    [InlineData("/lib/x86_64-linux-gnu")]
    [InlineData("/usr/lib64")]
    [InlineData("/usr/local/lib")]
    public void A_library_is_found_in_every_usual_directory(string directory)
    {
        using var tree = new Files(("/run", Dynamic), (Loader, Host.Program), ($"{directory}/libc.so.6", Host.Program));
        Assert.Null(ElfReader.Missing(tree, "/run"));
    }

    [Fact]
    public void What_a_library_needs_is_looked_for_as_well()
    {
        using var tree = new Files(("/run", WithNeeded("liba.so")), ("/lib/liba.so", WithNeeded("libb.so")));
        Assert.Equal("needs libb.so, which is in none of the image's library directories", ElfReader.Missing(tree, "/run"));
    }

    /// <summary>A file that is loaded as a whole at 0 and needs one library.</summary>
    private static byte[] WithNeeded(string library)
    {
        var file = new byte[64 + 112 + 64];
        Host.Program.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64);
        file[56] = 2;
        Segment(64, 1, 0, (ulong)file.Length);
        Segment(120, 2, 176, 48);
        // DT_NEEDED, the first string; DT_STRTAB, at 224
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(176), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(192), 5);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(200), 224);
        System.Text.Encoding.ASCII.GetBytes(library).CopyTo(file, 224);
        return file;

        void Segment(int at, uint type, ulong offset, ulong size)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), type);
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at + 8), offset);
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at + 32), size);
        }
    }

    [Fact]
    public void A_script_without_its_interpreter_is_missed()
    {
        using var tree = new Files(("/run", "#! /bin/sh -e\nexit 0\n"u8.ToArray()));
        Assert.Equal("is a script for /bin/sh, which is not in the image", ElfReader.Missing(tree, "/run"));
    }

    [Fact]
    public void A_script_with_its_interpreter_lacks_nothing()
    {
        using var tree = new Files(("/run", "#!/bin/sh -e\n"u8.ToArray()), ("/bin/sh", Host.Program));
        Assert.Null(ElfReader.Missing(tree, "/run"));
    }

    [Fact]
    public void A_script_that_runs_itself_ends()
    {
        using var tree = new Files(("/run", "#!/run\n"u8.ToArray()));
        Assert.Null(ElfReader.Missing(tree, "/run"));
    }

    [Fact]
    public void A_text_is_no_program()
    {
        using var tree = new Files(("/run", "hello"u8.ToArray()));
        Assert.Equal("is neither a program nor a script", ElfReader.Missing(tree, "/run"));
    }

    [Fact]
    public void A_file_that_is_not_there_cannot_be_read()
    {
        using var tree = new Files();
        Assert.Equal("cannot be read", ElfReader.Missing(tree, "/run"));
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(3u)]
    public void A_segment_outside_of_the_file_makes_no_sense(uint type)
    {
        Assert.Null(ElfReader.Read(WithSegment(type, 100, 21)));
        Assert.Null(ElfReader.Read(WithSegment(type, 121, 0)));
        Assert.Null(ElfReader.Read(WithSegment(type, ulong.MaxValue, 2)));
        Assert.Null(ElfReader.Read(WithSegment(type, 2, ulong.MaxValue)));
    }

    [Fact]
    public void A_note_outside_of_the_file_does_not_matter() => Assert.NotNull(ElfReader.Read(WithSegment(4, 100, 21)));

    [Theory]
    [InlineData(32, 0xFF)] // e_phoff
    [InlineData(39, 0x80)]
    [InlineData(54, 55)] // e_phentsize
    [InlineData(57, 0xFF)] // e_phnum
    [InlineData(4, 1)] // 32 bits
    [InlineData(5, 2)] // big endian
    public void A_header_that_makes_no_sense_is_no_program(int at, byte value)
    {
        var file = WithSegment(1, 0, 120);
        Assert.NotNull(ElfReader.Read(file));
        file[at] = value;
        Assert.Null(ElfReader.Read(file));
    }

    [Fact]
    public void Truncated_anywhere_it_is_no_program_and_a_sentence_says_so()
    {
        Assert.True(Dynamic.Length > 4096);
        for (var length = 0; length <= 4096; length++)
        {
            var cut = Dynamic[..length];
            Assert.Null(ElfReader.Read(cut));
            using var tree = new Files(("/run", cut), (Loader, Host.Program), ("/lib/libc.so.6", Host.Program));
            Assert.Equal(length < 4 ? "is neither a program nor a script" : "is a damaged program", ElfReader.Missing(tree, "/run"));
        }
    }

    [Fact]
    public void Random_damage_never_throws()
    {
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var changed = i % 2 == 0 ? WithNeeded("liba.so") : Dynamic[..];
            for (var n = random.Next(1, 6); n > 0; n--)
                changed[random.Next(Math.Min(changed.Length, i % 4 == 1 ? 1024 : changed.Length))] = (byte)random.Next(256);
            using var tree = new Files(("/run", changed), (Loader, changed), ("/lib/liba.so", changed), ("/lib/libc.so.6", changed));
            Assert.NotEqual("", ElfReader.Missing(tree, "/run"));
        }
    }
}
