namespace Supervisor.Portable.Tests;

public sealed class ImageNameTests
{
    [Theory]
    [InlineData("/x/nginx.raw", "nginx")]
    [InlineData("/x/nginx_1.2.raw", "nginx")]
    [InlineData("/x/nginx_1.2_3.raw", "nginx")]
    [InlineData("/x/my-app_1", "my-app")]
    [InlineData("/x/nginx/", "nginx")]
    [InlineData("/x/_1.raw", "_1")]
    [InlineData("/x/nginx.raw.d", "nginx.raw.d")]
    public void The_prefix_is_the_name_before_the_version(string path, string prefix) => Assert.Equal(prefix, ImageName.DefaultPrefix(path));

    [Theory]
    [InlineData("web.service", "web")]
    [InlineData("web-admin.socket", "web")]
    [InlineData("web@.service", "web")]
    [InlineData("web@a.service", "web")]
    [InlineData("web.target", "web")]
    [InlineData("web.timer", "web")]
    [InlineData("web.path", "web")]
    [InlineData("web.service", "web.service")]
    public void A_unit_belongs_to_the_prefix_it_begins_with(string unit, string prefix) => Assert.True(ImageName.Matches(unit, prefix));

    [Theory]
    [InlineData("website.service", "web")]
    [InlineData("web_admin.service", "web")]
    [InlineData("Web.service", "web")]
    [InlineData("my-web.service", "web")]
    [InlineData("web.mount", "web")]
    [InlineData("web.slice", "web")]
    [InlineData("web.conf", "web")]
    [InlineData("web", "web")]
    [InlineData("web.service", "")]
    [InlineData("", "web")]
    public void A_unit_of_another_name_or_kind_does_not(string unit, string prefix) => Assert.False(ImageName.Matches(unit, prefix));

    [Theory]
    [InlineData("/x/web_1.raw", "web_2.raw", true)]
    [InlineData("/x/web_1.raw", "web", true)]
    [InlineData("/x/web+3.raw", "/y/web", true)]
    [InlineData("/x/web.raw", "/x/website.raw", false)]
    [InlineData("/x/_1.raw", "/x/_2.raw", false)]
    public void Versions_of_an_image_are_the_same_image(string a, string b, bool same) => Assert.Equal(same, ImageName.Same(a, b));

    [Fact]
    public void A_directory_is_found_by_its_name()
    {
        using var host = new Host();
        var image = host.Image("web_1.2");
        Assert.Equal(image, ImageName.Find("web_1.2", host.Directories));
    }

    [Fact]
    public void A_file_is_found_with_and_without_its_suffix()
    {
        using var host = new Host();
        var image = host.Write("images/web_1.2.raw", "x");
        Assert.Equal(image, ImageName.Find("web_1.2", host.Directories));
        Assert.Equal(image, ImageName.Find("web_1.2.raw", host.Directories));
    }

    [Fact]
    public void The_first_directory_wins()
    {
        using var host = new Host();
        var second = host.Write("more/web.raw", "x");
        Assert.Equal(second, ImageName.Find("web", host.Directories));
        var first = host.Write("images/web.raw", "x");
        Assert.Equal(first, ImageName.Find("web", host.Directories));
    }

    [Fact]
    public void A_path_is_taken_as_it_is()
    {
        using var host = new Host();
        Assert.Equal($"{host.Root}/x/web.raw", ImageName.Find($"{host.Root}/y/../x/web.raw", host.Directories));
    }

    [Theory]
    [InlineData("nothing-of-that-name")]
    [InlineData("")]
    public void There_is_no_image_of_a_name_that_is_none(string name)
    {
        using var host = new Host();
        host.Image("web");
        Assert.Null(ImageName.Find(name, host.Directories));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public void Dots_lead_out_of_no_directory_of_images(string name)
    {
        using var host = new Host();
        host.Image("web");
        Assert.Equal(Path.GetFullPath(name), ImageName.Find(name, host.Directories));
    }
}
