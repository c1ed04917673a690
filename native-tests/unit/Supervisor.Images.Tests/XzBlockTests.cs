using System.Diagnostics;

namespace Supervisor.Images.Tests;

public sealed class XzBlockTests
{
    private const int Block = 128 << 10;
    private const string NoXz = "it is no xz stream", NoSense = "its xz header makes no sense", TooLarge = "it wants a dictionary larger than a block", Short = "its data is cut short";

    /// <summary>What xz(1) makes of 3000 bytes that are not all alike.</summary>
    private static byte[] Xz(params string[] options) => Xz([.. Enumerable.Range(0, 3000).Select(i => (byte)(i * i % 251))], options);

    private static byte[] Xz(byte[] input, params string[] options)
    {
        using var process = Process.Start(new ProcessStartInfo("xz", ["--compress", "--stdout", .. options]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        var copied = process.StandardOutput.BaseStream.CopyToAsync(output); // else both wait for each other when a pipe is full
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        copied.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }

    /// <summary>Where the index begins: the footer says how long it is (xz-file-format.txt, 2.1.2.2).</summary>
    private static int Index(byte[] stream) => stream.Length - 12 - (BitConverter.ToInt32(stream, stream.Length - 8) + 1) * 4;

    /// <summary>A stream header and a block header of these bytes, padded.</summary>
    private static byte[] Head(params byte[] header)
    {
        var size = header.Length + 1 + 4 + 3 & ~3;
        return [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 0, 1, 0, 0, 0, 0, (byte)(size / 4 - 1), .. header, .. new byte[size - header.Length - 1]];
    }

    [Theory]
    [InlineData("--check=none")]
    [InlineData("--check=crc32")]
    [InlineData("--check=crc64")]
    public void A_stream_of_every_check_that_kernels_read_passes(string check) => Assert.Null(XzBlock.Check(Xz(check, "--lzma2=dict=64KiB"), Block));

    [Fact]
    public void A_stream_with_a_check_that_no_kernel_reads_is_refused() => Assert.Equal("its check is SHA-256, which no kernel reads", XzBlock.Check(Xz("--check=sha256"), Block));

    [Fact]
    public void A_stream_with_a_filter_for_programs_passes() => Assert.Null(XzBlock.Check(Xz("--x86", "--lzma2=dict=64KiB"), Block));

    [Fact]
    public void A_stream_that_says_its_sizes_passes() => Assert.Null(XzBlock.Check(Xz("--threads=2", "--block-size=1MiB", "--lzma2=dict=64KiB"), Block));

    [Fact]
    public void A_stream_of_many_chunks_stored_and_compressed_passes()
    {
        var input = new byte[600_000];
        new Random(3).NextBytes(input.AsSpan(0, 300_000));
        var stream = Xz(input, "--threads=1", "--lzma2=dict=1MiB");
        Assert.Null(XzBlock.Check(stream, 1 << 20));
        var output = new byte[1 << 20];
        Assert.Equal(input, output[..Decompressor.Decompress(Compression.Xz, stream, stream.Length, output)]);
    }

    [Theory]
    [InlineData("4KiB", 4096)]
    [InlineData("1MiB", 4096)]
    [InlineData("1MiB", 1 << 20)]
    [InlineData("2MiB", 2 << 20)]
    [InlineData("3MiB", 4 << 20)]
    public void A_dictionary_of_a_block_or_a_mebibyte_passes(string dictionary, int block) => Assert.Null(XzBlock.Check(Xz($"--lzma2=dict={dictionary}"), block));

    [Theory]
    [InlineData("1536KiB", 4096)]
    [InlineData("2MiB", 1 << 20)]
    [InlineData("3MiB", 2 << 20)]
    [InlineData("64MiB", 4 << 20)]
    public void A_larger_dictionary_is_refused(string dictionary, int block) => Assert.Equal(TooLarge, XzBlock.Check(Xz($"--lzma2=dict={dictionary}"), block));

    [Theory]
    [InlineData(40)]
    [InlineData(41)]
    [InlineData(63)]
    [InlineData(255)]
    public void The_largest_dictionaries_and_those_that_are_none_are_refused(byte bits) => Assert.Equal(TooLarge, XzBlock.Check(Head(0, 0x21, 1, bits), int.MaxValue));

    [Fact]
    public void A_dictionary_behind_another_filter_is_looked_at() => Assert.Equal(TooLarge, XzBlock.Check(Xz("--x86", "--lzma2=dict=8MiB"), Block));

    [Fact]
    public void A_dictionary_of_a_second_block_is_not_got_past_the_first()
    {
        byte[] small = Xz("--threads=1", "--lzma2=dict=64KiB"), large = Xz("--threads=1", "--lzma2=dict=64MiB");
        byte[] both = [.. small.AsSpan(0, Index(small)), .. large.AsSpan(12)];
        Assert.Equal("it has more than one block", XzBlock.Check(both, Block));
        Assert.Throws<DamagedImageException>(() => Decompressor.Decompress(Compression.Xz, both, both.Length, new byte[Block]));
    }

    [Fact]
    public void A_stream_without_a_block_says_so() => Assert.Equal("it is an xz stream without a block", XzBlock.Check(Xz(Array.Empty<byte>()), Block));

    [Fact]
    public void Every_truncation_is_refused_and_no_exception()
    {
        foreach (var stream in new[] { Xz("--threads=1", "--lzma2=dict=64KiB"), Xz("--threads=2", "--block-size=1MiB", "--x86", "--lzma2=dict=64KiB") })
        {
            Assert.Null(XzBlock.Check(stream, Block));
            for (var length = 0; length <= Index(stream); length++)
                Assert.Contains(XzBlock.Check(stream.AsSpan(0, length), Block), length < 20 ? [NoXz] : new[] { NoSense, Short });
        }
    }

    [Fact]
    public void Random_damage_gives_an_answer_and_no_exception()
    {
        var random = new Random(17);
        var stream = Xz("--threads=2", "--block-size=1MiB", "--x86", "--lzma2=dict=64KiB");
        var answers = new HashSet<string?>();
        for (var i = 0; i < 20_000; i++)
        {
            var changed = stream[..];
            for (var n = random.Next(1, 5); n > 0; n--)
                changed[6 + random.Next(i % 2 == 0 ? 40 : changed.Length - 6)] = (byte)random.Next(256);
            answers.Add(XzBlock.Check(changed, Block));
        }
        Assert.Superset(new HashSet<string?> { null, NoSense, TooLarge, Short }, answers);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Without_its_magic_it_is_no_xz_stream(int at)
    {
        var stream = Xz();
        stream[at] ^= 1;
        Assert.Equal(NoXz, XzBlock.Check(stream, Block));
    }

    [Fact]
    public void Another_format_is_no_xz_stream() => Assert.Equal(NoXz, XzBlock.Check(Xz("--format=lzma"), Block));

    [Theory]
    [InlineData(new byte[] { 0, 0x21, 2, 0, 0 })]
    [InlineData(new byte[] { 0, 0x21, 0 })]
    public void A_dictionary_of_another_length_than_a_byte_is_refused(byte[] header) => Assert.Equal(TooLarge, XzBlock.Check(Head(header), Block));

    [Theory]
    [InlineData(new byte[] { 0, 0x21, 200, 1 })] // longer than the header
    [InlineData(new byte[] { 0, 0x21, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F })]
    [InlineData(new byte[] { 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })] // a number without an end
    [InlineData(new byte[] { 0x40, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    public void A_header_that_makes_no_sense_is_refused(byte[] header) => Assert.Equal(NoSense, XzBlock.Check(Head(header), Block));

    [Fact]
    public void A_block_that_is_not_compressed_in_the_end_is_refused() => Assert.Equal("its last filter is not LZMA2", XzBlock.Check(Head(0, 4, 0), Block));
}
