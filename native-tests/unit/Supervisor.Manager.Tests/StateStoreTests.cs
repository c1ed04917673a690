namespace Supervisor.Manager.Tests;

public sealed class StateStoreTests : IDisposable
{
    private readonly string _dir = Directory.CreateTempSubdirectory("state").FullName;

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    [Fact]
    public void What_was_saved_is_loaded()
    {
        var store = new StateStore(_dir);
        Assert.True(store.Save("a.service", "hello"u8).Ok);
        var damaged = new List<string>();
        var (unit, body) = Assert.Single(store.LoadAll(damaged));
        Assert.Equal("a.service", unit);
        Assert.Equal("hello"u8.ToArray(), body);
        Assert.Empty(damaged);
    }

    [Fact]
    public void A_record_cut_at_any_byte_or_with_any_bit_flipped_is_no_record()
    {
        var store = new StateStore(_dir);
        Assert.True(store.Save("a.service", "state of a unit"u8).Ok);
        var whole = File.ReadAllBytes(Path.Combine(_dir, "a.service"));
        Assert.NotNull(StateStore.Body(whole));
        for (var length = 0; length < whole.Length; length++)
            Assert.Null(StateStore.Body(whole.AsSpan(0, length)));
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var flipped = (byte[])whole.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(StateStore.Body(flipped));
        }
    }

    [Fact]
    public void A_damaged_record_is_named_and_the_others_are_loaded()
    {
        var store = new StateStore(_dir);
        Assert.True(store.Save("a.service", "x"u8).Ok);
        File.WriteAllText(Path.Combine(_dir, "b.service"), "garbage");
        var damaged = new List<string>();
        Assert.Single(store.LoadAll(damaged));
        Assert.Equal(["b.service"], damaged);
    }
}
