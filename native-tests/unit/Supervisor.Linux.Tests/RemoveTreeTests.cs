using System.Diagnostics;

namespace Supervisor.Linux.Tests;

public sealed class RemoveTreeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("remove-tree").FullName;

    public void Dispose() => Shell($"rm -rf {_directory}");

    [Fact]
    public void Links_are_removed_and_not_followed()
    {
        Shell($"cd {_directory} && mkdir -p kept gone/a && touch kept/file && ln -s ../kept gone/link && ln -s {_directory}/kept gone/a/link && mkfifo gone/fifo && chmod 0 gone/a");
        Assert.True(RemoveTree.Run($"{_directory}/gone").Ok);
        Assert.False(Directory.Exists($"{_directory}/gone"));
        Assert.True(File.Exists($"{_directory}/kept/file"));
    }

    [Fact]
    public void A_link_itself_is_removed()
    {
        Shell($"cd {_directory} && mkdir kept && touch kept/file && ln -s kept link");
        Assert.True(RemoveTree.Run($"{_directory}/link").Ok);
        Assert.False(Path.Exists($"{_directory}/link"));
        Assert.True(File.Exists($"{_directory}/kept/file"));
    }

    [Fact]
    public void Depth_and_breadth_do_not_matter()
    {
        Shell($"cd {_directory} && mkdir gone && cd gone && touch $(seq 3000) && for i in $(seq 1500); do mkdir d && cd d; done");
        Assert.True(RemoveTree.Run($"{_directory}/gone").Ok);
        Assert.False(Directory.Exists($"{_directory}/gone"));
    }

    [Fact]
    public void What_is_not_there_is_no_error() => Assert.True(RemoveTree.Run($"{_directory}/nothing").Ok);

    [Fact]
    public void What_is_mounted_inside_is_not_entered()
    {
        Shell($"mkdir -p {_directory}/gone/mounted && mount -t tmpfs none {_directory}/gone/mounted && touch {_directory}/gone/mounted/file");
        try
        {
            Assert.True(RemoveTree.Run($"{_directory}/gone").Failed(out var error));
            Assert.Equal(Errno.EBUSY, error.Errno);
            Assert.True(File.Exists($"{_directory}/gone/mounted/file"));
        }
        finally
        {
            Shell($"umount {_directory}/gone/mounted");
        }
    }

    private static void Shell(string script)
    {
        using var shell = Process.Start("/bin/sh", ["-ec", script]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
