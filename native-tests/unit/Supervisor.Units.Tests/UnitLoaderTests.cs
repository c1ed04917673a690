namespace Supervisor.Units.Tests;

/// <summary>One loader, while its directories change.</summary>
public sealed class UnitLoaderTests : IDisposable
{
    private const string Service = "[Service]\nExecStart=/bin/true\n";

    private readonly string _first = Directory.CreateTempSubdirectory("first").FullName, _second = Directory.CreateTempSubdirectory("second").FullName;
    private readonly UnitLoader _loader;

    public UnitLoaderTests() => _loader = new(new([new(_first, false), new(_second, false)]), SpecifierContext.SystemFacts);

    public void Dispose()
    {
        foreach (var directory in (ReadOnlySpan<string>)[_first, _second])
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_unit_that_is_written_later_is_found()
    {
        Assert.Equal(LoadState.NotFound, _loader.Load("a.service").LoadState);
        File.WriteAllText($"{_second}/a.service", Service);
        Assert.Equal($"{_second}/a.service", _loader.Load("a.service").FragmentPath);
        File.WriteAllText($"{_first}/a.service", Service);
        Assert.Equal($"{_first}/a.service", _loader.Load("a.service").FragmentPath);
    }

    [Fact]
    public void A_unit_that_is_taken_away_is_gone()
    {
        File.WriteAllText($"{_first}/a.service", Service);
        Assert.Equal(LoadState.Loaded, _loader.Load("a.service").LoadState);
        File.Delete($"{_first}/a.service");
        Assert.Equal(LoadState.NotFound, _loader.Load("a.service").LoadState);
    }

    [Fact]
    public void Each_of_many_changes_is_seen_however_fast_they_follow()
    {
        for (var n = 0; n < 300; n++)
        {
            Assert.Equal(LoadState.NotFound, _loader.Load($"u{n}.service").LoadState);
            File.WriteAllText($"{_first}/u{n}.service", Service);
            Assert.Equal(LoadState.Loaded, _loader.Load($"u{n}.service").LoadState);
        }
    }

    [Fact]
    public void Drop_ins_and_links_that_come_later_are_seen()
    {
        File.WriteAllText($"{_first}/a.service", Service);
        Assert.Empty(_loader.Load("a.service").DropIns);
        Directory.CreateDirectory($"{_second}/a.service.d");
        File.WriteAllText($"{_second}/a.service.d/x.conf", "[Unit]\nDescription=x\n");
        Directory.CreateDirectory($"{_second}/a.service.wants");
        File.CreateSymbolicLink($"{_second}/a.service.wants/b.service", "/b");
        var unit = _loader.Load("a.service");
        Assert.Equal([$"{_second}/a.service.d/x.conf"], unit.DropIns);
        Assert.Contains(unit.Get(Directives.Wants).Value, w => w.Value == "b.service");
        // one level down nothing of the directory itself changes
        File.WriteAllText($"{_second}/a.service.d/y.conf", "[Unit]\nDescription=y\n");
        Assert.Equal("y", _loader.Load("a.service").Get(Directives.Description).Value);
    }

    [Fact]
    public void An_instance_may_be_a_link_to_its_own_template()
    {
        File.WriteAllText($"{_second}/c@.service", "[Unit]\nDescription=instance %i\n" + Service);
        File.CreateSymbolicLink($"{_first}/c@b.service", $"{_second}/c@.service");
        var unit = _loader.Load("c@b.service");
        Assert.Equal(("c@b.service", LoadState.Loaded, "instance b"), (unit.Name, unit.LoadState, unit.Get(Directives.Description).Value));
    }

    [Fact]
    public void Links_in_a_ring_are_an_error_and_not_a_unit_that_is_not_there()
    {
        File.CreateSymbolicLink($"{_first}/a.service", "b.service");
        File.CreateSymbolicLink($"{_first}/b.service", "a.service");
        var unit = _loader.Load("a.service");
        Assert.Equal(LoadState.BadSetting, unit.LoadState);
        Assert.Contains("too many links", Assert.Single(unit.Diagnostics).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_is_made_later_or_is_another_one_now_is_read()
    {
        Directory.Delete(_first);
        Assert.Equal(LoadState.NotFound, _loader.Load("a.service").LoadState);
        Directory.CreateDirectory(_first);
        File.WriteAllText($"{_first}/a.service", Service);
        Assert.Equal(LoadState.Loaded, _loader.Load("a.service").LoadState);
        Directory.Move(_first, _first + ".old");
        Directory.CreateDirectory(_first);
        Assert.Equal(LoadState.NotFound, _loader.Load("a.service").LoadState);
        Directory.Delete(_first + ".old", recursive: true);
    }
}
