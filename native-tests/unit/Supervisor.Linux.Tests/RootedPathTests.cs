using Tmds.Linux;

namespace Supervisor.Linux.Tests;

public sealed class RootedPathTests : IDisposable
{
    private readonly string _dir = Directory.CreateTempSubdirectory("rooted").FullName;

    public void Dispose() => Directory.Delete(_dir, recursive: true);

    [Fact]
    public void A_link_to_the_host_stays_inside()
    {
        File.CreateSymbolicLink(Path.Combine(_dir, "passwd"), "/etc/passwd");
        var root = Sys.Open(_dir, LibC.O_PATH | LibC.O_DIRECTORY).Value;
        Assert.Equal(Errno.ENOENT, RootedPath.Open(root, "/passwd", LibC.O_RDONLY).Error.Errno);
        root.Close();
    }

    [Fact]
    public void An_absolute_link_is_followed_below_the_root()
    {
        Directory.CreateDirectory(Path.Combine(_dir, "run"));
        Directory.CreateDirectory(Path.Combine(_dir, "var"));
        File.CreateSymbolicLink(Path.Combine(_dir, "var/run"), "/run");
        File.WriteAllText(Path.Combine(_dir, "run/x"), "here");
        var root = Sys.Open(_dir, LibC.O_PATH | LibC.O_DIRECTORY).Value;
        Assert.Equal("here"u8.ToArray(), RootedPath.ReadFile(root, "/var/run/x").Value);
        root.Close();
    }
}
