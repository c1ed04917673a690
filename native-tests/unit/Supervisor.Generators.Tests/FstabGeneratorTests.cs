using System.Text;
using Supervisor.Units;

namespace Supervisor.Generators.Tests;

public sealed class FstabGeneratorTests : IDisposable
{
    /// <summary>A system that has all that an entry may ask for.</summary>
    private static readonly GeneratorFacts Complete = new() { HasUnit = _ => true, HasProgram = p => p == "mount" || File.Exists($"/sbin/{p}") || File.Exists($"/usr/sbin/{p}") };

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    /// <summary>Entries that systemd-fstab-generator makes the same units of.</summary>
    public static TheoryData<string> Entries =>
    [
        "UUID=0a3407de-014b-458b-b5c1-848e92a327a3 / ext4 errors=remount-ro 0 1",
        "/dev/sda1 / ext4 defaults,x-systemd.automount,noauto,nofail 0 1",
        "LABEL=data\\040x /srv/data ext4 defaults,nofail,x-systemd.device-timeout=10s 0 2",
        "LABEL=a/b\\134c /q4 vfat rw 0 0",
        "UUID=\"abc\" /q ext4 rw 0 0",
        "label=x /q3 ext4 rw 0 0",
        "/dev/sdb1 /mnt/a\\040b vfat noauto,ro 0 0",
        "PARTUUID=abcd-01 /mnt/pu xfs x-systemd.automount,x-systemd.idle-timeout=1min,noatime,nofail 0 0",
        "PARTLABEL=foo /mnt/pl btrfs x-systemd.requires=/dev/sdc1,x-systemd.requires=foo.service,x-systemd.after=bar,x-systemd.before=/mnt/x,x-systemd.wanted-by=multi-user.target,"
            + "x-systemd.required-by=foo.service,x-systemd.requires-mounts-for=/srv/x,x-systemd.rw-only,x-systemd.mount-timeout=5 0 0",
        "server:/export /nfs nfs4 _netdev,bg,hard 0 0",
        "192.168.0.1:/x /nfs2 nfs x-systemd.automount,soft,bg 0 0",
        "server:/x /nfs3 nfs bg,fg 0 0",
        "//cifs/x /cifs cifs nofail,password=a%b 0 0",
        "fuse#sshfs /x9 fuse.sshfs nofail,_netdev 0 0",
        "h:/x /x9 fuse.sshfs defaults 0 0",
        "ceph /x10 ceph noauto 0 0",
        "tmpfs /tmp tmpfs size=10% 0 0",
        "overlay /ov overlay lowerdir=/a,upperdir=/b,workdir=/c,x-systemd.requires-mounts-for=/a 0 0",
        "/src /dst none bind,x-systemd.requires=/src 0 0",
        "proc /proc proc defaults 0 0",
        "sysfs /sys sysfs defaults 0 0",
        "tmpfs /dev/shm tmpfs size=1G 0 0",
        "/dev/sda /run ext4 defaults 0 0",
        "/dev/sda9 /dev/foo ext4 defaults 0 0",
        "/dev/sdk1 /au autofs defaults 0 0",
        "/dev/sdf1 /auto2 ext4 noauto,x-systemd.automount,comment=systemd.device-timeout=7 0 0",
        "/dev/sda2 /boot/efi auto umask=0077 0 1",
        "/dev/sda4 /m//n/ ext4 nofail,noauto,x-systemd.wanted-by=x.target,_netdev 0 2",
        "/dev/sda5 /home btrfs subvol=@home,compress=zstd 0 0",
        "/dev/sda8 /q5",
        "/dev/sda8 /q6 ext4",
        "/dev/sda8 /q7 ext4 x-systemd.device-timeout=1h5,comment=systemd.automount,x-systemd.idle-timeout=0 0 0",
        "/dev/mapper/vg-lv /lv ext4 defaults,x-systemd.mount-timeout=1min30s 0 2",
        "/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0",
        "/dev/ab /x2 ext4 x-systemd.rw-only,ro 0 0",
        "  /dev/sdy\t/x5\text4\tdefaults\t1\t2",
        "/dev/sdz#1 /x4 ext4 defaults 0 0 # trailing",
        "/dev/sdi1 /usr ext4 ro 0 2",
        "/dev/loop0 /x7 squashfs ro,loop 0 2",
        "/img /x8 squashfs loop,nofail 0 1",
        "/dev/sda /var/lib/x ext4 defaults,x-systemd.required-by=a.service,nofail 0 0",
        "/dev/sdl1 /bt3 ext4 x-systemd.device-timeout=foo,x-systemd.mount-timeout=bar,x-systemd.idle-timeout=zz,x-systemd.automount 0 0",
        "/dev/disk/by-id/foo /pc%n ext4 user_xattr,defaults,auto 0 0",
        "nodev relative ext4 defaults 0 0",
        "/dev/sdl1 /bt ext4 x-systemd.device-timeout=infinity 0 0\n/dev/sdl1 /bt2 ext4 x-systemd.device-timeout=0 0 0",
        "/dev/sde1 /dup ext4 defaults 0 0\n/dev/sde2 /dup ext4 ro 0 0",
        "/dev/sdj1 /init ext4 x-initrd.mount 0 0",
        "/dev/sdd1 none swap sw,pri=5,discard 0 0",
        "/swap\\040file swap swap defaults,nofail,noauto 0 0",
        "/swapfile none swap sw 0 0",
        "LABEL=sw none swap nofail 0 0",
        "/dev/sdh1 none swap x-systemd.device-timeout=3,x-systemd.requires=a.service,x-systemd.after=b 0 0",
        "/dev/sdh2 none swap pri=-3,noauto,x-systemd.wanted-by=foo.target 0 0",
        "/dev/sdh4 none swap defaults 0 2",
        "# a comment\n\n   # another\n/dev/sdh4 /a ext4",
    ];

