using System.Diagnostics;
using System.Globalization;

namespace Supervisor.Portable.Tests;

public sealed class LeftoverAuditTests : IDisposable
{
    private readonly Host _host = new();

    public void Dispose() => _host.Dispose();

    private static readonly Owned Nothing = new([], [], [], null, [], [], [], []);

    /// <summary>A shell that has been started and waits until it is disposed of.</summary>
    private sealed class Waiting : IDisposable
    {
        private readonly Process _process;

        public Waiting(string script, params string[] prefix)
        {
            string[] command = [.. prefix, "sh", "-c", $"{script} echo ready; read x"];
            _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            Assert.Equal("ready", _process.StandardOutput.ReadLine());
        }

        public int Id => _process.Id;

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }

    [Fact]
    public void Where_nothing_is_left_nothing_is_found() =>
        Assert.Empty(LeftoverAudit.Look(new([61990], [$"{_host.Root}/cgroup"], [0], $"{_host.Root}/image.raw", [1], [$"{_host.Root}/gone"], [_host.Root], [])));

    [Fact]
    public void A_file_that_should_be_gone_is_found()
    {
        var file = _host.Write("left", "x");
        Assert.Equal([$"the file {file}"], LeftoverAudit.Look(Nothing with { Paths = [file, $"{_host.Root}/gone"] }));
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_found_as_well()
    {
        File.CreateSymbolicLink($"{_host.Root}/link", "/nowhere");
        Assert.Equal([$"the file {_host.Root}/link"], LeftoverAudit.Look(Nothing with { Paths = [$"{_host.Root}/link"] }));
    }

    [Fact]
    public void A_cgroup_that_is_left_is_found()
    {
        Directory.CreateDirectory($"{_host.Root}/cgroup/web.service");
        Assert.Equal([$"the cgroup {_host.Root}/cgroup/web.service"], LeftoverAudit.Look(Nothing with { Cgroups = [$"{_host.Root}/cgroup/web.service", $"{_host.Root}/cgroup/gone"] }));
    }

    [Fact]
    public void A_process_of_its_user_is_found()
    {
        using var left = new Waiting("", "setpriv", "--reuid=61991", "--clear-groups");
        Assert.Equal([$"process {left.Id} (sh) of uid 61991"], LeftoverAudit.Look(Nothing with { Users = [61991] }));
    }

    [Fact]
    public void A_process_in_its_namespace_is_found()
    {
        using var left = new Waiting("", "unshare", "--uts");
        var link = new FileInfo($"/proc/{left.Id}/ns/uts").LinkTarget!;
        Assert.Equal([$"the uts namespace {link}, held by process {left.Id} (sh)"], LeftoverAudit.Look(Nothing with { Namespaces = [LeftoverAudit.Inode(link)] }));
    }

    [Theory]
    [InlineData("image")]
    [InlineData("an image")]
    [InlineData("back\\slash")]
    public void A_mount_of_its_image_is_found_in_whoever_sees_it(string name)
    {
        var image = Directory.CreateDirectory($"{_host.Root}/{name}").FullName;
        using var left = new Waiting($"mount --bind '{image}' '{image}' &&", "unshare", "--mount");
        Assert.Equal([$"a mount of {image}, seen by process {left.Id} (sh)"], LeftoverAudit.Look(Nothing with { Image = image }));
    }

    [Fact]
    public void A_mount_of_an_image_whose_name_begins_so_is_another_s()
    {
        var image = Directory.CreateDirectory($"{_host.Root}/web2").FullName;
        using var left = new Waiting($"mount --bind '{image}' '{image}' &&", "unshare", "--mount");
        Assert.Empty(LeftoverAudit.Look(Nothing with { Image = $"{_host.Root}/web" }));
    }

    [Fact]
    public void A_loop_device_of_its_image_is_found()
    {
        if (!File.Exists("/dev/loop-control"))
            Assert.Skip("loop devices");
        var image = _host.Write("image.raw", new string('x', 4096));
        var device = Host.Run("losetup", "--find", "--show", "--read-only", image).Trim();
        try
        {
            var number = int.Parse(device["/dev/loop".Length..], CultureInfo.InvariantCulture);
            Assert.Equal([$"the loop device {device} of {image}"], LeftoverAudit.Look(Nothing with { Image = image, LoopDevices = [number] }));
        }
        finally
        {
            Host.Run("losetup", "--detach", device);
        }
    }

    [Fact]
    public void Shared_memory_of_its_user_is_found()
    {
        var id = Host.Run("setpriv", "--reuid=61992", "--clear-groups", "ipcmk", "-M", "4096").Trim().Split(' ')[^1];
        try
        {
            Assert.Equal([$"the shm object {id} of uid 61992"], LeftoverAudit.Look(Nothing with { Users = [61992] }));
        }
        finally
        {
            Host.Run("ipcrm", "-m", id);
        }
    }

    [Fact]
    public void Files_of_its_user_are_found_at_any_depth()
    {
        var file = _host.Write("searched/a/b/file", "x");
        _host.Write("searched/other", "x");
        Host.Run("chown", "61993", file);
        Assert.Equal([$"{file}, which belongs to uid 61993"], LeftoverAudit.Look(Nothing with { Users = [61993], Searched = [$"{_host.Root}/searched"] }));
    }

    [Fact]
    public void What_is_kept_by_intention_is_no_leftover()
    {
        Host.Run("chown", "61994", _host.Write("searched/state/file", "x"), _host.Write("searched/state2", "x"));
        Assert.Equal(
            [$"{_host.Root}/searched/state2, which belongs to uid 61994"],
            LeftoverAudit.Look(Nothing with { Users = [61994], Searched = [$"{_host.Root}/searched"], Kept = [$"{_host.Root}/searched/state"] }));
    }

    [Fact]
    public void A_link_out_of_a_searched_directory_is_not_followed()
    {
        Host.Run("chown", "61995", _host.Write("elsewhere/file", "x"));
        Directory.CreateDirectory($"{_host.Root}/searched");
        File.CreateSymbolicLink($"{_host.Root}/searched/link", $"{_host.Root}/elsewhere");
        Assert.Empty(LeftoverAudit.Look(Nothing with { Users = [61995], Searched = [$"{_host.Root}/searched"] }));
    }

    [Theory]
    [InlineData("mnt:[4026531840]", 4026531840ul)]
    [InlineData("mnt:[x]", 0ul)]
    [InlineData("mnt", 0ul)]
    [InlineData("", 0ul)]
    [InlineData("[5]", 0ul)]
    public void A_namespace_s_link_is_its_number(string link, ulong number) => Assert.Equal(number, LeftoverAudit.Inode(link));
}
