using Supervisor.Units;

namespace Supervisor.Portable.Tests;

public sealed class BuiltInProfilesTests
{
    [Fact]
    public void There_are_four() => Assert.Equal(["default", "nonetwork", "strict", "trusted"], BuiltInProfiles.Names.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("default")]
    [InlineData("nonetwork")]
    [InlineData("strict")]
    [InlineData("trusted")]
    public void Each_says_its_name_and_is_read_without_a_word(string name)
    {
        var text = BuiltInProfiles.Text(name)!;
        Assert.StartsWith($"# profile {name}\n", text, StringComparison.Ordinal);
        Assert.Empty(UnitParser.FromText("t.service", text + "ExecStart=/bin/true\n").Diagnostics);
    }

    [Fact]
    public void There_is_no_text_of_a_name_that_is_none() => Assert.Null(BuiltInProfiles.Text("nothing"));

    [Fact]
    public void Only_trusted_lets_an_image_widen() =>
        Assert.Equal(["trusted"], BuiltInProfiles.Names.Where(n => UnitParser.FromText("t.service", BuiltInProfiles.Text(n)!).Get(Directives.ImageMayWiden).Value));

    [Fact]
    public void Strict_leaves_no_capability() =>
        Assert.Equal(0ul, UnitParser.FromText("t.service", BuiltInProfiles.Text("strict")!).Get(Directives.CapabilityBoundingSet).Value);

    [Fact]
    public void The_built_in_one_is_laid_down_when_it_is_asked_for()
    {
        using var host = new Host();
        var path = BuiltInProfiles.Locate("strict", host.Directories).Value;
        Assert.Equal($"{host.Root}/built-in/strict/service.conf", path);
        Assert.Equal(BuiltInProfiles.Text("strict"), File.ReadAllText(path!));
        Assert.Equal([$"{host.Root}/built-in/strict"], Directory.GetDirectories($"{host.Root}/built-in"));
    }

    [Fact]
    public void The_administrator_s_file_comes_first()
    {
        using var host = new Host();
        var second = host.Write("lib/profile/strict/service.conf", "[Service]\n");
        Assert.Equal(second, BuiltInProfiles.Locate("strict", host.Directories).Value);
        var first = host.Write("etc/profile/strict/service.conf", "[Service]\n");
        Assert.Equal(first, BuiltInProfiles.Locate("strict", host.Directories).Value);
        Assert.False(Directory.Exists($"{host.Root}/built-in"));
    }

    [Fact]
    public void The_administrator_may_have_profiles_of_other_names()
    {
        using var host = new Host();
        var own = host.Write("etc/profile/own/service.conf", "[Service]\n");
        Assert.Equal(own, BuiltInProfiles.Locate("own", host.Directories).Value);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../profile/own")]
    [InlineData("/etc")]
    public void There_is_no_profile_of_a_name_that_is_none(string name)
    {
        using var host = new Host();
        host.Write("etc/profile/own/service.conf", "[Service]\n");
        host.Write("etc/profile/service.conf", "[Service]\n");
        host.Write("etc/service.conf", "[Service]\n");
        var located = BuiltInProfiles.Locate(name, host.Directories);
        Assert.True(located.Ok);
        Assert.Null(located.Value);
    }

    [Fact]
    public void An_identical_file_is_left_as_it_is()
    {
        using var host = new Host();
        var path = BuiltInProfiles.Locate("default", host.Directories).Value!;
        var inode = Host.Run("stat", "-c", "%i %y", path);
        Assert.Equal(path, BuiltInProfiles.Locate("default", host.Directories).Value);
        Assert.True(BuiltInProfiles.LayDown($"{host.Root}/built-in").Ok);
        Assert.Equal(inode, Host.Run("stat", "-c", "%i %y", path));
    }

    [Fact]
    public void A_file_that_differs_is_written_anew()
    {
        using var host = new Host();
        var path = host.Write("built-in/default/service.conf", "[Service]\n");
        Assert.Equal(path, BuiltInProfiles.Locate("default", host.Directories).Value);
        Assert.Equal(BuiltInProfiles.Text("default"), File.ReadAllText(path));
    }

    [Fact]
    public void All_four_can_be_laid_down()
    {
        using var host = new Host();
        Assert.True(BuiltInProfiles.LayDown($"{host.Root}/all").Ok);
        Assert.Equal(
            BuiltInProfiles.Names.Order(StringComparer.Ordinal).Select(n => BuiltInProfiles.Text(n)!),
            Directory.GetFiles($"{host.Root}/all", "service.conf", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText));
    }
}