    [Theory]
    [MemberData(nameof(Entries))]
    public void It_makes_the_units_that_systemd_makes(string text)
    {
        File.WriteAllText(_file, text + "\n");
        var expected = Oracle.Run(FstabGenerator.Name, ("SYSTEMD_FSTAB", _file), ("SYSTEMD_PROC_CMDLINE", "quiet"));
        UnitTree.Same(expected, UnitTree.Of(Generate(text)));
    }

    [Fact]
    public void A_unit_is_this_text()
    {
        var output = Generate("/dev/sdb1 /srv/a\\040b ext4 noatime,x-systemd.device-timeout=10s 0 0", new(), "/etc/fstab");
        Assert.Equal(
            """
            # Made by the fstab generator

            [Unit]
            Documentation=man:fstab(5)
            SourcePath=/etc/fstab
            Before=local-fs.target
            After=blockdev@dev-sdb1.target

            [Mount]
            What=/dev/sdb1
            Where=/srv/a b
            Type=ext4
            Options=noatime

            """, output.Entries.Single(e => e.Path == "srv-a\\x20b.mount").Text);
        Assert.Equal("../srv-a\\x20b.mount", output.Entries.Single(e => e.Path == "local-fs.target.requires/srv-a\\x20b.mount").Target);
    }

    [Theory]
    [InlineData("/dev/x", "1: not an entry: it has no mount point")]
    [InlineData("# c\n\nnodev relative ext4", "3: relative is no absolute path to mount on")]
    [InlineData("/dev/a /a ext4\n/dev/b /a ext4", "2: /a is mounted by an earlier line already")]
    [InlineData("/dev/a /a\\012[Service] ext4", "1: \"/a?[Service]\" cannot stand in a unit")]
    [InlineData("/dev/a /a\\134 ext4", "1: \"/a\\\" cannot stand in a unit")]
    [InlineData("/dev/a /a/../b ext4", "1: /a/../b is no mount point: it goes up")]
    [InlineData("/dev/a /a ext4 x-systemd.wanted-by=a/b@ 0 0", "1: x-systemd.wanted-by: \"a/b@\" names no unit, ignored")]
    [InlineData("/dev/a /a ext4 x-systemd.requires-mounts-for=rel 0 0", "1: x-systemd.requires-mounts-for: rel is no plain absolute path, ignored")]
    [InlineData("/dev/a /a ext4 x-systemd.after= 0 0", "1: x-systemd.after: \"\" names no unit, ignored")]
    [InlineData("/dev/a /a ext4 x-systemd.makefs 0 0", "1: x-systemd.makefs: file systems are neither made nor grown here, ignored")]
    [InlineData("/dev/a /a ext4 x-systemd.growfs 0 0", "1: x-systemd.growfs: file systems are neither made nor grown here, ignored")]
    [InlineData("/dev/a none swap x-systemd.makefs 0 0", "1: x-systemd.makefs: devices are not formatted here, ignored")]
    [InlineData("/dev/a /a ext4 x-systemd.mount-timeout=soon 0 0", "1: x-systemd.mount-timeout: soon is no time, ignored")]
    [InlineData("x:/a /a nfs x-systemd.device-timeout=3 0 0", "1: x-systemd.device-timeout: x:/a is no device, ignored")]
    [InlineData("/dev/a /a ext4 ro 0 x", "1: \"x\" is no number for fsck, taken for 0")]
    [InlineData("relative none swap sw", "1: relative is no absolute path to swap on")]
    public void A_bad_line_is_named_and_spoils_no_other(string text, string problem)
    {
        var output = Generate(text + "\n/dev/good /good ext4\n", new(), "/etc/fstab");
        Assert.Contains(output.Entries, e => e.Path == "good.mount");
        Assert.Contains(output.Diagnostics, d => d.Severity > Severity.Note && d.ToString().StartsWith($"/etc/fstab:{problem}", StringComparison.Ordinal));
    }

