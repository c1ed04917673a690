using System.Security.Cryptography;

namespace Supervisor.Linux.Tests;

public sealed class Sha256Tests
{
    /// <summary>Lengths on both sides of where a block ends and where the length no longer fits into it; OpenSSL is the witness.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(119)]
    [InlineData(120)]
    [InlineData(100_003)]
    public void It_is_what_OpenSSL_says(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        Assert.Equal(SHA256.HashData(data), Sha256.Hash(data));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(16, 28)]
    [InlineData(64, 1000)]
    public void Hmac_is_what_OpenSSL_says(int keyLength, int length)
    {
        var (key, data) = (new byte[keyLength], new byte[length]);
        var random = new Random(length);
        random.NextBytes(key);
        random.NextBytes(data);
        Assert.Equal(HMACSHA256.HashData(key, data), Sha256.Hmac(key, data));
    }
}
