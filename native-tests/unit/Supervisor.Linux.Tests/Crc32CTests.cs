namespace Supervisor.Linux.Tests;

public sealed class Crc32CTests
{
    // the check value of the catalogue, and RFC 3720, appendix B.4
    [Fact]
    public void It_is_the_known_one()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Of([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0u, Crc32C.Of([]));
    }
}