    /// <summary>systemd gives up on the whole unit when one option is wrong; here the option alone is left out.</summary>
    [Fact]
    public void A_wrong_option_leaves_the_unit_whole()
    {
        var output = Generate("/dev/a /a ext4 x-systemd.before=,ro 0 0");
        Assert.Contains("Options=x-systemd.before=,ro\n", output.Entries.Single(e => e.Path == "a.mount").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_unit_of_any_bytes_is_read_without_an_unknown_directive()
    {
        var random = new Random(7);
        var pieces = new[] { "/dev/a", "/x", "\\012", "\\134", " ", "\t", "\n", "%", "x-systemd.after=", "x-systemd.requires=", ",", "swap", "none", "ext4", "\"", "'", "$", "\u0001", "[Service]", "=", "noauto", "é", "UUID=" };
        for (var round = 0; round < 2000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => pieces[random.Next(pieces.Length)]));
            foreach (var entry in Generate(text).Entries.Where(e => e.Text is not null && !e.Path.Contains('/', StringComparison.Ordinal)))
            {
                Assert.True(UnitName.IsValid(entry.Path), text);
                var diagnostics = new List<Diagnostic>();
                var sections = UnitLexer.Read(Encoding.UTF8.GetBytes(entry.Text!), entry.Path, diagnostics).Select(a => a.Section).Distinct();
                Assert.Empty(diagnostics);
                Assert.All(sections, s => Assert.True(s is "Unit" or "Mount" or "Swap" or "Automount", $"[{s}] from {text}"));
            }
        }
    }

    [Fact]
    public void Without_systemds_units_the_root_is_mounted_again_by_a_unit_of_its_own()
    {
        var output = Generate("/dev/sda1 / ext4 errors=remount-ro,noatime,x-systemd.growfs,defaults 0 1", new() { HasProgram = p => p is "mount" or "fsck.ext4" });
        Assert.Contains("ExecStart=mount -o remount,errors=remount-ro,noatime /\n", output.Entries.Single(e => e.Path == "systemd-remount-fs.service").Text, StringComparison.Ordinal);
        Assert.Equal("../systemd-remount-fs.service", output.Entries.Single(e => e.Path == "local-fs.target.wants/systemd-remount-fs.service").Target);
        Assert.Contains(output.Diagnostics, d => d.Message == "/ is not checked: there is no systemd-fsck-root.service");
    }

    [Fact]
    public void In_a_container_swaps_are_the_hosts()
    {
        var output = Generate("/dev/sdd1 none swap sw 0 0", new() { InContainer = true });
        Assert.Empty(output.Entries);
        Assert.Contains("passed over in a container", Assert.Single(output.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_as_mount_point_is_where_it_leads()
    {
        var output = Generate("/dev/a /link/b ext4", new() { Resolve = p => p.Replace("/link", "/real", StringComparison.Ordinal) });
        Assert.Contains("Where=/real/b\n", output.Entries.Single(e => e.Path == "real-b.mount").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_whose_path_is_too_long_for_a_name_is_mounted_without_waiting_for_its_unit()
    {
        var output = Generate($"/dev/{new string('a', 300)} /a ext4 _netdev,x-systemd.device-timeout=5s");
        var mount = Assert.Single(output.Entries, e => e.Path == "a.mount").Text!;
        Assert.DoesNotContain("blockdev@", mount, StringComparison.Ordinal);
        Assert.DoesNotContain(UnitParser.FromText("a.mount", mount).Diagnostics, d => d.Severity == Severity.Error);
        Assert.All(output.Entries, e => Assert.InRange(e.Path.Split('/').Max(n => n.Length), 1, 255));
    }

    private GeneratorOutput Generate(string text, GeneratorFacts? facts = null, string? path = null) =>
        FstabGenerator.Generate(Encoding.UTF8.GetBytes(text + "\n"), path ?? _file, facts ?? Complete);
}
