namespace Supervisor.Portable.Tests;

public sealed class AttachmentsTests : IDisposable
{
    private readonly Host _host = new();

    public void Dispose() => _host.Dispose();

    private string Attach(string name, AttachOptions? options = null)
    {
        var prefix = ImageName.DefaultPrefix(name);
        var image = _host.Image(name, ($"{prefix}.service", Host.Service), ($"{prefix}.socket", "[Socket]\nListenStream=/run/x\n"));
        Assert.Null(Attacher.Apply(_host.Plan(name, options)));
        return image;
    }

    [Fact]
    public void Nothing_is_attached_where_there_is_no_directory() => Assert.Empty(Attachments.All(_host.Directories));

    [Fact]
    public void What_was_attached_is_found_with_all_of_its_files()
    {
        var image = Attach("web_1", new(Profile: "strict"));
        var attachment = Assert.Single(Attachments.All(_host.Directories));
        Assert.Equal(image, attachment.Image);
        Assert.Equal("strict", attachment.Profile);
        Assert.False(attachment.Runtime);
        Assert.Equal(["web.service", "web.socket"], attachment.Units);
        Assert.Equal(
            Directory.GetFileSystemEntries($"{_host.Root}/attached", "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal),
            attachment.Paths.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_copied_profile_is_known_by_its_first_line()
    {
        Attach("web_1", new(Profile: "nonetwork", Copy: "copy"));
        Assert.Equal("nonetwork", Assert.Single(Attachments.All(_host.Directories)).Profile);
    }

    [Fact]
    public void What_is_attached_until_the_next_boot_says_so()
    {
        Attach("web_1", new(Runtime: true));
        Assert.True(Assert.Single(Attachments.All(_host.Directories)).Runtime);
    }

    [Theory]
    [InlineData("web_1")]
    [InlineData("web")]
    [InlineData("web_2")]
    [InlineData("/elsewhere/web_2.raw")]
    public void It_is_found_by_name_whatever_the_version(string name)
    {
        var image = Attach("web_1");
        Attach("db_1");
        Assert.Equal(image, Attachments.Find(name, _host.Directories)!.Image);
    }

    [Fact]
    public void It_is_found_when_the_image_is_gone()
    {
        var image = Attach("web_1");
        Directory.Delete(image, recursive: true);
        Assert.Equal(image, Attachments.Find(image, _host.Directories)!.Image);
    }

    [Fact]
    public void Another_image_s_name_finds_nothing()
    {
        Attach("web_1");
        Assert.Null(Attachments.Find("website", _host.Directories));
    }

    [Fact]
    public void A_colon_in_the_image_s_path_is_read_back()
    {
        var image = Attach("web_1:2");
        Assert.Equal(image, Assert.Single(Attachments.All(_host.Directories)).Image);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[Service]\n")]
    [InlineData("# Drop-in created for image '")]
    [InlineData("# Drop-in created for image '', do not edit.\n")]
    [InlineData("\n# Drop-in created for image '/x', do not edit.\n")]
    public void A_drop_in_that_attach_did_not_write_is_nobody_s(string text)
    {
        _host.Write("attached/web.service.d/20-portable.conf", text);
        Assert.Empty(Attachments.All(_host.Directories));
    }

    [Fact]
    public void After_detach_nothing_of_it_is_there()
    {
        Attach("web_1");
        Assert.Null(Attachments.Remove(Attachments.Find("web", _host.Directories)!));
        Assert.Empty(Attachments.All(_host.Directories));
        Assert.False(Directory.Exists($"{_host.Root}/attached"));
    }

    [Fact]
    public void Detach_leaves_what_is_attached_from_another_image()
    {
        Attach("web_1");
        var other = Attach("db_1");
        Assert.Null(Attachments.Remove(Attachments.Find("web", _host.Directories)!));
        Assert.Equal(other, Assert.Single(Attachments.All(_host.Directories)).Image);
        Assert.DoesNotContain(_host.Snapshot(), f => f.Contains("/attached/web", StringComparison.Ordinal));
    }

    [Fact]
    public void Detach_leaves_the_administrator_s_own_drop_in()
    {
        Attach("web_1");
        var own = _host.Write("attached/web.service.d/50-own.conf", "[Service]\nPrivateTmp=yes\n");
        Assert.Null(Attachments.Remove(Attachments.Find("web", _host.Directories)!));
        Assert.Equal([own], Directory.GetFiles($"{_host.Root}/attached", "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Detach_leaves_the_profile_that_was_linked_to()
    {
        Attach("web_1");
        Assert.Null(Attachments.Remove(Attachments.Find("web", _host.Directories)!));
        Assert.True(File.Exists($"{_host.Root}/built-in/default/service.conf"));
    }

    [Fact]
    public void Detached_twice_is_detached()
    {
        Attach("web_1");
        var attachment = Attachments.Find("web", _host.Directories)!;
        Assert.Null(Attachments.Remove(attachment));
        Assert.Null(Attachments.Remove(attachment));
    }

    [Theory]
    [InlineData(false, false, false, "attached")]
    [InlineData(false, false, true, "enabled")]
    [InlineData(false, true, true, "running")]
    [InlineData(true, false, false, "attached-runtime")]
    [InlineData(true, true, false, "running-runtime")]
    public void Its_state_is_one_of_portablectl_s_words(bool runtime, bool active, bool enabled, string word)
    {
        Attach("web_1", new(Runtime: runtime));
        Assert.Equal(word, AttachState.Of(Attachments.Find("web", _host.Directories), u => active && u == "web.service", _ => enabled));
    }

    [Fact]
    public void What_is_not_attached_is_detached() => Assert.Equal("detached", AttachState.Of(null, _ => true, _ => true));

    [Fact]
    public void The_list_has_images_that_are_attached_and_those_that_are_not()
    {
        var web = Attach("web_1");
        var db = _host.Image("db_1");
        var raw = _host.Write("more/x.raw", "x");
        _host.Write("more/readme", "no image");
        _host.Write("more/.hidden.raw", "x");
        Assert.Equal([(db, "detached"), (web, "attached"), (raw, "detached")], AttachState.List(_host.Directories, _ => false, _ => false));
    }
}
