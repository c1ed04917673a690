using System.Diagnostics;
using System.Text;
using Supervisor.Linux;

namespace Supervisor.Images.Tests;

public sealed class SquashTests : IDisposable
{
    private readonly string _dir = Directory.CreateTempSubdirectory("squash").FullName;

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    private static void Run(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardOutput.ReadToEnd();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }

    private string Make(string compression, Action<string> fill, params string[] options)
    {
        var tree = Path.Combine(_dir, "tree");
        Directory.CreateDirectory(tree);
        fill(tree);
        var image = Path.Combine(_dir, "image.raw");
        File.Delete(image);
        Run(["mksquashfs", tree, image, "-comp", compression, "-noappend", "-no-progress", "-quiet", .. options]);
        return image;
    }

    private static void Varied(string tree)
    {
        var random = new Random(5);
        File.WriteAllText(Path.Combine(tree, "small"), "hello");
        File.WriteAllText(Path.Combine(tree, "empty"), "");
        File.WriteAllText(Path.Combine(tree, "text"), string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i * i % 977}\n")));
        var noise = new byte[700_001];
        random.NextBytes(noise);
        File.WriteAllBytes(Path.Combine(tree, "noise"), noise);
        using (var sparse = File.Create(Path.Combine(tree, "sparse")))
        {
            sparse.Seek(3_000_000, SeekOrigin.Begin);
            sparse.Write("end"u8);
        }
        Directory.CreateDirectory(Path.Combine(tree, "many"));
        for (var i = 0; i < 900; i++)
            File.WriteAllText(Path.Combine(tree, "many", $"file-with-a-rather-long-name-{i}"), $"{i}");
        Directory.CreateDirectory(Path.Combine(tree, "usr/lib"));
        File.WriteAllText(Path.Combine(tree, "usr/lib/os-release"), "ID=test\n");
        Directory.CreateDirectory(Path.Combine(tree, "etc"));
        File.CreateSymbolicLink(Path.Combine(tree, "etc/os-release"), "../usr/lib/os-release");
        File.CreateSymbolicLink(Path.Combine(tree, "etc/outside"), "../../../../../etc/passwd");
        File.CreateSymbolicLink(Path.Combine(tree, "lib"), "/usr/lib");
        File.CreateSymbolicLink(Path.Combine(tree, "round"), "round");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("lzo")]
    [InlineData("lz4")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public void Every_compression_gives_back_what_went_in(string compression)
    {
        var image = Make(compression, Varied);
        using var reader = SquashFileSystemReader.Open(image, out var error);
        Assert.Null(error);
        var tree = Path.Combine(_dir, "tree");
        foreach (var file in Directory.GetFiles(tree, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            var content = reader!.Read("/" + Path.GetRelativePath(tree, file), 10_000_000, out error);
            Assert.Null(error);
            Assert.Equal(File.ReadAllBytes(file), content);
        }
        Assert.Equal(
            Directory.GetFileSystemEntries(Path.Combine(tree, "many")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            reader!.List("/many", out _)!.Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.Equal("/usr/lib/os-release", reader.Resolve("/etc/os-release", out _));
        Assert.Equal("/usr/lib/os-release", reader.Resolve("/lib/os-release", out _));
        Assert.Null(reader.Stat("/etc/outside", out error));
        Assert.Null(reader.Stat("/round", out error));
        Assert.Null(error);
    }

    [Fact]
    public void A_directory_reads_the_same()
    {
        Make("gzip", Varied);
        using var reader = ImageTree.Open(Path.Combine(_dir, "tree"), out _)!;
        Assert.Equal("ID=test\n"u8.ToArray(), reader.Read("/etc/os-release", 100, out _));
        Assert.Equal("/usr/lib/os-release", reader.Resolve("/lib/os-release", out _));
        Assert.Null(reader.Stat("/etc/outside", out var error));
        Assert.Null(error);
        Assert.Contains(reader.List("/etc", out _)!, e => e is { Name: "outside", Kind: EntryKind.Link });
    }

    private static void Small(string tree)
    {
        Directory.CreateDirectory(Path.Combine(tree, "etc"));
        File.WriteAllText(Path.Combine(tree, "etc/os-release"), string.Concat(Enumerable.Repeat("ID=test\n", 40)));
        File.CreateSymbolicLink(Path.Combine(tree, "link"), "/etc/os-release");
    }

    private static void ReadAll(string image)
    {
        using var reader = SquashFileSystemReader.Open(image, out _);
        if (reader is null)
            return;
        var queue = new Queue<string>(["/"]);
        for (var n = 0; n < 100 && queue.TryDequeue(out var path); n++)
        {
            foreach (var entry in reader.List(path, out _) ?? [])
                queue.Enqueue(path.TrimEnd('/') + "/" + entry.Name);
            _ = reader.Read(path, 1 << 20, out _);
        }
    }

    [Fact]
    public void Every_truncation_is_an_error_and_no_exception()
    {
        var image = Make("gzip", Small, "-nopad");
        var whole = File.ReadAllBytes(image);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(image, whole.AsSpan(0, length).ToArray());
            using var reader = SquashFileSystemReader.Open(image, out var error);
            Assert.Null(reader);
            Assert.NotNull(error);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("lzo")]
    [InlineData("lz4")]
    [InlineData("xz")]
    public void A_flipped_bit_anywhere_is_a_result_or_an_error(string compression)
    {
        var image = Make(compression, Small, "-nopad");
        var whole = File.ReadAllBytes(image);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var flipped = (byte[])whole.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(image, flipped);
            ReadAll(image);
        }
    }

    [Fact]
    public void A_fifo_and_a_directory_are_errors_at_once()
    {
        var fifo = Path.Combine(_dir, "fifo");
        Run("mkfifo", fifo);
        Assert.Null(SquashFileSystemReader.Open(fifo, out var error));
        Assert.Contains("no regular file", error!.Message, StringComparison.Ordinal);
        Assert.Null(SquashFileSystemReader.Open(_dir, out error));
        Assert.NotNull(error);
    }

    [Fact]
    public void Mounted_it_shows_nowhere_and_leaves_no_loop_device()
    {
        if (Environment.UserName != "root" || !File.Exists("/dev/loop-control"))
            Assert.Skip("root and loop devices");
        var image = Make("zstd", Small);
        var mount = ImageMount.Open(image).Value;
        Assert.Equal(image, File.ReadAllText($"/sys/block/loop{mount.LoopNumber}/loop/backing_file").Trim());
        Assert.DoesNotContain("squash", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.StartsWith("ID=test", Encoding.UTF8.GetString(RootedPath.ReadFile(mount.Mount, "/link").Value), StringComparison.Ordinal);
        Assert.Equal(Errno.EROFS, Sys.OpenAt(mount.Mount, "x", 0x41, 0x1A4).Error.Errno);
        mount.Mount.Close();
        Assert.True(SpinWait.SpinUntil(() => !File.Exists($"/sys/block/loop{mount.LoopNumber}/loop/backing_file"), 2000));
    }

    [Theory]
    [InlineData("root=unprotected+squashfs:=absent", null)]
    [InlineData("*", null)]
    [InlineData("root=verity", "verity")]
    [InlineData("root=signed+verity:=ignore", "signed")]
    [InlineData("root=unprotected+erofs", "erofs")]
    [InlineData("~", "absent")]
    public void Policies(string policy, string? refusal)
    {
        var parsed = ImagePolicy.Parse(policy, out var error);
        Assert.Null(error);
        if (refusal is null)
            Assert.Null(parsed!.Refusal("squashfs"));
        else
            Assert.Contains(refusal, parsed!.Refusal("squashfs"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root")]
    [InlineData("attic=unprotected")]
    [InlineData("root=maybe")]
    public void Wrong_policies(string policy)
    {
        Assert.Null(ImagePolicy.Parse(policy, out var error));
        Assert.NotNull(error);
    }
}
